"""Files of a catalogue as people upload them."""

from __future__ import annotations

import csv
import io

from openpyxl import Workbook


def csv_file(columns, *rows, separator=",", encoding="utf-8"):
    """A CSV with these columns and rows."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([columns, *rows])
    return io.BytesIO(text.getvalue().encode(encoding))


def xlsx_file(columns, *rows):
    """A workbook with one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Items")
    for row in (columns, *rows):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file
