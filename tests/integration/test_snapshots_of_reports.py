"""Snapshots stay as they were taken; two of them are compared row by row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.db.client import Db
from app.errors import QueryTooSlow
from app.job_worker import kinds_of
from app.jobs.running import WorkerStops
from app.reports.compare import pairs
from app.reports.compare_store import CompareStore
from app.reports.comparisons import Comparisons
from app.reports.reader import Reader
from app.reports.reading import read_query
from app.reports.store import ReportStore
from tests.support.app import signed_in

AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
LINES = {
    "collection": "erp_items",
    "columns": ["item_code", "floor", "stock_qty", "updated_at"],
    "sort": [{"column": "item_code"}],
}


@pytest.fixture
def boss(app):
    """A supervisor's requests."""
    return Desk(app, "supervisor")


class Desk:
    def __init__(self, app, username):
        self._client = app.test_client()
        self._headers = signed_in(self._client, username)

    def ask(self, method, path, body=None, status=200):
        answer = self._client.open(
            f"/api/reports{path}", method=method, json=body, headers=self._headers
        )
        assert answer.status_code == status, answer.text
        return answer.json

    def take(self, query=LINES, **fields):
        body = {"name": "Items", "query": query, **fields}
        return self.ask("POST", "/snapshots", body, 201)


@pytest.fixture
def items(warehouse) -> Db:
    codes = [f"I-{n:03d}" for n in range(120)]
    warehouse.db.erp_items.insert_many(
        {"item_code": code, "floor": "Ground", "stock_qty": n, "updated_at": AT}
        for n, code in enumerate(codes)
    )
    return warehouse.db


def test_a_preview_shows_rows_and_says_how_many_there_are(boss, items):
    found = boss.ask("POST", "/query/preview", {"query": LINES, "rows": 2})
    assert [column["name"] for column in found["columns"]] == LINES["columns"]
    assert found["rows"] == [
        ["I-000", "Ground", 0, "2026-01-05T08:00:00.000Z"],
        ["I-001", "Ground", 1, "2026-01-05T08:00:00.000Z"],
    ]
    assert (found["total"], found["complete"], found["examined"]) == (120, True, None)


def test_a_preview_that_would_take_too_long_says_that_it_is_of_a_part(items):
    reader = Reader(items, preview_s=0.000_001, examined=10)
    rows, complete = reader.first_rows(read_query(LINES | {"columns": ["item_code"]}), 50)
    assert (len(rows), complete) == (10, False)


def test_a_snapshot_stays_as_it_was(boss, items):
    taken = boss.take(tags=["friday"], note="before the recount")
    items.erp_items.update_many({}, {"$inc": {"stock_qty": 5}})
    assert taken["summary"]["rows"] == 120
    assert taken["summary"]["sums"] == {"stock_qty": {"sum": 119 * 60, "least": 0, "greatest": 119}}
    rows = boss.ask("GET", f"/snapshots/{taken['snapshot_id']}/rows?limit=200")
    assert [row[2] for row in rows["rows"]] == list(range(120))
    assert boss.ask("GET", f"/snapshots/{taken['snapshot_id']}") == taken


def test_rows_come_in_pages_without_gap_or_overlap(boss, items):
    path = f"/snapshots/{boss.take()['snapshot_id']}/rows?limit=50"
    page, seen = boss.ask("GET", path), []
    while True:
        assert page["first"] == len(seen) + 1
        seen += [row[0] for row in page["rows"]]
        if page["next_cursor"] is None:
            break
        page = boss.ask("GET", f"{path}&cursor={page['next_cursor']}")
    assert seen == [f"I-{n:03d}" for n in range(120)]


