"""A comparison becomes a file: each row with both sides, and what they come to."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from itertools import permutations

import openpyxl
import pytest
from pypdf import PdfReader

from app.job_worker import kinds_of
from app.reports.compare_store import MOST_ORDERS, CompareStore
from app.reports.exports import STREAMED_ROWS
from app.reports.reader import ROWS
from tests.support.app import signed_in

ITEMS = {
    "collection": "erp_items",
    "columns": ["item_code", "floor", "stock_qty"],
    "sort": [{"column": "item_code"}],
}
HEADER = [
    *("change", "item_code", "floor_before", "floor_after"),
    *("stock_qty_before", "stock_qty_after", "stock_qty_difference"),
]


@pytest.fixture
def boss(app):
    client, header = app.test_client(), signed_in(app.test_client(), "supervisor")
    return lambda method, path, body=None: client.open(
        f"/api/reports{path}", method=method, json=body, headers=header
    )


def an_item(n):
    return {"item_code": f"I-{n:03d}", "floor": ["=Ground", "First"][n % 2], "stock_qty": n}


def change(items):
    """Some go, some come, some move, most stay."""
    items.delete_many({"stock_qty": {"$mod": [10, 7]}})
    items.update_many({"stock_qty": {"$mod": [10, 4]}}, {"$inc": {"stock_qty": 0.5}})
    items.update_many({"stock_qty": {"$mod": [10, 1]}}, {"$unset": {"floor": ""}})
    items.insert_many(an_item(n) for n in range(200, 205))


@pytest.fixture
def compared(boss, warehouse):
    """`compared(rows)`: the path of a comparison of so many items with what became of them, and
    what SQLite says about the two.
    """

    def compare(rows):
        items = warehouse.db["erp_items"]
        items.insert_many(an_item(n) for n in range(rows))
        before, one = take("Stock"), list(items.find())
        change(items)
        after, other = take("Stock, later"), list(items.find())
        wish = {"snapshot_a_id": before, "snapshot_b_id": after}
        job_id = boss("POST", "/compare", wish).json["job_id"]
        warehouse.comparisons.do(job_id)
        return f"/compare/{job_id}", by_sqlite(one, other)

    def take(name):
        answer = boss("POST", "/snapshots", {"name": name, "query": ITEMS})
        return answer.json["snapshot_id"]

    return compare


def by_sqlite(before, after):
    """What differs and what does not, by another database's join."""
    with sqlite3.connect(":memory:") as base:
        for name, rows in (("a", before), ("b", after)):
            base.execute(f"CREATE TABLE {name} (code, floor, qty)")
            cells = [(r["item_code"], r.get("floor"), r["stock_qty"]) for r in rows]
            base.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", cells)  # noqa: S608
        return base.execute(
            "SELECT CASE WHEN a.code IS NULL THEN 'added' WHEN b.code IS NULL THEN 'removed' "
            "WHEN a.floor IS b.floor AND a.qty IS b.qty THEN 'unchanged' ELSE 'changed' END, "
            "coalesce(a.code, b.code), a.floor, b.floor, a.qty, b.qty, b.qty - a.qty "
            "FROM a FULL JOIN b ON a.code = b.code ORDER BY 2"
        ).fetchall()


@pytest.fixture
def work(warehouse):
    """`work(job)`: what a worker does with the job; its result."""

    def run(job):
        warehouse.running.run(job["job_id"], kinds_of(warehouse))
        return warehouse.db["jobs"].find_one({"job_id": job["job_id"]})["result"]

    return run


@pytest.mark.parametrize("whole", [False, True], ids=["differences", "all"])
def test_ndjson_has_the_rows_that_another_database_finds(boss, compared, whole):
    path, expected = compared(120)
    answer = boss("GET", f"{path}/export?format=ndjson&unchanged={whole}")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    wanted = [row for row in expected if whole or row[0] != "unchanged"]
    assert sorted((tuple(row.values()) for row in rows), key=lambda row: row[1]) == wanted
    assert list(rows[0]) == HEADER
    assert [row["change"] for row in rows] == sorted(
        (row["change"] for row in rows), key=["changed", "added", "removed", "unchanged"].index
    )


