"""/api/count-lines: per item counted, damaged, book and variance; approve, reject, recount."""

from __future__ import annotations

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.count_lines import (
    ApproveAllSchema,
    ApproveSchema,
    CountLineSchema,
    CountLinesSchema,
    DecideAllSchema,
    DecidedSchema,
    LineHistorySchema,
    LineQuerySchema,
    LinesMatchQuerySchema,
    MatchingSchema,
    ReasonedSchema,
    filter_of,
)
from app.auth.permissions import Action
from app.stocktakes.approval import Decided
from app.stocktakes.line import CountLine
from app.stocktakes.line_documents import rank_of
from app.stocktakes.line_views import LineHistory
from app.stocktakes.lines_store import LineFilter, Matching
from app.stocktakes.rules import Approval

blp = Blueprint("count_lines", __name__, url_prefix="/api/count-lines", description="Variances")


@blp.get("")
@permit(Action.SEE_BOOK)
@blp.arguments(LineQuerySchema, location="query")
@blp.response(200, CountLinesSchema)
def count_lines(query: dict[str, Any]) -> dict[str, Any]:
    """Lines with most at stake first: the largest variance in money, or value not counted."""
    wish, limit = _which(query), query["limit"]
    lines = warehouse().count_lines.page(wish, after=query["cursor"], limit=limit)
    following = _place(lines[-1]) if len(lines) == limit else None
    return {"stocktake_id": wish.stocktake_id, "lines": lines, "next_cursor": following}


@blp.get("/matching")
@permit(Action.SEE_BOOK)
@blp.arguments(LinesMatchQuerySchema, location="query")
@blp.response(200, MatchingSchema)
def matching(query: dict[str, Any]) -> Matching:
    """How many lines match a filter, and their variances: what a decision would be about."""
    return warehouse().line_views.matching(_which(query))


@blp.get("/<line_id>")
@permit(Action.SEE_BOOK)
@blp.response(200, CountLineSchema)
def count_line(line_id: str) -> CountLine:
    """One line with its passes side by side."""
    return warehouse().count_lines.line(line_id)


@blp.get("/<line_id>/history")
@permit(Action.SEE_BOOK)
@blp.response(200, LineHistorySchema)
def history(line_id: str) -> LineHistory:
    """Every decision on a line, and what moved of its item since the book was frozen."""
    return warehouse().line_views.history(line_id)


@blp.post("/<line_id>/approve")
@permit(Action.DECIDE_LINES)
@blp.arguments(ApproveSchema)
@blp.response(200, CountLineSchema)
def approve(wish: tuple[Approval, int | None], line_id: str) -> CountLine:
    """Take the line's figure, or one pass's; the line is frozen."""
    approval, rev = wish
    return warehouse().count_lines.approve(line_id, approval, by=who(), rev=rev)


@blp.post("/<line_id>/reject")
@permit(Action.DECIDE_LINES)
@blp.arguments(ReasonedSchema)
@blp.response(200, CountLineSchema)
def reject(wish: dict[str, Any], line_id: str) -> CountLine:
    """Refuse the count: the book's figure stays, and the line is frozen."""
    return warehouse().count_lines.reject(line_id, wish["note"], by=who(), rev=wish["rev"])


@blp.post("/<line_id>/recount")
@permit(Action.DECIDE_LINES)
@blp.arguments(ReasonedSchema)
@blp.response(200, CountLineSchema)
def recount(wish: dict[str, Any], line_id: str) -> CountLine:
    """Have the item counted again by another person."""
    return warehouse().count_lines.recount(line_id, wish["note"], by=who(), rev=wish["rev"])


@blp.post("/approve")
@permit(Action.DECIDE_LINES)
@blp.arguments(ApproveAllSchema)
@blp.response(200, DecidedSchema)
def approve_all(wish: dict[str, Any]) -> Decided:
    """Approve every counted line that matches the filter."""
    return warehouse().count_lines.approve_all(_which(wish), wish["note"], by=who())


@blp.post("/reject")
@permit(Action.DECIDE_LINES)
@blp.arguments(DecideAllSchema)
@blp.response(200, DecidedSchema)
def reject_all(wish: dict[str, Any]) -> Decided:
    """Reject every line that matches the filter."""
    return warehouse().count_lines.reject_all(_which(wish), wish["note"], by=who())


@blp.post("/recount")
@permit(Action.DECIDE_LINES)
@blp.arguments(DecideAllSchema)
@blp.response(200, DecidedSchema)
def recount_all(wish: dict[str, Any]) -> Decided:
    """Have every line that matches the filter counted again."""
    return warehouse().count_lines.recount_all(_which(wish), wish["note"], by=who())


def _which(query: dict[str, Any]) -> LineFilter:
    return filter_of(query, warehouse().stocktakes.meant(query["stocktake"]))


def _place(last: CountLine) -> tuple[float, str, str]:
    return rank_of(last), last.key.rack_id, last.key.item_code
