"""/api/logs: what happened, and what went wrong."""

from __future__ import annotations

from typing import Any

from app.activity.log import ActivityPage
from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse
from app.api.schemas.logs import ActivityQuerySchema, ActivitySchema
from app.auth.permissions import Action

blp = Blueprint("logs", __name__, url_prefix="/api/logs", description="What happened")


@blp.get("/activity")
@permit(Action.SEE_LOGS)
@blp.arguments(ActivityQuerySchema, location="query")
@blp.response(200, ActivitySchema)
def activity(query: dict[str, Any]) -> ActivityPage:
    """What happened, the newest first; all filters together."""
    return warehouse().activity.search(**query)
