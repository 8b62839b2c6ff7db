"""Proof of custody: each chain's seals in order, how far they reach, and what waits for a seal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database


def up(db: Database[dict[str, Any]]) -> None:
    """Create the indexes; those that are there cost nothing."""
    chain = [("stocktake_id", 1), ("rack_id", 1)]
    db.custody_seals.create_index([*chain, ("number", 1)], unique=True)
    db.custody_seals.create_index([*chain, ("size", 1), ("sealed_at", 1)])
    db.custody_manifests.create_index([("stocktake_id", 1)], unique=True)
    db.sessions.create_index([("seal_due", 1)], sparse=True)
    db.verification_sessions.create_index([("status", 1), ("custody_due", 1)])
