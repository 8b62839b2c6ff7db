"""Exports: a report as a file. Small ones go out as they are made; large ones, and what must be
written whole, are made by a worker and fetched by a link that ends.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from app.auth.identity import Identity
from app.clock import Clock, iso
from app.errors import ExportGone, ExportUnknown
from app.events import Publisher, ReportExported
from app.jobs.job import Job
from app.jobs.jobs import Jobs
from app.jobs.running import Work
from app.reports.columns import Cell, Column, Row
from app.reports.export_store import ExportFile, ExportStore
from app.reports.formats import FORMATS, Format
from app.reports.formats.table import Table
from app.reports.links import Link, Links

KIND = "export"
STREAMED_ROWS = 20_000
"""More rows would hold a server's other requests up for more than a moment."""
KEPT = timedelta(hours=1)
SLACK = timedelta(minutes=5)
"""A download that began before the end of its link shall get its last byte."""
TOLD_EVERY = 500
NAME = re.compile(r"[^\w.-]+")


class Report(Protocol):
    """What an export needs of a report, such as a snapshot: it must not change while it is read."""

    @property
    def title(self) -> str: ...

    @property
    def columns(self) -> Sequence[Column]: ...

    @property
    def row_count(self) -> int: ...

    @property
    def summary(self) -> Mapping[str, Cell]: ...

    def rows(self) -> Iterator[Row]:
        """All rows in their order, read in bounded batches."""

    def for_paper(self) -> Report:
        """The same in columns that a page has room for."""


class ReportKind(StrEnum):
    """What can be exported; of a comparison what differs, or all rows."""

    SNAPSHOT = "snapshot"
    DIFFERENCES = "differences"
    COMPARISON = "comparison"


Openers = Mapping[ReportKind, Callable[[str], Report]]
"""What opens a report by its id. Raises the error of a report that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file on its way out. `size` is None while nobody knows it yet."""

    name: str
    media_type: str
    content: Iterator[bytes]
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file at `path`, and what it is called for people."""

    path: Path
    name: str
    media_type: str


class Exports:
    """Makes files of reports, and hands them to who asked for them."""

    def __init__(
        self,
        store: ExportStore,
        jobs: Jobs,
        links: Links,
        openers: Openers,
        publish: Publisher,
        clock: Clock,
    ) -> None:
        self._publish = publish
        self._store = store
        self._jobs = jobs
        self._links = links
        self._openers = openers
        self._clock = clock

    def export(
        self, kind: ReportKind, report_id: str, format_name: str, *, by: Identity
    ) -> Download | Job:
        """The file itself where it is small and can go out as it is made, else the job that makes
        it; the job's result then has the link. `format_name` is one of FORMATS.

        Raises:
            TooManyJobs: `by` has enough of them under way.
        """
        as_format = FORMATS[format_name]
        report = self._open(kind, report_id, as_format)
        made: Download | Job
        if as_format.stream is None or report.row_count > STREAMED_ROWS:
            wish = {"of": kind.value, "report_id": report_id, "format": format_name}
            made = self._jobs.submit(KIND, wish, by=by)
        else:
            made = _streamed(report, as_format, as_format.stream)
        self._publish(_exported(report, report_id, as_format, by))
        return made

    def make(self, work: Work) -> dict[str, Any]:
        """The job: write the file and keep it. Begun again, it replaces what it had kept."""
        job = work.job
        as_format = FORMATS[job.params["format"]]
        kind = ReportKind(job.params.get("of", ReportKind.SNAPSHOT))
        report = self._open(kind, job.params["report_id"], as_format)
        with tempfile.TemporaryDirectory(prefix="stockverify-export-") as folder:
            path = Path(folder, f"report.{as_format.extension}")
            as_format.write(_table(report, _watched(report, work)), path)
            until = self._clock.now() + KEPT
            name = _file_name(report, as_format)
            self._store.keep(
                job.job_id, path, name=name, media_type=as_format.media_type, until=until + SLACK
            )
            link = Link(file_id=job.job_id, user_id=job.by.user_id, until=until)
            return {
                "url": f"/api/exports/{self._links.token(link)}",
                "name": name,
                "size": path.stat().st_size,
                "rows": report.row_count,
                "until": iso(until),
            }

    def write(self, kind: ReportKind, report_id: str, format_name: str, folder: Path) -> Written:
        """Write a report as a file in a folder of the caller's."""
        as_format = FORMATS[format_name]
        report = self._open(kind, report_id, as_format)
        path = folder / f"report.{as_format.extension}"
        as_format.write(_table(report, report.rows()), path)
        name = _file_name(report, as_format)
        return Written(path=path, name=name, media_type=as_format.media_type)

    def summary_of(self, kind: ReportKind, report_id: str) -> Mapping[str, Cell]:
        """What a report comes to, in a few words."""
        return self._openers[kind](report_id).summary

    def fetch(self, token: str, *, by: Identity) -> Download:
        """The file of a link.

        Raises:
            ExportUnknown: the link is not one of ours, or is another's.
            ExportGone: it has ended.
        """
        link = self._links.read(token)
        if link.user_id != by.user_id:
            raise ExportUnknown
        found = self._store.get(link.file_id) if self._clock.now() < link.until else None
        if found is None:
            raise ExportGone
        return _download(found)

    def file_of(self, job: Job, *, by: Identity) -> Download:
        """The file that a done job made. Raises as `fetch` does."""
        return self.fetch(job.result["url"].rpartition("/")[2], by=by)

    def sweep(self) -> int:
        """Remove files whose link has ended; how many."""
        return self._store.remove_ended(self._clock.now())

    def _open(self, kind: ReportKind, report_id: str, as_format: Format) -> Report:
        report = self._openers[kind](report_id)
        return report.for_paper() if as_format.is_paper else report


def _streamed(
    report: Report, as_format: Format, stream: Callable[[Table], Iterator[bytes]]
) -> Download:
    return Download(
        name=_file_name(report, as_format),
        media_type=as_format.media_type,
        content=stream(_table(report, report.rows())),
    )


def _exported(report: Report, report_id: str, as_format: Format, by: Identity) -> ReportExported:
    return ReportExported(
        user_id=by.user_id,
        username=by.username,
        report_id=report_id,
        title=report.title,
        format=as_format.name,
        rows=report.row_count,
    )


def _table(report: Report, rows: Iterator[Row]) -> Table:
    return Table(title=report.title, columns=report.columns, rows=rows, summary=report.summary)


def _watched(report: Report, work: Work) -> Iterator[Row]:
    """The rows, telling how far they are. Raises JobStopped once nobody wants them any more."""
    total = report.row_count
    for done, row in enumerate(report.rows()):
        if done % TOLD_EVERY == 0:
            work.tell(done, total)
        yield row
    work.tell(total, total)


def _download(found: ExportFile) -> Download:
    return Download(
        name=found.name, media_type=found.media_type, content=found.content, size=found.size
    )


def _file_name(report: Report, as_format: Format) -> str:
    """The title as a file's name: letters of any script and digits, the rest is a dash."""
    return f"{NAME.sub('-', report.title).strip('-.')[:80] or 'report'}.{as_format.extension}"
