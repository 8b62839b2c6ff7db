"""/api/logs: what happened, and what went wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import g

from app.activity.fault import Fault, KeptFault
from app.activity.fault_log import FaultPage
from app.activity.log import ActivityPage
from app.api.blueprint import Blueprint
from app.api.context import caller_key, permit, warehouse, who
from app.api.schemas.auth import SuccessSchema
from app.api.schemas.logs import (
    ActivityQuerySchema,
    ActivitySchema,
    ErrorQuerySchema,
    FaultSchema,
    FaultsSchema,
    ReportSchema,
    ResolveSchema,
)
from app.auth.permissions import Action
from app.extensions import limiter

REPORTS = "10 per minute"
"""A browser reports a fault once a page; more of them tell nothing new."""

blp = Blueprint("logs", __name__, url_prefix="/api/logs", description="What happened")


@blp.get("/activity")
@permit(Action.SEE_LOGS)
@blp.arguments(ActivityQuerySchema, location="query")
@blp.response(200, ActivitySchema)
def activity(query: dict[str, Any]) -> ActivityPage:
    """What happened, the newest first; all filters together."""
    return warehouse().activity.search(**query)


@blp.get("/errors")
@permit(Action.SEE_LOGS)
@blp.arguments(ErrorQuerySchema, location="query")
@blp.response(200, FaultsSchema)
def errors(query: dict[str, Any]) -> FaultPage:
    """What went wrong unexpectedly, each kind once, the last seen first."""
    return warehouse().faults.search(**query)


@blp.post("/errors/<error_id>/resolve")
@permit(Action.RESOLVE_ERRORS)
@blp.arguments(ResolveSchema)
@blp.response(200, FaultSchema)
def resolve(wish: dict[str, Any], error_id: str) -> KeptFault:
    """Say that it was taken care of, and how; comes it again, it is open again."""
    return warehouse().faults.resolve(error_id, note=wish["note"], by=who())


@blp.post("/errors/report")
@permit(Action.OWN_ACCOUNT)
@blp.arguments(ReportSchema)
@blp.response(200, SuccessSchema)
@limiter.limit(REPORTS, key_func=caller_key, override_defaults=False)
def report(fault: Fault) -> dict[str, bool]:
    """Tell of an error of one's own screen."""
    told = replace(fault, request_id=g.get("request_id"), username=who().username)
    warehouse().faults.heed(told)
    return {"success": True}
