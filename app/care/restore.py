"""Restore: a backup becomes the database, and what must never go back does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

import pymongo
from bson.raw_bson import RawBSONDocument
from pymongo import WriteConcern
from pymongo.read_concern import ReadConcern

from app.care.archive import BadArchive, Manifest, Part, Reader, reading
from app.care.marks import MARKS, RESTORE
from app.chunks import chunks
from app.clock import Clock
from app.db.client import Db, Document
from app.db.indexes import create_indexes
from app.db.migrate import known_steps, migrate

LONGEST_S = 24 * 3600.0
AT_ONCE = 500
AHEAD = 100_000
"""Fencing tokens that may have been given out for a rack since the backup; the next is beyond."""
CHANGES_AHEAD = 1_000_000_000
"""The same for the numbers of the catalogue's changes, by which phones' copies go on."""
_FAST = WriteConcern(w=1)
"""Of what is written again from the beginning where it is cut; the last write waits for all."""
_KEPT_FOR_MIGRATIONS = {"migrations", *MARKS}


class RestoreRefused(Exception):
    """Why nothing was changed, in one line."""


def checked(file: Path) -> Manifest:
    """What a whole backup that this program can read holds. Reads every byte of it.

    Raises:
        BadArchive: it is torn, changed, of a newer program or none.
    """
    with reading(file) as archive:
        _check(archive)
        return archive.manifest


def restore(
    db: Db,
    file: Path,
    clock: Clock,
    *,
    replace: bool,
    in_use: Callable[[], bool],
    empty_redis: Callable[[], object],
) -> Manifest:
    """Make the database what the backup says, bring it up to this program's migrations, and empty
    Redis. Nobody may serve it meanwhile. Cut off, a start is refused until it is done again.

    Promises that no fencing token is given out again, and that no sign-in of then is alive. Not
    that what was counted after the backup comes back: see docs/operations.md.

    Raises:
        BadArchive: as `checked`; nothing was changed.
        RestoreRefused: the database is not empty or is in use; nothing was changed.
    """
    db.command("ping")  # below, a server that is away is waited for as long as all of it may take
    with reading(file) as archive, pymongo.timeout(LONGEST_S):
        _check(archive)
        if in_use():
            raise RestoreRefused("a server runs on this database; stop it first")
        if not replace and _holds_something(db):
            raise RestoreRefused("the database is not empty; --replace removes all that it holds")
        db[RESTORE].update_one({"_id": file.name}, {"$set": {"at": clock.now()}}, upsert=True)
        _clear(db)
        for part in archive.manifest.parts:
            _load(db, part, archive.documents(part))
        migrate(db)
        create_indexes(db)
        _never_go_back(db, clock.now())
        empty_redis()
        db[RESTORE].drop()
        return archive.manifest


def _check(archive: Reader) -> None:
    unknown = set(archive.manifest.migrations) - set(known_steps())
    if unknown:
        raise BadArchive(
            f"a newer StockVerify made it (migration {max(unknown)}); restore it with that one"
        )
    archive.check()


def _holds_something(db: Db) -> bool:
    names = set(db.list_collection_names()) - _KEPT_FOR_MIGRATIONS
    return any(
        db[name].find_one({}, {"_id": 1}) is not None
        for name in names
        if not name.startswith("system.")
    )


def _clear(db: Db) -> None:
    for name in set(db.list_collection_names()) - {RESTORE}:
        db.drop_collection(name)


def _load(db: Db, part: Part, documents: Iterable[bytes]) -> None:
    """A collection as it was, with its indexes of then."""
    db.command({"create": part.collection, **part.options})
    collection = db[part.collection]
    writable = collection.with_options(write_concern=_FAST, read_concern=ReadConcern("local"))
    for chunk in chunks(map(RawBSONDocument, documents), AT_ONCE):
        writable.insert_many(chunk, ordered=False)
    if indexes := list(_made_by_hand(part)):
        db.command("createIndexes", part.collection, indexes=indexes)


def _made_by_hand(part: Part) -> Iterator[Document]:
    """The indexes that a collection does not get by itself."""
    for index in part.indexes:
        if index["name"] != "_id_" and not index.get("clustered"):
            yield {name: value for name, value in index.items() if name != "ns"}


def _never_go_back(db: Db, now: datetime) -> None:
    """Racks may have changed hands since the backup, and sign-ins may have been ended: tokens of
    then are not given out again, and everybody signs in anew. Who counts goes on: a fence that is
    held stays. Every item gets a new change number, so that phones take all of them over.
    """
    beyond = {"$add": [{"$max": ["$fence", "$fence_above"]}, AHEAD]}
    db.rack_registry.update_many({}, [{"$set": {"fence_above": beyond}}])
    db.sign_ins.update_many({"revoked_at": None}, {"$set": {"revoked_at": now}})
    renumbered = {"$inc": {"seq": CHANGES_AHEAD}, "$set": {"at": now}}
    db.item_changes.update_many({}, renumbered)
    db.counters.update_one({"_id": "item_changes"}, {"$inc": {"value": CHANGES_AHEAD}})
