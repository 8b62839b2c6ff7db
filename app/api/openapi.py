"""The OpenAPI document: what all operations have in common."""

from __future__ import annotations

from typing import Any

from flask_smorest import Api
from marshmallow import INCLUDE, Schema, fields

MEDIA_TYPE = "application/problem+json"
SETTINGS: dict[str, Any] = {
    "API_TITLE": "StockVerify",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.0.3",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
    "OPENAPI_SWAGGER_UI_PATH": "docs",
    "OPENAPI_SWAGGER_UI_URL": "/static/vendor/swagger-ui/",
    "API_SPEC_OPTIONS": {
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "access_token_cookie"},
            }
        },
        "security": [{"bearer": []}, {"cookie": []}],
    },
}
NO_SIGN_IN: dict[str, Any] = {"security": []}
"""For `blp.doc`: an operation that is open to everybody."""

PYTHONS_END = r"\Z"
_ERRORS = {"BAD_REQUEST": "The request does not fit", "DEFAULT_ERROR": "A problem (RFC 9457)"}


class ProblemSchema(Schema):
    """RFC 9457. `code` is stable; docs/api.md lists all of them. Some add facts of their own."""

    class Meta:  # noqa: D106 — marshmallow's own name for it
        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"example": "rack_locked"})
    request_id = fields.String(required=True)
    errors = fields.Dict(metadata={"description": "of `invalid_request`: each field and why"})


def document_patterns(api: Api) -> None:
    """Write patterns as the document's readers know them: Python ends one otherwise."""
    api.ma_plugin.converter.add_attribute_function(_pattern)


def _pattern(_: Any, __: Any, ret: dict[str, Any], **___: Any) -> dict[str, Any]:
    if "pattern" not in ret:
        return {}
    return {"pattern": f"^{ret['pattern'].removeprefix('^').removesuffix(PYTHONS_END)}$"}


def document_problems(api: Api) -> None:
    """Say that errors are problems; flask-smorest's own words are of another shape."""
    components = api.spec.components
    content = {MEDIA_TYPE: {"schema": ProblemSchema}}
    for name, description in _ERRORS.items():
        components.responses_lazy.pop(name, None)
        components.response(name, {"description": description, "content": content})
