"""/api/reports/schedules: snapshots by the clock, and what became of their deliveries."""

from __future__ import annotations

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.auth import SuccessSchema
from app.api.schemas.jobs import JobSchema
from app.api.schemas.schedules import (
    DeliveriesQuerySchema,
    DeliveriesSchema,
    DeliverySchema,
    NewScheduleSchema,
    SchedulePatchSchema,
    ScheduleSchema,
    SchedulesSchema,
    ScheduleWishSchema,
    SecretSchema,
)
from app.auth.permissions import Action
from app.jobs.job import Job
from app.schedules.delivery import Delivery
from app.schedules.schedule import Schedule, ScheduleWish, Standing

blp = Blueprint("schedules", __name__, url_prefix="/api/reports", description="Scheduled reports")


@blp.get("/schedules")
@permit(Action.SEE_REPORTS)
@blp.response(200, SchedulesSchema)
def schedules() -> dict[str, Any]:
    """All schedules, the newest first, each with its next and its last run."""
    return {"schedules": warehouse().schedules.all(), "may_mail": warehouse().deliveries.may_mail}


@blp.post("/schedules")
@permit(Action.KEEP_REPORTS)
@blp.arguments(ScheduleWishSchema)
@blp.response(201, NewScheduleSchema)
def add(wish: ScheduleWish) -> Schedule:
    """Have a query frozen each day or week, kept for a time, and delivered. The webhook's secret is
    in this answer only.
    """
    return warehouse().schedules.add(wish, by=who())


@blp.get("/schedules/<schedule_id>")
@permit(Action.SEE_REPORTS)
@blp.response(200, ScheduleSchema)
def schedule(schedule_id: str) -> Standing:
    """One schedule."""
    return warehouse().schedules.get(schedule_id)


@blp.patch("/schedules/<schedule_id>")
@permit(Action.KEEP_REPORTS)
@blp.arguments(SchedulePatchSchema)
@blp.response(200, ScheduleSchema)
def change(wish: dict[str, bool], schedule_id: str) -> Standing:
    """Pause or resume; what was due in the pause is not made up for."""
    schedules = warehouse().schedules
    act = schedules.pause if wish["is_paused"] else schedules.resume
    return act(schedule_id, by=who())


@blp.delete("/schedules/<schedule_id>")
@permit(Action.KEEP_REPORTS)
@blp.response(200, SuccessSchema)
def remove(schedule_id: str) -> dict[str, bool]:
    """Remove a schedule; its snapshots stay until their days are over."""
    warehouse().schedules.remove(schedule_id, by=who())
    return {"success": True}


@blp.post("/schedules/<schedule_id>/run")
@permit(Action.KEEP_REPORTS)
@blp.response(202, JobSchema)
def run(schedule_id: str) -> Job:
    """Have it made and delivered now, beside its due times; the job under way, where one is."""
    return warehouse().schedules.run_now(schedule_id)


@blp.post("/schedules/<schedule_id>/secret")
@permit(Action.KEEP_REPORTS)
@blp.response(201, SecretSchema)
def renew_secret(schedule_id: str) -> dict[str, str]:
    """A new secret for the webhook; the old one signs nothing from now on."""
    return {"secret": warehouse().schedules.renew_secret(schedule_id)}


@blp.get("/schedules/<schedule_id>/deliveries")
@permit(Action.SEE_REPORTS)
@blp.arguments(DeliveriesQuerySchema, location="query")
@blp.response(200, DeliveriesSchema)
def deliveries(page: dict[str, Any], schedule_id: str) -> dict[str, Any]:
    """What was sent to whom, the newest first, with each attempt."""
    found = warehouse().schedules.deliveries(schedule_id, after=page["cursor"], limit=page["limit"])
    full = len(found) == page["limit"]
    following = (found[-1].created_at, found[-1].delivery_id) if full else None
    return {"deliveries": found, "next_cursor": following}


@blp.post("/deliveries/<delivery_id>/retry")
@permit(Action.KEEP_REPORTS)
@blp.response(202, DeliverySchema)
def retry(delivery_id: str) -> Delivery:
    """Try one that failed again, from its start."""
    return warehouse().deliveries.again(delivery_id)
