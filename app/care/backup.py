"""Backup: one moment of the whole database, taken while people count, into one archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo
from bson.timestamp import Timestamp
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure

from app.care.archive import Manifest, Part, Writer, writing
from app.care.marks import MARKS, refuse_half_restored
from app.db.client import Db, Document
from config import VERSION

LONGEST_S = 24 * 3600
TRIES = 5
"""A report that is made or removed meanwhile changes what collections there are."""
SNAPSHOT_TOO_OLD, SNAPSHOT_UNAVAILABLE = 239, 246
HISTORY = "minSnapshotHistoryWindowInSeconds"
KEPT_S, ASKED_S = 300, LONGEST_S + 1
"""How long MongoDB keeps its history by default, and for how long we ask: a day that differs from
one that an operator set.
"""
FIRST = "migrations"
"""Read first: its read is the moment."""


class BackupFailed(Exception):
    """Why there is no backup, in one line."""


class _Reshaped(Exception):
    """A collection came, went or got an index meanwhile, so not all of the moment can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Collection:
    name: str
    uuid: bytes
    options: Mapping[str, Any]


def back_up(db: Db, file: Path) -> Manifest:
    """Save all collections as they were at one moment: every write that was acknowledged before
    this was called is in it. Memory stays bounded, people go on counting.

    Not in it: Redis, which holds nothing that must last, and `secret.key`.

    Raises:
        BackupFailed: the database does not keep the moment for as long as the reading takes, or a
            restore was not finished.
        OSError: the file cannot be written.
    """
    refuse_half_restored(db, BackupFailed)
    with pymongo.timeout(LONGEST_S), _long_history(db.client.admin):
        for _ in range(TRIES):
            try:
                return _save(db, file)
            except _Reshaped:
                continue
    raise BackupFailed("reports are made or removed all the time; try again when they are not")


def _save(db: Db, file: Path) -> Manifest:
    with writing(file) as writer, db.client.start_session(snapshot=True) as session:
        there = _collections(db)
        moment = _begin(db, session)
        if _collections(db) != there:
            raise _Reshaped
        parts = tuple(_save_one(db, each, writer, session) for each in there)
        if not set(_ids(there)) <= set(_ids(_collections(db))):
            raise _Reshaped  # what is dropped reads as empty
        ran = tuple(sorted(doc["_id"] for doc in db[FIRST].find(session=session)))
        manifest = Manifest(
            program=VERSION,
            database=db.name,
            cluster_time=moment,
            schema=ran[-1] if ran else "",
            migrations=ran,
            parts=parts,
        )
        writer.manifest(manifest)
        return manifest


def _begin(db: Db, session: ClientSession) -> Timestamp:
    """The first read of the session: all others see the database as it was now."""
    answer = db.command({"find": FIRST, "limit": 1, "singleBatch": True}, session=session)
    moment: Timestamp = answer["cursor"]["atClusterTime"]
    return moment


def _save_one(db: Db, each: _Collection, writer: Writer, session: ClientSession) -> Part:
    indexes = [dict(index) for index in db[each.name].list_indexes()]
    try:
        found: Any = db[each.name].find_raw_batches(session=session)
        batches: Iterator[bytes] = iter(found)  # pymongo's types say documents
        return writer.part(each.name, batches, options=each.options, indexes=indexes)
    except OperationFailure as error:
        if error.code == SNAPSHOT_UNAVAILABLE:
            raise _Reshaped from None
        if error.code == SNAPSHOT_TOO_OLD:
            raise BackupFailed(
                f"MongoDB does not keep its history for so long; raise {HISTORY} on its members"
            ) from None
        raise


def _collections(db: Db) -> list[_Collection]:
    """Those of reports first: they are the ones that come and go."""
    found = [
        _Collection(
            name=each["name"], uuid=bytes(each["info"]["uuid"]), options=_options(each["options"])
        )
        for each in db.list_collections(filter={"type": "collection"})
        if not each["name"].startswith("system.") and each["name"] not in MARKS
    ]
    return sorted(found, key=lambda each: (not each.name.startswith("report_"), each.name))


def _options(told: Document) -> Document:
    return {name: value for name, value in told.items() if name in {"clusteredIndex", "capped"}}


def _ids(there: list[_Collection]) -> list[tuple[str, bytes]]:
    return [(each.name, each.uuid) for each in there]


@contextmanager
def _long_history(admin: Database[Document]) -> Iterator[None]:
    """Have MongoDB keep the moment for the length of the backup. Where we may not ask for that, the
    setting of its operator holds. What another backup asked for, which runs or was killed, is not
    put back: it would stay for ever.
    """
    try:
        now = admin.command({"getParameter": 1, HISTORY: 1})[HISTORY]
        before = KEPT_S if now == ASKED_S else now
        admin.command({"setParameter": 1, HISTORY: max(before, ASKED_S)})
    except OperationFailure:
        yield
        return
    try:
        yield
    finally:
        admin.command({"setParameter": 1, HISTORY: before})
