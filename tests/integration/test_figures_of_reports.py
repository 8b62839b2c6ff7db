"""The database's figures are those that SQLite makes of the same records, row for row."""

from __future__ import annotations

import random
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from app.reports.reader import Reader
from app.reports.reading import read_query

START = datetime(2025, 12, 28, 22, 30, tzinfo=UTC)
FIELDS = {
    "client_record_id": "TEXT",
    "rack_id": "TEXT",
    "floor": "TEXT",
    "item_code": "TEXT",
    "username": "TEXT",
    "verified_qty": "REAL",
    "damage_qty": "REAL",
    "item_known": "INT",
    "mrp": "REAL",
    "fence": "INT",
    "created_at": "TEXT",
    "device_id": "TEXT",
}


def a_thousand_records():
    """Records with gaps, doubles that add up exactly, and texts that look like patterns."""
    dice = random.Random(7)  # noqa: S311 — the same each time
    for n in range(1_000):
        record = {
            "client_record_id": f"c-{n:04d}",
            "rack_id": f"G-{n % 17:02d}",
            "floor": dice.choice(["Ground", "First", "Second"]),
            "item_code": dice.choice(["A.1", "A+1", "a.1", "B(2", "C$", "D^e", "84029G", "Ä-7"]),
            "username": dice.choice(["ada", "bob", "eve"]),
            "verified_qty": dice.randrange(0, 200) / 4,
            "damage_qty": dice.choice([0, 0, 0, 1, 2.5]),
            "item_known": dice.random() < 0.9,
            "fence": dice.randrange(1, 4),
            "created_at": START + timedelta(minutes=37 * n),
        }
        if dice.random() < 0.7:
            record["mrp"] = dice.randrange(0, 40) / 8
        if dice.random() < 0.5:
            record["device_id"] = dice.choice(["", "d1", "d2"])
        yield record


@pytest.fixture
def reader(db):
    db.verification_records.insert_many(a_thousand_records())
    return Reader(db)


@pytest.fixture
def sql():
    """The same records in SQLite."""
    with sqlite3.connect(":memory:") as base:
        columns = ", ".join(f"{name} {kind}" for name, kind in FIELDS.items())
        base.execute(f"CREATE TABLE r ({columns})")
        rows = [
            [stamp(v) if isinstance(v := record.get(name), datetime) else v for name in FIELDS]
            for record in a_thousand_records()
        ]
        base.executemany(f"INSERT INTO r VALUES ({', '.join('?' * len(FIELDS))})", rows)  # noqa: S608
        yield lambda text: [list(row) for row in base.execute(text)]


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def plain(rows):
    return [[stamp(c) if isinstance(c, datetime) else c for c in row] for row in rows]


def where(field, op, value):
    return {"filters": [{"field": field, "op": op, "value": value}]}


LIST = {"columns": ["client_record_id"], "sort": [{"column": "client_record_id"}]}
FILTERED = [
    (where("floor", "eq", "Ground"), "floor = 'Ground'"),
    (where("mrp", "ne", 2.5), "mrp IS NOT 2.5"),
    (where("mrp", "gt", 2), "mrp > 2"),
    (where("mrp", "lte", 2), "mrp <= 2"),
    (where("item_code", "gte", "B"), "item_code >= 'B'"),
    (where("item_code", "lt", "a"), "item_code < 'a'"),
    (where("item_code", "in", ["A.1", "C$"]), "item_code IN ('A.1', 'C$')"),
    (where("device_id", "nin", ["d1"]), "(device_id IS NULL OR device_id NOT IN ('d1'))"),
    (where("device_id", "exists", value=True), "device_id IS NOT NULL"),
    (where("device_id", "exists", value=False), "device_id IS NULL"),
    (where("item_known", "eq", value=False), "item_known = 0"),
    (where("verified_qty", "between", [3, 7.5]), "verified_qty BETWEEN 3 AND 7.5"),
    (where("item_code", "contains", "a."), "instr(lower(item_code), 'a.') > 0"),
    (where("item_code", "contains", "$"), "instr(item_code, '$') > 0"),
    (where("item_code", "contains", "(2"), "instr(item_code, '(2') > 0"),
    (
        where("created_at", "between", ["2026-01-02T00:00:00Z", "2026-01-03T01:00:00+01:00"]),
        "created_at BETWEEN '2026-01-02T00:00:00' AND '2026-01-03T00:00:00'",
    ),
]


