"""Telemetry: a request id on everything, one log line a request, and the metrics.

Log lines are JSON by structlog; whatever else a request logs carries its id. Tokens, passwords and
bodies never get in: a line names method, path, status, time and user, nothing that was sent.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from time import perf_counter
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from app.auth.identity import Identity
from config import Settings

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SECONDS = Histogram(
    "stockverify_request_seconds",
    "Time to answer a request",
    ["method", "endpoint"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
ANSWERS = Counter(
    "stockverify_requests_total", "Answers by status", ["method", "endpoint", "status"]
)
RECORDS = Counter("stockverify_records_total", "Records of batches by outcome", ["outcome"])

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""What else a client calls a method is one series: it may not choose how many there are."""

SERIES = 1024
"""Of the series used last the way to them is kept: looking one up takes longer than counting."""

_log = structlog.get_logger("request")


def count_records(outcomes: Mapping[str, int]) -> None:
    """Count the records of a batch: how many were ok, parked and refused."""
    for outcome, number in outcomes.items():
        RECORDS.labels(outcome).inc(number)


def observe(app: Flask, settings: Settings) -> None:
    """Watch every request of the app."""
    configure_logs(settings)
    app.before_request(_begin)
    app.after_request(_end)


def configure_logs(settings: Settings) -> None:
    """Log lines of this process, to stderr."""
    form = (
        structlog.dev.ConsoleRenderer()
        if settings.log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            form,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def _begin() -> None:
    asked = request.headers.get("X-Request-ID", "")
    g.request_id = asked if REQUEST_ID.fullmatch(asked) else uuid4().hex
    g.started = perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    seconds = perf_counter() - g.get("started", perf_counter())
    endpoint = request.endpoint or "none"
    _seconds_of(request.method, endpoint).observe(seconds)
    _answers_of(request.method, endpoint, response.status_code).inc()
    response.headers["X-Request-ID"] = g.get("request_id", "")
    if endpoint != "static":
        caller = g.get("caller")
        _log.info(
            "answered",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round(seconds * 1000, 2),
            user=caller.username if isinstance(caller, Identity) else None,
        )
    return response


@lru_cache(maxsize=SERIES)
def _seconds_of(method: str, endpoint: str) -> Histogram:
    return SECONDS.labels(_shown(method), endpoint)


@lru_cache(maxsize=SERIES)
def _answers_of(method: str, endpoint: str, status: int) -> Counter:
    return ANSWERS.labels(_shown(method), endpoint, status)


def _shown(method: str) -> str:
    return method if method in METHODS else "other"
