"""The desk of imports: a person uploads, looks, commits, and may take back."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import uuid4

from app.auth.identity import Identity
from app.clock import Clock
from app.errors import FileTooLarge, InvalidRequest
from app.items.columns import KEY
from app.items.drafts import RowKind
from app.items.import_row_store import RowPlace
from app.items.import_store import ImportStore
from app.items.item_import import ImportRow, ImportState, ImportWish, ItemImport
from app.items.reading import MAX_BYTES, check_file
from app.items.store import ItemStore

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
    """Takes files in and starts the work on them. `start` has an import worked on, somewhere."""

    def __init__(
        self, store: ImportStore, items: ItemStore, clock: Clock, start: Callable[[str], None]
    ) -> None:
        self._store = store
        self._items = items
        self._clock = clock
        self._start = start

    def upload(
        self, file: IO[bytes], file_name: str, wish: ImportWish, *, by: Identity
    ) -> ItemImport:
        """Keep a file and have it read; the preview comes when the import's state says so.

        Raises:
            FileTooLarge, UnusableFile: nothing was kept.
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
        self._store.open(new, file)
        return self._started(new.import_id)

    def understand(self, import_id: str, wish: ImportWish) -> ItemImport:
        """Have the file read anew with other columns, before it is committed.

        Raises:
            ImportUnknown, ImportNotReady.
            InvalidRequest: a column that the file does not have, or none for the item code.
        """
        columns = {column.name for column in self._store.get(import_id).columns}
        unknown = [name for name in (wish.mapping or {}).values() if name not in columns]
        if unknown:
            raise InvalidRequest({"mapping": [f"The file has no column {unknown[0]!r}."]})
        if wish.mapping is not None and KEY not in wish.mapping:
            raise InvalidRequest({"mapping": [f"Say which column has the {KEY}."]})
        self._store.read_again(import_id, wish)
        return self._started(import_id)

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
        """Take the file over, but for its faulty rows. Raises ImportUnknown, ImportNotReady and
        ImportBusy.
        """
        who = {"committed_by_name": by.name}
        now = self._clock.now()
        self._items.in_transaction(lambda s: self._store.begin(import_id, who, now, s))
        return self._started(import_id)

    def undo(self, import_id: str, *, by: Identity) -> ItemImport:
        """Take the last import back. Raises ImportUnknown, ImportNotReady and ImportSuperseded."""
        who = {"undone_by_name": by.name}
        self._items.in_transaction(lambda s: self._store.begin_undo(import_id, who, s))
        return self._started(import_id)

    def history(self, *, before: ImportPlace | None, limit: int) -> ImportPage:
        """Who imported what and when, the newest first."""
        found = self._store.history(before=before, limit=limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return ImportPage(
            imports=found[:limit], next_place=(last.created_at, last.import_id) if last else None
        )

    def resume(self) -> None:
        """Have imports worked on whose worker died, and forget old previews. A turn of a loop."""
        for import_id in self._store.waiting(self._clock.now()):
            self._start(import_id)
        self._store.forget_stale(self._clock.now())

    def _started(self, import_id: str) -> ItemImport:
        self._start(import_id)
        return self._store.get(import_id)
