"""Parquet, by DuckDB: a third of pyarrow's size, and it converts within a bound of memory.

The rows go to a file of lines first, which DuckDB reads back in pieces: Python's values need no
other way into it, and nothing is held whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from app.chunks import chunks
from app.reports.columns import Column, ColumnType
from app.reports.formats import ndjson
from app.reports.formats.table import Table

MEMORY = "96MB"
ROWS_A_GROUP = 50_000
"""What a reader must hold at once, and the writer too."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OPEN = {
    "memory_limit": MEMORY,
    "threads": "1",
    "autoinstall_known_extensions": "false",  # all that is needed is in the package
    "autoload_known_extensions": "false",
}
_TYPES = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.NUMBER: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIME: "BIGINT",  # microseconds on the way
}


def write(table: Table, path: Path) -> None:
    """Write the file at `path`: columns by their names, times in UTC to the microsecond."""
    with tempfile.TemporaryDirectory(prefix="parquet-", dir=path.parent) as folder:
        lines = Path(folder, "rows.ndjson")
        _write_lines(table, lines)
        with duckdb.connect(":memory:", config={**_OPEN, "temp_directory": folder}) as engine:
            engine.execute(_copy(table.columns, lines, path))


def _write_lines(table: Table, lines: Path) -> None:
    as_line = ndjson.row_writer(table.columns, _microseconds)
    with lines.open("wb") as file:
        for rows in chunks(table.rows, ndjson.ROWS_A_CHUNK):
            file.write(b"\n".join(map(as_line, rows)) + b"\n")


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _copy(columns: Sequence[Column], lines: Path, path: Path) -> str:
    """The one statement. COPY takes no parameters, so that names and paths are quoted here."""
    types = ", ".join(f"{_name(c.name)}: {_text(_TYPES[c.type])}" for c in columns)
    return (  # every part is a constant or quoted
        f"COPY (SELECT {', '.join(map(_selected, columns))} FROM read_json({_text(str(lines))}, "  # noqa: S608
        f"format='newline_delimited', columns={{{types}}})) TO {_text(str(path))} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS_A_GROUP})"
    )


def _selected(column: Column) -> str:
    name = _name(column.name)
    return f"make_timestamptz({name}) AS {name}" if column.type is ColumnType.TIME else name


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
