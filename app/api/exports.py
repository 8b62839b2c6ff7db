"""Reports as files: `/api/reports/snapshots/{id}/export`; `/api/exports` for what a job made."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.downloads import as_answer
from app.api.schemas.exports import ExportQuerySchema, ExportWishSchema
from app.api.schemas.jobs import JobSchema
from app.auth.permissions import Action
from app.extensions import sleep
from app.jobs.job import OPEN, Job, State
from app.reports.exports import Download

WAITS_S = 25
"""Shorter than what proxies wait for an answer."""
LOOKS_EVERY_S = 0.2

blp = Blueprint("exports", __name__, url_prefix="/api", description="Reports as files")


@blp.post("/reports/snapshots/<snapshot_id>/export")
@permit(Action.ASK_REPORTS)
@blp.arguments(ExportWishSchema)
@blp.response(200, content_type="application/octet-stream")
@blp.alt_response(202, schema=JobSchema)
def export(wish: dict[str, Any], snapshot_id: str) -> Response:
    """A snapshot as a file: at once where it is small text, else 202 with the job that makes it."""
    return _answer(warehouse().exports.export(snapshot_id, wish["format"], by=who()))


@blp.get("/reports/snapshots/<snapshot_id>/export")
@permit(Action.SEE_REPORTS)
@blp.arguments(ExportQuerySchema, location="query")
@blp.response(200, content_type="application/octet-stream")
@blp.alt_response(202, schema=JobSchema)
def download(query: dict[str, Any], snapshot_id: str) -> Response:
    """The file itself, after its job where it needs one; 202 with the job if that takes long."""
    made = warehouse().exports.export(snapshot_id, query["format"], by=who())
    return _answer(_finished(made) if isinstance(made, Job) else made)


@blp.get("/exports/<token>")
@permit(Action.SEE_REPORTS)
@blp.response(200, content_type="application/octet-stream")
def fetch(token: str) -> Response:
    """The file that a job made, to who asked for it, for an hour; 410 `export_gone` afterwards."""
    return as_answer(warehouse().exports.fetch(token, by=who()))


def _finished(job: Job) -> Download | Job:
    """The file, once the job is done; the job, where it fails or takes longer."""
    until = time.monotonic() + WAITS_S
    while job.state in OPEN and time.monotonic() < until:
        sleep(LOOKS_EVERY_S)
        job = warehouse().jobs.get(job.job_id, by=who())
    if job.state is not State.DONE:
        return job
    return warehouse().exports.file_of(job, by=who())


def _answer(made: Download | Job) -> Response:
    if isinstance(made, Download):
        return as_answer(made)
    answer = jsonify(JobSchema().dump(made))
    answer.status_code = HTTPStatus.ACCEPTED
    answer.headers["Location"] = f"/api/jobs/{made.job_id}"
    return answer
