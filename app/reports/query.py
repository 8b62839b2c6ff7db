"""A query of a report: what it may say, checked by types. Pure.

Nothing that a client sent becomes a name, an operator or an expression of the database: fields,
operators and measures are members of tables here, and values are scalars of their field's type.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from json import dumps
from typing import Any

from app.clock import iso
from app.reports.columns import Column, ColumnType
from app.reports.sources import Field, Source

Scalar = str | int | float | bool | datetime
MAX_ROWS = 5_000_000


class Op(StrEnum):
    """How a filter compares. `ne` and `nin` also hold where the field has no value."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    IN = "in"
    NIN = "nin"
    CONTAINS = "contains"
    EXISTS = "exists"
    BETWEEN = "between"


class Measure(StrEnum):
    """What is made of a group's records. All but `count` leave out records without the value."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    DISTINCT = "distinct"


class Bucket(StrEnum):
    """Spans of time, in UTC; a week begins on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`value` is a scalar of the field's type, several of them, or whether there is a value."""

    field: Field
    op: Op
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """By a field's values, or by spans of its times."""

    field: Field
    bucket: Bucket | None = None

    @property
    def column(self) -> Column:
        name = self.field.name if self.bucket is None else f"{self.field.name}_{self.bucket}"
        label = self.field.label if self.bucket is None else f"{self.field.label}, {self.bucket}"
        return Column(name=name, label=label, type=self.field.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measure of a field; `count` has none."""

    measure: Measure
    field: Field | None = None

    @property
    def column(self) -> Column:
        if self.field is None:
            return Column(name="count", label="Records", type=ColumnType.INTEGER)
        name, label = (
            f"{self.measure}_{self.field.name}",
            f"{_WORDS[self.measure]} {self.field.label}",
        )
        return Column(name=name, label=label, type=self._type(self.field))

    def _type(self, field: Field) -> ColumnType:
        if self.measure is Measure.DISTINCT:
            return ColumnType.INTEGER
        return ColumnType.NUMBER if self.measure is Measure.AVG else field.type


_WORDS = {
    Measure.SUM: "Sum of",
    Measure.AVG: "Average of",
    Measure.MIN: "Least",
    Measure.MAX: "Greatest",
    Measure.DISTINCT: "Different",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """By a column of the answer; a list of records also by any other field."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A list of records (`listed`), or figures of groups of them (`groups`, `figures`)."""

    source: Source
    filters: tuple[Filter, ...] = ()
    listed: tuple[Field, ...] = ()
    groups: tuple[Group, ...] = ()
    figures: tuple[Figure, ...] = ()
    sort: tuple[Sort, ...] = ()
    limit: int | None = None

    @property
    def is_grouped(self) -> bool:
        return bool(self.groups or self.figures)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the answer, in their order."""
        if self.is_grouped:
            return (*(g.column for g in self.groups), *(f.column for f in self.figures))
        return tuple(Column(name=f.name, label=f.label, type=f.type) for f in self.listed)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell one row from another; empty where the answer has none such."""
        if self.is_grouped:
            return tuple(group.column.name for group in self.groups)
        names = {field.name for field in self.listed}
        fixed = {f.field.name for f in self.filters if f.op is Op.EQ}
        needed = tuple(name for name in self.source.key if name not in fixed)
        return needed if names.issuperset(needed) else ()

    @property
    def hash(self) -> str:
        """The same for the same question, however its order of filters was."""
        plain = self.as_plain()
        plain["filters"] = sorted(plain["filters"], key=lambda each: dumps(each, sort_keys=True))
        return sha256(dumps(plain, sort_keys=True).encode()).hexdigest()[:32]

    def as_plain(self) -> dict[str, Any]:
        """The query as JSON, as a client would send it."""
        return {
            "collection": self.source.name,
            "columns": [field.name for field in self.listed],
            "filters": [
                {"field": f.field.name, "op": f.op.value, "value": _plain(f.value)}
                for f in self.filters
            ],
            "groups": [
                {"field": g.field.name, "bucket": g.bucket and g.bucket.value} for g in self.groups
            ],
            "measures": [
                {"measure": f.measure.value, "field": f.field and f.field.name}
                for f in self.figures
            ],
            "sort": [{"column": s.column, "descending": s.descending} for s in self.sort],
            "limit": self.limit,
        }


def _plain(value: Scalar | tuple[Scalar, ...]) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return iso(value) if isinstance(value, datetime) else value
