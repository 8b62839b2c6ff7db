"""The shapes of queries: what they may say, and their first rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_dump, validate

from app.api.schemas.text import text
from app.clock import iso
from app.reports.columns import ColumnType, Row
from app.reports.query import MAX_ROWS, Bucket, Measure, Op, Query
from app.reports.reading import BadQuery, read_query
from app.reports.ready_made import ReadyMade
from app.reports.snapshot import Preview
from app.reports.sources import SOURCES, Source

MOST_PREVIEWED = 200


def plain_rows(rows: Sequence[Row]) -> list[list[Any]]:
    """Rows as JSON: times as text."""
    return [[iso(c) if isinstance(c, datetime) else c for c in row] for row in rows]


def plain_row(row: Row | None) -> list[Any] | None:
    """A row that may be missing."""
    return None if row is None else plain_rows([row])[0]


class ReportColumnSchema(Schema):
    name = fields.String(metadata={"example": "sum_variance_value"})
    label = fields.String(metadata={"example": "Sum of Variance in money"})
    type = fields.Enum(ColumnType, by_value=True)


class FilterSchema(Schema):
    field = fields.String(required=True, metadata={"example": "floor"})
    op = fields.String(required=True, validate=validate.OneOf([op.value for op in Op]))
    value = fields.Raw(
        required=True,
        allow_none=True,
        metadata={
            "description": "of the field's type; a list for `in` and `nin`, [from, to] for "
            "`between` (both included), true or false for `exists`, a text for `contains`",
            "example": "Ground",
        },
    )


class GroupSchema(Schema):
    field = fields.String(required=True, metadata={"example": "created_at"})
    bucket = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf([bucket.value for bucket in Bucket]),
        metadata={"description": "of times only; UTC, a week begins on Monday"},
    )


class MeasureSchema(Schema):
    measure = fields.String(
        required=True, validate=validate.OneOf([each.value for each in Measure])
    )
    field = fields.String(
        load_default=None, allow_none=True, metadata={"description": "none for `count`"}
    )


class SortSchema(Schema):
    column = fields.String(required=True, metadata={"example": "sum_variance_value"})
    descending = fields.Boolean(load_default=False)


class QuerySchema(Schema):
    """A list of records (`columns`), or figures of groups of them (`groups`, `measures`). All
    filters hold together.
    """

    collection = fields.String(required=True, metadata={"example": "count_lines"})
    columns = fields.List(fields.String(), metadata={"description": "the usual ones if left out"})
    filters = fields.List(fields.Nested(FilterSchema))
    groups = fields.List(fields.Nested(GroupSchema))
    measures = fields.List(fields.Nested(MeasureSchema))
    sort = fields.List(fields.Nested(SortSchema))
    limit = fields.Integer(
        strict=True, allow_none=True, metadata={"description": f"rows, at most {MAX_ROWS:,}"}
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Query:
        try:
            return read_query(data)
        except BadQuery as error:
            raise ValidationError({error.where: [error.why]}) from None


class PreviewWishSchema(Schema):
    query = fields.Nested(QuerySchema, required=True)
    rows = fields.Integer(strict=True, load_default=50, validate=validate.Range(1, MOST_PREVIEWED))


class PreviewSchema(Schema):
    query_hash = fields.String(metadata={"description": "the same for the same question"})
    columns = fields.List(fields.Nested(ReportColumnSchema), required=True)
    rows = fields.List(fields.List(fields.Raw(allow_none=True)), required=True)
    total = fields.Integer(
        allow_none=True,
        metadata={"description": "rows of the whole answer; null: not known in the time"},
    )
    complete = fields.Boolean(
        metadata={"description": "false: only the first `examined` records were looked at"}
    )
    examined = fields.Integer(allow_none=True)
    took_ms = fields.Float()

    @pre_dump
    def plain(self, preview: Preview, **_: Any) -> dict[str, Any]:
        return {
            "query_hash": preview.query.hash,
            "columns": preview.query.columns,
            "rows": plain_rows(preview.rows),
            "total": preview.total,
            "complete": preview.complete,
            "examined": preview.examined,
            "took_ms": preview.took_ms,
        }


class SourceFieldSchema(ReportColumnSchema):
    is_list = fields.Boolean(metadata={"description": "several texts: no groups, sort or figures"})


class SourceSchema(Schema):
    name = fields.String(metadata={"example": "count_lines"})
    label = fields.String()
    key = fields.List(fields.String(), metadata={"description": "what names one of its records"})
    shown = fields.List(fields.String(), metadata={"description": "columns of a list by default"})
    fields_ = fields.List(fields.Nested(SourceFieldSchema), data_key="fields")

    @pre_dump
    def listed(self, source: Source, **_: Any) -> dict[str, Any]:
        return {
            "name": source.name,
            "label": source.label,
            "key": source.key,
            "shown": source.shown,
            "fields_": list(source.fields.values()),
        }


class SourcesSchema(Schema):
    collections = fields.List(fields.Nested(SourceSchema), required=True)
    operators = fields.List(fields.String(), required=True)
    measures = fields.List(fields.String(), required=True)
    buckets = fields.List(fields.String(), required=True)


def all_sources() -> dict[str, Any]:
    """What a query may name."""
    return {
        "collections": list(SOURCES.values()),
        "operators": [op.value for op in Op],
        "measures": [measure.value for measure in Measure],
        "buckets": [bucket.value for bucket in Bucket],
    }


class ReadyMadeQuerySchema(Schema):
    stocktake_id = text(
        high=64,
        required=False,
        load_default=None,
        metadata={"description": "else the open one"},
    )


class ReadyMadeSchema(Schema):
    report_id = fields.String(metadata={"example": "by_floor"})
    title = fields.String()
    kind = fields.String(metadata={"description": "report or dashboard"})
    query = fields.Nested(QuerySchema)

    @pre_dump
    def plain(self, report: ReadyMade, **_: Any) -> dict[str, Any]:
        return {
            "report_id": report.report_id,
            "title": report.title,
            "kind": report.kind,
            "query": report.query.as_plain(),
        }


class ReadyMadesSchema(Schema):
    stocktake_id = fields.String()
    reports = fields.List(fields.Nested(ReadyMadeSchema), required=True)
