"""A comparison that cannot be done says so; and what nobody needs any more is removed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.errors import ItemUnknown
from app.jobs.jobs import MOST_ATTEMPTS, SILENT_AFTER
from app.jobs.store import JobStore
from app.reports.export_store import ExportStore
from app.reports.leftovers import COMPARISONS_KEPT, MAKING_TAKES
from app.reports.reader import Reader
from tests.support.app import do_jobs, signed_in

SECOND = timedelta(seconds=1)
QUERY = {"collection": "erp_items", "columns": ["item_code", "stock_qty"]}


@pytest.fixture
def ask(app, warehouse):
    """`ask(method, path, …)`: what the API of reports answers a supervisor."""
    warehouse.db.erp_items.insert_many({"item_code": f"I{n}", "stock_qty": n} for n in range(5))
    client = app.test_client()
    headers = signed_in(client, "supervisor")

    def send(method, path, body=None):
        answer = client.open(f"/api{path}", method=method, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json

    return send


@pytest.fixture
def take(ask):
    """`take()`: the id of a new snapshot."""
    wish = {"name": "Items", "query": QUERY}
    return lambda: ask("POST", "/reports/snapshots", wish)["snapshot_id"]


@pytest.fixture
def compare(ask, take, warehouse):
    """`compare()`: the id of a comparison that waits for a worker, and that of its job."""

    def begin():
        one = take()
        warehouse.db.erp_items.update_many({}, {"$inc": {"stock_qty": 1}})
        wish = {"snapshot_a_id": one, "snapshot_b_id": take()}
        compare_id = ask("POST", "/reports/compare", wish)["job_id"]
        job = warehouse.db.jobs.find_one({"params.compare_id": compare_id})
        return compare_id, job["job_id"]

    return begin


@pytest.fixture
def collections(warehouse):
    """What stands in the database by that name."""
    return lambda *names: set(names) & set(warehouse.db.list_collection_names())


def shown(ask, compare_id):
    told = ask("GET", f"/reports/compare/{compare_id}")
    return told["status"], told["error"]


def test_a_comparison_whose_workers_all_die_is_failed_and_says_why(ask, compare, warehouse, clock):
    compare_id, job_id = compare()
    for _ in range(MOST_ATTEMPTS):
        assert JobStore(warehouse.db).take(job_id, clock.now())
        assert shown(ask, compare_id)[0] == "queued"
        clock.move(SILENT_AFTER.total_seconds() + 1)
        warehouse.jobs.sweep()
    status, error = shown(ask, compare_id)
    assert status == "failed"
    assert error.startswith("Each worker that took it died.")


def test_a_comparison_that_breaks_its_worker_is_failed_and_says_why(ask, compare, warehouse):
    def breaks(work):
        warehouse.comparisons.do(work.job.params["compare_id"], lambda *_: None)
        raise ZeroDivisionError

    compare_id, job_id = compare()
    warehouse.db[f"report_rows.{take_a(warehouse, compare_id)}"].update_many({}, {"$set": {"c": 1}})
    with pytest.raises(TypeError):
        warehouse.comparisons.do(compare_id)
    warehouse.running.run(job_id, {"compare": breaks})
    status, error = shown(ask, compare_id)
    assert status == "failed"
    assert error.startswith("Something unexpected happened")


def take_a(warehouse, compare_id):
    """The earlier snapshot of a comparison."""
    return warehouse.comparisons.get(compare_id).snapshot_a_id


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_comparison_that_is_cancelled_stays_so(ask, compare, warehouse, when):
    compare_id, job_id = compare()

    def cancelled(work):
        ask("POST", f"/jobs/{job_id}/cancel")
        return warehouse.comparisons.work(work)

    if when == "before":
        ask("POST", f"/jobs/{job_id}/cancel")
    warehouse.running.run(job_id, {"compare": cancelled})
    assert shown(ask, compare_id) == ("failed", "Somebody stopped it.")


def test_an_ordinary_failure_of_a_job_tells_its_code(ask, compare, warehouse):
    def fails(_):
        raise ItemUnknown("85123A")

    compare_id, job_id = compare()
    warehouse.running.run(job_id, {"compare": fails})
    assert shown(ask, compare_id) == ("failed", "It could not be done (item_unknown).")


def test_rows_of_a_snapshot_whose_making_was_killed_are_removed(
    take, warehouse, clock, collections
):
    kept, cut = f"report_rows.{take()}", "report_rows.cut"
    Reader(warehouse.db)._fresh_rows("cut").insert_one({"_id": 1, "c": {}})
    warehouse.report_leftovers.sweep()
    clock.move(MAKING_TAKES.total_seconds() - 1)
    warehouse.report_leftovers.sweep()
    assert collections(kept, cut) == {kept, cut}, "it may still be in the making"
    clock.move(1)
    warehouse.report_leftovers.sweep()
    assert collections(kept, cut) == {kept}


def test_rows_of_a_snapshot_that_is_kept_at_last_stay(take, warehouse, clock, collections):
    snapshot_id = take()
    found = warehouse.db.report_snapshots.find_one_and_delete({"snapshot_id": snapshot_id})
    warehouse.report_leftovers.sweep()
    clock.move(MAKING_TAKES.total_seconds() + 1)
    warehouse.db.report_snapshots.insert_one(found)
    warehouse.report_leftovers.sweep()
    assert collections(f"report_rows.{snapshot_id}")


def test_comparisons_go_with_their_rows_when_they_are_old(
    ask, compare, warehouse, clock, collections
):
    old, young = compare()[0], compare()[0]
    do_jobs(warehouse)
    for compare_id, age in ((old, COMPARISONS_KEPT + SECOND), (young, COMPARISONS_KEPT - SECOND)):
        warehouse.db.report_compare_jobs.update_one(
            {"job_id": compare_id}, {"$set": {"created_at": clock.now() - age}}
        )
    warehouse.report_leftovers.sweep()
    assert [job["job_id"] for job in ask("GET", "/reports/compare")["jobs"]] == [young]
    assert not collections(f"report_compare_rows.{old}")
    assert len(ask("GET", f"/reports/compare/{young}/rows")["rows"]) == 5


@pytest.mark.parametrize("fate", ["failed", "removed"])
def test_rows_of_a_comparison_that_failed_or_is_gone_are_removed(
    compare, warehouse, collections, fate
):
    compare_id, _ = compare()
    do_jobs(warehouse)
    rows = f"report_compare_rows.{compare_id}"
    heads, this = warehouse.db.report_compare_jobs, {"job_id": compare_id}
    warehouse.report_leftovers.sweep()
    assert collections(rows)
    if fate == "failed":
        heads.update_one(this, {"$set": {"status": "failed"}})
    else:
        heads.delete_one(this)
    warehouse.report_leftovers.sweep()
    assert not collections(rows)


def test_a_file_that_was_cut_while_it_was_kept_is_removed(warehouse, clock, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a" * 600_000)
    store, until = ExportStore(warehouse.db), clock.now() + timedelta(hours=9)
    for file_id in ("cut", "whole"):
        store.keep(file_id, path, name="file", media_type="text/csv", until=until)
    warehouse.db["exports.files"].delete_one({"_id": "cut"})  # comes last when a file is kept
    for _ in range(2):
        assert warehouse.db["exports.chunks"].count_documents({"files_id": "cut"}) == 3
        warehouse.report_leftovers.sweep()
        clock.move(MAKING_TAKES.total_seconds())
    warehouse.report_leftovers.sweep()
    assert warehouse.db["exports.chunks"].distinct("files_id") == ["whole"]
