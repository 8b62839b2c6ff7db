"""A breaker stops asking a server that does not answer, and tries again after a while."""

from __future__ import annotations

import pytest

from app.services.circuit_breaker import (
    BreakerOpen,
    BreakerState,
    CircuitBreaker,
    breaker_states,
    get_circuit_breaker,
)
from tests.support.clock import MovableClock

TIMEOUT = 30


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
def breaker(clock):
    """Opens after three failures in a row."""
    return CircuitBreaker("test", failure_threshold=3, timeout=TIMEOUT, monotonic=clock.monotonic)


def fail(breaker, times=3):
    for _ in range(times):
        breaker.acquire()
        breaker.record_failure()


def test_a_new_breaker_lets_calls_through(breaker):
    breaker.acquire()

    assert breaker.state is BreakerState.CLOSED
    assert breaker.retry_after == 0


def test_fewer_failures_than_the_threshold_leave_it_closed(breaker):
    fail(breaker, 2)

    assert breaker.state is BreakerState.CLOSED


def test_failures_in_a_row_open_it(breaker):
    fail(breaker)

    assert breaker.state is BreakerState.OPEN
    with pytest.raises(BreakerOpen):
        breaker.acquire()


def test_a_success_between_failures_starts_the_row_anew(breaker):
    fail(breaker, 2)
    breaker.acquire()
    breaker.record_success()
    fail(breaker, 2)

    assert breaker.state is BreakerState.CLOSED


def test_an_open_breaker_says_when_to_try_again(breaker, clock):
    fail(breaker)
    clock.move(10)

    assert breaker.retry_after == TIMEOUT - 10


def test_an_open_breaker_refuses_until_its_time_is_over(breaker, clock):
    fail(breaker)
    clock.move(TIMEOUT - 0.001)

    with pytest.raises(BreakerOpen):
        breaker.acquire()


def test_after_its_time_one_call_is_the_trial(breaker, clock):
    fail(breaker)
    clock.move(TIMEOUT)

    breaker.acquire()

    assert breaker.state is BreakerState.HALF_OPEN
    with pytest.raises(BreakerOpen):
        breaker.acquire()


def test_a_trial_that_is_answered_closes_it(breaker, clock):
    fail(breaker)
    clock.move(TIMEOUT)
    breaker.acquire()

    breaker.record_success()

    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED


def test_a_trial_that_fails_opens_it_for_another_while(breaker, clock):
    fail(breaker)
    clock.move(TIMEOUT)
    breaker.acquire()

    breaker.record_failure()

    assert breaker.state is BreakerState.OPEN
    assert breaker.retry_after == TIMEOUT


def test_a_trial_that_never_ends_makes_room_for_another(breaker, clock):
    fail(breaker)
    clock.move(TIMEOUT)
    breaker.acquire()
    clock.move(TIMEOUT)

    breaker.acquire()
    breaker.record_success()

    assert breaker.state is BreakerState.CLOSED


def test_a_late_answer_does_not_close_an_open_breaker(breaker):
    breaker.acquire()  # this call takes long, and three others fail meanwhile
    fail(breaker)

    breaker.record_success()

    assert breaker.state is BreakerState.OPEN


def test_a_late_failure_does_not_prolong_an_open_breaker(breaker, clock):
    fail(breaker)
    clock.move(10)

    breaker.record_failure()

    assert breaker.retry_after == TIMEOUT - 10


def test_a_guarded_function_counts_its_exceptions(breaker):
    @breaker
    def ask():
        raise TimeoutError

    for _ in range(3):
        with pytest.raises(TimeoutError):
            ask()

    with pytest.raises(BreakerOpen):
        ask()


def test_a_guarded_function_gives_its_result(breaker):
    @breaker
    def add(one, *, other):
        return one + other

    assert add(1, other=2) == 3


def test_a_process_has_one_breaker_of_a_name():
    one = get_circuit_breaker("a server of this test", failure_threshold=1)

    assert get_circuit_breaker("a server of this test") is one
    assert breaker_states()["a server of this test"] is BreakerState.CLOSED
    one.record_failure()
    assert breaker_states()["a server of this test"] is BreakerState.OPEN


def test_the_states_have_the_names_that_health_shows():
    assert {state.name: state.value for state in BreakerState} == {
        "CLOSED": "closed",
        "OPEN": "open",
        "HALF_OPEN": "half-open",
    }
