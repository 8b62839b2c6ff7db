"""Both logs lose what is older than the days that were set, in small steps, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.activity.retention import CHUNK, MOST_CHUNKS, Retention
from app.embedded.server import LOG_BYTES, Server
from tests.support.together import at_once

A_TURN = CHUNK * MOST_CHUNKS


class Entries:
    """A log of so many old entries."""

    def __init__(self, old):
        self.old = old
        self.asked = []

    def remove_before(self, moment, limit):
        self.asked.append(moment)
        gone = min(self.old, limit)
        self.old -= gone
        return gone


def test_a_turn_is_bounded_the_next_goes_on_and_neither_log_waits_for_the_other(clock):
    activity, faults = Entries(A_TURN + 5), Entries(3)
    retention = Retention(activity, faults, clock, days=30)
    assert retention.sweep() == A_TURN + 3
    assert (activity.old, faults.old) == (5, 0)
    assert retention.sweep() == 5
    assert retention.sweep() == 0
    assert set(activity.asked) == {clock.now() - timedelta(days=30)}


@pytest.mark.parametrize("days", [1, 3])
def test_the_days_are_those_that_were_set_however_many_processes_sweep(warehouse_on, clock, days):
    first, second = warehouse_on(log_days=days), warehouse_on(log_days=days)
    logs = first.db.activity_logs, first.db.error_logs
    oldest = clock.now() - timedelta(days=days)
    ages = [timedelta(seconds=1), timedelta(0), -timedelta(seconds=1)]
    for log in logs:
        log.delete_many({})
        log.insert_many(
            {"timestamp": oldest - age, "age": place, "resolved": place == 1}
            for place, age in enumerate(ages)
            for _ in range(CHUNK + 200)
        )
    removed = at_once(first.retention.sweep, second.retention.sweep)
    assert sum(removed) == 2 * (CHUNK + 200)
    for log in logs:
        assert sorted(log.distinct("age")) == [1, 2]
        assert log.count_documents({}) == 2 * (CHUNK + 200)


class AnyServer(Server):
    name = "any"


def test_a_long_log_of_a_private_server_is_put_aside_at_its_start(tmp_path):
    server = AnyServer(tmp_path)
    for content in "first", "second":
        server.log.write_text(content)
        with server.log.open("ab") as log:
            log.truncate(LOG_BYTES + 1)
        server.prepare()
        assert not server.log.exists()
        assert (tmp_path / "any.log.1").read_text("ascii").startswith(content)
    server.log.write_text("short")
    server.prepare()
    assert server.log.read_text() == "short"
