"""From what a client sent to a Query, or to words about what does not fit. Pure.

Anything may come in: each part is looked up in a table or checked for its type, and what is neither
is refused. So a Query never holds a text of the client's but as a value to compare with.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from app.reports.columns import ColumnType
from app.reports.query import (
    MAX_ROWS,
    Bucket,
    Figure,
    Filter,
    Group,
    Measure,
    Op,
    Query,
    Scalar,
    Sort,
)
from app.reports.sources import SOURCES, Field, Source

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

LONGEST_TEXT = 200
LONGEST_CONTAINS = 100
MOST_VALUES = 500
MOST = {"columns": 30, "filters": 20, "groups": 5, "measures": 10, "sort": 5}
LARGEST = 2**53
_ORDERED = frozenset({ColumnType.TEXT, ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.TIME})
_NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.NUMBER})
_NEEDS_ORDER = frozenset({Op.GT, Op.GTE, Op.LT, Op.LTE, Op.BETWEEN})
_PARTS = frozenset({*MOST, "collection", "limit"})


class BadQuery(ValueError):
    """A part of the query does not fit: where, and what to do."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


def read_query(sent: Any) -> Query:
    """The query that was sent.

    Raises:
        BadQuery: a part is unknown, of the wrong type, or more than allowed.
    """
    parts = _object(sent, "query", _PARTS)
    source = _source(parts.get("collection"))
    query = Query(
        source=source,
        filters=_each(parts, "filters", lambda part, at: _filter(part, at, source)),
        groups=_each(parts, "groups", lambda part, at: _group(part, at, source)),
        figures=_each(parts, "measures", lambda part, at: _figure(part, at, source)),
        listed=_each(parts, "columns", lambda part, at: _field(part, at, source)),
        sort=_each(parts, "sort", _sort),
        limit=_limit(parts.get("limit")),
    )
    return _whole(query)


def _whole(query: Query) -> Query:
    """The query with its defaults, once its parts fit together."""
    if query.is_grouped and query.listed:
        raise BadQuery("columns", "Leave them out where records are grouped.")
    if query.groups and not query.figures:
        query = replace(query, figures=(Figure(measure=Measure.COUNT),))
    if not query.is_grouped and not query.listed:
        query = replace(query, listed=tuple(query.source.fields[n] for n in query.source.shown))
    names = [column.name for column in query.columns]
    if len(set(names)) != len(names):
        raise BadQuery("columns", "Name each column once.")
    if sum(figure.measure is Measure.DISTINCT for figure in query.figures) > 1:
        raise BadQuery("measures", "Count different values of one field at a time.")
    _check_sort(query, names)
    return query


def _check_sort(query: Query, names: list[str]) -> None:
    allowed = set(names) if query.is_grouped else set(query.source.fields)
    for at, sort in enumerate(query.sort):
        if sort.column not in allowed:
            raise BadQuery(f"sort[{at}].column", "Sort by a column of the answer.")
        if not query.is_grouped and query.source.fields[sort.column].is_list:
            raise BadQuery(f"sort[{at}].column", "A list of values has no order.")
    if len({sort.column for sort in query.sort}) != len(query.sort):
        raise BadQuery("sort", "Name each column once.")