@pytest.mark.parametrize(("part", "condition"), FILTERED, ids=[c for _, c in FILTERED])
def test_a_filter_takes_exactly_the_records_that_it_says(reader, sql, part, condition):
    query = read_query({"collection": "verification_records", **LIST, **part})
    rows, complete = reader.first_rows(query, 1_000)
    expected = sql(f"SELECT client_record_id FROM r WHERE {condition} ORDER BY 1")  # noqa: S608
    assert 0 < len(expected) < 1_000
    assert (rows, complete) == (expected, True)
    assert reader.total(query) == len(expected)


M = {name: {"measure": name, "field": "mrp"} for name in ("sum", "avg", "min", "max", "distinct")}
GROUPED = [
    (
        {"groups": [{"field": "floor"}], "measures": [{"measure": "count"}, *M.values()]},
        (
            "SELECT floor, count(*), total(mrp), avg(mrp), min(mrp), max(mrp), count(DISTINCT mrp) "
            "FROM r GROUP BY 1 ORDER BY 1"
        ),
    ),
    (
        {"groups": [{"field": "device_id"}, {"field": "item_known"}], "measures": [M["avg"]]},
        "SELECT device_id, item_known, avg(mrp) FROM r GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    (
        {
            "groups": [{"field": "created_at", "bucket": "day"}],
            "measures": [{"measure": "sum", "field": "verified_qty"}],
        },
        (
            "SELECT substr(created_at, 1, 10) || 'T00:00:00', total(verified_qty) "
            "FROM r GROUP BY 1 ORDER BY 1"
        ),
    ),
    (
        {
            "groups": [{"field": "created_at", "bucket": "week"}],
            "measures": [{"measure": "max", "field": "created_at"}],
        },
        (
            "SELECT date(created_at, '-6 days', 'weekday 1') || 'T00:00:00', max(created_at) "
            "FROM r GROUP BY 1 ORDER BY 1"
        ),
    ),
    (
        {
            "groups": [{"field": "username"}, {"field": "created_at", "bucket": "month"}],
            "measures": [{"measure": "distinct", "field": "item_code"}, M["avg"], M["sum"]],
            "sort": [{"column": "distinct_item_code", "descending": True}],
        },
        (
            "SELECT username, substr(created_at, 1, 7) || '-01T00:00:00', "
            "count(DISTINCT item_code), avg(mrp), total(mrp) FROM r GROUP BY 1, 2 "
            "ORDER BY 3 DESC, 1, 2"
        ),
    ),
    (
        {
            "groups": [{"field": "rack_id"}],
            "measures": [{"measure": "sum", "field": "damage_qty"}],
            "sort": [{"column": "sum_damage_qty", "descending": True}],
            "limit": 5,
            **where("damage_qty", "gt", 0),
        },
        (
            "SELECT rack_id, total(damage_qty) FROM r WHERE damage_qty > 0 "
            "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5"
        ),
    ),
    (
        {"measures": [{"measure": "count"}, M["sum"]]},
        "SELECT count(*), total(mrp) FROM r",
    ),
    (
        {
            "columns": ["username", "mrp", "client_record_id"],
            "sort": [{"column": "mrp", "descending": True}, {"column": "client_record_id"}],
            "limit": 700,
        },
        "SELECT username, mrp, client_record_id FROM r ORDER BY mrp DESC, 3 LIMIT 700",
    ),
]


@pytest.mark.parametrize(("part", "text"), GROUPED, ids=range(len(GROUPED)))
def test_figures_are_those_of_an_independent_computation(reader, sql, part, text):
    query = read_query({"collection": "verification_records", **part})
    expected = sql(text)
    rows, _ = reader.first_rows(query, 1_000)
    assert plain(rows) == expected
    assert reader.total(query) == len(expected)


@pytest.mark.parametrize(("part", "text"), GROUPED, ids=range(len(GROUPED)))
def test_a_snapshot_freezes_the_same_rows_in_the_same_order(reader, sql, part, text):
    query = read_query({"collection": "verification_records", **part})
    summary = reader.freeze(query, "one")
    expected = sql(text)
    frozen = list(reader.all("one", len(query.columns)))
    assert plain(frozen) == expected
    assert summary.rows == len(expected)
    for at, column in enumerate(query.columns):
        if column.name in summary.sums:
            known = [row[at] for row in expected if row[at] is not None]
            told = summary.sums[column.name]
            assert told.sum == pytest.approx(sum(known))
            assert (told.least, told.greatest) == (min(known), max(known))
