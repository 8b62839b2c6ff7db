"""Two server processes, one warehouse: a rack has one winner, each lease ends once and in time."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import cycle
from threading import Barrier

import pytest
from redis import Redis

from app.processes import wait_until
from tests.support.depot import open_depot

TTL_S = 3
PROMISED_S = 2
"""How long after its end a lease may still hold the rack."""
CLIENTS = 50


@pytest.fixture(scope="module")
def depot(servers, databases, tmp_path_factory):
    """A warehouse with short leases."""
    with Redis.from_url(servers.redis_url) as client:
        client.flushall()  # another module's racks may have the same ids
    folder = tmp_path_factory.mktemp("depot")
    urls = servers.mongo_uri, servers.redis_url
    with databases.one() as db, open_depot(folder, *urls, db=db, RACK_LOCK_TTL=TTL_S) as depot:
        yield depot


@pytest.fixture(scope="module")
def both(depot):
    """Two programs that serve it."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda _: depot.start(), range(2)))


@pytest.fixture(scope="module")
def crowd(depot, both):
    """Fifty people, half of them at each program."""
    people = [depot.person(both[0]) for _ in range(CLIENTS)]
    return [p.at(program) for p, program in zip(people, cycle(both), strict=False)]


def test_of_fifty_claims_at_once_one_wins_and_all_learn_who(depot, crowd):
    rack_id = depot.rack()
    together = Barrier(CLIENTS)

    def claim(person):
        together.wait()
        return person.post(f"/api/racks/{rack_id}/claim", {})

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(claim, crowd))

    winner = crowd[[a.status_code for a in answers].index(200)]
    refusals = [a.json() for a in answers if a.status_code == 409]
    assert Counter(a.status_code for a in answers) == {200: 1, 409: CLIENTS - 1}
    assert {r["code"] for r in refusals} == {"rack_locked"}
    assert {r["holder"]["name"] for r in refusals} == {winner.name}


def test_a_lease_left_alone_ends_in_time_and_is_told_once(depot, both, crowd):
    rack_id = depot.rack()
    boss = depot.supervisor(both[0])
    with boss.screen() as here, boss.at(both[1]).screen() as there:
        for screen in (here, there):
            screen.watch()
        session_id = crowd[0].claim(rack_id)["session_id"]
        end = datetime.fromisoformat(boss.status(rack_id)["lease_expires_at"]).timestamp()

        for screen in (here, there):
            told = screen.wait_for("rack:update", TTL_S + 4, type="expired", rack_id=rack_id)
            assert end <= time.time() < end + PROMISED_S
            assert (told["status"], told["session_id"]) == ("available", session_id)

        for screen in (here, there):
            screen.settled()
            assert len(screen.heard("rack:update", type="expired", rack_id=rack_id)) == 1
            assert len(screen.heard("session:update", type="expired", session_id=session_id)) == 1


def test_the_rack_of_a_lost_lease_is_free_for_others_and_lost_for_the_first(depot, both, crowd):
    rack_id = depot.rack()
    late, other = crowd[0], crowd[1]
    session_id = late.claim(rack_id)["session_id"]
    assert wait_until(lambda: other.status(rack_id)["status"] == "available", TTL_S + PROMISED_S)

    second = other.claim(rack_id)

    beat = late.post("/api/sync/heartbeat", {"session_id": session_id}).json()
    assert second["fencing_token"] == 2
    assert (beat["rack_renewed"], beat["lease"]) == (False, "lost")
    assert beat["holder"]["name"] == other.name


def test_heartbeats_at_either_process_keep_a_lease(depot, both, crowd):
    rack_id = depot.rack()
    person = crowd[0]
    session_id = person.claim(rack_id)["session_id"]
    until = time.monotonic() + TTL_S + PROMISED_S

    for program in cycle(both):
        beat = person.at(program).post("/api/sync/heartbeat", {"session_id": session_id}).json()
        assert beat["lease"] == "held"
        if time.monotonic() > until:
            break
        time.sleep(TTL_S / 3)

    assert person.status(rack_id)["session_id"] == session_id
