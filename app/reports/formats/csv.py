"""CSV by RFC 4180, with text that no spreadsheet takes for a formula.

A cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return would be run by the program
that opens the file, and what a counter typed is nothing to run: such text gets an apostrophe in
front (OWASP, "CSV injection"). Numbers are no text and stay as they are, below nought too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from app.chunks import chunks
from app.reports.columns import Cell, Row
from app.reports.formats.table import Table, as_text

ROWS_A_CHUNK = 2_000
BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that the text is UTF-8."""
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def stream(table: Table, *, byte_order_mark: bool = True) -> Iterator[bytes]:
    """The file in pieces: labels, then the rows. What is not known is an empty cell."""
    labels = _lines([[column.label for column in table.columns]])
    yield ((BYTE_ORDER_MARK if byte_order_mark else "") + labels).encode()
    for rows in chunks(table.rows, ROWS_A_CHUNK):
        yield _lines(rows).encode("utf-8", "replace")


def defuse(text: str) -> str:
    """The text, so that no spreadsheet takes it for a formula."""
    return "'" + text if text.startswith(STARTS_A_FORMULA) else text


_WRITTEN: dict[type, Callable[[Any], Cell]] = {
    str: defuse,
    bool: as_text,
    datetime: as_text,
    float: lambda number: number if number - number == 0 else None,  # neither infinite nor a NaN
}


def _lines(rows: list[Row]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([_written(row) for row in rows])
    return text.getvalue()


def _written(row: Row) -> list[Cell]:
    """The row's cells as the writer takes them. Millions of cells pass here: kept flat."""
    return [
        cell if (written := _WRITTEN.get(type(cell))) is None else written(cell) for cell in row
    ]
