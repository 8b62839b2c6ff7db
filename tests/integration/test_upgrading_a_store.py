"""Stores of each earlier version come up to this one, and their counts work.

`tests/data/stores` has one backup for each state of the migrations that the program ever had: made
by the program of then, with real counts (two finished racks, one of them recounted, one paused, one
taken away, a corrected record, serials, two conflicts). `0006_without_0004` and `0009_without_0008`
are of servers that ran a step before an earlier number existed.
"""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app import create_app
from app.auth.identity import Role
from app.care.check import findings
from app.care.restore import checked, restore
from app.clock import SystemClock
from app.db.indexes import get_index_stats
from app.db.migrate import FOLDER, known_steps, migrate
from app.prepare import prepare
from app.warehouse import build
from tests.support.app import make_settings
from tests.support.builders import a_record_json
from tests.support.phones import Phone, stored
from tests.support.servers import fresh_database

DATA = Path(__file__).parents[1] / "data"
STORES = sorted((DATA / "stores").glob("*.zip"))
STEPS = known_steps()
LOOKS = (
    "/api/racks",
    "/api/racks/G-01/status",
    "/api/sessions/active",
    "/api/sync/conflicts",
    "/api/sync/conflicts/stats",
    "/api/items",
    "/api/stocktakes",
    "/api/count-lines",
    "/api/logs/activity",
    "/api/users",
)


OFTEN = {"0001_indexes", "0006_without_0004", "0009_reports"}
"""The oldest, the newest and one with a gap; the others are left to `make soak`."""


def some(values, often):
    """The values, all but a few of them for `make soak`."""
    rest = [each for each in values if each not in often]
    return [*often, *(pytest.param(each, marks=pytest.mark.soak) for each in rest)]


@pytest.fixture(scope="module")
def lines():
    """The real counts that the stores have: the first twelve of each of five racks."""
    by_rack = {f"G-0{n}": [] for n in range(1, 6)}
    with (DATA / "counts.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if len(by_rack.get(row["rack_id"], range(12))) < 12:
                by_rack[row["rack_id"]].append(row)
    return by_rack


@pytest.fixture(
    scope="module",
    params=some(STORES, [store for store in STORES if store.stem in OFTEN]),
    ids=lambda store: store.stem,
)
def upgraded(request, servers):
    """A warehouse on a store of an earlier version, brought up to this one."""
    with fresh_database(servers.mongo_uri) as db:
        settings = make_settings(servers.mongo_uri, servers.redis_url, db.name)
        restore(
            db,
            request.param,
            SystemClock(),
            replace=False,
            in_use=lambda: False,
            empty_redis=lambda: None,
        )
        prepare(settings, demo=False)
        warehouse = build(settings)
        warehouse.redis.client.flushall()
        yield create_app(warehouse, settings)
        warehouse.close()


def test_an_earlier_store_works_after_the_upgrade(upgraded, lines):
    warehouse = upgraded.extensions["warehouse"]
    assert sorted(m["_id"] for m in warehouse.db.migrations.find()) == STEPS
    stats = get_index_stats(warehouse.db)
    assert (stats.missing, stats.extra) == ([], [])
    warehouse.tally.catch_up()
    assert list(findings(warehouse.db, warehouse.locks)) == []
    see_what_was_counted(upgraded, lines)
    go_on_counting(upgraded, lines)
    warehouse.tally.catch_up()
    assert list(findings(warehouse.db, warehouse.locks)) == []


def see_what_was_counted(app, lines):
    """Every screen reads the store, and the finished rack has its count lines."""
    boss = Phone(app, "admin", Role.ADMIN)
    for path in LOOKS:
        answer = boss.get(path)
        assert answer.status_code == 200, (path, answer.text)
    conflicts = boss.get("/api/sync/conflicts").json["conflicts"]
    assert {c["conflict_type"] for c in conflicts} == {"invalid_quantity", "duplicate_serial"}
    for conflict in conflicts:
        assert boss.get(f"/api/sync/conflicts/{conflict['conflict_id']}").status_code == 200
    counted = {
        line["item_code"]: line["counted_qty"]
        for line in boss.get("/api/count-lines", rack="G-01", limit=100).json["lines"]
        if line["counted_qty"] is not None
    }
    wanted = {}
    for row in lines["G-01"]:
        qty = 3 if row["line"] == lines["G-01"][0]["line"] else int(row["verified_qty"])
        wanted[row["item_code"]] = wanted.get(row["item_code"], 0) + qty
    assert counted == wanted


def go_on_counting(app, lines):
    """A phone that was at it counts on: it sends its last batch again, further counts, and ends."""
    warehouse = app.extensions["warehouse"]
    ada, sue = Phone(app, "ada"), Phone(app, "supervisor", Role.SUPERVISOR)
    first = stored(warehouse, f"line-{lines['G-03'][0]['line']}")
    session_id = first["session_id"]
    beat = ada.post("/api/sync/heartbeat", {"session_id": session_id})
    assert beat.json["lease"] == "held"
    again = [
        a_record_json(
            session_id,
            client_record_id=f"line-{row['line']}",
            item_code=row["item_code"],
            verified_qty=int(row["verified_qty"]),
            device_id="phone-ada-3",
            client_seq=n,
            serial_numbers=[f"SN-{row['line']}"] if n == 1 else [],
        )
        for n, row in enumerate(lines["G-03"], 1)
    ]
    assert len(ada.sync(*again)["ok"]) == 12
    assert stored(warehouse, first["client_record_id"])["rev"] == 1
    assert ada.post("/api/racks/G-03/resume").status_code == 200
    ada.count(session_id, item_code="NEW-1", lot="L1")
    assert ada.finish(session_id).status_code == 200
    for conflict in sue.get("/api/sync/conflicts", status="open").json["conflicts"]:
        path = f"/api/sync/conflicts/{conflict['conflict_id']}/resolve"
        settled = sue.post(path, {"resolution": "accept_server", "note": "seen"})
        assert settled.status_code == 200, settled.text
    recounting = ada.claim("G-05")
    ada.count(recounting, item_code=lines["G-05"][0]["item_code"])
    assert warehouse.standing.sessions([recounting])[recounting].pass_no == 2


def test_there_is_a_store_for_each_state_that_a_released_step_left():
    ran = {checked(store).migrations for store in STORES}
    assert {steps[-1] for steps in ran} >= {"0001_indexes", "0006_item_movements", "0009_reports"}
    assert all(set(steps) <= set(STEPS) for steps in ran)


@pytest.mark.parametrize("last", some(range(1, len(STEPS)), [1, len(STEPS) - 1]))
def test_an_upgrade_that_was_cut_after_any_step_is_ended_by_two_that_start_at_once(
    db, tmp_path, last
):
    for name in STEPS[:last]:
        (tmp_path / f"{name}.py").symlink_to(FOLDER / f"{name}.py")
    migrate(db, tmp_path)
    # The step was done, and the server died before it could note so.
    db.migrations.delete_one({"_id": STEPS[last - 1]})
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda _: migrate(db), range(2)))
    assert sorted(ran) == [[], STEPS[last - 1 :]]
    assert get_index_stats(db).missing == []
