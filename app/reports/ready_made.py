"""The reports that everybody asks for, as queries of a stocktake. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.reports.query import Query
from app.reports.reading import read_query

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyMade:
    """`kind` says where it shows: as a report of its own, or as a figure of the dashboard."""

    report_id: str
    title: str
    kind: str
    query: Query


def ready_made(stocktake_id: str) -> list[ReadyMade]:
    """All ready-made reports of a stocktake."""
    return [
        ReadyMade(report_id=name, title=title, kind=kind, query=read_query(made(stocktake_id)))
        for kind, reports in (("report", _REPORTS), ("dashboard", _FIGURES))
        for name, (title, made) in reports.items()
    ]


_Reports = Mapping[str, tuple[str, Callable[[str], Plain]]]


def _where(field: str, op: str, value: object) -> Plain:
    return {"field": field, "op": op, "value": value}


def _of(collection: str, stocktake_id: str, *filters: Plain, **parts: Any) -> Plain:
    mine = _where("stocktake_id", "eq", stocktake_id)
    return {"collection": collection, "filters": [mine, *filters], **parts}


def _sums(*fields: str) -> list[Plain]:
    return [{"measure": "count"}, *({"measure": "sum", "field": field} for field in fields)]


def _by(*fields: str) -> list[Plain]:
    return [{"field": field} for field in fields]


def _falling(column: str) -> list[Plain]:
    return [{"column": column, "descending": True}]


_LINE_SUMS = _sums("book_qty", "counted_qty", "damage_qty", "variance_qty", "variance_value")
_REPORTS: _Reports = {
    "by_floor": (
        "By floor",
        lambda s: _of("count_lines", s, groups=_by("floor"), measures=_LINE_SUMS),
    ),
    "by_rack": (
        "By rack",
        lambda s: _of("count_lines", s, groups=_by("floor", "rack_id"), measures=_LINE_SUMS),
    ),
    "by_person": (
        "By person",
        lambda s: _of(
            "verification_records",
            s,
            groups=_by("username"),
            measures=[
                *_sums("verified_qty", "damage_qty"),
                {"measure": "distinct", "field": "item_code"},
                {"measure": "min", "field": "created_at"},
                {"measure": "max", "field": "created_at"},
            ],
            sort=_falling("count"),
        ),
    ),
    "discrepancy": (
        "Discrepancies",
        lambda s: _of(
            "count_lines",
            s,
            _where("variance_qty", "exists", value=True),
            _where("variance_qty", "ne", 0),
            columns=[
                *("floor", "rack_id", "item_code", "item_name", "book_qty", "counted_qty"),
                *("variance_qty", "variance_value", "within_tolerance", "status"),
            ],
            sort=_falling("rank"),
        ),
    ),
    "damage": (
        "Damage",
        lambda s: _of(
            "verification_records",
            s,
            _where("damage_qty", "gt", 0),
            columns=[
                *("created_at", "floor", "rack_id", "item_code", "verified_qty", "damage_qty"),
                *("item_condition", "condition_details", "username", "client_record_id"),
            ],
            sort=_falling("damage_qty"),
        ),
    ),
    "serials": (
        "Serial numbers",
        lambda s: _of(
            "item_serials",
            s,
            columns=["serial_number", "item_code", "rack_id", "created_at", "client_record_id"],
            sort=[{"column": "serial_number"}],
        ),
    ),
    "unknown_items": (
        "Unknown items",
        lambda s: _of(
            "verification_records",
            s,
            _where("item_known", "eq", value=False),
            columns=[
                *("item_code", "floor", "rack_id", "verified_qty", "username", "created_at"),
                "client_record_id",
            ],
            sort=[{"column": "item_code"}],
        ),
    ),
    "not_counted": (
        "Not counted",
        lambda s: _of(
            "count_lines",
            s,
            _where("status", "eq", "uncounted"),
            columns=["floor", "rack_id", "item_code", "item_name", "book_qty", "said"],
            sort=_falling("rank"),
        ),
    ),
}
_FIGURES: _Reports = {
    "progress": (
        "Progress by floor",
        lambda s: _of("count_lines", s, groups=_by("floor", "status"), measures=_sums()),
    ),
    "variance_by_value": (
        "Variance by value",
        lambda s: _of(
            "count_lines",
            s,
            _where("variance_value", "exists", value=True),
            groups=_by("floor"),
            measures=_sums("variance_value"),
        ),
    ),
    "top_discrepancies": (
        "Top discrepancies",
        lambda s: _of(
            "count_lines",
            s,
            _where("variance_qty", "exists", value=True),
            _where("variance_qty", "ne", 0),
            columns=["rack_id", "item_code", "item_name", "variance_qty", "variance_value"],
            sort=_falling("rank"),
            limit=10,
        ),
    ),
    "damage_trend": (
        "Damage by hour",
        lambda s: _of(
            "verification_records",
            s,
            groups=[{"field": "created_at", "bucket": "hour"}],
            measures=_sums("damage_qty"),
        ),
    ),
    "pace": (
        "Pace by person",
        lambda s: _of(
            "verification_records",
            s,
            groups=[{"field": "created_at", "bucket": "hour"}, {"field": "username"}],
            measures=_sums("verified_qty"),
        ),
    ),
    "heat": (
        "Racks, by what is at stake",
        lambda s: _of(
            "count_lines",
            s,
            groups=_by("floor", "rack_id"),
            measures=_sums("variance_value", "rank"),
        ),
    ),
}
