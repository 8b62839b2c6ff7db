"""What stands in the database only while something is done to all of it."""

from __future__ import annotations

from collections.abc import Callable

from app.db.client import Db

RESTORE = "restore_under_way"
MARKS = {RESTORE, "migration_lock"}


def refuse_half_restored(db: Db, error: Callable[[str], Exception]) -> None:
    """Raise the error where a restore began and did not end: half of the data is missing then."""
    if db[RESTORE].find_one({}) is not None:
        raise error("a restore was not finished; run `flask restore --replace FILE` again")
