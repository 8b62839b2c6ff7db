"""XLSX, row by row: typed cells on as many sheets as Excel's bound asks for, and a summary.

What Excel cannot hold as it is stays readable: a whole number beyond 15 digits and a time before
1900 are written as text, and text beyond 32,767 characters is cut.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.reports.columns import Cell, Column, ColumnType, Row
from app.reports.formats.table import Table, as_text, label_of

ROWS_A_SHEET = 1_048_575
"""Excel's 1,048,576, less the header."""
LONGEST_TEXT = 32_767
LARGEST_WHOLE = 10**15
FIRST_YEAR = 1900
SAMPLED_ROWS = 200
NARROWEST, WIDEST = 8, 60
TIME_WIDTH = 20
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}


def write(table: Table, path: Path, *, rows_a_sheet: int = ROWS_A_SHEET) -> None:
    """Write the workbook at `path`; what does not fit on a sheet goes on further ones."""
    with xlsxwriter.Workbook(str(path), {**_OPTIONS, "tmpdir": str(path.parent)}) as book:
        book.set_properties({"title": table.title})
        header = book.add_format({"bold": True, "bg_color": "#E8ECEF", "bottom": 1})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        rows, number = iter(table.rows), 0
        first: Row | None = next(rows, None)
        while first is not None or not number:
            number += 1
            sheet = book.add_worksheet(f"Rows {number}" if number > 1 else "Rows")
            filled = chain([first], islice(rows, rows_a_sheet - 1)) if first is not None else ()
            _fill(sheet, table.columns, iter(filled), header, _cell_writers(sheet, time))
            first = next(rows, None)
        _summarise(book.add_worksheet("Summary"), table, header, time)


def _fill(
    sheet: Worksheet,
    columns: Sequence[Column],
    rows: Iterator[Row],
    header: Format,
    writers: dict[type, Callable[[int, int, Any], object]],
) -> None:
    """One sheet: a header that stays, and the rows with a filter."""
    sample = list(islice(rows, SAMPLED_ROWS))
    _set_widths(sheet, columns, sample)
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        sheet.write_string(0, at, label_of(column), header)
    line = 0
    for line, row in enumerate(chain(sample, rows), start=1):
        for at, cell in enumerate(row):
            if cell is not None:
                writers[type(cell)](line, at, cell)
    if columns:
        sheet.autofilter(0, 0, line, len(columns) - 1)


def _set_widths(sheet: Worksheet, columns: Sequence[Column], sample: Sequence[Row]) -> None:
    for at, column in enumerate(columns):
        if column.type is ColumnType.TIME:
            sheet.set_column(at, at, TIME_WIDTH)
            continue
        longest = max(len(label_of(column)), *(len(as_text(row[at])) for row in sample), 0)
        sheet.set_column(at, at, min(max(longest + 2, NARROWEST), WIDEST))


def _cell_writers(sheet: Worksheet, time: Format) -> dict[type, Callable[[int, int, Any], object]]:
    """How each kind of cell is written. Millions of cells pass here: no `write()`, which would
    look for the kind once more.
    """

    def write_text(line: int, at: int, text: str) -> None:
        sheet.write_string(line, at, text[:LONGEST_TEXT])

    def write_whole(line: int, at: int, number: int) -> None:
        if -LARGEST_WHOLE < number < LARGEST_WHOLE:
            sheet.write_number(line, at, number)
        else:
            sheet.write_string(line, at, str(number))

    def write_number(line: int, at: int, number: float) -> None:
        if math.isfinite(number):
            sheet.write_number(line, at, number)

    def write_time(line: int, at: int, moment: datetime) -> None:
        if moment.year > FIRST_YEAR:
            sheet.write_datetime(line, at, moment.astimezone(UTC), time)
        else:
            sheet.write_string(line, at, as_text(moment))

    return {
        str: write_text,
        int: write_whole,
        float: write_number,
        bool: sheet.write_boolean,
        datetime: write_time,
    }


def _summarise(sheet: Worksheet, table: Table, header: Format, time: Format) -> None:
    writers = _cell_writers(sheet, time)
    sheet.set_column(0, 0, max([NARROWEST, *map(len, table.summary)]) + 2)
    sheet.set_column(1, 1, WIDEST // 2)
    sheet.write_string(0, 0, table.title, header)
    for line, (label, cell) in enumerate(table.summary.items(), start=2):
        sheet.write_string(line, 0, label)
        _write_if_known(writers, line, cell)


def _write_if_known(
    writers: dict[type, Callable[[int, int, Any], object]], line: int, cell: Cell
) -> None:
    if cell is not None:
        writers[type(cell)](line, 1, cell)
