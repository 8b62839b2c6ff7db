"""Errors → RFC 9457 problems. The only error handlers of the program.

A problem is `{type, title, status, detail, code, request_id}` and the error's facts; `code` is
stable and stands in app/errors.py.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, request
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException

from app.activity.fault import fault_of
from app.api.context import warehouse
from app.api.json import dumps
from app.api.openapi import MEDIA_TYPE
from app.auth.identity import Identity
from app.db.passing import is_away, is_overtaken
from app.errors import DomainError, StorageUnavailable, TooManyRequests

_log = structlog.get_logger("problems")

HTTP_CODES = {
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal_error",
}
"""The codes of what the framework itself refuses; all else is a `bad_request`."""
_DETAILS = {
    404: "Nothing answers at this address.",
    405: "This address does not take that method.",
    413: "The body is too large for this address.",
    429: TooManyRequests().detail,
}


def answer_with_problems(app: Flask) -> None:
    """Register the handlers with the app."""
    app.register_error_handler(DomainError, domain_problem)
    app.register_error_handler(PyMongoError, storage_problem)
    app.register_error_handler(HTTPException, http_problem)
    app.register_error_handler(Exception, unexpected_problem)


def domain_problem(error: DomainError) -> Response:
    """A named error of the warehouse."""
    if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        _log.warning("refused", code=error.code, method=request.method, path=request.path)
    answer = problem(error.code, error.status, error.title, error.detail, error.facts)
    retry_after = getattr(error, "retry_after", None)
    if retry_after:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def storage_problem(error: PyMongoError) -> Response:
    """The database did not answer or is too busy (503), or refused what it should have taken (500).

    Only the first counts against it: who was overtaken often has met a database that works.
    """
    if is_away(error) or is_overtaken(error):
        _log.warning("storage_unavailable", error=str(error)[:200])
        g.storage_failed = is_away(error)
        return domain_problem(StorageUnavailable())
    return unexpected_problem(error)


def http_problem(error: HTTPException) -> Response:
    """What Flask itself refuses: unknown address, wrong method, too large, too many."""
    status = error.code or 500
    title = HTTPStatus(status).phrase
    detail = _DETAILS.get(status, error.description or title)
    answer = problem(HTTP_CODES.get(status, "bad_request"), status, title, detail)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            answer.headers[name] = value
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers.setdefault(
            "Retry-After", str(getattr(g, "retry_after", TooManyRequests.retry_after))
        )
    return answer


def unexpected_problem(error: Exception) -> Response:
    """A fault of ours: logged with its trace, told without it."""
    _log.error("unexpected", exc_info=error, method=request.method, path=request.path)
    rule = request.url_rule.rule if request.url_rule else "none"
    caller = g.get("caller")
    warehouse().faults.heed(
        fault_of(
            error,
            endpoint=f"{request.method} {rule}",
            severity="error",
            request_id=g.get("request_id"),
            username=caller.username if isinstance(caller, Identity) else None,
        )
    )
    return problem(
        "internal_error",
        500,
        "Something went wrong on our side",
        "Try again; if it stays, give the request_id to your administrator.",
    )


def problem(
    code: str, status: int, title: str, detail: str, facts: dict[str, Any] | None = None
) -> Response:
    """One RFC 9457 answer; `g.problem` keeps its code for whoever counts it."""
    g.problem = code
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": g.get("request_id"),
        **{name: fact for name, fact in (facts or {}).items() if fact is not None},
    }
    return Response(dumps(body), status=status, mimetype=MEDIA_TYPE)