def test_csv_has_both_sides_and_no_formula(boss, compared):
    path, _ = compared(20)
    answer = boss("GET", f"{path}/export?format=csv")
    assert answer.headers["Content-Disposition"].endswith("Stock-later-what-changed.csv")
    labels, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    assert labels[:4] == ["Change", "Item", "Floor, before", "Floor, after"]
    assert rows[:2] == [
        ["changed", "I-001", "First", "", "1", "1", "0"],
        ["changed", "I-004", "'=Ground", "'=Ground", "4", "4.5", "0.5"],
    ]
    assert rows[-1] == ["removed", "I-017", "First", "", "17", "", ""]


def test_json_says_what_it_comes_to(boss, compared):
    path, expected = compared(60)
    told = boss("POST", f"{path}/export", {"format": "json"}).json
    summary = told["summary"]
    assert (summary["Before"], summary["After"]) == ("Stock", "Stock, later")
    kinds = [row[0] for row in expected]
    for kind in ("changed", "added", "removed", "unchanged"):
        assert summary[kind.capitalize()] == kinds.count(kind) > 0
    before, after = (sum(row[at] or 0 for row in expected) for at in (4, 5))
    told = [summary[f"Book, {word}"] for word in ("before", "after", "difference")]
    assert told == [before, after, after - before]
    assert summary["Book, difference in %"] == pytest.approx((after - before) / before * 100)


def test_a_workbook_has_all_rows_as_typed_cells_and_the_totals(boss, compared, work, app):
    path, expected = compared(120)
    answer = boss("POST", f"{path}/export", {"format": "xlsx", "unchanged": True})
    assert answer.status_code == 202
    client = app.test_client()
    file = client.get(work(answer.json)["url"], headers=signed_in(client, "supervisor"))
    book = openpyxl.load_workbook(io.BytesIO(file.data))
    rows = sorted(book["Rows"].iter_rows(min_row=2, values_only=True), key=lambda row: row[1])
    assert rows == expected
    summary = dict(book["Summary"].iter_rows(min_row=3, max_col=2, values_only=True))
    assert summary["Unchanged"] == [row[0] for row in expected].count("unchanged")
    assert summary["Rows, after"] == sum(row[0] != "removed" for row in expected)


def test_on_paper_both_sides_share_a_cell(boss, compared, work, app):
    path, _ = compared(20)
    client = app.test_client()
    url = work(boss("POST", f"{path}/export", {"format": "pdf"}).json)["url"]
    file = client.get(url, headers=signed_in(client, "supervisor"))
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file.data)).pages)
    assert text.startswith("Stock, later: what changed")
    assert "4 » 4.5" in text
    assert "First » –" in text


def test_a_large_comparison_is_made_by_a_job(boss, compared, warehouse):
    path, _ = compared(20)
    warehouse.db["report_compare_jobs"].update_one(
        {}, {"$set": {"counts.unchanged": STREAMED_ROWS}}
    )
    answer = boss("POST", f"{path}/export", {"format": "csv", "unchanged": True})
    assert answer.status_code == 202
    assert boss("POST", f"{path}/export", {"format": "csv"}).status_code == 200


def test_a_comparison_that_is_not_done_is_no_file(boss, warehouse):
    warehouse.db["erp_items"].insert_one(an_item(1))
    taken = boss("POST", "/snapshots", {"name": "Stock", "query": ITEMS}).json["snapshot_id"]
    wish = {"snapshot_a_id": taken, "snapshot_b_id": taken}
    job_id = boss("POST", "/compare", wish).json["job_id"]
    answer = boss("GET", f"/compare/{job_id}/export?format=csv")
    assert (answer.status_code, answer.json["code"]) == (409, "compare_not_done")
    assert boss("GET", "/compare/none/export?format=csv").json["code"] == "compare_unknown"


def test_a_snapshot_is_compared_by_more_keys_than_it_can_have_indexes(warehouse):
    store, rows = CompareStore(warehouse.db), warehouse.db[f"{ROWS}.many"]
    rows.insert_many(
        {"_id": n, "c": {str(p): n * (p + 2) % 7 for p in range(9)}} for n in range(20)
    )
    for key in list(permutations("012345678", 2))[: MOST_ORDERS + 8]:
        found = [tuple(cells[place] for place in key) for cells in store.by_key("many", key)]
        assert found == sorted(found)
        assert len(found) == 20
    assert len(rows.index_information()) == MOST_ORDERS + 1
