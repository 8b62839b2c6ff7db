"""An import of the catalogue: a file that is read, shown, taken over, and may be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.items.drafts import RowKind
from app.jobs.ends import why_not_done
from app.jobs.job import Job, State


class ImportState(StrEnum):
    """Where an import is. A stopped one is taken over, or back, as far as `done` says: it can go on
    or be taken back.
    """

    READING = "reading"
    PREVIEW = "preview"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"
    STOPPED = "stopped"


AT_WORK = (ImportState.READING, ImportState.RUNNING, ImportState.UNDOING)
"""States in which a job is under way for it."""
CHANGES_ITEMS = (ImportState.RUNNING, ImportState.UNDOING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the file, with what stands in its first rows."""

    name: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWish:
    """How a file is to be understood. `mapping`: the column of each field, or None to propose one.
    `whole`: items that are not in the file are gone. `stock_at`: the moment of its stock figures.
    """

    mapping: Mapping[str, str] | None = None
    whole: bool = False
    stock_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemImport:
    """An import as it stands. `reading` names its staged rows: each reading has its own.
    `done` of `total`: rows that are read, taken over or taken back. `job_id` is the job that does
    so, or was the last to.
    """

    import_id: str
    state: ImportState
    file_name: str
    size: int
    created_by: str
    created_by_name: str
    created_at: datetime
    stock_at: datetime
    whole: bool = False
    mapping: Mapping[str, str] | None = None
    columns: tuple[Column, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    reading: str | None = None
    done: int = 0
    total: int = 0
    job_id: str | None = None
    error: Mapping[str, Any] | None = None
    committed_by_name: str | None = None
    committed_at: datetime | None = None
    undone_by_name: str | None = None
    finished_at: datetime | None = None
    previous: str | None = None

    @property
    def says_stock(self) -> bool:
        """Whether the file says the book stock."""
        return "stock_qty" in (self.mapping or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """A row as staged, and once it is taken over, what it replaced."""

    kind: RowKind
    row: int
    item_code: str | None
    item_name: str | None = None
    seq: int | None = None
    values: Mapping[str, str] | None = None
    changes: tuple[tuple[str, Any, Any], ...] = ()
    field: str | None = None
    why: str | None = None
    before: Mapping[str, Any] | None = None
    book_at: datetime | None = None
    set_stock: float | None = None
    applied_at: datetime | None = None
    skipped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What taking a row over replaced: the item before (None: there was none), the moment of its
    figure, and the figure that was set. `skipped` says why the row was left out after all.
    """

    before: Mapping[str, Any] | None = None
    book_at: datetime | None = None
    set_stock: float | None = None
    skipped: str | None = None


def why_stopped(job: Job) -> dict[str, str]:
    """Why the job of an import ended before its work did, as the import keeps it."""
    code = "import_stopped" if job.state is State.CANCELLED else job.error or ""
    return {"code": code, "title": "The import was stopped", "detail": why_not_done(job)}
