"""Requests that take long to arrive: one time for a head, one by its length for a body."""

from __future__ import annotations

import pytest

from app.arrivals import BODY_S, BYTES_PER_S, HEAD_S, UNTOLD_BYTES, Arrivals
from tests.support.clock import MovableClock

IDLE_S = 75
MIB = 1024 * 1024


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
def arrivals(clock):
    return Arrivals(clock.monotonic, idle_s=IDLE_S)


@pytest.fixture
def connection():
    return [("127.0.0.1", 50_000), object(), "idle"]


def test_a_connection_may_idle_and_then_send_a_head(arrivals, clock, connection):
    arrivals.expect_head(connection)
    clock.move(IDLE_S + HEAD_S)
    assert not arrivals.is_late(connection)


def test_a_head_that_trickles_in_is_late_in_the_end(arrivals, clock, connection):
    arrivals.expect_head(connection)
    clock.move(IDLE_S + HEAD_S + 1)
    assert arrivals.is_late(connection)


def test_each_request_of_a_connection_has_its_own_time(arrivals, clock, connection):
    for _ in range(5):
        arrivals.expect_head(connection)
        clock.move(IDLE_S)
        assert not arrivals.is_late(connection)


def test_a_request_without_a_body_may_be_answered_for_as_long_as_it_takes(
    arrivals, clock, connection
):
    arrivals.expect_head(connection)
    arrivals.expect_body(connection, {"REQUEST_METHOD": "GET"})
    clock.move(24 * 3600)
    assert not arrivals.is_late(connection)


@pytest.mark.parametrize("length", [1, 2_000, 5 * MIB])
def test_a_body_has_time_by_its_length(arrivals, clock, connection, length):
    arrivals.expect_head(connection)
    arrivals.expect_body(connection, {"CONTENT_LENGTH": str(length)})
    clock.move(BODY_S + length / BYTES_PER_S)
    assert not arrivals.is_late(connection)
    clock.move(1)
    assert arrivals.is_late(connection)


def test_a_body_in_chunks_has_the_time_of_the_largest(arrivals, clock, connection):
    arrivals.expect_head(connection)
    arrivals.expect_body(connection, {"HTTP_TRANSFER_ENCODING": "Chunked"})
    clock.move(BODY_S + UNTOLD_BYTES / BYTES_PER_S)
    assert not arrivals.is_late(connection)
    clock.move(1)
    assert arrivals.is_late(connection)


def test_a_closed_connection_is_forgotten(arrivals, clock, connection):
    arrivals.expect_head(connection)
    arrivals.forget(connection)
    clock.move(24 * 3600)
    assert not arrivals.is_late(connection)
