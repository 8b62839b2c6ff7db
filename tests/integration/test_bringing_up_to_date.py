"""What an earlier version left under way when this one starts."""

from __future__ import annotations

from app.db.migrate import migrate


def test_work_that_nobody_would_go_on_with_is_ended(db):
    db.item_imports.create_index([("state", 1), ("worker_until", 1)])
    db.item_imports.insert_many(
        {"import_id": state, "state": state} for state in ("reading", "running", "undoing", "done")
    )
    db.jobs.insert_one({"kind": "compare", "state": "queued", "params": {"compare_id": "awaited"}})
    db.report_compare_jobs.insert_many(
        {"job_id": name, "status": status}
        for name, status in (("awaited", "queued"), ("lost", "queued"), ("old", "done"))
    )
    migrate(db)
    imports = {one["import_id"]: one["state"] for one in db.item_imports.find()}
    assert imports == {
        "reading": "failed", "running": "stopped", "undoing": "stopped", "done": "done",
    }  # fmt: skip
    compared = {one["job_id"]: one["status"] for one in db.report_compare_jobs.find()}
    assert compared == {"awaited": "queued", "lost": "failed", "old": "done"}
    assert "state_1_worker_until_1" not in db.item_imports.index_information()
