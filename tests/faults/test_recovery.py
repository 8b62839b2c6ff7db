"""Each part is back by itself within 5 s of its server's return; a screen has missed nothing."""

from __future__ import annotations

import re
import time

import pytest
import requests

from app.processes import wait_until
from tests.faults.conftest import RECOVERY_S
from tests.support.builders import a_record_json

SLACK_S = 25
"""Of a machine that does several things; a quiet one needs two seconds in all."""
SEEN = {"rack:update", "session:update", "presence", "notification"}
ASIDE = {"live_behind", "live_caught_up"}


def breakers(person):
    """States in /api/health and figures in /metrics: they must tell the same."""
    figures = re.findall(
        r'stockverify_breaker_state\{breaker="(\w+)"\} (\d)', person.get("/metrics").text
    )
    names = {"0": "closed", "1": "half-open", "2": "open"}
    states = person.get("/api/health").json()["breakers"]
    return states, {name: names[figure] for name, figure in figures}


def is_well(person, session_id, free):
    """Counts are taken, leases kept, racks claimed and given back."""
    try:
        batch = person.post("/api/sync/batch", {"records": [a_record_json(session_id)]}, timeout=5)
        beat = person.post("/api/sync/heartbeat", {"session_id": session_id}, timeout=5)
        claimed = person.post(f"/api/racks/{free}/claim", {}, timeout=5)
    except requests.RequestException:
        return False
    if not (batch.ok and beat.ok and claimed.ok):
        return False
    return person.post(f"/api/racks/{free}/release").ok


def seconds_until(well):
    began = time.monotonic()
    assert wait_until(lambda: well() or time.sleep(0.05), RECOVERY_S + SLACK_S)
    return time.monotonic() - began


@pytest.fixture
def heard_of(depot):
    """`heard_of(screen)`: what it heard has no gap and no double, by the ids of the log."""

    def compare(screen):
        screen.settled()
        ids = screen.ids
        log = depot.warehouse.event_log.since(ids[0] - 1, ids[-1])
        told = [e.id for e in log if e.name in SEEN and e.data["type"] not in ASIDE]
        assert ids == told

    return compare


@pytest.mark.parametrize("name", ["redis", "mongod"])
def test_all_parts_are_back_by_themselves(ground, depot, boss, counter, session_id, heard_of, name):
    server, free = getattr(ground, name), depot.rack()
    assert is_well(counter, session_id, free)
    with boss.screen() as screen:
        screen.watch()
        with ground.without(server):
            wait_until(lambda: not is_well(counter, session_id, free), 5)
            time.sleep(1)
        took = seconds_until(lambda: is_well(counter, session_id, free))
        assert took < RECOVERY_S + SLACK_S

        seconds_until(lambda: set(breakers(counter)[0].values()) == {"closed"})
        states, figures = breakers(counter)
        assert states == figures
        assert {"redis", "mongodb"} <= states.keys()
        marked = counter.move(depot_rack(counter, session_id), "pause")
        screen.wait_for("rack:update", type="paused", rack_id=marked["rack_id"], within=10)
        heard_of(screen)


def depot_rack(person, session_id):
    """The rack of a session."""
    return person.get(f"/api/sessions/{session_id}").json()["rack_id"]


def test_a_screen_that_lost_its_server_has_every_event_once(depot, boss, counter, rack_id):
    program, free = depot.start(), depot.rack()
    there, desk = counter.at(program), boss.at(program)
    with desk.screen() as screen:
        screen.watch()
        there.claim(rack_id)
        screen.wait_for("session:update", type="started")
        before = list(screen.ids)
        program.kill()
        screen.wait_closed()
    counter.move(rack_id, "pause")
    counter.claim(free)
    again = depot.start(PORT=program.port)
    with boss.at(again).screen() as screen:
        screen.watch(since=before[-1])
        counter.move(free, "release")
        screen.wait_for("rack:update", type="released", rack_id=free)
        screen.settled()
        heard = before + screen.ids
        assert screen.heard("snapshot") == []
    log = depot.warehouse.event_log.since(heard[0] - 1, heard[-1])
    told = [e.id for e in log if e.name in SEEN]
    assert heard == told
