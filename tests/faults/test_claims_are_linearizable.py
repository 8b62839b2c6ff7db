"""Whatever two processes, Redis and the people's clocks do: what all were told of a rack could have
been told by one process that did one thing after another.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.processes import wait_until
from tests.support.claimants import SKEWS_S, Claimant, Nemesis, Notes, Supervisor, play
from tests.support.depot import open_depot
from tests.support.lease_model import check_leases

TTL_S = 2
PEOPLE = 6
RACKS = 2
SHORT_S, LONG_S = 14, 60
FREE_AGAIN_S = TTL_S + 2
"""A lease ends within 2 s of its time."""
SLACK_S = 20


@pytest.fixture(scope="module")
def depot(ground, tmp_path_factory):
    """A warehouse with leases as short as may be."""
    folder = tmp_path_factory.mktemp("depot")
    environ = {"RACK_LOCK_TTL": TTL_S, "MAX_OPEN_SESSIONS": 50, "RATE_LIMIT_PER_MINUTE": 100_000}
    with open_depot(folder, ground.mongo_uri, ground.redis_url, **environ) as depot:
        yield depot


@pytest.fixture(scope="module")
def both(depot):
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda _: depot.start(), range(2)))


def storm(depot, both, ground, seed, seconds):
    """Play; the racks, what was noted, and one of the people."""
    racks, notes = depot.racks("G", RACKS), Notes()
    people = [depot.person(both[0]) for _ in range(PEOPLE)]
    boss = depot.supervisor(both[0])
    everywhere = [[person, person.at(both[1])] for person in [*people, boss]]
    workers = [
        Claimant(one, notes, racks, f"{seed} {n}", SKEWS_S[n % len(SKEWS_S)])
        for n, one in enumerate(everywhere[:-1])
    ]
    blows = Nemesis(depot, both, ground.redis_url, f"{seed}", longer_than_a_lease_s=TTL_S + 1.2)
    play([*workers, Supervisor(everywhere[-1], notes, racks, f"{seed}"), blows], seconds)
    return racks, notes, people[0]


def hold(depot, both, ground, seed, seconds):
    racks, notes, somebody = storm(depot, both, ground, seed, seconds)
    for rack_id in racks:
        history = notes.of_rack[rack_id]
        verdict = check_leases(history, TTL_S)
        assert verdict.holds, f"seed {seed}, {rack_id}: {verdict}"
        taken = [op for op in history if op.asked.act == "claim" and op.result and op.result.done]
        assert len(taken) > 2, f"seed {seed}: too little happened to show anything"
        kept = depot.warehouse.standing.racks([rack_id])[rack_id]
        assert kept.fence >= max(op.result.fence for op in taken)
    sessions = depot.warehouse.db.verification_sessions.find({"rack_id": {"$in": racks}})
    fences = [(session["rack_id"], session["fence"]) for session in sessions]
    assert len(fences) == len(set(fences)), f"seed {seed}: two sessions under one fence"
    for rack_id in racks:
        claimed = lambda rack_id=rack_id: somebody.post(f"/api/racks/{rack_id}/claim", {}).ok  # noqa: E731
        assert wait_until(claimed, FREE_AGAIN_S + SLACK_S), f"seed {seed}: {rack_id} stays taken"


@pytest.mark.parametrize("seed", [1])
def test_claims_under_faults_are_as_if_one_came_after_another(depot, both, ground, seed):
    hold(depot, both, ground, seed, SHORT_S)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(10))
def test_claims_under_many_faults_are_as_if_one_came_after_another(depot, both, ground, number):
    hold(depot, both, ground, secrets.randbits(32), LONG_S)
