"""NDJSON: a JSON object a line, for programs that read row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import orjson

from app.chunks import chunks
from app.clock import iso
from app.reports.columns import Column, Row
from app.reports.formats.table import Table

ROWS_A_CHUNK = 1_000
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME  # our own form of a time, with milliseconds and Z


def stream(table: Table) -> Iterator[bytes]:
    """A line for each row; what is not known is `null`."""
    as_line = row_writer(table.columns)
    for rows in chunks(table.rows, ROWS_A_CHUNK):
        yield b"\n".join(map(as_line, rows)) + b"\n"


def row_writer(
    columns: Sequence[Column], when: Callable[[datetime], object] = iso
) -> Callable[[Row], bytes]:
    """What makes a row an object by the columns' names; `when` says how a time is written."""
    names = [column.name for column in columns]

    def as_object(row: Row) -> bytes:
        return orjson.dumps(dict(zip(names, row, strict=True)), when, _OPTIONS)

    return as_object


def value(thing: object) -> bytes:
    """Any plain value as JSON."""
    return orjson.dumps(thing, iso, _OPTIONS)
