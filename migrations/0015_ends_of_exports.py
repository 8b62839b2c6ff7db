"""Files of exports by their end: the sweep that removes them reads no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the indexes; those that are there cost nothing. The first is the driver's own."""
    db["exports.files"].create_index([("filename", 1), ("uploadDate", 1)])
    db["exports.files"].create_index([("metadata.until", 1)])