def test_a_refresh_is_a_new_snapshot_and_both_name_each_other(boss, items):
    old = boss.take(tags=["friday"])
    items.erp_items.delete_one({"item_code": "I-007"})
    new = boss.ask("POST", f"/snapshots/{old['snapshot_id']}/refresh", {}, 201)
    assert new["summary"]["rows"] == 119
    assert (new["type"], new["refresh_of"]) == ("refresh", old["snapshot_id"])
    assert (new["tags"], new["query_hash"]) == (old["tags"], old["query_hash"])
    again = boss.ask("GET", f"/snapshots/{old['snapshot_id']}")
    assert again["refreshed_as"] == new["snapshot_id"]
    assert again["summary"]["rows"] == 120


def test_snapshots_are_found_by_tag_type_query_and_in_pages(boss, items):
    ids = [boss.take(tags=["a", f"t{n}"])["snapshot_id"] for n in range(3)]
    other = boss.take({"collection": "item_serials"})
    found = [s["snapshot_id"] for s in boss.ask("GET", "/snapshots?tag=t1")["snapshots"]]
    assert found == [ids[1]]
    same = boss.ask("GET", f"/snapshots?query_hash={other['query_hash']}")["snapshots"]
    assert [s["snapshot_id"] for s in same] == [other["snapshot_id"]]
    first = boss.ask("GET", "/snapshots?type=manual&limit=3")
    rest = boss.ask("GET", f"/snapshots?type=manual&limit=3&cursor={first['next_cursor']}")
    listed = [s["snapshot_id"] for s in first["snapshots"] + rest["snapshots"]]
    assert sorted(listed) == sorted([*ids, other["snapshot_id"]])


def test_a_removed_snapshot_leaves_nothing(boss, items):
    snapshot_id = boss.take()["snapshot_id"]
    boss.ask("DELETE", f"/snapshots/{snapshot_id}")
    assert f"report_rows.{snapshot_id}" not in items.list_collection_names()
    boss.ask("GET", f"/snapshots/{snapshot_id}/rows", status=404)
    boss.ask("DELETE", f"/snapshots/{snapshot_id}", status=404)


def test_a_snapshot_that_takes_too_long_is_refused_and_leaves_nothing(items):
    items.activity_logs.insert_many({"user": f"u-{n}"} for n in range(30_000))
    query = read_query({"collection": "activity_logs"})
    with pytest.raises(QueryTooSlow):
        Reader(items, snapshot_s=0.1).freeze(query, "s1")
    assert "report_rows.s1" not in items.list_collection_names()


@pytest.fixture
def compared(boss, items, warehouse):
    """A comparison of the items with themselves after some changes, done."""
    before = boss.take()
    items.erp_items.update_one({"item_code": "I-003"}, {"$set": {"stock_qty": 100}})
    items.erp_items.update_one({"item_code": "I-004"}, {"$unset": {"floor": ""}})
    items.erp_items.delete_one({"item_code": "I-005"})
    items.erp_items.insert_one({"item_code": "I-999", "floor": "First", "updated_at": AT})
    after = boss.ask("POST", f"/snapshots/{before['snapshot_id']}/refresh", {}, 201)
    wish = {"snapshot_a_id": before["snapshot_id"], "snapshot_b_id": after["snapshot_id"]}
    job = boss.ask("POST", "/compare", wish, 202)
    assert job["status"] == "queued"
    boss.ask("GET", f"/compare/{job['job_id']}/rows", status=409)
    warehouse.comparisons.do(job["job_id"])
    return boss.ask("GET", f"/compare/{job['job_id']}")


def test_a_comparison_counts_and_totals(compared):
    assert (compared["status"], compared["key"]) == ("done", ["item_code"])
    assert compared["counts"] == {"changed": 2, "added": 1, "removed": 1, "unchanged": 117}
    rows, stock = compared["totals"]
    assert (rows["before"], rows["after"], rows["trend"]) == (120, 120, "same")
    assert (stock["before"], stock["after"]) == (7140, 7140 + 97 - 5)
    assert (stock["difference"], stock["trend"]) == (92, "up")
    assert stock["percent"] == pytest.approx(92 / 7140 * 100)


