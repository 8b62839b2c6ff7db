"""/api/promises: what is promised, and how it stands now."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse
from app.api.schemas.fields import Moment
from app.auth.permissions import Action
from app.promises.promise import Standing
from app.sync.records import plain

blp = Blueprint("promises", __name__, url_prefix="/api/promises", description="Promises")


class PromiseSchema(Schema):
    number = fields.Integer(metadata={"example": 5})
    key = fields.String(metadata={"example": "expiry"})
    standing = fields.Enum(
        Standing,
        by_value=True,
        metadata={"description": "kept, watch (a person should look), broken, or unknown now"},
    )
    figures = fields.Function(
        lambda promise: plain(promise.figures),
        metadata={"type": "object", "description": "what was found, by name"},
    )
    tests = fields.List(
        fields.String(), metadata={"description": "the tests of this program that attack it"}
    )


class PromisesSchema(Schema):
    at = Moment(metadata={"description": "of which moment the figures are"})
    promises = fields.List(fields.Nested(PromiseSchema), required=True)


@blp.get("")
@permit(Action.SEE_PROMISES)
@blp.response(200, PromisesSchema)
def promises() -> dict[str, Any]:
    """The numbered promises with live figures, each naming the tests that attack it."""
    at, found = warehouse().promises.all()
    return {"at": at, "promises": found}
