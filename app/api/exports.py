"""Reports as files: `/api/reports/snapshots/{id}/export` and `/api/reports/compare/{id}/export`;
`/api/exports` for what a job made.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.downloads import as_answer
from app.api.schemas.exports import (
    ComparisonExportQuerySchema,
    ComparisonExportWishSchema,
    ExportQuerySchema,
    ExportWishSchema,
)
from app.api.schemas.jobs import JobSchema
from app.auth.permissions import Action
from app.extensions import sleep
from app.jobs.job import OPEN, Job, State
from app.reports.exports import Download, ReportKind

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
    return _answer(_export(ReportKind.SNAPSHOT, snapshot_id, wish))


@blp.get("/reports/snapshots/<snapshot_id>/export")
@permit(Action.SEE_REPORTS)
@blp.arguments(ExportQuerySchema, location="query")
@blp.response(200, content_type="application/octet-stream")
@blp.alt_response(202, schema=JobSchema)
def download(query: dict[str, Any], snapshot_id: str) -> Response:
    """The file itself, after its job where it needs one; 202 with the job if that takes long."""
    return _answer(_finished(_export(ReportKind.SNAPSHOT, snapshot_id, query)))


@blp.post("/reports/compare/<job_id>/export")
@permit(Action.ASK_REPORTS)
@blp.arguments(ComparisonExportWishSchema)
@blp.response(200, content_type="application/octet-stream")
@blp.alt_response(202, schema=JobSchema)
def export_comparison(wish: dict[str, Any], job_id: str) -> Response:
    """A comparison as a file, each row with what it was before and after; as for a snapshot."""
    return _answer(_export(_part_of(wish), job_id, wish))


@blp.get("/reports/compare/<job_id>/export")
@permit(Action.SEE_REPORTS)
@blp.arguments(ComparisonExportQuerySchema, location="query")
@blp.response(200, content_type="application/octet-stream")
@blp.alt_response(202, schema=JobSchema)
def download_comparison(query: dict[str, Any], job_id: str) -> Response:
    """The file itself, after its job where it needs one; 202 with the job if that takes long."""
    return _answer(_finished(_export(_part_of(query), job_id, query)))


@blp.get("/exports/<token>")
@permit(Action.SEE_REPORTS)
@blp.response(200, content_type="application/octet-stream")
def fetch(token: str) -> Response:
    """The file that a job made, to who asked for it, for an hour; 410 `export_gone` afterwards."""
    return as_answer(warehouse().exports.fetch(token, by=who()))


def _part_of(wish: dict[str, Any]) -> ReportKind:
    return ReportKind.COMPARISON if wish["unchanged"] else ReportKind.DIFFERENCES


def _export(kind: ReportKind, report_id: str, wish: dict[str, Any]) -> Download | Job:
    return warehouse().exports.export(kind, report_id, wish["format"], by=who())


def _finished(made: Download | Job) -> Download | Job:
    """The file, once its job is done; the job, where it fails or takes longer."""
    if isinstance(made, Download):
        return made
    job = made
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
