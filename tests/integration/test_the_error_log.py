"""What goes wrong unexpectedly is kept, each kind once, without what was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.activity.fault import Fault, masked
from app.activity.fault_log import MOST_WAITING, FaultFilters
from app.auth.identity import Role
from app.background import Background, Loop
from app.events import UserChanged
from tests.support.app import signed_in
from tests.support.builders import an_identity

SECRET = "hunter2-and-more-than-that"
BOSS = an_identity("supervisor", Role.SUPERVISOR)


def a_fault(**fields):
    usual = {"severity": "error", "error_type": "KeyError", "endpoint": "GET /x", "message": "at a"}
    return Fault(**{**usual, **fields})


@pytest.fixture
def broken(app):
    """An application one of whose routes fails with the text that was sent."""

    def fail(text):
        raise RuntimeError(text)

    app.add_url_rule("/broken/<text>", "broken", fail)
    return app


def kept(warehouse, **filters):
    warehouse.faults.flush()
    return warehouse.faults.search(FaultFilters(**filters), limit=100).errors


def test_a_fault_of_a_route_is_kept_without_what_was_sent(broken, warehouse, db):
    answer = broken.test_client().get(f"/broken/{SECRET}", headers={"X-Request-ID": "r1"})
    assert answer.status_code == 500
    [fault] = kept(warehouse)
    assert (fault.severity, fault.error_type, fault.endpoint) == (
        "error", "RuntimeError", "GET /broken/<text>",
    )  # fmt: skip
    assert fault.message.startswith("at fail (test_the_error_log.py:")
    assert fault.request_id == "r1"
    assert SECRET not in str(list(db.error_logs.find()))


def test_the_same_fault_again_is_counted_and_not_kept_twice(broken, warehouse, clock):
    client = broken.test_client()
    client.get("/broken/a")
    [first] = kept(warehouse)
    clock.move(60)
    client.get("/broken/b", headers={"X-Request-ID": "r2"})
    client.get("/broken/c", headers={"X-Request-ID": "r3"})
    [again] = kept(warehouse)
    assert (again.count, again.request_id) == (3, "r3")
    assert (again.first_seen, again.timestamp) == (
        first.timestamp, first.timestamp + timedelta(seconds=60),
    )  # fmt: skip


def test_a_failing_loop_is_kept_as_a_warning(warehouse):
    def fail():
        raise ValueError(SECRET)

    loop = Loop(name="lease_sweep", turn=fail, pause_s=0, at_the_end=True)
    parts = warehouse.leases, None, None
    background = Background(
        *[type("Part", (), {"expire_due": None, "follow": None, "sweep": None}) for _ in parts],
        loop, spawn=None, sleep=None, on_failure=warehouse.faults.heed_loop,
    )  # fmt: skip
    background.stop()
    [fault] = kept(warehouse)
    assert (fault.severity, fault.endpoint) == ("warning", "loop lease_sweep")


def test_a_fault_that_comes_again_is_open_again_and_keeps_its_note(warehouse):
    warehouse.faults.heed(a_fault())
    [fault] = kept(warehouse)
    done = warehouse.faults.resolve(fault.error_id, note="A loose cable.", by=BOSS)
    assert (done.resolved, done.resolved_by) == (True, "supervisor")
    assert kept(warehouse, resolved=False) == []
    warehouse.faults.heed(a_fault())
    [back] = kept(warehouse, resolved=False)
    assert (back.count, back.note) == (2, "A loose cable.")


def test_a_flood_of_different_faults_costs_no_memory(warehouse):
    for n in range(MOST_WAITING + 50):
        warehouse.faults.heed(a_fault(endpoint=f"GET /{n}"))
    assert len(warehouse.faults._waiting) == MOST_WAITING
    assert warehouse.faults.missed == 50


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"severity": "warning"}, 1),
        ({"error_type": "KeyError"}, 2),
        ({"endpoint": "GET /x"}, 1),
        ({"resolved": True}, 0),
        ({"severity": "error", "error_type": "OSError"}, 0),
    ],
)
def test_the_error_log_is_searched_by_what_and_where(warehouse, filters, found):
    warehouse.faults.heed(a_fault())
    warehouse.faults.heed(a_fault(endpoint="GET /y"))
    warehouse.faults.heed(a_fault(endpoint="loop", severity="warning", error_type="OSError"))
    assert len(kept(warehouse, **filters)) == found


@pytest.mark.parametrize("filters", [{}, {"severity": "x"}, {"error_type": "x"}, {"endpoint": "x"}])
def test_no_search_of_errors_scans_or_sorts_them(warehouse, db, filters):
    warehouse.faults.heed(a_fault())
    warehouse.faults.flush()
    query = {"resolved": {"$in": [False, True]}} | filters
    plan = str(db.error_logs.find(query).sort("timestamp", -1).explain()["queryPlanner"])
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan
    assert "'SORT'" not in plan


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Cannot read 'password hunter2'", "Cannot read “…”"),
        ("Bad token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0", "Bad token …"),
        ("No item 8512300", "No item #"),
        ("x.y is not a function", "x.y is not a function"),
    ],
)
def test_a_message_of_a_browser_loses_what_somebody_may_have_typed(said, told):
    assert masked(said) == told


def test_old_entries_of_both_logs_go_and_younger_ones_stay(warehouse, clock, db):
    warehouse.publish(UserChanged(user_id="u-admin", whom="ada", changed=["name"]))
    warehouse.faults.heed(a_fault())
    warehouse.activity.flush()
    warehouse.faults.flush()
    clock.move(180 * 86_400 - 60)
    assert warehouse.retention.sweep() == 0
    warehouse.publish(UserChanged(user_id="u-admin", whom="bob", changed=["name"]))
    warehouse.activity.flush()
    clock.move(120)
    assert warehouse.retention.sweep() == 2
    assert [entry["details"]["whom"] for entry in db.activity_logs.find()] == ["bob"]
    assert db.error_logs.count_documents({}) == 0


# Over HTTP


def test_a_browser_reports_its_own_fault_under_its_user(app, warehouse):
    client = app.test_client()
    told = {"error_type": "TypeError", "message": "x is undefined", "screen": "/count"}
    answer = client.post("/api/logs/errors/report", json=told, headers=signed_in(client))
    assert answer.status_code == 200
    [fault] = kept(warehouse)
    assert (fault.endpoint, fault.message, fault.username) == (
        "screen /count", "x is undefined", "counter",
    )  # fmt: skip


def test_a_browser_gone_wild_is_told_to_stop(app):
    client = app.test_client()
    header = signed_in(client)
    told = {"error_type": "TypeError", "message": "x", "screen": "/count"}
    codes = [
        client.post("/api/logs/errors/report", json=told, headers=header).status_code
        for _ in range(12)
    ]
    assert codes == [200] * 10 + [429] * 2


def test_errors_are_read_by_those_who_read_all_and_resolved_by_those_who_steer(app, warehouse):
    client = app.test_client()
    warehouse.faults.heed(a_fault())
    [fault] = kept(warehouse)
    where = f"/api/logs/errors/{fault.error_id}/resolve"
    wish = {"note": "Done."}
    for role, reads, resolves in (
        ("counter", 403, 403), ("device", 403, 403), ("auditor", 200, 403),
        ("supervisor", 200, 200), ("admin", 200, 200),
    ):  # fmt: skip
        header = signed_in(client, role)
        assert client.get("/api/logs/errors", headers=header).status_code == reads
        assert client.post(where, json=wish, headers=header).status_code == resolves
    answer = client.post("/api/logs/errors/none/resolve", json=wish, headers=header)
    assert (answer.status_code, answer.json["code"]) == (404, "error_unknown")
    shown = client.get("/api/logs/errors?resolved=true&limit=1", headers=header).json
    assert (shown["errors"][0]["resolved_by"], shown["next_cursor"]) == ("admin", None)
