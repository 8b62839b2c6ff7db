"""JSON: one object with title, summary, columns and rows, written row by row."""

from __future__ import annotations

from collections.abc import Iterator

from app.chunks import chunks
from app.reports.formats import ndjson
from app.reports.formats.table import Table


def stream(table: Table) -> Iterator[bytes]:
    """The object in pieces. A reader that wants no more than a row in hand takes NDJSON."""
    columns = [
        {"name": column.name, "label": column.label, "type": column.type.value}
        for column in table.columns
    ]
    head = {"title": table.title, "summary": dict(table.summary), "columns": columns}
    yield ndjson.value(head)[:-1] + b',"rows":['
    as_object = ndjson.row_writer(table.columns)
    between = b"\n"
    for rows in chunks(table.rows, ndjson.ROWS_A_CHUNK):
        yield between + b",\n".join(map(as_object, rows))
        between = b",\n"
    yield b"\n]}\n"
