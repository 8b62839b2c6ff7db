"""A file of rows, CSV or XLSX, as one table: columns, and rows of texts; pure.

Files come from people and their ERPs: encodings and separators are found out, formulas are read as
the values that their program saved, and what would unpack to more than a catalogue is refused.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO

from app.errors import UnusableFile

MAX_BYTES = 30 * 1024 * 1024
MAX_UNPACKED = 500 * 1024 * 1024
"""What an XLSX may unpack to: 200,000 rows of twenty columns take half of it."""
MAX_BESIDE_SHEETS = 100 * 1024 * 1024
"""What all but the sheets may unpack to. Sheets are read row by row, but their texts are held in
memory: 200,000 rows with three texts of their own take half of it.
"""
MAX_PARTS = 2_000
MAX_ROWS = 200_000
MAX_COLUMNS = 100
MAX_CELL = 10_000
NAME_MAX = 100
SNIFFED_ROWS = 20
SEPARATORS = ",;\t|"

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Row = tuple[int, list[str]]
"""The row's number as a spreadsheet shows it, and a text for each column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`columns` have distinct names. `comma`: whether numbers have a decimal comma."""

    columns: list[str]
    rows: Iterator[Row]
    comma: bool = False


def check_file(file: IO[bytes]) -> None:
    """Refuse at once what cannot be read; looks at the beginning and at an archive's directory.

    Raises:
        UnusableFile: empty, of another kind, or larger unpacked than any catalogue.
    """
    file.seek(0)
    start = file.read(4)
    if not start:
        raise UnusableFile("The file is empty.")
    if start == _OLD_EXCEL:
        raise UnusableFile("This is an old Excel file. Save it as .xlsx or as CSV.")
    if start == _ZIP:
        _check_archive(file)
    file.seek(0)


def read_table(file: IO[bytes]) -> Table:
    """The table of a file; rows are read as they are asked for.

    Raises:
        UnusableFile: here, or while the rows are read.
    """
    check_file(file)
    if file.read(len(_ZIP)) == _ZIP:
        return _table(_numbered(_xlsx_rows(file)))
    file.seek(0)
    text = _decoded(file.read())
    separator = _separator(text)
    return _table(_numbered(_csv_rows(text, separator)), comma=separator == ";")


def _table(rows: Iterator[Row], *, comma: bool = False) -> Table:
    """The first row that has anything names the columns."""
    _, names = next(rows, (0, []))
    while names and not names[-1]:
        names.pop()
    if not names:
        raise UnusableFile("The file has no row that names its columns.")
    if len(names) > MAX_COLUMNS:
        raise UnusableFile(f"The file has more than {MAX_COLUMNS} columns.")
    return Table(columns=_distinct(names), rows=_bounded(rows, len(names)), comma=comma)


def _bounded(rows: Iterator[Row], width: int) -> Iterator[Row]:
    for count, (number, cells) in enumerate(rows, 1):
        if count > MAX_ROWS:
            raise UnusableFile(f"The file has more than {MAX_ROWS:,} rows. Split it.")
        yield number, (cells + [""] * width)[:width]


def _numbered(rows: Iterable[list[str]]) -> Iterator[Row]:
    """Rows with anything in them."""
    for number, cells in enumerate(rows, 1):
        if any(cells):
            yield number, cells


def _distinct(names: list[str]) -> list[str]:
    """Names for columns without one, and other names for those that come twice."""
    found: list[str] = []
    for number, given in enumerate(names, 1):
        name = wanted = " ".join(given.split())[:NAME_MAX] or f"Column {number}"
        again = 2
        while name in found:
            name, again = f"{wanted} ({again})", again + 1
        found.append(name)
    return found


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


def _decoded(content: bytes) -> str:
    for encoding in ("utf-16",) if content.startswith(_UTF_16) else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnusableFile("This is no text. Save the file as CSV in UTF-8, or as .xlsx.")


def _separator(text: str) -> str:
    """The sign that cuts the first rows into the most columns, all alike."""

    def columns(separator: str) -> tuple[bool, int]:
        head = [len(row) for row in islice(_parsed(text, separator), SNIFFED_ROWS) if row]
        return len(set(head)) == 1 and head[0] > 1, max(head, default=0)

    return max(SEPARATORS, key=columns)


def _csv_rows(text: str, separator: str) -> Iterator[list[str]]:
    for row in _parsed(text, separator):
        yield [cell.strip()[:MAX_CELL] for cell in row]


def _parsed(text: str, separator: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise UnusableFile(f"The CSV cannot be read: {error}.") from None


# ── XLSX ─────────────────────────────────────────────────────────────────────────────────────────


def _check_archive(file: IO[bytes]) -> None:
    """An archive tells what it unpacks to, and Python's reader stops where it told too little."""
    try:
        parts = zipfile.ZipFile(file).infolist()
    except zipfile.BadZipFile:
        raise _no_workbook() from None
    beside = [part for part in parts if not part.filename.startswith("xl/worksheets/")]
    if len(parts) > MAX_PARTS or _size(parts) > MAX_UNPACKED or _size(beside) > MAX_BESIDE_SHEETS:
        raise UnusableFile("The workbook unpacks to more than a catalogue can be.")


def _size(parts: Iterable[zipfile.ZipInfo]) -> int:
    return sum(part.file_size for part in parts)


def _xlsx_rows(file: IO[bytes]) -> Iterator[list[str]]:
    # Not before it is needed: jobs read workbooks, and each server process would have 5 MB of it.
    from app.items.workbook import BROKEN, first_sheet  # noqa: PLC0415

    try:
        for cells in first_sheet(file, MAX_COLUMNS + 1):
            yield [cell[:MAX_CELL] for cell in cells]
    except BROKEN:
        raise _no_workbook() from None


def _no_workbook() -> UnusableFile:
    return UnusableFile("The workbook cannot be read. Save it again as .xlsx, or as CSV.")
