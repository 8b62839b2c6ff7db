"""/api/sessions: a counter's work at a rack."""

from __future__ import annotations

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.sessions import (
    FinishedSchema,
    FinishSchema,
    HistoryQuerySchema,
    KeptRecordsSchema,
    RecordQuerySchema,
    SessionSchema,
    SessionsSchema,
    StatsSchema,
)
from app.api.schemas.sync import BeatAnswerSchema
from app.api.sync import beat_answer
from app.auth.permissions import Action
from app.racks.rack import CountSession
from app.sessions.finish import Finished, FinishWish
from app.sessions.progress import SessionStats

blp = Blueprint("sessions", __name__, url_prefix="/api/sessions", description="Counting sessions")


@blp.get("/active")
@permit(Action.SEE_RACKS)
@blp.response(200, SessionsSchema)
def active() -> dict[str, list[CountSession]]:
    """The open sessions: a counter's own, a supervisor sees all."""
    return {"sessions": warehouse().standing.open_sessions(who())}


@blp.get("/user/history")
@permit(Action.SEE_RACKS)
@blp.arguments(HistoryQuerySchema, location="query")
@blp.response(200, SessionsSchema)
def history(query: dict[str, Any]) -> dict[str, list[CountSession]]:
    """The caller's sessions, the newest first."""
    return {"sessions": warehouse().standing.history(who(), **query)}


@blp.get("/<session_id>")
@permit(Action.SEE_RACKS)
@blp.response(200, SessionSchema)
def session(session_id: str) -> CountSession:
    """One session."""
    return warehouse().standing.visible_session(session_id, who())


@blp.get("/<session_id>/records")
@permit(Action.SEE_RACKS)
@blp.arguments(RecordQuerySchema, location="query")
@blp.response(200, KeptRecordsSchema)
def records(query: dict[str, Any], session_id: str) -> dict[str, Any]:
    """A session's counts, the newest first; a counter sees their own."""
    found = warehouse().session_progress.records(session_id, who(), **query)
    more = len(found) == query["limit"]
    place = (found[-1]["created_at"], found[-1]["client_record_id"]) if more else None
    return {"records": found, "next_cursor": place}


@blp.get("/<session_id>/stats")
@permit(Action.SEE_RACKS)
@blp.response(200, StatsSchema)
def stats(session_id: str) -> SessionStats:
    """A session's figures, from its records."""
    return warehouse().session_progress.stats(session_id, who())


@blp.post("/<session_id>/heartbeat")
@permit(Action.COUNT)
@blp.response(200, BeatAnswerSchema)
def heartbeat(session_id: str) -> dict[str, Any]:
    """Keep the session's lease, or learn that it is lost."""
    return beat_answer(warehouse().heartbeats.beat(session_id, by=who()))


@blp.post("/<session_id>/complete")
@permit(Action.COUNT)
@blp.arguments(FinishSchema)
@blp.response(200, FinishedSchema)
def complete(wish: FinishWish, session_id: str) -> Finished:
    """Finish the rack; the answer names the expected items that nobody counted."""
    return warehouse().finish.complete(session_id, wish, by=who())
