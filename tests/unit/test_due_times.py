"""A schedule is due once each day or week, by the clocks of its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.schedules.due import next_due
from app.schedules.schedule import Every, Rhythm

ZONES = ["UTC", "Asia/Kolkata", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]
moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 — `timezones` gives it one
rhythms = st.builds(
    Rhythm,
    every=st.sampled_from(Every),
    hour=st.integers(0, 23),
    minute=st.sampled_from([0, 1, 30, 59]),
    weekday=st.integers(0, 6),
    zone=st.sampled_from(ZONES),
)


def at(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def daily(hour, zone="UTC", minute=0):
    return Rhythm(every=Every.DAY, hour=hour, minute=minute, zone=zone)


@given(rhythms, moments)
def test_each_local_day_or_week_has_one_due_time(rhythm, start):
    dues = [start]
    for _ in range(9):
        dues.append(next_due(rhythm, dues[-1]))
    zone, step = ZoneInfo(rhythm.zone), 7 if rhythm.every is Every.WEEK else 1
    days = [due.astimezone(zone).date() for due in dues[1:]]
    assert [later - earlier for earlier, later in pairwise(days)] == [timedelta(days=step)] * 8
    assert start < dues[1] <= start + timedelta(days=step, hours=2)
    if rhythm.every is Every.WEEK:
        assert {day.weekday() for day in days} == {rhythm.weekday}


@given(rhythms, moments)
def test_nothing_is_due_between_a_moment_and_the_next_due_time(rhythm, start):
    due = next_due(rhythm, start)
    assert next_due(rhythm, due - timedelta(milliseconds=1)) == due
    assert next_due(rhythm, start + (due - start) / 2) == due


@pytest.mark.parametrize(
    ("rhythm", "after", "due"),
    [
        (daily(7, "Asia/Kolkata"), at("2026-01-05T01:29:59"), at("2026-01-05T01:30:00")),
        (daily(7, "Asia/Kolkata"), at("2026-01-05T01:30:00"), at("2026-01-06T01:30:00")),
        (  # 02:30 is left out where clocks are put forward: an hour later it is
            daily(2, "Europe/Berlin", 30),
            at("2026-03-28T12:00", "Europe/Berlin"),
            at("2026-03-29T03:30", "Europe/Berlin"),
        ),
        (  # 02:30 comes twice where they are put back: the first of the two
            daily(2, "Europe/Berlin", 30),
            at("2026-10-25T00:00", "Europe/Berlin"),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        (  # and the second is not due again
            daily(2, "Europe/Berlin", 30),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            at("2026-10-26T02:30", "Europe/Berlin"),
        ),
        (
            Rhythm(every=Every.WEEK, hour=18, minute=0, weekday=4, zone="America/New_York"),
            at("2026-01-05T00:00"),
            at("2026-01-09T18:00", "America/New_York"),
        ),
    ],
)
def test_it_is_due_by_the_clocks_of_its_place(rhythm, after, due):
    assert next_due(rhythm, after) == due
