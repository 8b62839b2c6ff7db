"""What stands in the database only while something is done to all of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.db.client import Db

RESTORE = "restore_under_way"
BACKUP = "last_backup"
MARKS = {RESTORE, BACKUP, "migration_lock"}


def note_backup(db: Db, at: datetime) -> None:
    """A backup was made of that moment."""
    db[BACKUP].update_one({"_id": BACKUP}, {"$max": {"at": at}}, upsert=True)


def last_backup(db: Db) -> datetime | None:
    """When the newest backup was made, if any was."""
    found = db[BACKUP].find_one({"_id": BACKUP})
    return None if found is None else found["at"]


def refuse_half_restored(db: Db, error: Callable[[str], Exception]) -> None:
    """Raise the error where a restore began and did not end: half of the data is missing then."""
    if db[RESTORE].find_one({}) is not None:
        raise error("a restore was not finished; run `flask restore --replace FILE` again")
