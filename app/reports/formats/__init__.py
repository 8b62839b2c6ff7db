"""The file formats of a report: one module each, all of them in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from app.reports.formats import csv, json, ndjson
from app.reports.formats.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a report becomes a file. `stream` is there where bytes can go out as they are made;
    `is_paper`: a row has no more room than a page is wide.
    """

    name: str
    media_type: str
    stream: Callable[[Table], Iterator[bytes]] | None = None
    is_paper: bool = False

    @property
    def extension(self) -> str:
        return self.name

    def write(self, table: Table, path: Path) -> None:
        """Make the file at `path`; one that is there is overwritten.

        The libraries of what cannot be streamed take 80 MB of memory, so that only a process that
        writes such a file loads them: a worker's, never a server's.
        """
        if self.stream is None:
            import_module(f"{__name__}.{self.name}").write(table, path)
            return
        with path.open("wb") as file:
            file.writelines(self.stream(table))


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format(name="csv", media_type="text/csv; charset=utf-8", stream=csv.stream),
        Format(name="ndjson", media_type="application/x-ndjson", stream=ndjson.stream),
        Format(name="json", media_type="application/json", stream=json.stream),
        Format(name="xlsx", media_type=_XLSX),
        Format(name="parquet", media_type="application/vnd.apache.parquet"),
        Format(name="pdf", media_type="application/pdf", is_paper=True),
    )
}
"""By the name that a caller gives as `format`."""
