"""Imports and comparisons whose work is a job's: those that nobody would go on with are ended.

Imports were worked on by processes of their own until now, and a comparison whose job had ended
waited for ever. An import that was being taken over, or back, can go on or be taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.database import Database

AT_WORK = "running", "undoing"
WHY = "The program was brought up to date meanwhile."


def up(db: Database[dict[str, Any]]) -> None:
    """Safe to run again: what a job is at work on has its name."""
    _end_imports(db)
    _end_comparisons(db)
    imports = db.item_imports
    if "state_1_worker_until_1" in imports.index_information():
        imports.drop_index("state_1_worker_until_1")
    imports.create_index([("state", 1), ("created_at", 1)])
    imports.create_index([("reading", 1)], sparse=True)


def _end_imports(db: Database[dict[str, Any]]) -> None:
    error = {"code": "import_stopped", "title": "The import was stopped", "detail": WHY}
    nobody = {"worker": "", "worker_until": "", "attempts": ""}
    for states, ends_as in ((("reading",), "failed"), (AT_WORK, "stopped")):
        db.item_imports.update_many(
            {"state": {"$in": list(states)}, "job_id": {"$exists": False}},
            {"$set": {"state": ends_as, "error": error}, "$unset": nobody},
        )


def _end_comparisons(db: Database[dict[str, Any]]) -> None:
    under_way = {"kind": "compare", "state": {"$in": ["queued", "running"]}}
    wanted = [job["params"]["compare_id"] for job in db.jobs.find(under_way, {"params": 1})]
    db.report_compare_jobs.update_many(
        {"status": {"$in": ["queued", "running"]}, "job_id": {"$nin": wanted}},
        {"$set": {"status": "failed", "error": WHY}},
    )
