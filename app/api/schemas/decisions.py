"""The shapes of what a supervisor decides on conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from app.api.schemas.conflicts import ConflictSchema
from app.api.schemas.sync import RecordSchema
from app.api.schemas.text import text
from app.errors import DomainError
from app.sync.conflict import Conflict
from app.sync.conflicts import Decision, Resolution
from app.sync.sides import MERGEABLE

MAX_AT_ONCE = 200

_NOTHING = {"damage_qty": 0, "serial_numbers": (), "evidence_photos": ()}
"""What null says of a field that a count always has."""


class MergedSchema(RecordSchema):
    """The fields of a count that a supervisor may set; who, where and when stay as they were."""

    class Meta:  # noqa: D106
        fields = MERGEABLE

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Keep the named fields only: what is not named stays as it was parked."""
        told = {name: _NOTHING.get(name) if v is None else v for name, v in data.items()}
        return {name: tuple(v) if isinstance(v, list) else v for name, v in told.items()}


def _note() -> fields.String:
    """The reason, which stays for ever."""
    return text(high=1_000, metadata={"example": "Counted again at the shelf: 12."})


class DecisionSchema(Schema):
    resolution = fields.Enum(Resolution, by_value=True, required=True)
    note = _note()
    merged = fields.Nested(
        MergedSchema(partial=True),
        load_default=None,
        allow_none=True,
        metadata={"description": "with `merge`: the fields that differ from the parked record"},
    )

    @validates_schema
    def check_merged(self, data: dict[str, Any], **_: Any) -> None:
        merges = data.get("resolution") is Resolution.MERGE
        if merges != bool(data.get("merged")):
            raise ValidationError("Goes with the resolution merge, and only with it.", "merged")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Decision:
        return Decision(**data)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyWish:
    """One decision on many conflicts."""

    conflict_ids: tuple[str, ...]
    decision: Decision


class ManySchema(Schema):
    conflict_ids = fields.List(
        text(high=64), required=True, validate=validate.Length(min=1, max=MAX_AT_ONCE)
    )
    resolution = fields.Enum(
        Resolution,
        by_value=True,
        required=True,
        validate=validate.NoneOf([Resolution.MERGE], error="Merge one conflict at a time."),
    )
    note = _note()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ManyWish:
        return ManyWish(conflict_ids=tuple(data.pop("conflict_ids")), decision=Decision(**data))


class RefusalSchema(Schema):
    """Why one was not settled: as the problem that it alone would have been answered with."""

    conflict_id = fields.String(required=True)
    code = fields.String(required=True, metadata={"example": "already_settled"})
    title = fields.String(required=True)
    detail = fields.String(required=True)
    settled_by = fields.String()
    settled_by_name = fields.String()
    settled_at = fields.String(allow_none=True)
    resolution = fields.String()
    errors = fields.Dict()


class ManyAnswerSchema(Schema):
    """Every id of the request stands in exactly one of the two."""

    settled = fields.List(fields.Nested(ConflictSchema), required=True)
    refused = fields.List(fields.Nested(RefusalSchema), required=True)


def many_answer(
    settled: Sequence[Conflict], refused: Sequence[tuple[str, DomainError]]
) -> dict[str, Any]:
    """What became of each."""
    return {
        "settled": settled,
        "refused": [
            {
                **error.facts,
                "conflict_id": conflict_id,
                "code": error.code,
                "title": error.title,
                "detail": error.detail,
            }
            for conflict_id, error in refused
        ],
    }
