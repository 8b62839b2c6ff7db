"""A process that dies without a word may have left events untold: all screens look anew."""

from __future__ import annotations

import pytest
from redis import Redis

from app.clock import SystemClock
from app.services.event_log import EventLog
from app.services.redis_service import RedisService
from app.services.roll_call import KEY, SILENT_S, RollCall


class Moment:
    """The time that it is, in seconds."""

    now = 0

    def __call__(self, seconds):
        self.now = seconds


@pytest.fixture
def at():
    """`at(seconds)`: it is that late now."""
    return Moment()


@pytest.fixture
def process(redis_url, redis_client, at):
    """`process()`: the roll call and the log of another process."""
    made = []

    def make():
        service = RedisService(redis_url)
        made.append(service)
        log = EventLog(service, SystemClock())
        return RollCall(service, log, lambda: at.now), log

    yield make
    for service in made:
        service.disconnect()


def test_of_a_process_that_fell_silent_one_other_hears_once(process, at):
    (dead, _), (first, its_log), (second, other_log) = process(), process(), process()
    at(0)
    for each in (dead, first, second):
        each.answer()
    at(SILENT_S - 1)
    first.answer()
    second.answer()
    assert its_log.missed == other_log.missed == 0
    at(SILENT_S + 1)
    for _ in range(2):
        first.answer()
        second.answer()
    assert its_log.missed + other_log.missed == 1


def test_a_process_that_took_its_leave_is_missed_by_nobody(process, at):
    (left, _), (stays, log) = process(), process()
    at(0)
    left.answer()
    stays.answer()
    left.leave()
    at(SILENT_S - 1)
    stays.answer()
    at(SILENT_S + 1)
    stays.answer()
    assert log.missed == 0


def test_who_was_late_itself_gives_the_others_a_moment(process, at):
    """Redis was away for all of them, or the machine stood still."""
    (one, log), (other, other_log) = process(), process()
    at(0)
    one.answer()
    other.answer()
    at(SILENT_S * 3)
    one.answer()
    other.answer()
    one.answer()
    assert log.missed == other_log.missed == 0


def test_an_emptied_redis_misses_nobody(process, at, redis_client: Redis):
    (one, log), (other, _) = process(), process()
    at(0)
    one.answer()
    other.answer()
    redis_client.flushall()
    at(SILENT_S * 2)
    one.answer()
    assert log.missed == 0
    assert redis_client.ttl(KEY) > 0
