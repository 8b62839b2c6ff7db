"""The ready-made reports and a comparison, over real counts, are what SQLite makes of the same."""

from __future__ import annotations

import csv
import sqlite3
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from app.auth.identity import Role
from app.prepare import load_demo_warehouse
from app.reports.reading import read_query
from app.reports.ready_made import ready_made
from app.reports.snapshot import Change, SnapshotWish
from tests.support.builders import a_record_json, an_identity
from tests.support.phones import Phone

COUNTS = Path(__file__).parents[1] / "data" / "counts.csv"
RACKS, LATER = ("G-01", "S-14", "UG-05", "F-12"), "BG-03"
PEOPLE = ("ada", "bob", "eve")
ALL_ROWS = 10_000
BOSS = an_identity("supervisor", Role.SUPERVISOR)
TABLES = {
    "count_lines": (
        "_id session_id floor rack_id item_code item_name status book_qty counted_qty damage_qty "
        "variance_qty variance_value within_tolerance rank said"
    ),
    "verification_records": (
        "_id stocktake_id client_record_id username floor rack_id item_code item_known "
        "item_condition condition_details verified_qty damage_qty created_at"
    ),
    "item_serials": "_id stocktake_id serial_number item_code rack_id created_at client_record_id",
}
SUMS = (
    "count(*), total(book_qty), total(counted_qty), total(damage_qty), total(variance_qty), "
    "total(variance_value) FROM count_lines WHERE session_id = 'main'"
)
HOUR = "substr(created_at, 1, 13) || ':00:00'"
OF_RECORDS = "FROM verification_records WHERE stocktake_id = 'main'"
OF_LINES = "FROM count_lines WHERE session_id = 'main'"
BY_SQL = {
    "by_floor": f"SELECT floor, {SUMS} GROUP BY 1 ORDER BY 1",
    "by_rack": f"SELECT floor, rack_id, {SUMS} GROUP BY 1, 2 ORDER BY 1, 2",
    "by_person": (
        "SELECT username, count(*), total(verified_qty), total(damage_qty), "
        "count(DISTINCT item_code), min(created_at), max(created_at) "
        f"{OF_RECORDS} GROUP BY 1 ORDER BY 2 DESC, 1"
    ),
    "discrepancy": (
        "SELECT floor, rack_id, item_code, item_name, book_qty, counted_qty, variance_qty, "
        f"variance_value, within_tolerance, status {OF_LINES} AND variance_qty <> 0 "
        "ORDER BY rank DESC, _id"
    ),
    "damage": (
        "SELECT created_at, floor, rack_id, item_code, verified_qty, damage_qty, item_condition, "
        f"condition_details, username, client_record_id {OF_RECORDS} AND damage_qty > 0 "
        "ORDER BY damage_qty DESC, _id"
    ),
    "serials": (
        "SELECT serial_number, item_code, rack_id, created_at, client_record_id "
        "FROM item_serials WHERE stocktake_id = 'main' ORDER BY 1, _id"
    ),
    "unknown_items": (
        "SELECT item_code, floor, rack_id, verified_qty, username, created_at, client_record_id "
        f"{OF_RECORDS} AND item_known = 0 ORDER BY 1, _id"
    ),
    "not_counted": (
        f"SELECT floor, rack_id, item_code, item_name, book_qty, said {OF_LINES} "
        "AND status = 'uncounted' ORDER BY rank DESC, _id"
    ),
    "progress": f"SELECT floor, status, count(*) {OF_LINES} GROUP BY 1, 2 ORDER BY 1, 2",
    "variance_by_value": (
        f"SELECT floor, count(*), total(variance_value) {OF_LINES} "
        "AND variance_value IS NOT NULL GROUP BY 1 ORDER BY 1"
    ),
    "top_discrepancies": (
        f"SELECT rack_id, item_code, item_name, variance_qty, variance_value {OF_LINES} "
        "AND variance_qty <> 0 ORDER BY rank DESC, _id LIMIT 10"
    ),
    "damage_trend": (
        f"SELECT {HOUR}, count(*), total(damage_qty) {OF_RECORDS} GROUP BY 1 ORDER BY 1"
    ),
    "pace": (
        f"SELECT {HOUR}, username, count(*), total(verified_qty) {OF_RECORDS} "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    ),
    "heat": (
        f"SELECT floor, rack_id, count(*), total(variance_value), total(rank) {OF_LINES} "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    ),
}


def real_counts():
    """The real lines of a few racks, by rack; every fifth damaged, every ninth with a serial."""
    racks = defaultdict(list)
    with COUNTS.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            if line["rack_id"] in (*RACKS, LATER):
                racks[line["rack_id"]].append(line)
    return racks


