"""Servers that a module's tests may kill, stop and lose, and a program on them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from app.processes import wait_until
from tests.support.depot import open_depot
from tests.support.ground import Ground

RECOVERY_S = 5
"""What the specification promises for every part, from the return of its server on."""
ANSWER_S = 5
"""… and for an answer while a server is away."""
SLACK_S = 1.5
"""This machine's share: the tests, the program and both servers live on two cores."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    ground = Ground(tmp_path_factory.mktemp("ground"))
    try:
        yield ground
    finally:
        ground.end()


@pytest.fixture(scope="module")
def depot(ground, tmp_path_factory):
    folder = tmp_path_factory.mktemp("depot")
    with open_depot(folder, ground.mongo_uri, ground.redis_url) as depot:
        yield depot


@pytest.fixture(scope="module")
def program(depot):
    return depot.start()


@pytest.fixture
def counter(depot, program):
    return depot.person(program)


@pytest.fixture
def boss(depot, program):
    return depot.supervisor(program)


@pytest.fixture
def rack_id(depot):
    return depot.rack()


@pytest.fixture
def lease(counter, rack_id):
    return counter.claim(rack_id)


@pytest.fixture
def session_id(lease):
    return lease["session_id"]


@contextmanager
def within(seconds):
    """The block takes no longer."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


def recovers(is_well, seconds=RECOVERY_S):
    """Whether it becomes well in time, asked again and again."""
    return wait_until(lambda: is_well() or time.sleep(0.1), seconds)


@pytest.fixture
def at_once():
    """`at_once(acts)`: do them side by side; for each (result, seconds it took)."""

    def timed(act):
        started = time.monotonic()
        result = act()
        return result, time.monotonic() - started

    def run(acts):
        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(timed, acts))

    return run
