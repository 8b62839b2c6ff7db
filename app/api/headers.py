"""What every answer tells a browser: take it for nothing else, keep it nowhere, frame it never.

Pages, photos and files say more of themselves; what they say stays.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from flask import Flask, Response, request

NOTHING = "default-src 'none'; frame-ancestors 'none'"
"""An answer of the API loads nothing."""
A_YEAR_OF_HTTPS = "max-age=31536000"

_DOCUMENTATION = "api-docs.openapi_swagger_ui"
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def protect_answers(app: Flask, *, only_https: bool) -> None:
    """Put the headers on every answer that has none of its own. `only_https`: tell browsers to come
    by nothing else from now on.
    """

    def protect(answer: Response) -> Response:
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        if only_https:
            answer.headers.setdefault("Strict-Transport-Security", A_YEAR_OF_HTTPS)
        if request.path.startswith("/api/"):
            answer.headers.setdefault("Cache-Control", "no-store")
            answer.headers.setdefault("Content-Security-Policy", _policy(answer))
            answer.headers.setdefault("Referrer-Policy", "same-origin")
        return answer

    app.after_request(protect)


def _policy(answer: Response) -> str:
    if request.endpoint != _DOCUMENTATION:
        return NOTHING
    scripts = (_digest(script) for script in _SCRIPT.findall(answer.get_data(as_text=True)))
    return (
        f"default-src 'none'; script-src 'self' {' '.join(scripts)}; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def _digest(script: str) -> str:
    """How a policy names the one script that stands in the page itself."""
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