def records_of(session_id, lines):
    for line in lines:
        number, quantity = int(line["line"]), int(line["verified_qty"])
        yield a_record_json(
            session_id,
            client_record_id=f"line-{number}",
            item_code="NOT-OURS" if number % 50 == 0 else line["item_code"],
            verified_qty=quantity,
            damage_qty=min(quantity, number % 3) if number % 5 == 0 else 0,
            item_condition="damaged" if number % 5 == 0 else "good",
            condition_details="torn" if number % 10 == 0 else None,
            serial_numbers=[f"SN-{number}"] if number % 9 == 0 else [],
            created_at=f"2025-12-11T{8 + number % 7:02d}:{number % 60:02d}:00Z",
            updated_at="2025-12-11T18:00:00Z",
        )


def count(phone, rack_id, lines):
    session_id = phone.claim(rack_id)
    records = list(records_of(session_id, lines))
    for start in range(0, len(records), 200):
        assert phone.sync(*records[start : start + 200])["conflicts"] == []
    assert phone.finish(session_id).status_code == 200


def in_sqlite(db, stocktake):
    """The collections as they are, in another database; `main` is the stocktake."""
    base = sqlite3.connect(":memory:")
    for name, fields in TABLES.items():
        columns = fields.split()
        base.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        rows = [[plain(doc.get(column)) for column in columns] for doc in db[name].find()]
        marks = ", ".join("?" * len(columns))
        base.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608
    return lambda text: [list(row) for row in base.execute(text.replace("main", stocktake))]


def plain(cell):
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%dT%H:%M:%S")
    return cell if cell is None or isinstance(cell, str | int | float | bytes) else str(cell)


def nearly(rows):
    return [[pytest.approx(c) if isinstance(c, float) else c for c in row] for row in rows]


def test_every_ready_made_report_and_a_comparison_are_sqlites(app, warehouse):
    load_demo_warehouse(warehouse)
    warehouse.stocktakes.ensure_open()
    lines = real_counts()
    for number, rack_id in enumerate(RACKS):
        count(Phone(app, PEOPLE[number % 3]), rack_id, lines[rack_id])
    warehouse.tally.catch_up()
    stocktake = warehouse.stocktakes.meant(None)
    sql = in_sqlite(warehouse.db, stocktake)
    for report in ready_made(stocktake):
        expected = sql(BY_SQL[report.report_id])
        found = warehouse.snapshots.preview(report.query, ALL_ROWS)
        assert expected, report.report_id
        rows = [[plain(cell) for cell in row] for row in found.rows]
        assert rows == nearly(expected), report.report_id

    by_lines = {
        "collection": "count_lines",
        "columns": ["rack_id", "item_code", "status", "counted_qty", "variance_value"],
        "filters": [{"field": "stocktake_id", "op": "eq", "value": stocktake}],
    }
    before = take(warehouse, by_lines)
    count(Phone(app, "ada"), LATER, lines[LATER])
    warehouse.tally.catch_up()
    after, later = take(warehouse, by_lines), in_sqlite(warehouse.db, stocktake)
    assert differences(warehouse, before, after) == by_join(sql, later)


def take(warehouse, query):
    wish = SnapshotWish(name="Lines", query=read_query(query))
    return warehouse.snapshots.take(wish, by=BOSS).snapshot_id


def differences(warehouse, before, after):
    """All that a comparison says, page after page, by kind, rack and item."""
    comparisons = warehouse.comparisons
    job = comparisons.ask(before, after, (), by=BOSS)
    comparisons.do(job.job_id)
    told = []
    for change in Change:
        place, more = None, True
        while more:
            page, place = comparisons.rows(job.job_id, change, after=place, limit=500)
            told += [(change.value, *sides(each)) for each in page]
            more = place is not None
    assert comparisons.get(job.job_id).counts == {
        change: sum(row[0] == change for row in told) for change in Change
    }
    return sorted(told, key=str)


def sides(difference):
    nothing = [None] * 5
    old, new = difference.before or nothing, difference.after or nothing
    rack, item = (new if difference.after else old)[:2]
    return (rack, item, *old[2:], *new[2:])


def by_join(before, after):
    text = f"SELECT rack_id, item_code, status, counted_qty, variance_value {OF_LINES}"
    with sqlite3.connect(":memory:") as base:
        for name, rows in (("a", before(text)), ("b", after(text))):
            base.execute(f"CREATE TABLE {name} (rack, item, status, qty, value)")
            base.executemany(f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?)", rows)  # noqa: S608
        found = base.execute(
            "SELECT CASE WHEN a.rack IS NULL THEN 'added' WHEN b.rack IS NULL THEN 'removed' "
            "WHEN a.status IS b.status AND a.qty IS b.qty AND a.value IS b.value "
            "THEN 'unchanged' ELSE 'changed' END, coalesce(b.rack, a.rack), "
            "coalesce(b.item, a.item), a.status, a.qty, a.value, b.status, b.qty, b.value "
            "FROM a FULL JOIN b ON a.rack = b.rack AND a.item = b.item"
        ).fetchall()
    assert {row[0] for row in found} >= {"changed", "unchanged"}
    return sorted(found, key=str)
