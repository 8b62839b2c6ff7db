"""/api/sync: batches of counts, and the heartbeat."""

from __future__ import annotations

from typing import Any

from flask import current_app, jsonify
from flask.typing import ResponseReturnValue

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.sync import (
    BatchAnswerSchema,
    BatchSchema,
    BatchWish,
    BeatAnswerSchema,
    BeatSchema,
    batch_answer,
)
from app.auth.permissions import Action
from app.errors import InvalidRequest
from app.racks.rack import LeaseState, Renewal
from app.telemetry import count_records

blp = Blueprint("sync", __name__, url_prefix="/api/sync", description="Batches of counts")


@blp.post("/batch")
@permit(Action.COUNT)
@blp.arguments(BatchSchema)
@blp.response(200, BatchAnswerSchema)
def batch(wish: BatchWish) -> ResponseReturnValue:
    """Store 1 to 500 records. Each stands in exactly one of `ok`, `conflicts`, `errors`; the same
    batch again, in parallel or after a cut connection, is as if it was sent once.
    """
    limit = current_app.config["SYNC_MAX_BATCH"]
    if not 1 <= len(wish.records) <= limit:
        raise InvalidRequest({"records": [f"Send 1 to {limit} records."]})
    answer = batch_answer(warehouse().batches.sync(wish.records, by=who()), wish)
    count_records({outcome: len(answer[outcome]) for outcome in ("ok", "conflicts", "errors")})
    return jsonify(answer)


@blp.post("/heartbeat")
@permit(Action.COUNT)
@blp.arguments(BeatSchema, location="query")
@blp.arguments(BeatSchema, required=False)
@blp.response(200, BeatAnswerSchema)
def heartbeat(query: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Keep a lease, or learn that it is lost. Send it every 25 s."""
    told = query | {name: value for name, value in body.items() if value is not None}
    if "session_id" not in told:
        raise InvalidRequest({"session_id": ["Missing data for required field."]})
    return beat_answer(warehouse().heartbeats.beat(by=who(), **told))


def beat_answer(renewal: Renewal) -> dict[str, Any]:
    """A renewal as heartbeats tell it, over HTTP and over the socket."""
    held = renewal.state is LeaseState.HELD
    holder = renewal.holder
    shown = {"user_id": holder.user_id, "name": holder.name} if holder and not held else None
    return {
        "success": True,
        "session_id": renewal.session_id,
        "user_id": renewal.user_id,
        "rack_renewed": held,
        "lease": renewal.state.value,
        "lock_ttl_remaining": renewal.ttl_s,
        "timestamp": renewal.at.timestamp(),
        "holder": shown,
    }
