"""A conflict: a parked record with its whole payload, and what was decided on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.sync.records import ConflictType

OPEN = "open"
RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A parked record and what was decided on it."""

    conflict_id: str
    conflict_type: ConflictType
    client_record_id: str
    session_id: str
    rack_id: str
    floor: str
    user_id: str
    username: str
    message: str
    details: Mapping[str, Any]
    payload: Mapping[str, Any]
    status: str
    created_at: datetime
    resolution: str | None = None
    note: str | None = None
    merged: Mapping[str, Any] | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None
