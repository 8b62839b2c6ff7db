"""The shapes of snapshots and of what two of them differ in."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, pre_dump, validate

from app.api.schemas.fields import Moment
from app.api.schemas.paging import Cursor, TimeCursor
from app.api.schemas.report_queries import QuerySchema, ReportColumnSchema, plain_row, plain_rows
from app.api.schemas.text import text
from app.reports.snapshot import (
    Change,
    Difference,
    JobStatus,
    RowPage,
    SnapshotFilter,
    SnapshotType,
    SnapshotWish,
)

DEFAULT_PAGE, MAX_PAGE = 50, 200
MOST_TAGS = 10


class SnapshotWishSchema(Schema):
    name = text(high=100, metadata={"example": "Ground floor, Friday evening"})
    query = fields.Nested(QuerySchema, required=True)
    tags = fields.List(text(high=40), load_default=list, validate=validate.Length(max=MOST_TAGS))
    note = text(low=0, high=500, required=False, load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SnapshotWish:
        return SnapshotWish(**{**data, "tags": tuple(dict.fromkeys(data["tags"]))})


class ColumnSumSchema(Schema):
    sum = fields.Float()
    least = fields.Float(allow_none=True)
    greatest = fields.Float(allow_none=True)


class SummarySchema(Schema):
    rows = fields.Integer()
    sums = fields.Dict(keys=fields.String(), values=fields.Nested(ColumnSumSchema))


class SnapshotSchema(Schema):
    snapshot_id = fields.String()
    name = fields.String()
    note = fields.String()
    type = fields.Enum(SnapshotType, by_value=True)
    tags = fields.List(fields.String())
    query = fields.Nested(QuerySchema)
    query_hash = fields.String()
    columns = fields.List(fields.Nested(ReportColumnSchema))
    key = fields.List(fields.String(), metadata={"description": "tells one row from another"})
    summary = fields.Nested(SummarySchema)
    took_ms = fields.Float()
    created_by = fields.String()
    created_by_name = fields.String()
    created_at = Moment(metadata={"description": "the moment whose rows it holds"})
    refresh_of = fields.String(allow_none=True)
    refreshed_as = fields.String(allow_none=True)


class SnapshotsQuerySchema(Schema):
    type = fields.Enum(SnapshotType, by_value=True)
    tag = text(high=40, required=False)
    created_by = text(high=64, required=False)
    query_hash = text(high=64, required=False)
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(1, MAX_PAGE))
    cursor = TimeCursor(load_default=None)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SnapshotFilter:
        limit, after = data.pop("limit"), data.pop("cursor")
        if "type" in data:
            data["type"] = data["type"].value
        return SnapshotFilter(where=data, limit=limit, after=after)


class SnapshotsSchema(Schema):
    snapshots = fields.List(fields.Nested(SnapshotSchema), required=True)
    next_cursor = TimeCursor(required=True, allow_none=True)


class RowsQuerySchema(Schema):
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(1, MAX_PAGE))
    cursor = Cursor(int, load_default=(0,))


class SnapshotRowsSchema(Schema):
    columns = fields.List(fields.Nested(ReportColumnSchema), required=True)
    rows = fields.List(fields.List(fields.Raw(allow_none=True)), required=True)
    first = fields.Integer(metadata={"description": "number of the first row, from 1"})
    next_cursor = Cursor(int, required=True, allow_none=True)

    @pre_dump
    def plain(self, page: RowPage, **_: Any) -> dict[str, Any]:
        following = None if page.next_after is None else (page.next_after,)
        rows = plain_rows(page.rows)
        return {
            "columns": page.columns,
            "rows": rows,
            "first": page.first,
            "next_cursor": following,
        }


class CompareWishSchema(Schema):
    snapshot_a_id = text(high=64, metadata={"description": "the earlier one"})
    snapshot_b_id = text(high=64, metadata={"description": "the later one"})
    key = fields.List(
        text(high=100),
        load_default=list,
        validate=validate.Length(max=10),
        metadata={"description": "columns that tell one row from another; else the query's own"},
    )


class TotalSchema(Schema):
    column = fields.String()
    label = fields.String()
    before = fields.Float()
    after = fields.Float()
    difference = fields.Float()
    percent = fields.Float(allow_none=True)
    trend = fields.String(metadata={"description": "up, down or same"})


class CompareJobSchema(Schema):
    job_id = fields.String()
    snapshot_a_id = fields.String()
    snapshot_b_id = fields.String()
    key = fields.List(fields.String())
    columns = fields.List(fields.Nested(ReportColumnSchema))
    name_a = fields.String(metadata={"description": "of the earlier snapshot"})
    name_b = fields.String(metadata={"description": "of the later snapshot"})
    taken_a = Moment(allow_none=True)
    taken_b = Moment(allow_none=True)
    status = fields.Enum(JobStatus, by_value=True)
    counts = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"example": {"changed": 3, "added": 1, "removed": 0, "unchanged": 96}},
    )
    totals = fields.List(fields.Nested(TotalSchema))
    error = fields.String(allow_none=True)
    created_by = fields.String()
    created_by_name = fields.String()
    created_at = Moment()
    started_at = Moment(allow_none=True)
    finished_at = Moment(allow_none=True)


class CompareJobsSchema(Schema):
    jobs = fields.List(fields.Nested(CompareJobSchema), required=True)
    next_cursor = TimeCursor(required=True, allow_none=True)


class PageQuerySchema(Schema):
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(1, MAX_PAGE))
    cursor = TimeCursor(load_default=None)


class DifferencesQuerySchema(Schema):
    change = fields.String(
        load_default=None,
        validate=validate.OneOf([change.value for change in Change]),
        metadata={"description": "one kind; else all that differ"},
    )
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(1, MAX_PAGE))
    cursor = Cursor(int, int, load_default=None)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        change = data["change"] and Change(data["change"])
        return {"change": change, "after": data["cursor"], "limit": data["limit"]}


class RowDifferenceSchema(Schema):
    change = fields.Enum(Change, by_value=True)
    before = fields.List(fields.Raw(allow_none=True), allow_none=True)
    after = fields.List(fields.Raw(allow_none=True), allow_none=True)
    fields_ = fields.List(
        fields.String(), data_key="fields", metadata={"description": "columns that changed"}
    )

    @pre_dump
    def plain(self, difference: Difference, **_: Any) -> dict[str, Any]:
        return {
            "change": difference.change,
            "before": plain_row(difference.before),
            "after": plain_row(difference.after),
            "fields_": difference.fields,
        }


class RowDifferencesSchema(Schema):
    columns = fields.List(fields.Nested(ReportColumnSchema), required=True)
    rows = fields.List(fields.Nested(RowDifferenceSchema), required=True)
    next_cursor = Cursor(int, int, required=True, allow_none=True)
