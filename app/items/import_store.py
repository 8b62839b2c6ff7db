"""The documents of imports: `item_imports`, and the files themselves (GridFS).

An import is worked on by one process at a time: `take` gives it to a worker for a while, and each
step of the worker is conditional on still having it. A process that is killed leaves an import
whose time runs out; another takes it and goes on after the last step that was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import IO, Any, cast

from gridfs import GridFS
from gridfs.errors import NoFile
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from app.db.client import Db, Document
from app.errors import ImportBusy, ImportNotReady, ImportSuperseded, ImportUnknown
from app.items.import_row_store import ImportRowStore
from app.items.item_import import (
    AT_WORK,
    CHANGES_ITEMS,
    Column,
    ImportState,
    ImportWish,
    ItemImport,
)

HEAD = "item_imports"
"""The counter that names the last import that was taken over: one at a time changes items."""
KEEP_PREVIEW = timedelta(days=1)
WORK_SECONDS = 30
"""A worker that says nothing for so long has died."""
_FIELDS = tuple(f.name for f in fields(ItemImport))


class WorkLost(Exception):
    """Another worker has the import now."""


class ImportStore:
    """Imports by id, their rows and files."""

    def __init__(self, db: Db) -> None:
        self._imports = db["item_imports"]
        self.rows = ImportRowStore(db)
        self._counters = db["counters"]
        self._files = GridFS(db, "item_import_files")

    # ── an import ────────────────────────────────────────────────────────────────────────────────

    def open(self, new: ItemImport, file: IO[bytes]) -> None:
        """Keep the file, and the import to be read."""
        self._files.put(file, _id=new.import_id)
        document = {name: getattr(new, name) for name in _FIELDS}
        self._imports.insert_one({**document, "columns": []})

    def get(self, import_id: str) -> ItemImport:
        """One import. Raises ImportUnknown."""
        found = self._imports.find_one({"import_id": import_id}, {"_id": 0})
        if found is None:
            raise ImportUnknown(import_id)
        return _import(found)

    def history(self, *, before: tuple[datetime, str] | None, limit: int) -> list[ItemImport]:
        """Imports, the newest first, from a place on."""
        where: Document = {}
        if before:
            where = {
                "created_at": {"$lte": before[0]},
                "$or": [{"created_at": {"$lt": before[0]}}, {"import_id": {"$lt": before[1]}}],
            }
        newest = [("created_at", -1), ("import_id", -1)]
        found = self._imports.find(where, {"_id": 0}, sort=newest, limit=limit)
        return [_import(doc) for doc in found]

    def read_again(self, import_id: str, wish: ImportWish) -> ItemImport:
        """Have the file read once more, as `wish` says. Raises ImportNotReady after a commit."""
        told: Document = {"state": ImportState.READING, "whole": wish.whole, "done": 0, "total": 0}
        if wish.mapping is not None:
            told["mapping"] = dict(wish.mapping)
        if wish.stock_at is not None:
            told["stock_at"] = wish.stock_at
        waiting = [ImportState.READING, ImportState.PREVIEW, ImportState.FAILED]
        return self._move(import_id, waiting, told)

    def begin(
        self, import_id: str, by: Mapping[str, Any], at: datetime, session: ClientSession
    ) -> ItemImport:
        """Start to take an import over.

        Raises:
            ImportBusy: another import changes the catalogue just now.
            ImportNotReady: this one is not in preview.
        """
        head = self._counters.find_one_and_update(
            {"_id": HEAD}, {"$set": {"head": import_id}}, upsert=True, session=session
        )
        previous = (head or {}).get("head")
        if previous and self._state_of(previous, session) in CHANGES_ITEMS:
            raise ImportBusy(previous)
        told = {**by, "committed_at": at, "previous": previous}
        return self._move(import_id, [ImportState.PREVIEW], _restart("running", told), session)

    def begin_undo(
        self, import_id: str, by: Mapping[str, Any], session: ClientSession
    ) -> ItemImport:
        """Start to take an import back.

        Raises:
            ImportSuperseded: another import changed the catalogue since.
            ImportNotReady: it is not done.
        """
        turn = {"$inc": {"turns": 1}}
        head = self._counters.find_one_and_update({"_id": HEAD}, turn, session=session)
        is_last = head is not None and head.get("head") == import_id
        if not is_last and self.get(import_id).state is ImportState.DONE:
            raise ImportSuperseded(import_id)
        return self._move(import_id, [ImportState.DONE], _restart("undoing", dict(by)), session)

    # ── the work on it ───────────────────────────────────────────────────────────────────────────

    def waiting(self, now: datetime) -> list[str]:
        """Imports that nobody works on, though somebody should."""
        where = {"state": {"$in": list(AT_WORK)}, "worker_until": {"$lt": now}}
        return [doc["import_id"] for doc in self._imports.find(where, {"import_id": 1}, limit=10)]

    def take(self, import_id: str, worker: str, now: datetime) -> ItemImport | None:
        """Take an import to work on, or None where another worker has it or nothing is to do."""
        found = self._imports.find_one_and_update(
            {
                "import_id": import_id,
                "state": {"$in": list(AT_WORK)},
                "$or": [{"worker_until": None}, {"worker_until": {"$lt": now}}],
            },
            {"$set": _held(worker, now), "$inc": {"attempts": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else _import(found)

    def advance(
        self,
        job: ItemImport,
        worker: str,
        told: Mapping[str, Any],
        now: datetime,
        session: ClientSession | None = None,
    ) -> None:
        """Write how far the work is, and keep it. Raises WorkLost where another worker has it."""
        step = {**told, "attempts": 0, **_held(worker, now)}
        where = {"import_id": job.import_id, "worker": worker, "state": job.state}
        if not self._imports.update_one(where, {"$set": step}, session=session).matched_count:
            raise WorkLost

    def finish(self, job: ItemImport, worker: str, state: ImportState, **told: Any) -> ItemImport:
        """End the work. Raises WorkLost."""
        found = self._imports.find_one_and_update(
            {"import_id": job.import_id, "worker": worker, "state": job.state},
            {"$set": {**told, "state": state}, "$unset": {"worker": "", "worker_until": ""}},
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            raise WorkLost
        if state is ImportState.UNDONE:
            # The import before this one is the last one again.
            self._counters.update_one(
                {"_id": HEAD, "head": job.import_id}, {"$set": {"head": job.previous}}
            )
        return _import(found)

    def file(self, import_id: str) -> IO[bytes]:
        """The file, to be read from its beginning. Raises ImportUnknown where it was deleted."""
        try:
            return cast("IO[bytes]", self._files.get(import_id))
        except NoFile:
            raise ImportUnknown(import_id) from None

    def forget_stale(self, now: datetime) -> None:
        """Delete previews that nobody committed: they changed nothing."""
        idle = [ImportState.PREVIEW, ImportState.FAILED]
        where = {"state": {"$in": idle}, "created_at": {"$lt": now - KEEP_PREVIEW}}
        for doc in self._imports.find(where, {"import_id": 1, "reading": 1}, limit=10):
            if self._imports.delete_one({"_id": doc["_id"], "state": {"$in": idle}}).deleted_count:
                self.forget_file(doc["import_id"])
                self.rows.drop(doc.get("reading") or "")

    def forget_file(self, import_id: str) -> None:
        self._files.delete(import_id)

    def _move(
        self,
        import_id: str,
        states: Sequence[ImportState],
        told: Document,
        session: ClientSession | None = None,
    ) -> ItemImport:
        found = self._imports.find_one_and_update(
            {"import_id": import_id, "state": {"$in": list(states)}},
            {"$set": {**told, "attempts": 0, "error": None, "worker_until": _LONG_AGO}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        if found is None:
            raise ImportNotReady(import_id, state=self.get(import_id).state.value)
        return _import(found)

    def _state_of(self, import_id: str, session: ClientSession) -> str | None:
        found = self._imports.find_one({"import_id": import_id}, {"state": 1}, session=session)
        return (found or {}).get("state")


_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _restart(state: str, told: Mapping[str, Any]) -> Document:
    return {**told, "state": ImportState(state), "done": 0}


def _held(worker: str, now: datetime) -> Document:
    return {"worker": worker, "worker_until": now + timedelta(seconds=WORK_SECONDS)}


def _import(doc: Document) -> ItemImport:
    known = {name: doc[name] for name in _FIELDS if name in doc}
    columns = tuple(Column(name=c["name"], samples=tuple(c["samples"])) for c in doc["columns"])
    return ItemImport(**{**known, "state": ImportState(doc["state"]), "columns": columns})
