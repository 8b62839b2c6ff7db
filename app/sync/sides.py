"""The two sides of a conflict: the count that was sent, and what stands against it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.sync.conflict import RESOLVED, Conflict
from app.sync.documents import CONTENT_FIELDS
from app.sync.records import ConflictType, Known

_TAKEN = frozenset({"item_code", "status", "created_at", "updated_at", "scans"})
MERGEABLE = tuple(name for name in CONTENT_FIELDS if name not in _TAKEN)
"""What of a count a supervisor may set: of what it is, and how it was taken, stay as they were."""

COMPARED = ("item_code", *MERGEABLE, "status")
"""Fields that are told apart; times always differ and say nothing of the goods."""

_UNTOLD = {"scans", "fingerprint", "sync_status"}


def rival_of(conflict: Conflict) -> str:
    """The record that stands against the parked one: the holder of its serial number, else the
    stored version of the record itself.
    """
    held_by = conflict.details.get("held_by")
    if conflict.conflict_type is ConflictType.DUPLICATE_SERIAL and held_by:
        return str(held_by)
    return conflict.client_record_id


def server_side(conflict: Conflict, known: Mapping[str, Known]) -> Mapping[str, Any] | None:
    """What stands against the parked record: once it is settled, as it stood then."""
    if conflict.status == RESOLVED:
        return conflict.server
    rival = known.get(rival_of(conflict))
    return None if rival is None or rival.parked else told_of(rival)


def told_of(known: Known) -> dict[str, Any]:
    """A stored version as a desk shows it and a settled conflict keeps it."""
    return {"client_record_id": known.client_record_id, **version_told(known.version)}


def version_told(version: Mapping[str, Any]) -> dict[str, Any]:
    """A version without how its quantity came about, and without what only the store needs."""
    return {name: value for name, value in version.items() if name not in _UNTOLD}


def differences(
    client: Mapping[str, Any], server: Mapping[str, Any] | None
) -> Sequence[Mapping[str, Any]]:
    """The fields that differ, with both values; none where there is nothing to compare with."""
    if server is None:
        return []
    return [
        {"field": name, "client": client.get(name), "server": server.get(name)}
        for name in COMPARED
        if (client.get(name) or None) != (server.get(name) or None)
    ]
