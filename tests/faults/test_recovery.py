"""Each part is back by itself within 5 s of its server's return; a screen has missed nothing."""

from __future__ import annotations

import re
import time

import pytest

from tests.faults.conftest import RECOVERY_S
from tests.faults.recovery import Signs, struck, until_it_shows

ROUNDS_OF_SLACK = 10
"""Of asking whether all is well, as long as that took a moment before: the promise is of a machine
that answers at once, and this one runs both servers, the program and other tests on two cores. What
recovery really waits for are pauses of fixed length, two seconds at most.
"""
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


@pytest.mark.parametrize("how", ["killed", pytest.param("hung", marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", ["redis", "mongod"])
def test_all_parts_are_back_by_themselves(
    ground, depot, boss, counter, rack_id, session_id, heard_of, name, how
):
    with boss.screen() as screen:
        screen.watch()
        signs = Signs(counter, screen, session_id=session_id, free=depot.rack())
        most_s = RECOVERY_S + ROUNDS_OF_SLACK * signs.usual_s()
        with struck(ground, name, how):
            until_it_shows(signs)
            time.sleep(1)
        back = signs.back()
        assert max(back.values()) < most_s, back
        states, figures = breakers(counter)
        assert states == figures
        counter.move(rack_id, "pause")
        screen.wait_for("rack:update", type="paused", rack_id=rack_id)
        heard_of(screen)


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
