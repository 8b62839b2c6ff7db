"""Numbered migrations: `migrations/NNNN_name.py`, run in order, once, one process at a time.

Each file has a docstring that says why, and `up(db)`, safe to run again: a process that dies
between a migration and its entry in the collection `migrations` leaves it to be run once more.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pymongo
import structlog
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError

from app.db.client import Db, Document

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
LOCK_SECONDS = 30
"""A holder that died frees the lock after this; a living one renews it three times as often."""
POLL_SECONDS = 0.2
STEP_SECONDS = 3600.0
"""A step may take this long: to build an index over millions of records is no fault."""

_FILE = re.compile(r"(\d{4})_\w+\.py")
_log = structlog.get_logger("migrate")


class BadMigration(ValueError):
    """A file of the folder cannot be run as a migration."""


def migrate(db: Db, folder: Path = FOLDER) -> list[str]:
    """Run what has not run yet, in the order of numbers, and return the names of what ran.

    A second process that starts meanwhile waits, and then finds nothing to do.

    Raises:
        BadMigration: two files have one number, or a file lacks its docstring or `up`.
    """
    steps = _steps(folder)
    ran = []
    with pymongo.timeout(STEP_SECONDS), _alone(db["migration_lock"]):
        done = {entry["_id"] for entry in db["migrations"].find({}, {"_id": 1})}
        for path in steps:
            if path.stem in done:
                continue
            _load(path)(db)
            db["migrations"].insert_one({"_id": path.stem, "at": datetime.now(UTC)})
            _log.info("migrated", migration=path.stem)
            ran.append(path.stem)
    return ran


def migrate_if_new(db: Db) -> None:
    """Migrate a database that no server ever began. One that is served is left as it is until its
    next start: an older program may be at it.
    """
    if db["migrations"].find_one({}, {"_id": 1}) is None:
        migrate(db)


def known_steps(folder: Path = FOLDER) -> list[str]:
    """The names of all steps, in the order of their numbers."""
    return [path.stem for path in _steps(folder)]


def _steps(folder: Path) -> list[Path]:
    steps = sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name))
    for earlier, later in pairwise(steps):
        if earlier.name[:4] == later.name[:4]:
            raise BadMigration(f"{earlier.name} and {later.name} have the same number")
    return steps


def _load(path: Path) -> Callable[[Db], None]:
    spec = spec_from_file_location(f"migration_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadMigration(f"{path.name} is no Python file")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    up: Callable[[Db], None] | None = getattr(module, "up", None)
    if not module.__doc__ or up is None:
        raise BadMigration(f"{path.name} needs a docstring that says why, and up(db)")
    return up


@contextmanager
def _alone(locks: Collection[Document]) -> Iterator[None]:
    """Hold the lock, and keep it alive, while the block runs; wait for it as long as it takes."""
    holder = uuid4().hex
    _make_lock(locks)
    while not _take(locks, holder, {"$lt": ["$expires_at", "$$NOW"]}):
        time.sleep(POLL_SECONDS)
    finished = threading.Event()
    keeper = threading.Thread(target=_keep, args=(locks, holder, finished), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        finished.set()
        keeper.join()
        locks.update_one({"_id": "lock", "holder": holder}, {"$set": {"expires_at": _LONG_AGO}})


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def _make_lock(locks: Collection[Document]) -> None:
    try:
        locks.insert_one({"_id": "lock", "holder": None, "expires_at": _LONG_AGO})
    except DuplicateKeyError:
        return


def _take(locks: Collection[Document], holder: str, free: dict[str, object]) -> bool:
    """Take or prolong the lock where `free` holds; the database's clock decides, not ours."""
    until = {"$dateAdd": {"startDate": "$$NOW", "unit": "second", "amount": LOCK_SECONDS}}
    taken = locks.update_one(
        {"_id": "lock", "$expr": free}, [{"$set": {"holder": holder, "expires_at": until}}]
    )
    return taken.modified_count == 1


def _keep(locks: Collection[Document], holder: str, finished: threading.Event) -> None:
    while not finished.wait(LOCK_SECONDS / 3):
        with suppress(PyMongoError):  # the next beat comes before the lock ends
            _take(locks, holder, {"$eq": ["$holder", holder]})
