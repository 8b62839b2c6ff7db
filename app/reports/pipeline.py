"""From a Query to the stages of an aggregation. Pure; every `$` of a pipeline is written here.

A row comes out as `{c: {f0: …, f1: …}}`, the cells by the place of their column: names and labels
never enter the database, and all that a client sent stands below a comparison as a plain value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from app.db.client import Document
from app.reports.columns import ColumnType
from app.reports.query import Figure, Filter, Group, Measure, Op, Query
from app.reports.sources import Field

_COMPARES = {
    Op.EQ: "$eq",
    Op.NE: "$ne",
    Op.GT: "$gt",
    Op.GTE: "$gte",
    Op.LT: "$lt",
    Op.LTE: "$lte",
}
_SIGN = re.compile(r"[^\w\s]", re.ASCII)


def preview_stages(query: Query, rows: int, *, first: int | None = None) -> list[Document]:
    """At most so many rows of the answer; `first`: of the first so many records only."""
    cut = [] if first is None else [{"$limit": first}]
    most = [{"$limit": min(rows, query.limit or rows)}]
    if query.is_grouped:
        order = [{"$sort": _order_of_groups(query)}] if query.groups else []
        return [*cut, *_match(query), *_grouped(query), *order, *most]
    order = [{"$sort": _order_of_records(query)}] if query.sort else []
    return [*cut, *_match(query), *order, *most, {"$project": {"_id": 0, "c": _cells(query)}}]


def count_stages(query: Query) -> list[Document]:
    """How many rows the whole answer has, as `n`."""
    made = _grouped(query) if query.is_grouped else []
    most = [] if query.limit is None else [{"$limit": query.limit}]
    return [*_match(query), *made, *most, {"$count": "n"}]


def numbered_stages(query: Query) -> list[Document]:
    """All rows of the answer with their number as `_id`, from 1, in their order."""
    most = [] if query.limit is None else [{"$limit": query.limit}]
    shape = {"$project": {"_id": "$n", "c": 1}}
    if query.is_grouped:
        number = _numbered(_order_of_groups(query))
        return [*_match(query), *_grouped(query), number, *most, shape]
    if not query.sort:  # the order of an index: no sort at all
        taken = {"$project": {"_id": "$n", "c": _cells(query)}}
        return [*_match(query), _numbered({"_id": 1}), *most, taken]
    order = _order_of_records(query)
    needed = {"c": _cells(query), **{f"s.{path}": f"${path}" for path in order if path != "_id"}}
    by = {path if path == "_id" else f"s.{path}": turn for path, turn in order.items()}
    return [*_match(query), {"$project": needed}, _numbered(by), *most, shape]


def _numbered(order: Document) -> Document:
    """The running number along an order. $documentNumber is quicker, and takes one field only."""
    by = order or {"_id": 1}
    so_far = {"$sum": 1, "window": {"documents": ["unbounded", "current"]}}
    number = {"$documentNumber": {}} if len(by) == 1 else so_far
    return {"$setWindowFields": {"sortBy": by, "output": {"n": number}}}


# ── what is taken ────────────────────────────────────────────────────────────────────────────────


def _match(query: Query) -> list[Document]:
    if not query.filters:
        return []
    return [{"$match": {"$and": [{f.field.path: _condition(f)} for f in query.filters]}}]


def _condition(wish: Filter) -> Document:
    value: Any = wish.value
    if wish.op in _COMPARES:
        return {_COMPARES[wish.op]: value}
    if wish.op is Op.BETWEEN:
        return {"$gte": value[0], "$lte": value[1]}
    if wish.op is Op.EXISTS:
        return {"$ne": None} if value else {"$eq": None}
    if wish.op is Op.CONTAINS:
        return {"$regex": _literal(value), "$options": "i"}
    return {"$in" if wish.op is Op.IN else "$nin": list(value)}


def _literal(text: str) -> str:
    """A pattern that matches exactly this text: it has no repetition, so it runs in linear time."""
    return _SIGN.sub(lambda found: "\\" + found[0] if found[0].isascii() else found[0], text)


def _order_of_records(query: Query) -> Document:
    """With the document's own id at the end, so that the order is one."""
    fields = query.source.fields
    asked = {fields[s.column].path: -1 if s.descending else 1 for s in query.sort}
    return {**asked, "_id": asked.get("_id", 1)}


def _cells(query: Query) -> Document:
    return {f"f{at}": _cell(field) for at, field in enumerate(query.listed)}