def test_a_comparison_shows_both_sides_of_each_difference_in_pages(boss, compared):
    path = f"/compare/{compared['job_id']}/rows"
    first = boss.ask("GET", f"{path}?limit=3")
    rest = boss.ask("GET", f"{path}?limit=3&cursor={first['next_cursor']}")
    told = [(r["change"], (r["before"] or r["after"])[0]) for r in first["rows"] + rest["rows"]]
    assert told == [
        ("changed", "I-003"),
        ("changed", "I-004"),
        ("added", "I-999"),
        ("removed", "I-005"),
    ]
    changed = first["rows"][0]
    assert (changed["before"][2], changed["after"][2], changed["fields"]) == (3, 100, ["stock_qty"])
    removed = boss.ask("GET", f"{path}?change=removed")["rows"]
    assert [(r["before"][0], r["after"]) for r in removed] == [("I-005", None)]


def test_what_did_not_change_is_listed_in_pages_without_gap_or_overlap(boss, compared):
    path = f"/compare/{compared['job_id']}/rows?change=unchanged&limit=50"
    page, seen = boss.ask("GET", path), []
    while True:
        assert {row["change"] for row in page["rows"]} == {"unchanged"}
        assert all(row["before"] == row["after"] and not row["fields"] for row in page["rows"])
        seen += [row["after"][0] for row in page["rows"]]
        if page["next_cursor"] is None:
            break
        page = boss.ask("GET", f"{path}&cursor={page['next_cursor']}")
    gone = {"I-003", "I-004", "I-005"}
    assert seen == [code for n in range(120) if (code := f"I-{n:03d}") not in gone]


def test_what_did_not_change_is_unknown_once_its_snapshot_is_removed(boss, compared):
    boss.ask("DELETE", f"/snapshots/{compared['snapshot_b_id']}")
    path = f"/compare/{compared['job_id']}/rows"
    assert boss.ask("GET", f"{path}?change=unchanged", status=404)["code"] == "snapshot_unknown"
    assert len(boss.ask("GET", path)["rows"]) == 4
    assert boss.ask("GET", f"/compare/{compared['job_id']}")["name_b"] == "Items"


def test_a_key_of_several_columns_is_followed_in_its_order(boss, items, warehouse):
    items.erp_items.update_many({"stock_qty": {"$mod": [3, 0]}}, {"$unset": {"floor": ""}})
    query = {**LINES, "columns": ["floor", "stock_qty", "item_name"], "sort": []}
    one = boss.take(query)["snapshot_id"]
    items.erp_items.update_many({"stock_qty": {"$gte": 100}}, {"$set": {"item_name": "X"}})
    other = boss.take(query)["snapshot_id"]
    wish = {"snapshot_a_id": one, "snapshot_b_id": other, "key": ["floor", "stock_qty"]}
    job_id = boss.ask("POST", "/compare", wish, 202)["job_id"]
    warehouse.comparisons.do(job_id)
    assert boss.ask("GET", f"/compare/{job_id}")["counts"]["changed"] == 20
    path, seen = f"/compare/{job_id}/rows?change=unchanged&limit=7", []
    page = boss.ask("GET", path)
    while page["next_cursor"]:
        seen += [row["after"][1] for row in page["rows"]]
        page = boss.ask("GET", f"{path}&cursor={page['next_cursor']}")
    seen += [row["after"][1] for row in page["rows"]]
    assert seen == [*range(0, 100, 3), *(n for n in range(100) if n % 3)]


def test_a_key_that_names_several_rows_fails_the_comparison_with_words(boss, items, warehouse):
    snapshot_id = boss.take()["snapshot_id"]
    wish = {"snapshot_a_id": snapshot_id, "snapshot_b_id": snapshot_id, "key": ["floor"]}
    job = boss.ask("POST", "/compare", wish, 202)
    warehouse.comparisons.do(job["job_id"])
    failed = boss.ask("GET", f"/compare/{job['job_id']}")
    assert failed["status"] == "failed"
    assert "key Ground" in failed["error"]


