"""The check: everything that can disagree, looked at in turn, while people count.

It reads only, in bounded memory: what is under way is no finding, because each is looked at again
at one moment. What is mended is looked at once more, in the transaction that writes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pymongo

from app.care import of_files, of_lines, of_racks, of_records
from app.care.finding import LONGEST_S, Check, Finding
from app.db.client import Db
from app.services.lock_manager import LockManager

CHECKS: tuple[Check, ...] = (*of_racks.CHECKS, *of_records.CHECKS, *of_files.CHECKS)


def findings(db: Db, locks: LockManager) -> Iterator[Finding]:
    """What disagrees, one by one. Indexes come first: the other looks are quick along them.

    Raises the driver's errors, and RedisUnavailable.
    """
    db.command("ping")  # below, a server that is away is waited for as long as a look may take
    with pymongo.timeout(LONGEST_S):
        yield from of_files.indexes(db)
    for check in CHECKS:
        yield from check.findings(db)
    yield from of_racks.locks_of_others(db, locks)
    yield from of_lines.lines(db)
    yield from of_files.reports(db)
