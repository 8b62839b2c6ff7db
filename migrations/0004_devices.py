"""Devices are listed by name, and their sign-ins are found by device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the indexes; those that are there cost nothing."""
    db.devices.create_index([("name", 1), ("_id", 1)])
    db.sign_ins.create_index([("device_id", 1)], sparse=True)
