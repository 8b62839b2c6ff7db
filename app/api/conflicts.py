"""/api/sync/conflicts: the desk of parked records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.conflicts import (
    ConflictQuerySchema,
    ConflictSchema,
    ConflictsSchema,
    ConflictStatsSchema,
    DecisionSchema,
)
from app.auth.permissions import Action
from app.sync.conflict import Conflict
from app.sync.conflicts import Decision

blp = Blueprint(
    "conflicts", __name__, url_prefix="/api/sync/conflicts", description="Parked records"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


@blp.get("")
@permit(Action.SEE_CONFLICTS)
@blp.arguments(ConflictQuerySchema, location="query")
@blp.response(200, ConflictsSchema)
def conflicts(query: dict[str, Any]) -> dict[str, Any]:
    """Conflicts, the newest first; a counter sees their own."""
    where = {name: query[name] for name in ("status", "conflict_type", "floor") if query[name]}
    cursor, limit = query["cursor"], query["limit"]
    before = (_EPOCH + cursor[0] * _MS, cursor[1]) if cursor else None
    found = warehouse().conflicts.desk(who(), where, before=before, limit=limit)
    return {"conflicts": found, "next_cursor": _place(found[-1]) if len(found) == limit else None}


@blp.get("/stats")
@permit(Action.SEE_CONFLICTS)
@blp.response(200, ConflictStatsSchema)
def stats() -> dict[str, dict[str, int]]:
    """How many conflicts are open and settled, and the open ones by type."""
    return warehouse().conflicts.stats(who())


@blp.get("/<conflict_id>")
@permit(Action.SEE_CONFLICTS)
@blp.response(200, ConflictSchema)
def conflict(conflict_id: str) -> Conflict:
    """One conflict with its whole payload."""
    return warehouse().conflicts.get(conflict_id, who())


@blp.post("/<conflict_id>/resolve")
@permit(Action.SETTLE_CONFLICTS)
@blp.arguments(DecisionSchema)
@blp.response(200, ConflictSchema)
def resolve(decision: Decision, conflict_id: str) -> Conflict:
    """Settle a conflict, once; 409 `already_settled` names who was first."""
    return warehouse().conflicts.resolve(conflict_id, decision, by=who())


def _place(last: Conflict) -> tuple[int, str]:
    return (last.created_at - _EPOCH) // _MS, last.conflict_id