def _object(value: Any, where: str, allowed: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadQuery(where, "Send an object.")
    for name in value:
        if name not in allowed:
            raise BadQuery(where, f"Only these parts exist: {', '.join(sorted(allowed))}.")
    return value


def _each(parts: Mapping[str, Any], name: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
    sent = parts.get(name)
    if sent is None:
        return ()
    if not isinstance(sent, list):
        raise BadQuery(name, "Send a list.")
    if len(sent) > MOST[name]:
        raise BadQuery(name, f"Send at most {MOST[name]}.")
    return tuple(read(part, f"{name}[{at}]") for at, part in enumerate(sent))


def _source(name: Any) -> Source:
    if not isinstance(name, str) or name not in SOURCES:
        raise BadQuery("collection", f"Choose one of: {', '.join(sorted(SOURCES))}.")
    return SOURCES[name]


def _field(name: Any, where: str, source: Source) -> Field:
    if not isinstance(name, str) or name not in source.fields:
        raise BadQuery(where, f"Choose a field of {source.name}.")
    return source.fields[name]


def _member(kind: type[E], value: Any, where: str) -> E:
    if not isinstance(value, str) or value not in {each.value for each in kind}:
        raise BadQuery(where, f"Choose one of: {', '.join(each.value for each in kind)}.")
    return kind(value)


def _group(sent: Any, where: str, source: Source) -> Group:
    part = _object(sent, where, frozenset({"field", "bucket"}))
    field = _field(part.get("field"), f"{where}.field", source)
    if field.is_list:
        raise BadQuery(f"{where}.field", "A list of values makes no group.")
    if part.get("bucket") is None:
        return Group(field=field)
    if field.type is not ColumnType.TIME:
        raise BadQuery(f"{where}.bucket", "Only times fall into spans.")
    return Group(field=field, bucket=_member(Bucket, part["bucket"], f"{where}.bucket"))


def _figure(sent: Any, where: str, source: Source) -> Figure:
    part = _object(sent, where, frozenset({"measure", "field"}))
    measure = _member(Measure, part.get("measure"), f"{where}.measure")
    if measure is Measure.COUNT:
        if part.get("field") is not None:
            raise BadQuery(f"{where}.field", "`count` counts records, not a field.")
        return Figure(measure=measure)
    field = _field(part.get("field"), f"{where}.field", source)
    if field.is_list:
        raise BadQuery(f"{where}.field", "A list of values has no such figure.")
    if measure in {Measure.SUM, Measure.AVG} and field.type not in _NUMBERS:
        raise BadQuery(f"{where}.field", "Only numbers have a sum or an average.")
    return Figure(measure=measure, field=field)


def _sort(sent: Any, where: str) -> Sort:
    part = _object(sent, where, frozenset({"column", "descending"}))
    column, descending = part.get("column"), part.get("descending", False)
    if not isinstance(column, str):
        raise BadQuery(f"{where}.column", "Name a column.")
    if not isinstance(descending, bool):
        raise BadQuery(f"{where}.descending", "Send true or false.")
    return Sort(column=column, descending=descending)


def _limit(sent: Any) -> int | None:
    if sent is None:
        return None
    if isinstance(sent, bool) or not isinstance(sent, int) or not 1 <= sent <= MAX_ROWS:
        raise BadQuery("limit", f"Send a whole number from 1 to {MAX_ROWS:,}.")
    return sent


# ── filters and their values ─────────────────────────────────────────────────────────────────────


def _filter(sent: Any, where: str, source: Source) -> Filter:
    part = _object(sent, where, frozenset({"field", "op", "value"}))
    field = _field(part.get("field"), f"{where}.field", source)
    op = _member(Op, part.get("op"), f"{where}.op")
    _check_fit(field, op, f"{where}.op")
    return Filter(field=field, op=op, value=_values(part.get("value"), op, field, f"{where}.value"))


def _check_fit(field: Field, op: Op, where: str) -> None:
    if op is Op.CONTAINS and field.type is not ColumnType.TEXT:
        raise BadQuery(where, "Only texts contain something.")
    if op in _NEEDS_ORDER and (field.type not in _ORDERED or field.is_list):
        raise BadQuery(where, "This field has no order.")


def _values(sent: Any, op: Op, field: Field, where: str) -> Scalar | tuple[Scalar, ...]:
    if op is Op.EXISTS:
        return _boolean(sent, where)
    if op is Op.CONTAINS:
        return _text(sent, where, low=1, high=LONGEST_CONTAINS)
    if op in {Op.IN, Op.NIN, Op.BETWEEN}:
        low, high = (2, 2) if op is Op.BETWEEN else (1, MOST_VALUES)
        if not isinstance(sent, list) or not low <= len(sent) <= high:
            raise BadQuery(where, f"Send a list of {low} to {high} values.")
        return tuple(_READERS[field.type](value, where) for value in sent)
    return _READERS[field.type](sent, where)


def _text(value: Any, where: str, low: int = 0, high: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str) or not low <= len(value) <= high:
        raise BadQuery(where, f"Send a text of {low} to {high} characters.")
    if not value.isprintable() or not _is_unicode(value):
        raise BadQuery(where, "Send a text without control characters.")
    return value


def _is_unicode(value: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in value)


def _number(value: Any, where: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadQuery(where, "Send a number.")
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise BadQuery(where, "Send a finite number of usual size.")
    return value


def _boolean(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise BadQuery(where, "Send true or false.")
    return value


def _time(value: Any, where: str) -> datetime:
    text = _text(value, where, high=40)
    try:
        moment = datetime.fromisoformat(text)
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadQuery(where, "Send a time such as 2026-01-05T08:00:00Z.") from None
    return aware.replace(microsecond=aware.microsecond // 1000 * 1000)


_READERS: Mapping[ColumnType, Callable[[Any, str], Scalar]] = {
    ColumnType.TEXT: _text,
    ColumnType.INTEGER: _number,
    ColumnType.NUMBER: _number,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.TIME: _time,
}
