"""The checker of histories finds the good ones good and the bad ones bad."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.lease_model import Ask, Got, check_leases
from tests.support.linearizability import Operation, check

TTL_S = 2


# ── a register: the textbook's example ───────────────────────────────────────────────────────────


def register(state, op):
    kind, value = op.asked
    if kind == "write":
        return [value]
    return [state] if op.result == state else []


def write(value, began, *ended):
    return Operation(("write", value), "written", began, *ended)


def read(value, began, ended):
    return Operation(("read", None), value, began, ended)


def test_reads_beside_a_write_may_see_it_or_not():
    assert check([write(1, 0, 9), read(0, 1, 2), read(1, 3, 4)], register, 0).holds


def test_a_write_that_was_seen_cannot_be_unseen():
    assert not check([write(1, 0, 9), read(1, 1, 2), read(0, 3, 4)], register, 0).holds


def test_a_finished_write_is_seen_by_who_comes_after_it():
    assert not check([write(1, 0, 1), read(0, 2, 3)], register, 0).holds


def test_a_write_without_an_answer_may_come_late_or_never():
    assert check([write(1, 0), read(0, 1, 2), read(1, 3, 4)], register, 0).holds
    assert check([write(1, 0), read(0, 1, 2), read(0, 3, 4)], register, 0).holds
    assert not check([write(1, 0), read(1, 1, 2), read(0, 3, 4)], register, 0).holds


def test_a_misfit_is_named_with_what_came_before_it():
    told = str(check([write(1, 0, 1), read(7, 2, 3)], register, 0))
    assert "('write', 1)" in told
    assert "('read', None) → 7" in told


def fits_some_order(history):
    """The definition itself, for short histories: try all orders."""
    for order in permutations(history):
        pairs = [(a, b) for n, a in enumerate(order) for b in order[n + 1 :]]
        if any(later.ended < earlier.began for earlier, later in pairs):
            continue
        state = 0
        for op in order:
            state = next(iter(register(state, op)), None)
            if state is None:
                break
        else:
            return True
    return False


@st.composite
def short_histories(draw):
    history = []
    for _ in range(draw(st.integers(1, 5))):
        began = draw(st.integers(0, 8))
        ended, value = began + draw(st.integers(0, 5)) + 0.5, draw(st.integers(0, 2))
        history.append(draw(st.sampled_from((write, read)))(value, began, ended))
    return history


@given(short_histories())
def test_it_agrees_with_the_definition(history):
    assert check(history, register, 0).holds is fits_some_order(history)


# ── leases ───────────────────────────────────────────────────────────────────────────────────────


def did(act, user, began, ended, fence=None, *, done=True, told=None):
    return Operation(Ask(act=act, user=user, fence=fence), Got(done=done, fence=told), began, ended)


def refused(act, user, began, ended, fence=None):
    return did(act, user, began, ended, fence, done=False)


def lost(act, user, began, fence=None):
    """Nobody knows what came of it."""
    return Operation(Ask(act=act, user=user, fence=fence), None, began)


def claimed(user, began, ended, fence):
    return did("claim", user, began, ended, told=fence)


GOOD = {
    "a claim, a renewal, its end": [
        claimed("ada", 0, 0.1, 1),
        did("renew", "ada", 1, 1.1, 1),
        did("release", "ada", 1.5, 1.6),
        claimed("ben", 1.7, 1.8, 2),
    ],
    "another claim after the lease ran out": [claimed("ada", 0, 0.1, 1), claimed("ben", 3, 3.1, 2)],
    "an expired lease comes back": [
        claimed("ada", 0, 0.1, 1),
        did("renew", "ada", 4, 4.1, 1),
        refused("claim", "ben", 5, 5.1),
    ],
    "the holder's own claim answers as before": [
        claimed("ada", 0, 0.1, 1),
        claimed("ada", 1, 1.1, 1),
        claimed("ada", 2.9, 3, 1),
    ],
    "a claim whose answer got lost was one": [
        lost("claim", "ada", 0),
        claimed("ben", 3, 3.1, 2),
        refused("renew", "ada", 4, 4.1, 1),
    ],
    "a claim whose answer got lost came later": [
        lost("claim", "ada", 0),
        claimed("ben", 1, 1.1, 1),
        did("release", "ben", 1.2, 1.3),
        claimed("ada", 1.4, 1.5, 2),
    ],
    "a supervisor ends a lease for good": [
        claimed("ada", 0, 0.1, 1),
        did("force", "sue", 0.5, 0.6, told=1),
        refused("renew", "ada", 0.7, 0.8, 1),
        refused("count", "ada", 0.7, 0.8, 1),
        claimed("ben", 0.9, 1, 2),
    ],
    "a pause and its end": [
        claimed("ada", 0, 0.1, 1),
        did("pause", "ada", 0.2, 0.3),
        refused("pause", "ada", 0.4, 0.5),
        did("renew", "ada", 0.6, 0.7, 1),
        did("resume", "ada", 0.8, 0.9),
    ],
    "a count after the lease ran out, while nobody took the rack": [
        claimed("ada", 0, 0.1, 1),
        did("count", "ada", 5, 5.1, 1),
        claimed("ben", 5.2, 5.3, 2),
    ],
}
BAD = {
    "two holders at once": [claimed("ada", 0, 0.1, 1), claimed("ben", 1, 1.1, 2)],
    "a token that does not grow": [
        claimed("ada", 0, 0.1, 1),
        did("release", "ada", 0.2, 0.3),
        claimed("ben", 0.4, 0.5, 1),
    ],
    "a token left out": [claimed("ada", 0, 0.1, 1), claimed("ben", 3, 3.1, 3)],
    "a renewal after another's claim": [
        claimed("ada", 0, 0.1, 1),
        claimed("ben", 3, 3.1, 2),
        did("renew", "ada", 3.2, 3.3, 1),
    ],
    "an expiry before its time": [
        claimed("ada", 0, 0.1, 1),
        did("renew", "ada", 1.5, 1.6, 1),
        claimed("ben", 3, 3.1, 2),
    ],
    "a lease that is called lost while it is held": [
        claimed("ada", 0, 0.1, 1),
        refused("renew", "ada", 1, 1.1, 1),
    ],
    "an ended lease that comes back": [
        claimed("ada", 0, 0.1, 1),
        did("release", "ada", 0.5, 0.6),
        did("renew", "ada", 0.7, 0.8, 1),
    ],
    "a late count under a rack that is another's": [
        claimed("ada", 0, 0.1, 1),
        claimed("ben", 3, 3.1, 2),
        did("count", "ada", 3.2, 3.3, 1),
    ],
    "a release that nobody may make": [
        claimed("ada", 0, 0.1, 1),
        did("release", "ben", 0.5, 0.6),
    ],
    "the end of another's lease": [
        claimed("ada", 0, 0.1, 1),
        did("force", "sue", 3, 3.1, told=7),
    ],
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_history_of_leases_is_found_good(name):
    assert check_leases(GOOD[name], TTL_S).holds


@pytest.mark.parametrize("name", BAD)
def test_a_bad_history_of_leases_is_found_bad(name):
    assert not check_leases(BAD[name], TTL_S).holds


@pytest.mark.parametrize("seed", range(5))
def test_one_wrong_answer_in_a_long_history_is_found(seed):
    """Ten people take turns, and of some claims nobody knows what came of them."""
    rng, history, now = random.Random(seed), [], 0.0  # noqa: S311
    for fence in range(1, 31):
        user = f"u{rng.randrange(10)}"
        history.append(claimed(user, now, now + 0.3, fence))
        history.append(did("renew", user, now + 0.4, now + 0.6, fence))
        history.append(did("release", user, now + 0.7, now + 0.9))
        history += [lost("claim", "lost", now)] * (fence % 10 == 0)
        now += 1
    assert check_leases(history, TTL_S).holds
    wrong = rng.randrange(10, 29)
    twice = claimed("intruder", wrong + 0.4, wrong + 0.6, wrong + 1)
    assert not check_leases([*history, twice], TTL_S).holds
