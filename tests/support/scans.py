"""Which operations read a whole collection: MongoDB's own profiler tells, by the plan that ran."""

from __future__ import annotations

from contextlib import contextmanager

ALL, NONE = 1, 0
SCAN = "COLLSCAN"


@contextmanager
def scans_of(db):
    """The operations of the block that scanned a collection, as the profiler wrote them down. Only
    these: its own collection is small and forgets.
    """
    found = []
    db.command("profile", ALL, filter={"planSummary": {"$regex": SCAN}})
    try:
        yield found
    finally:
        db.command("profile", NONE, filter="unset")
        found += db["system.profile"].find({"planSummary": {"$regex": SCAN}})
        db["system.profile"].drop()


def told(scan):
    """A scan in one line: on which collection, by which command."""
    command = scan.get("command", {})
    what = {k: v for k, v in command.items() if k in {"filter", "q", "query", "pipeline", "find"}}
    return f"{scan['op']} {scan['ns'].partition('.')[2]} {what}"
