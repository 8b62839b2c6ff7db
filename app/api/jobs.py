"""/api/jobs: work that a worker process does, and how far it is."""

from __future__ import annotations

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.jobs import JobSchema, JobsSchema
from app.auth.permissions import Action
from app.jobs.job import Job

blp = Blueprint("jobs", __name__, url_prefix="/api/jobs", description="Work that takes longer")


@blp.get("")
@permit(Action.SEE_JOBS)
@blp.response(200, JobsSchema)
def latest() -> dict[str, list[Job]]:
    """One's own latest jobs, the newest first; to administrators and auditors everybody's."""
    return {"jobs": warehouse().jobs.latest(by=who())}


@blp.get("/<job_id>")
@permit(Action.SEE_JOBS)
@blp.response(200, JobSchema)
def job(job_id: str) -> Job:
    """How far a job is, and what it made."""
    return warehouse().jobs.get(job_id, by=who())


@blp.post("/<job_id>/cancel")
@permit(Action.CANCEL_JOBS)
@blp.response(200, JobSchema)
def cancel(job_id: str) -> Job:
    """End one's own job; what it made so far is thrown away."""
    return warehouse().jobs.cancel(job_id, by=who())
