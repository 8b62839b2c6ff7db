"""How late leases were told to have ended: each hour goes a day later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the index; one that is there costs nothing."""
    db.lease_ends.create_index([("until", 1)], expireAfterSeconds=0)
