"""/api/sync/conflicts: the desk of parked records."""

from __future__ import annotations

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.conflicts import (
    CaseSchema,
    ConflictSchema,
    ConflictStatsSchema,
    QueueQuerySchema,
    QueueSchema,
    place_of,
)
from app.api.schemas.decisions import (
    DecisionSchema,
    ManyAnswerSchema,
    ManySchema,
    ManyWish,
    many_answer,
)
from app.auth.permissions import Action
from app.sync.conflict import Conflict, DeskQuery
from app.sync.conflicts import Decision
from app.sync.desk import Case, Stats

blp = Blueprint(
    "conflicts", __name__, url_prefix="/api/sync/conflicts", description="Parked records"
)


@blp.get("")
@permit(Action.SEE_CONFLICTS)
@blp.arguments(QueueQuerySchema, location="query")
@blp.response(200, QueueSchema)
def conflicts(query: DeskQuery) -> dict[str, Any]:
    """Conflicts with both sides and what differs, by age; a counter sees their own."""
    found = warehouse().desk.queue(query, by=who())
    more = place_of(found[-1]) if len(found) == query.limit else None
    return {"conflicts": found, "next_cursor": more}


@blp.get("/stats")
@permit(Action.SEE_CONFLICTS)
@blp.response(200, ConflictStatsSchema)
def stats() -> Stats:
    """How many conflicts are open and settled, and the open ones by type, floor and age."""
    return warehouse().desk.stats(who())


@blp.get("/<conflict_id>")
@permit(Action.SEE_CONFLICTS)
@blp.response(200, CaseSchema)
def conflict(conflict_id: str) -> Case:
    """One conflict with its whole payload, its history and the facts that explain it."""
    return warehouse().desk.case(conflict_id, by=who())


@blp.post("/resolve")
@permit(Action.SETTLE_CONFLICTS)
@blp.arguments(ManySchema)
@blp.response(200, ManyAnswerSchema)
def resolve_many(wish: ManyWish) -> dict[str, Any]:
    """Settle many conflicts with one decision, each by itself."""
    return many_answer(
        *warehouse().conflicts.resolve_many(wish.conflict_ids, wish.decision, by=who())
    )


@blp.post("/<conflict_id>/resolve")
@permit(Action.SETTLE_CONFLICTS)
@blp.arguments(DecisionSchema)
@blp.response(200, ConflictSchema)
def resolve(decision: Decision, conflict_id: str) -> Conflict:
    """Settle a conflict, once; 409 `already_settled` names who was first, when and how."""
    return warehouse().conflicts.resolve(conflict_id, decision, by=who())
