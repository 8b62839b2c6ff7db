"""The first sheet of an XLSX workbook, as rows of texts; pure."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any, cast

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

BROKEN = (
    InvalidFileException,
    zipfile.BadZipFile,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    SyntaxError,  # the XML parser's error is one
    EOFError,
    OSError,
)
"""What the library raises of a workbook that is none, at its opening or between two rows."""


def first_sheet(file: IO[bytes], columns: int) -> Iterator[list[str]]:
    """The first sheet's rows, one at a time, of so many columns at most; which of them exist, the
    header row decides. Raises one of BROKEN.
    """
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    sheet = book.worksheets[0]
    # The size that a sheet claims is often wrong: without it, the rows tell.
    cast("Any", sheet).reset_dimensions()
    for row in sheet.iter_rows(max_col=columns, values_only=True):
        yield [_cell(value) for value in row]


def _cell(value: object) -> str:
    """What a person sees in the cell, nearly: whole numbers without a point, days as ISO."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip()
