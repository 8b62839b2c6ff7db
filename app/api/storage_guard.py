"""The breaker in front of MongoDB: while it does not answer, requests are told so at once."""

from __future__ import annotations

from flask import Flask, Response, g, request

from app.errors import StorageUnavailable
from app.services.circuit_breaker import BreakerOpen, get_circuit_breaker

FAILURES = 5
TIMEOUT_S = 1
"""Recovery is noticed within this and one request."""


def guard_storage(app: Flask) -> None:
    """Watch the API's requests: app/api/problems.py notes in `g` when the database was away."""
    breaker = get_circuit_breaker("mongodb", FAILURES, TIMEOUT_S)

    def before() -> None:
        if request.blueprint in {None, "health", "pages"}:
            return
        try:
            breaker.acquire()
        except BreakerOpen:
            raise StorageUnavailable from None
        g.storage_asked = True

    def after(response: Response) -> Response:
        if g.get("storage_failed"):
            breaker.record_failure()
        elif g.get("storage_asked"):
            breaker.record_success()
        return response

    app.before_request(before)
    app.after_request(after)
