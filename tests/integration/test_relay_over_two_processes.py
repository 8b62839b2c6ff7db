"""Two server processes, one warehouse: what happens at one is seen at the other, in one order."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest
import requests

from app.auth.identity import Role
from app.services.event_log import STREAM
from tests.support.app import PASSWORD
from tests.support.sockets import Screen


@pytest.fixture(scope="module")
def second(depot, program):
    return depot.start()


@pytest.fixture
def counter(depot, program):
    return depot.person(program)


@pytest.fixture(params=["other", "same"])
def elsewhere(request, program, second):
    """The process that ends a sign-in: not always the one that has the socket."""
    return second if request.param == "other" else program


def test_a_claim_at_one_process_shows_at_the_other(depot, second, counter, boss):
    rack_id = depot.rack()
    with boss.screen() as here, boss.at(second).screen() as there:
        here.watch()
        there.watch()
        counter.claim(rack_id)
        told = [s.wait_for("rack:update", type="claimed", rack_id=rack_id) for s in (here, there)]
    assert told[0] == told[1]


def test_both_processes_tell_the_same_events_in_one_order(depot, program, second, boss):
    people = [
        depot.person(place) for place, _ in zip(cycle([program, second]), range(4), strict=False)
    ]
    racks = depot.racks("G", 12)

    def work(person, own):
        for rack_id in own:
            session_id = person.claim(rack_id)["session_id"]
            person.count(session_id)
            person.move(rack_id, "release")

    with boss.screen() as here, boss.at(second).screen() as there, ThreadPoolExecutor(4) as pool:
        here.watch()
        there.watch()
        for done in [pool.submit(work, person, racks[n::4]) for n, person in enumerate(people)]:
            done.result()
        here.settled()
        there.settled()
        mine = [(name, e) for name, e in here.events if e.get("rack_id") in racks]
        theirs = [(name, e) for name, e in there.events if e.get("rack_id") in racks]
    assert len(mine) == 12 * 5
    assert mine == theirs
    assert here.ids == sorted(here.ids)


def test_an_event_finds_its_write_at_the_other_process(depot, second, counter, boss):
    far = boss.at(second)
    with far.screen() as screen:
        screen.watch()
        for rack_id in depot.racks("G", 5):
            counter.post(f"/api/racks/{rack_id}/claim", {})
            event = screen.wait_for("rack:update", type="claimed", rack_id=rack_id)
            assert far.status(rack_id)["session_id"] == event["session_id"]


def test_a_screen_may_reconnect_to_the_other_process(depot, second, counter, boss):
    rack_id = depot.rack()
    with boss.screen() as here:
        here.watch()
        counter.claim(rack_id)
        seen = here.wait_for("session:update", type="started", rack_id=rack_id)["id"]
    counter.move(rack_id, "pause")
    with boss.at(second).screen() as there:
        there.watch(since=seen)
        told = [(name, e["type"]) for name, e in there.events if e.get("rack_id") == rack_id]
        assert there.heard("snapshot") == []
    assert told == [("rack:update", "paused"), ("session:update", "paused")]


def test_a_screen_ahead_of_its_process_waits_for_it(depot, second, boss):
    """Its `since` is of this very millisecond: the other process may not have it yet."""
    far, rack_id = boss.at(second), depot.rack()
    facts = {"type": "paused", "rack_id": rack_id, "floor": "Ground", "at": "…"}
    event = ("rack:update", "rack:updates:x", facts)
    for _ in range(20):
        with far.screen() as screen:
            since = depot.warehouse.event_log.append([event] * 50)[25]
            screen.watch(since=since)
            last = depot.warehouse.event_log.append([event])[0]
            screen._wait(lambda last=last, screen=screen: last in screen.ids or None, 5, "last")
            heard = [i for i in screen.ids if i > since]
            assert heard == sorted(set(heard))
            assert len(screen.heard("rack:update")) == 25


def test_a_user_who_leaves_one_process_is_still_seen_at_the_other(depot, program, second, boss):
    person = depot.person(program)
    with boss.screen() as desk, person.at(second).screen():
        desk.watch()
        with person.screen():
            desk.wait_for("presence", user_id=person.user_id, online=True)
        desk.wait_for("presence", user_id=person.user_id, online=False)
        desk.settled()
        assert desk.heard("presence", user_id=person.user_id)[-1]["online"] is True


# ── loss of a right ends delivery ────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def admin(depot, program):
    return depot.person(program, Role.ADMIN)


@pytest.fixture
def leaver(counter):
    """A counter with an open screen at the first process, to be signed out."""
    with counter.screen() as screen:
        screen.watch()
        yield counter, screen


def test_a_signed_out_screen_is_disconnected_on_every_process(leaver, elsewhere):
    counter, screen = leaver
    assert counter.at(elsewhere).post("/api/auth/logout").ok
    screen.wait_closed(within=1)


@pytest.mark.parametrize(
    "change", [{"role": "auditor"}, {"active": False}, {"password": "another one entirely"}]
)
def test_a_changed_account_is_disconnected_on_every_process(leaver, elsewhere, admin, change):
    counter, screen = leaver
    assert admin.at(elsewhere).ask("PATCH", f"/api/users/{counter.user_id}", change).ok
    screen.wait_closed(within=1)


def test_a_stolen_refresh_token_disconnects_the_whole_sign_in(leaver, depot, elsewhere):
    counter, screen = leaver
    first = counter.tokens["refresh_token"]
    for _ in range(2):
        answer = counter.at(elsewhere).post(
            "/api/auth/refresh", {"refresh_token": counter.tokens["refresh_token"]}
        )
        counter.tokens = answer.json()
    stolen = {"refresh_token": first}
    assert counter.at(elsewhere).post("/api/auth/refresh", stolen).status_code == 401
    screen.wait_closed(within=1)


def test_other_sign_ins_and_users_stay_connected(leaver, depot, program, second, boss):
    counter, screen = leaver
    wish = {"username": counter.username, "password": PASSWORD}
    again = requests.post(f"{second.base_url}/api/auth/login", json=wish, timeout=10).json()
    headers = {"Authorization": f"Bearer {again['access_token']}"}
    assert requests.post(f"{second.base_url}/api/auth/logout", headers=headers, timeout=10).ok
    screen.settled()
    assert screen.watch()["ok"]


def test_an_own_new_password_disconnects_all_other_sign_ins_of_the_person(leaver, depot, elsewhere):
    counter, screen = leaver
    wish = {"username": counter.username, "password": PASSWORD}
    other = requests.post(f"{elsewhere.base_url}/api/auth/login", json=wish, timeout=10).json()
    with Screen(elsewhere.base_url, other["access_token"]) as there:
        change = {"current": PASSWORD, "new_password": "tulip anvil harbour"}
        assert counter.post("/api/auth/password", change).ok
        there.wait_closed(within=1)
        screen.settled()
        assert screen.watch()["ok"]


def test_a_new_name_disconnects_nobody(leaver, admin):
    counter, screen = leaver
    assert admin.ask("PATCH", f"/api/users/{counter.user_id}", {"name": "New Name"}).ok
    screen.settled()
    assert screen.watch()["ok"]


def test_an_ended_sign_in_is_told_to_no_screen(leaver, boss):
    counter, screen = leaver
    with boss.screen() as desk:
        desk.watch()
        counter.post("/api/auth/logout")
        screen.wait_closed()
        names = {name for name, _ in desk.settled()}
    assert names <= {"snapshot", "presence", "rack:update", "session:update"}


def test_a_revocation_that_the_log_never_told_is_found_by_the_sweep(leaver, depot):
    counter, screen = leaver
    now = depot.warehouse.clock.now()
    depot.warehouse.db.sign_ins.update_many(
        {"user_id": counter.user_id}, {"$set": {"revoked_at": now}}
    )
    screen.wait_closed(within=17)


def test_what_a_revoked_screen_missed_is_not_replayed_to_it(leaver, depot, boss):
    counter, screen = leaver
    counter.post("/api/auth/logout")
    screen.wait_closed()
    assert depot.warehouse.redis.client.xlen(STREAM) > 0
    heard = len(screen.events)
    other_rack = depot.rack()
    boss.claim(other_rack)
    time.sleep(0.3)
    assert len(screen.events) == heard
