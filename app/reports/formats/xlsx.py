"""XLSX, row by row: typed cells on as many sheets as Excel's bound asks for, and a summary.

What Excel cannot hold as it is stays readable: a whole number beyond 15 digits and a time before
1900 are written as text, and text beyond 32,767 characters is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format

from app.reports.columns import Column, ColumnType, Row
from app.reports.formats.sheet import Sheet
from app.reports.formats.table import Table, as_text, label_of

ROWS_A_SHEET = 1_048_575
"""Excel's 1,048,576, less the header."""
SAMPLED_ROWS = 200
NARROWEST, WIDEST = 8, 60
TIME_WIDTH = 20
SUMMARY_WIDTH = 30


def write(table: Table, path: Path, *, rows_a_sheet: int = ROWS_A_SHEET) -> None:
    """Write the workbook at `path`; what does not fit on a sheet goes on further ones."""
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": table.title})
        header = book.add_format({"bold": True, "bg_color": "#E8ECEF", "bottom": 1})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        rows, number = iter(table.rows), 0
        first: Row | None = next(rows, None)
        while first is not None or not number:
            number += 1
            sheet = book.add_worksheet(f"Rows {number}" if number > 1 else "Rows", Sheet)
            sheet.begin(len(table.columns), header=header, time=time)
            filled = chain([first], islice(rows, rows_a_sheet - 1)) if first is not None else ()
            _fill(sheet, table.columns, iter(filled))
            first = next(rows, None)
        _summarise(book.add_worksheet("Summary", Sheet), table, header, time)


def _fill(sheet: Sheet, columns: Sequence[Column], rows: Iterator[Row]) -> None:
    """One sheet: a header that stays, and the rows with a filter."""
    sample = list(islice(rows, SAMPLED_ROWS))
    _set_widths(sheet, columns, sample)
    sheet.freeze_panes(1, 0)
    sheet.put_header([label_of(column) for column in columns])
    line = 0
    for line, row in enumerate(chain(sample, rows), start=1):  # noqa: B007 — how many there were
        sheet.put_row(row)
    sheet.end()
    if columns:
        sheet.autofilter(0, 0, line, len(columns) - 1)


def _set_widths(sheet: Sheet, columns: Sequence[Column], sample: Sequence[Row]) -> None:
    for at, column in enumerate(columns):
        if column.type is ColumnType.TIME:
            sheet.set_column(at, at, TIME_WIDTH)
            continue
        longest = max(len(label_of(column)), *(len(as_text(row[at])) for row in sample), 0)
        sheet.set_column(at, at, min(max(longest + 2, NARROWEST), WIDEST))


def _summarise(sheet: Sheet, table: Table, header: Format, time: Format) -> None:
    sheet.set_column(0, 0, max([NARROWEST, *map(len, table.summary)]) + 2)
    sheet.set_column(1, 1, SUMMARY_WIDTH)
    sheet.begin(2, header=header, time=time)
    sheet.put_header([table.title])
    for label, cell in chain([("", None)], table.summary.items()):
        sheet.put_row((label or None, cell))
    sheet.end()
