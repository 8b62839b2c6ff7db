"""The documents of imports: `item_imports`.

An import at work names its job, and the worker that took it last: each step of a worker is
conditional on both, so that one which was thought dead, or whose job was cancelled, writes nothing
more. Whoever takes the job next goes on after the last step that was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from app.db.client import Db, Document
from app.errors import ImportBusy, ImportNotReady, ImportSuperseded, ImportUnknown
from app.items.import_files import ImportFiles
from app.items.import_row_store import ImportRowStore
from app.items.item_import import (
    AT_WORK,
    CHANGES_ITEMS,
    Column,
    ImportState,
    ImportWish,
    ItemImport,
    why_stopped,
)
from app.jobs.job import Job

HEAD = "item_imports"
"""The counter that names the last import that was taken over: one at a time changes items."""
KEEP_PREVIEW = timedelta(days=1)
_FIELDS = tuple(f.name for f in fields(ItemImport))


class WorkLost(Exception):
    """Another worker has the import now, or nobody shall go on with it."""


class ImportStore:
    """Imports by id, their rows and files."""

    def __init__(self, db: Db) -> None:
        self._imports = db["item_imports"]
        self.rows = ImportRowStore(db)
        self.files = ImportFiles(db)
        self._counters = db["counters"]

    # ── an import ────────────────────────────────────────────────────────────────────────────────

    def add(self, new: ItemImport, session: ClientSession) -> None:
        """Keep an import whose file is to be read."""
        document = {name: getattr(new, name) for name in _FIELDS}
        self._imports.insert_one({**document, "columns": []}, session=session)

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

    def read_again(
        self, import_id: str, job_id: str, wish: ImportWish, session: ClientSession
    ) -> None:
        """Have the file read once more, as `wish` says. Raises ImportNotReady after a commit."""
        told: Document = {"state": ImportState.READING, "whole": wish.whole, "done": 0, "total": 0}
        if wish.mapping is not None:
            told["mapping"] = dict(wish.mapping)
        if wish.stock_at is not None:
            told["stock_at"] = wish.stock_at
        where = {"state": {"$in": [ImportState.PREVIEW, ImportState.FAILED]}}
        self._move(import_id, where, {**told, "job_id": job_id}, session)

    def begin(
        self, import_id: str, job_id: str, by: Mapping[str, Any], session: ClientSession
    ) -> None:
        """Start to take an import over, or go on where that was stopped.

        Raises:
            ImportBusy: another import changes the catalogue just now.
            ImportSuperseded: it was stopped, and another one changed the catalogue since.
            ImportNotReady: it is not in preview.
        """
        head = self._counters.find_one_and_update(
            {"_id": HEAD}, {"$set": {"head": import_id}}, upsert=True, session=session
        )
        previous = (head or {}).get("head")
        told = {"state": ImportState.RUNNING, "job_id": job_id, **by}
        if previous == import_id:
            where = {"state": ImportState.STOPPED, "undone_by_name": None}
            self._move(import_id, where, told, session)
            return
        if previous and self._state_of(previous, session) in CHANGES_ITEMS:
            raise ImportBusy(previous)
        if self._state_of(import_id, session) == ImportState.STOPPED:
            raise ImportSuperseded(import_id)
        told |= {"previous": previous, "done": 0}
        self._move(import_id, {"state": ImportState.PREVIEW}, told, session)

    def begin_undo(
        self, import_id: str, job_id: str, by: Mapping[str, Any], session: ClientSession
    ) -> None:
        """Start to take an import back, also one that was stopped on its way.

        Raises:
            ImportSuperseded: another import changed the catalogue since.
            ImportNotReady: it is not done.
        """
        turn = {"$inc": {"turns": 1}}
        head = self._counters.find_one_and_update({"_id": HEAD}, turn, session=session)
        found = self._imports.find_one({"import_id": import_id}, session=session) or {}
        is_last = head is not None and head.get("head") == import_id
        if not is_last and found.get("state") in _CAN_BE_TAKEN_BACK:
            raise ImportSuperseded(import_id)
        told: Document = {"state": ImportState.UNDOING, "job_id": job_id, **by}
        if not found.get("undone_by_name"):  # else it goes on where it was stopped
            told["done"] = 0
        self._move(import_id, {"state": {"$in": list(_CAN_BE_TAKEN_BACK)}}, told, session)

    def stop(self, job: Job, session: ClientSession) -> None:
        """Say that the job of an import ended before its work did, and why. A file that was not
        read is failed; what is taken over, or back, in part is stopped there.
        """
        mine = {"import_id": job.params["import_id"], "job_id": job.job_id}
        for state in AT_WORK:
            is_part_done = state in CHANGES_ITEMS
            ends_as = ImportState.STOPPED if is_part_done else ImportState.FAILED
            told = {"state": ends_as, "error": why_stopped(job)}
            self._imports.update_one(
                {**mine, "state": state}, {"$set": told, "$unset": _NOBODY}, session=session
            )

    # ── the work on it ───────────────────────────────────────────────────────────────────────────

    def take(self, import_id: str, job_id: str, worker: str) -> ItemImport | None:
        """Take an import for a worker of that job, or None where the job has nothing left to do."""
        found = self._imports.find_one_and_update(
            {"import_id": import_id, "job_id": job_id, "state": {"$in": list(AT_WORK)}},
            {"$set": {"worker": worker}},
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else _import(found)

    def advance(
        self,
        job: ItemImport,
        worker: str,
        told: Mapping[str, Any],
        session: ClientSession | None = None,
    ) -> None:
        """Write how far the work is. Raises WorkLost where it is no longer this worker's."""
        where = {"import_id": job.import_id, "worker": worker, "state": job.state}
        step = {"$set": dict(told)}
        if not self._imports.update_one(where, step, session=session).matched_count:
            raise WorkLost

    def finish(self, job: ItemImport, worker: str, state: ImportState, **told: Any) -> ItemImport:
        """End the work. Raises WorkLost."""
        found = self._imports.find_one_and_update(
            {"import_id": job.import_id, "worker": worker, "state": job.state},
            {"$set": {**told, "state": state}, "$unset": _NOBODY},
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

    # ── what is left over ────────────────────────────────────────────────────────────────────────

    def stale(self, now: datetime, *, limit: int) -> list[ItemImport]:
        """Previews that nobody committed in their time: they changed nothing."""
        where = {"state": {"$in": list(_IDLE)}, "created_at": {"$lt": now - KEEP_PREVIEW}}
        return [_import(doc) for doc in self._imports.find(where, {"_id": 0}, limit=limit)]

    def forget(self, import_id: str) -> bool:
        """Remove an import that changed nothing; whether it was there."""
        where = {"import_id": import_id, "state": {"$in": list(_IDLE)}}
        return self._imports.delete_one(where).deleted_count == 1

    def has_reading(self, reading: str) -> bool:
        """Whether an import has these staged rows."""
        return self._imports.find_one({"reading": reading}, {"_id": 1}) is not None

    def needs_file(self, import_id: str) -> bool:
        """Whether an import still reads its file, or may."""
        where = {"import_id": import_id, "state": {"$in": [ImportState.READING, *_IDLE]}}
        return self._imports.find_one(where, {"_id": 1}) is not None

    def _move(
        self, import_id: str, where: Document, told: Document, session: ClientSession
    ) -> None:
        step = {"$set": {**told, "error": None}, "$unset": _NOBODY}
        where = {"import_id": import_id, **where}
        if not self._imports.update_one(where, step, session=session).matched_count:
            raise ImportNotReady(import_id, state=self.get(import_id).state.value)

    def _state_of(self, import_id: str, session: ClientSession) -> str | None:
        found = self._imports.find_one({"import_id": import_id}, {"state": 1}, session=session)
        return (found or {}).get("state")


_NOBODY = {"worker": ""}
_CAN_BE_TAKEN_BACK = (ImportState.DONE, ImportState.STOPPED)
_IDLE = (ImportState.PREVIEW, ImportState.FAILED)


def _import(doc: Document) -> ItemImport:
    known = {name: doc[name] for name in _FIELDS if name in doc}
    columns = tuple(Column(name=c["name"], samples=tuple(c["samples"])) for c in doc["columns"])
    return ItemImport(**{**known, "state": ImportState(doc["state"]), "columns": columns})
