"""Calls that come while another is under way share the next round, and its fate."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.together import Together, lookup

PATIENCE_S = 30


class Rounds:
    """Doubles numbers; each round waits for leave, so that a test can fill the next one."""

    def __init__(self):
        self.asked = []
        self.begun = threading.Semaphore(0)
        self.leave = threading.Semaphore(0)

    def __call__(self, numbers):
        self.asked.append(list(numbers))
        self.begun.release()
        assert self.leave.acquire(timeout=PATIENCE_S)
        if "fail" in numbers:
            raise OSError("away")
        return [number * 2 for number in numbers]


@pytest.fixture
def pool():
    with ThreadPoolExecutor(10) as threads:
        yield threads


def under_way(pool, together, rounds, first, others):
    """A round of the first question under way, and the others waiting for the next one."""
    calls = [pool.submit(together, first)]
    assert rounds.begun.acquire(timeout=PATIENCE_S)
    for number, other in enumerate(others, start=1):
        calls.append(pool.submit(together, other))
        while len(together._waiting) < number:
            threading.Event().wait(0.001)
    return calls


def test_one_alone_goes_at_once(pool):
    together = Together(lambda numbers: [n * 2 for n in numbers])
    assert [together(1), together(2)] == [2, 4]


def test_who_comes_meanwhile_shares_the_next_round(pool):
    rounds = Rounds()
    together = Together(rounds)
    calls = under_way(pool, together, rounds, 1, [2, 3, 4])
    rounds.leave.release(2)
    assert [call.result(PATIENCE_S) for call in calls] == [2, 4, 6, 8]
    assert rounds.asked == [[1], [2, 3, 4]]


def test_a_round_has_a_bound(pool):
    rounds = Rounds()
    together = Together(rounds, most=2)
    calls = under_way(pool, together, rounds, 1, [2, 3, 4])
    rounds.leave.release(3)
    assert [call.result(PATIENCE_S) for call in calls] == [2, 4, 6, 8]
    assert rounds.asked == [[1], [2, 3], [4]]


def test_a_failed_round_fails_who_waits_and_nobody_later(pool):
    rounds = Rounds()
    together = Together(rounds)
    calls = under_way(pool, together, rounds, "fail", [2, 3])
    rounds.leave.release(2)
    assert [str(call.exception(PATIENCE_S)) for call in calls] == ["away"] * 3
    assert together(5) == 10
    assert rounds.asked == [["fail"], [5]]


def test_each_gets_what_it_asked_for_and_nothing_of_others(pool):
    rounds = Rounds()

    def read(keys):
        rounds([0])
        return {key: key.upper() for key in keys if key != "gone"}

    together = lookup(read)
    calls = under_way(pool, together, rounds, ["a"], [["b", "gone"], ["b", "c"]])
    rounds.leave.release(2)
    found = [call.result(PATIENCE_S) for call in calls]
    assert found == [{"a": "A"}, {"b": "B"}, {"b": "B", "c": "C"}]


def test_many_threads_get_their_own_answers(pool):
    together = Together(lambda numbers: [n * 2 for n in numbers], most=3)
    assert list(pool.map(together, range(2_000))) == [n * 2 for n in range(2_000)]
