"""Server or mongod is killed while many claim and give back at once: no claim is half a claim."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from app.care.of_racks import CHECKS
from tests.faults.conftest import recovers

PEOPLE = 8
PAIRS = 3
"""Claims that each person got before the blow, at least: their rounds are full by then."""


class Taker:
    """Claims a rack of their own and gives it back, again and again."""

    def __init__(self, depot, program):
        self._person, self._rack_id = depot.person(program), depot.rack()
        self.last = "released"
        self.leases = []

    def work(self, over):
        while not over.is_set():
            try:
                if self.last == "released":
                    self.take()
                else:
                    self._asks("release")
                    self.last = "released"
            except (requests.RequestException, AssertionError):
                self.last = None
                return

    def take(self):
        lease = self._asks("claim")
        self.leases.append((lease["fencing_token"], lease["session_id"]))
        self.last = "claimed"

    def _asks(self, move):
        answer = self._person.post(f"/api/racks/{self._rack_id}/{move}", {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def takes_again(self, program):
        """Whether the rack can be had."""
        self._person = self._person.at(program)
        try:
            self.take()
        except (requests.RequestException, AssertionError):
            return False
        return True


FREE_AGAIN_S = 60
"""MongoDB ends what a killed process left open after 8 s, and looks every few seconds."""


@pytest.fixture
def program(depot):
    """Each test may end its own."""
    return depot.start()


def strike(takers, blow):
    """The blow falls while all are at work; each stops at the first answer that it is not given."""
    over = threading.Event()
    with ThreadPoolExecutor(PEOPLE) as pool:
        at_work = [pool.submit(taker.work, over) for taker in takers]
        assert recovers(lambda: all(len(t.leases) >= PAIRS for t in takers), 30)
        blow()
        over.set()
        for each in at_work:
            each.result(30)


def hold(depot, takers, program):
    """Nothing disagrees; every rack can be had, and its token never stood for two leases."""
    found = [finding.text for check in CHECKS for finding in check.findings(depot.warehouse.db)]
    assert found == []
    for taker in takers:
        assert recovers(lambda taker=taker: taker.takes_again(program), FREE_AGAIN_S)
        fences = [fence for fence, _ in dict.fromkeys(taker.leases)]
        assert fences == sorted(set(fences))


def test_a_server_killed_among_claims_leaves_no_half_claim(depot, program):
    takers = [Taker(depot, program) for _ in range(PEOPLE)]
    strike(takers, program.kill)
    hold(depot, takers, depot.start())


@pytest.mark.soak
def test_a_mongod_killed_among_claims_leaves_no_half_claim(depot, ground, program):
    takers = [Taker(depot, program) for _ in range(PEOPLE)]

    def kill():
        with ground.without(ground.mongod):
            pass

    strike(takers, kill)
    hold(depot, takers, program)
