"""The key paths once without eventlet, so that the day it goes costs a day."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.floor_picture import verify_act


@pytest.fixture(scope="module")
def program(depot):
    return depot.start(ASYNC_MODE="threading")


@pytest.fixture
def counter(depot, program):
    return depot.person(program)


@pytest.fixture
def boss(depot, program):
    return depot.supervisor(program)


def test_it_runs_on_native_threads(program, counter):
    with counter.screen(), counter.screen():
        threads = len(list(Path(f"/proc/{program.process.pid}/task").iterdir()))
    assert threads > 10


def test_a_count_goes_all_the_way_and_is_seen_live(depot, counter, boss):
    rack_id = depot.rack()

    def count():
        session_id = counter.claim(rack_id)["session_id"]
        assert counter.post("/api/sync/heartbeat", {"session_id": session_id}).json()[
            "rack_renewed"
        ]
        assert len(counter.count(session_id)["ok"]) == 1
        while not counter.get(f"/api/sessions/{session_id}").json()["progress"]["records"]:
            time.sleep(0.05)
        return counter.post(f"/api/sessions/{session_id}/complete", {}).json()

    _, events = verify_act(count, boss, counter)
    told = [(name, event["type"]) for name, event in events if event.get("rack_id") == rack_id]
    assert told[:2] == [("rack:update", "claimed"), ("session:update", "started")]
    assert ("session:update", "progress") in told
    assert ("rack:update", "completed") in told


def test_a_screen_that_was_away_hears_what_it_missed(depot, counter, boss):
    rack_id = depot.rack()
    with boss.screen() as screen:
        screen.watch()
        counter.claim(rack_id)
        since = screen.wait_for("session:update", type="started", rack_id=rack_id)["id"]
    counter.move(rack_id, "pause")
    with boss.screen() as screen:
        screen.watch(since=since)
        told = [(name, e["type"]) for name, e in screen.events if e.get("rack_id") == rack_id]
    assert told == [("rack:update", "paused"), ("session:update", "paused")]


def test_a_lease_that_ends_frees_the_rack(depot):
    quick = depot.start(ASYNC_MODE="threading", RACK_LOCK_TTL=2)
    counter, rack_id = depot.person(quick), depot.rack()
    with depot.supervisor(quick).screen() as screen:
        screen.watch()
        counter.claim(rack_id)
        screen.wait_for("rack:update", type="expired", rack_id=rack_id, within=5)


def test_a_sign_out_ends_the_socket(counter):
    with counter.screen() as screen:
        screen.watch()
        assert counter.post("/api/auth/logout").ok
        screen.wait_closed(within=2)


def test_it_stops_when_it_is_told_to(depot):
    code, seconds = depot.start(ASYNC_MODE="threading").terminate()
    assert code == 0
    assert seconds < 10