def _cell(field: Field) -> Document:
    if not field.is_list:
        return {"$ifNull": [f"${field.path}", None]}
    joined = {
        "$cond": [{"$eq": ["$$value", ""]}, "$$this", {"$concat": ["$$value", ", ", "$$this"]}]
    }
    texts = {"$ifNull": [f"${field.path}", []]}
    return {"$reduce": {"input": texts, "initialValue": "", "in": joined}}


# ── what is made of it ───────────────────────────────────────────────────────────────────────────


def _grouped(query: Query) -> list[Document]:
    by = {f"g{at}": _group_value(group) for at, group in enumerate(query.groups)}
    groups = [f"$_id.g{at}" for at in range(len(query.groups))]
    different = [f for f in query.figures if f.measure is Measure.DISTINCT]
    made = (
        _of_different(by, query.figures, different[0]) if different else _plain(by, query.figures)
    )
    cells = [*groups, *(f"$m{at}" for at in range(len(query.figures)))]
    return [*made, {"$project": {"_id": 0, "c": {f"f{at}": cell for at, cell in enumerate(cells)}}}]


def _group_value(group: Group) -> Document:
    path = f"${group.field.path}"
    if group.bucket is None:
        return {"$ifNull": [path, None]}
    span = {"date": path, "unit": group.bucket.value, "startOfWeek": "monday"}
    return {"$dateTrunc": span}


def _plain(by: Document, figures: Sequence[Figure]) -> list[Document]:
    measures = {f"m{at}": _accumulator(figure) for at, figure in enumerate(figures)}
    return [{"$group": {"_id": by or None, **measures}}]


def _accumulator(figure: Figure) -> Document:
    if figure.field is None:
        return {"$sum": 1}
    return {f"${figure.measure.value}": f"${figure.field.path}"}


def _of_different(by: Document, figures: Sequence[Figure], different: Figure) -> list[Document]:
    """Two steps, so that no group ever keeps all its different values in memory: first by group and
    value, then these together; an average is carried as sum and number until the end.
    """
    assert different.field is not None  # noqa: S101 — read_query gives it one
    first: Document = {"_id": {**by, "v": {"$ifNull": [f"${different.field.path}", None]}}}
    second: Document = {"_id": {name: f"$_id.{name}" for name in by} or None}
    means: Document = {}
    for at, figure in enumerate(figures):
        name = f"m{at}"
        if figure is different:
            second[name] = {"$sum": {"$cond": [{"$eq": ["$_id.v", None]}, 0, 1]}}
        elif figure.measure is Measure.AVG and figure.field is not None:
            path = f"${figure.field.path}"
            first |= {name: {"$sum": path}, f"n{at}": {"$sum": {"$cond": [_has(path), 1, 0]}}}
            second |= {name: {"$sum": f"${name}"}, f"n{at}": {"$sum": f"$n{at}"}}
            none = {"$eq": [f"$n{at}", 0]}
            means[name] = {"$cond": [none, None, {"$divide": [f"${name}", f"$n{at}"]}]}
        else:
            first[name] = _accumulator(figure)
            again = "$sum" if figure.measure is Measure.COUNT else f"${figure.measure.value}"
            second[name] = {again: f"${name}"}
    steps: list[Document] = [{"$group": first}, {"$group": second}]
    return [*steps, {"$set": means}] if means else steps


def _has(path: str) -> Document:
    return {"$gt": [path, None]}


def _order_of_groups(query: Query) -> Document:
    """What was asked for, then by the groups, so that the order is one."""
    places = {column.name: f"c.f{at}" for at, column in enumerate(query.columns)}
    asked = {places[s.column]: -1 if s.descending else 1 for s in query.sort}
    rest = {f"c.f{at}": 1 for at in range(len(query.groups))}
    return (
        {**rest, **asked}
        if not asked
        else {**asked, **{k: v for k, v in rest.items() if k not in asked}}
    )


def is_number(kind: ColumnType) -> bool:
    """Whether a column has a sum."""
    return kind in {ColumnType.INTEGER, ColumnType.NUMBER}


def summary_stages(numbers: Sequence[int]) -> list[Document]:
    """The number of rows as `n`, and of the columns at these places sum, least and greatest."""
    sums: Document = {"n": {"$sum": 1}}
    for at in numbers:
        path = f"$c.f{at}"
        sums |= {f"s{at}": {"$sum": path}, f"l{at}": {"$min": path}, f"h{at}": {"$max": path}}
    return [{"$group": {"_id": None, **sums}}]
