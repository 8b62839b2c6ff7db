"""/api/evidence: photos."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.auth.permissions import Action
from app.evidence.photos import MAX_BYTES, KeptPhoto

ENVELOPE_BYTES = 64 * 1024
"""What a multipart form adds to its file."""
KEEP_S = 31_536_000
blp = Blueprint("evidence", __name__, url_prefix="/api/evidence", description="Photos")


class PhotoFormSchema(Schema):
    photo = fields.Raw(
        required=True,
        metadata={
            "type": "string",
            "format": "binary",
            "description": "JPEG, PNG or WebP, ≤ 5 MiB",
        },
    )


class KeptPhotoSchema(Schema):
    evidence_id = fields.String(metadata={"description": "goes into a record's evidence_photos"})
    content_type = fields.String()
    size = fields.Integer(metadata={"description": "bytes"})


def takes_up_to(file_bytes: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let this route's body be larger than all others'."""

    def decorate(route: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(route)
        def larger(*args: Any, **kwargs: Any) -> Any:
            request.max_content_length = file_bytes + ENVELOPE_BYTES
            return route(*args, **kwargs)

        return larger

    return decorate


@blp.post("")
@permit(Action.COUNT)
@takes_up_to(MAX_BYTES)
@blp.arguments(PhotoFormSchema, location="files")
@blp.response(201, KeptPhotoSchema)
def keep(form: dict[str, Any]) -> KeptPhoto:
    """Keep a photo. The same photo again is the same evidence."""
    return warehouse().evidence.keep(form["photo"].read(), by=who())


@blp.get("/<evidence_id>")
@permit(Action.SEE_RACKS)
@blp.response(200, content_type="image/jpeg")
def photo(evidence_id: str) -> Response:
    """The photo, to who took it and to who sees all counts. It never changes."""
    found = warehouse().evidence.get(evidence_id, by=who())
    answer = Response(found.content, mimetype=found.content_type)
    answer.headers["Cache-Control"] = f"private, max-age={KEEP_S}, immutable"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    return answer
