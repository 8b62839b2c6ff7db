"""The desk of imports: a person uploads, looks, commits, and may take back."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO
from uuid import uuid4

from app.auth.identity import Identity
from app.clock import Clock
from app.errors import FileTooLarge, ImportNotReady, InvalidRequest
from app.items.columns import KEY
from app.items.drafts import RowKind
from app.items.import_jobs import COMMIT, READ, UNDO
from app.items.import_row_store import RowPlace
from app.items.import_store import ImportStore
from app.items.item_import import AT_WORK, ImportRow, ImportState, ImportWish, ItemImport
from app.items.reading import MAX_BYTES, check_file
from app.jobs.job import Along
from app.jobs.jobs import Jobs

ImportPlace = tuple[datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage:
    """Rows of a kind; `next_place` is None at the end."""

    rows: list[ImportRow]
    next_place: RowPlace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """Imports, the newest first; `next_place` is None at the end."""

    imports: list[ItemImport]
    next_place: ImportPlace | None


class ImportDesk:
    """Takes files in and asks for the jobs on them."""

    def __init__(self, store: ImportStore, jobs: Jobs, clock: Clock) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock

    def upload(
        self, file: IO[bytes], file_name: str, wish: ImportWish, *, by: Identity
    ) -> ItemImport:
        """Keep a file and have it read; the preview comes when the import's state says so.

        Raises:
            FileTooLarge, UnusableFile, TooManyJobs: nothing was kept.
        """
        size = file.seek(0, os.SEEK_END)
        if size > MAX_BYTES:
            raise FileTooLarge(MAX_BYTES)
        check_file(file)
        now = self._clock.now()
        new = ItemImport(
            import_id=uuid4().hex,
            state=ImportState.READING,
            file_name=file_name,
            size=size,
            created_by=by.user_id,
            created_by_name=by.name,
            created_at=now,
            stock_at=min(wish.stock_at or now, now),
            whole=wish.whole,
            mapping=wish.mapping,
        )
        self._store.files.keep(new.import_id, file)
        return self._asked(
            READ,
            new.import_id,
            lambda job_id, s: self._store.add(replace(new, job_id=job_id), s),
            by=by,
        )

    def understand(self, import_id: str, wish: ImportWish, *, by: Identity) -> ItemImport:
        """Have the file read anew with other columns, before it is committed. A reading that is
        under way ends.

        Raises:
            ImportUnknown, ImportNotReady, TooManyJobs.
            InvalidRequest: a column that the file does not have, or none for the item code.
        """
        found = self._store.get(import_id)
        columns = {column.name for column in found.columns}
        unknown = [name for name in (wish.mapping or {}).values() if name not in columns]
        if unknown:
            raise InvalidRequest({"mapping": [f"The file has no column {unknown[0]!r}."]})
        if wish.mapping is not None and KEY not in wish.mapping:
            raise InvalidRequest({"mapping": [f"Say which column has the {KEY}."]})
        if found.state is ImportState.READING and found.job_id:
            self._jobs.withdraw(found.job_id)
        return self._asked(
            READ,
            import_id,
            lambda job_id, s: self._store.read_again(import_id, job_id, wish, s),
            by=by,
        )

    def get(self, import_id: str) -> ItemImport:
        """An import as it stands. Raises ImportUnknown."""
        return self._store.get(import_id)

    def rows(self, import_id: str, kind: RowKind, *, after: RowPlace | None, limit: int) -> RowPage:
        """Rows of a kind, in the file's order. Raises ImportUnknown."""
        reading = self._store.get(import_id).reading
        if reading is None:
            return RowPage(rows=[], next_place=None)
        found = self._store.rows.page(reading, kind, after=after, limit=limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        place = (last.row, last.item_code or "") if last else None
        return RowPage(rows=found[:limit], next_place=place)

    def commit(self, import_id: str, *, by: Identity) -> ItemImport:
        """Take the file over, but for its faulty rows; one that was stopped goes on.

        Raises:
            ImportUnknown, ImportNotReady, ImportBusy, ImportSuperseded, TooManyJobs.
        """
        who = {"committed_by_name": by.name, "committed_at": self._clock.now()}
        return self._asked(
            COMMIT, import_id, lambda job_id, s: self._store.begin(import_id, job_id, who, s), by=by
        )

    def undo(self, import_id: str, *, by: Identity) -> ItemImport:
        """Take the last import back, or what there is of it where it was stopped.

        Raises:
            ImportUnknown, ImportNotReady, ImportSuperseded, TooManyJobs.
        """
        who = {"undone_by_name": by.name}
        return self._asked(
            UNDO,
            import_id,
            lambda job_id, s: self._store.begin_undo(import_id, job_id, who, s),
            by=by,
        )

    def stop(self, import_id: str) -> ItemImport:
        """End the work on an import between two of its steps: a file that is being read is failed,
        what is taken over, or back, stays so as far as it is. Whoever may import may stop it.

        Raises:
            ImportUnknown.
            ImportNotReady: nothing is at work.
        """
        found = self._store.get(import_id)
        if not (found.state in AT_WORK and found.job_id and self._jobs.withdraw(found.job_id)):
            raise ImportNotReady(import_id, state=self._store.get(import_id).state.value)
        return self._store.get(import_id)

    def history(self, *, before: ImportPlace | None, limit: int) -> ImportPage:
        """Who imported what and when, the newest first."""
        found = self._store.history(before=before, limit=limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return ImportPage(
            imports=found[:limit], next_place=(last.created_at, last.import_id) if last else None
        )

    def _asked(self, kind: str, import_id: str, along: Along, *, by: Identity) -> ItemImport:
        """The import, once its job is asked for and `along` is written."""
        self._jobs.submit(kind, {"import_id": import_id}, by=by, along=along)
        return self._store.get(import_id)