def test_snapshots_of_other_columns_are_not_compared(boss, items):
    one, other = boss.take(), boss.take({"collection": "erp_items", "columns": ["item_code"]})
    wish = {"snapshot_a_id": one["snapshot_id"], "snapshot_b_id": other["snapshot_id"]}
    assert boss.ask("POST", "/compare", wish, 409)["code"] == "snapshots_differ"


def test_a_comparison_that_was_cut_is_begun_again_from_its_start(boss, items, warehouse):
    one = boss.take()["snapshot_id"]
    items.erp_items.update_many({}, {"$inc": {"stock_qty": 1}})
    other = boss.take()["snapshot_id"]
    wish = {"snapshot_a_id": one, "snapshot_b_id": other}
    job_id = boss.ask("POST", "/compare", wish, 202)["job_id"]
    key = [{"f0": f"I-{n:03d}"} for n in range(3)]
    warehouse.comparisons._store.keep(job_id, pairs([], key, ["f0"]))  # what the first try left
    worker = kinds_of(warehouse)
    queued = items.jobs.find_one({"params.compare_id": job_id})
    warehouse.running.run(queued["job_id"], worker)
    done = boss.ask("GET", f"/compare/{job_id}")
    assert (done["status"], done["counts"]["changed"]) == ("done", 120)
    rows = boss.ask("GET", f"/compare/{job_id}/rows?limit=200")["rows"]
    assert [row["change"] for row in rows] == ["changed"] * 120


def test_a_comparison_that_is_cut_waits_again_and_has_no_end(boss, warehouse, clock):
    class Cut(ReportStore):
        def get(self, _):
            raise WorkerStops

    wish = {
        "snapshot_a_id": boss.take()["snapshot_id"],
        "snapshot_b_id": boss.take()["snapshot_id"],
    }
    job_id = boss.ask("POST", "/compare", wish, 202)["job_id"]
    cut = Comparisons(CompareStore(warehouse.db), Cut(warehouse.db), warehouse.jobs, clock)
    with pytest.raises(WorkerStops):
        cut.do(job_id)
    told = boss.ask("GET", f"/compare/{job_id}")
    assert (told["status"], told["finished_at"]) == ("queued", None)


@pytest.mark.parametrize("username", ["counter", "device"])
def test_who_counts_reads_no_report(app, username):
    desk = Desk(app, username)
    desk.ask("POST", "/query/preview", {"query": LINES}, 403)
    desk.ask("GET", "/snapshots", status=403)
    desk.ask("GET", "/ready-made", status=403)


def test_an_auditor_reads_and_compares_but_keeps_nothing(app, boss, items):
    snapshot_id = boss.take()["snapshot_id"]
    auditor = Desk(app, "auditor")
    auditor.ask("POST", "/query/preview", {"query": LINES})
    auditor.ask("GET", f"/snapshots/{snapshot_id}/rows")
    auditor.ask("POST", "/snapshots", {"name": "Items", "query": LINES}, 403)
    auditor.ask("DELETE", f"/snapshots/{snapshot_id}", status=403)


def test_what_does_not_fit_in_a_query_is_named(boss):
    sent = {"collection": "erp_items", "filters": [{"field": "$where", "op": "eq", "value": 1}]}
    refused = boss.ask("POST", "/query/preview", {"query": sent}, 400)
    assert "filters[0].field" in str(refused["errors"])


def test_every_ready_made_report_and_figure_can_be_seen_and_kept(boss):
    ready = boss.ask("GET", "/ready-made")
    assert len(ready["reports"]) == 14
    for report in ready["reports"]:
        assert boss.ask("POST", "/query/preview", {"query": report["query"]})["complete"]
        boss.take(report["query"], name=report["title"])


def test_all_collections_and_fields_are_told_with_their_types(boss):
    told = boss.ask("GET", "/collections")
    lines = next(c for c in told["collections"] if c["name"] == "count_lines")
    assert {"name": "rank", "label": "At stake", "type": "number", "is_list": False} in lines[
        "fields"
    ]
    assert "between" in told["operators"]
