"""A file as an answer, piece by piece."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, stream_with_context

from app.reports.exports import Download


def as_answer(download: Download) -> Response:
    """The file to save, whatever a browser could do with it."""
    answer = Response(stream_with_context(download.content), mimetype=None)
    answer.headers["Content-Type"] = download.media_type
    answer.headers["Content-Disposition"] = (
        f"attachment; filename*=UTF-8''{quote(download.name, safe='')}"
    )
    if download.size is not None:
        answer.headers["Content-Length"] = str(download.size)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
