"""RedisService, channels and the event log on a real Redis, and over its restarts."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest
import redis

from app.clock import SystemClock
from app.errors import RedisUnavailable
from app.processes import wait_until
from app.services.event_log import STREAM, EventLog, EventTail
from app.services.lock_manager import LockManager
from app.services.pubsub_service import PubSubService
from app.services.redis_service import RedisService

SOON = 5
GREETING = {"hello": 1}


@pytest.fixture
def service(redis_url, redis_client):
    service = RedisService(redis_url)
    yield service
    service.disconnect()


@pytest.fixture
def mortal_service(own_redis):
    """On a Redis that the test may stop."""
    service = RedisService(own_redis.url)
    yield service
    service.disconnect()


@pytest.fixture
def log(service):
    return EventLog(service, SystemClock())


class Ear:
    """A handler that keeps what it hears, but for greetings."""

    def __init__(self):
        self.heard = []

    def __call__(self, channel, message):
        if message != GREETING:
            self.heard.append((channel, message))

    def hears(self, number):
        return wait_until(lambda: len(self.heard) >= number, SOON)


@pytest.fixture
def listening():
    """`listening(service)`: a PubSubService that runs, and is stopped with the test."""
    started = []

    def listen(service):
        started.append(PubSubService(service))
        started[-1].start()
        return started[-1]

    yield listen
    for pubsub in started:
        pubsub.stop()


def until_heard(pubsub, channel):
    """Wait until somebody hears the channel."""
    assert wait_until(lambda: pubsub.publish(channel, GREETING) > 0, SOON)


# ── commands ─────────────────────────────────────────────────────────────────────────────────────


def test_health_shows_latency_version_clients_and_memory(service):
    health = service.health_check()

    assert health["healthy"] is True
    assert 0 < health["latency_ms"] < 5_000
    assert health["version"][0].isdigit()
    assert health["connected_clients"] >= 1
    assert health["used_memory_bytes"] > 0
    assert health["breaker"] == "closed"


def test_keys_hold_text_and_end_when_told(service):
    assert service.set("key", "value", ttl=60) is True
    assert service.set("key", "other", only_new=True) is False
    assert (service.get("key"), service.exists("key"), service.ttl("key")) == ("value", 1, 60)
    assert service.expire("key", 0.01) is True
    time.sleep(0.03)
    assert (service.get("key"), service.ttl("key"), service.delete("key")) == (None, -2, 0)


def test_numbers_hashes_and_sets_answer_as_redis_does(service):
    assert [service.incr("n"), service.incr("n", 4)] == [1, 5]
    assert service.hset("hash", {"a": 1, "b": "two"}) == 2
    assert (service.hget("hash", "b"), service.hgetall("hash")) == ("two", {"a": "1", "b": "two"})
    assert service.hdel("hash", "a", "b", "c") == 2
    assert service.sadd("set", "x", "y") == 2
    assert service.srem("set", "x") == 1
    assert service.smembers("set") == {"y"}
    assert service.zadd("sorted", {"low": 1, "high": 9}) == 2
    assert service.zrange("sorted", 0, -1) == ["low", "high"]
    assert service.zrange("sorted", 5, 10, by_score=True) == ["high"]
    assert service.zrem("sorted", "low", "nothing") == 1


def test_commands_of_a_pipeline_travel_together(service):
    with service.pipeline() as commands:
        commands.set("one", 1)
        commands.incr("one")
        commands.get("one")
        assert commands.execute() == [True, 2, "2"]


# ── a restart ────────────────────────────────────────────────────────────────────────────────────


def test_a_client_goes_on_after_a_restart_of_redis(own_redis, mortal_service):
    mortal_service.set("key", "kept")
    own_redis.stop()
    own_redis.start()

    assert mortal_service.get("key") == "kept"


def test_a_client_reconnects_by_itself_after_an_outage(own_redis, mortal_service):
    mortal_service.set("key", "kept")
    own_redis.stop()
    for _ in range(4):
        with pytest.raises(RedisUnavailable):
            mortal_service.get("key")
    assert mortal_service.health_check() == {"healthy": False, "breaker": "open"}

    own_redis.start()

    assert wait_until(mortal_service.connect, SOON)
    assert mortal_service.get("key") == "kept"


def test_an_open_breaker_refuses_without_asking_redis(own_redis, mortal_service):
    own_redis.stop()
    assert wait_until(lambda: mortal_service.health_check()["breaker"] == "open", SOON)

    began = time.monotonic()
    for _ in range(100):
        with pytest.raises(RedisUnavailable):
            mortal_service.get("key")

    assert time.monotonic() - began < 1


def test_a_subscription_survives_a_restart_of_redis(own_redis, mortal_service, listening):
    pubsub, ear = listening(mortal_service), Ear()
    pubsub.subscribe("rack:updates:*", ear)
    until_heard(pubsub, "rack:updates:G-00")
    own_redis.stop()
    own_redis.start()
    assert wait_until(mortal_service.connect, SOON)

    assert wait_until(lambda: pubsub.publish_rack_update("G-01", {"type": "claimed"}) > 0, SOON)

    assert ear.hears(1)
    assert ear.heard[0] == ("rack:updates:G-01", {"rack_id": "G-01", "type": "claimed"})


def test_a_block_outlives_a_short_outage_of_redis(own_redis, mortal_service):
    locks = LockManager(mortal_service)
    with locks.rack_lock("G-01", "ada", ttl=3) as holder:
        own_redis.stop()
        time.sleep(1.2)  # a renewal falls into the outage
        own_redis.start()
        assert wait_until(mortal_service.connect, SOON)
        time.sleep(2.3)  # past the end that the lock had before the outage
        assert locks.get_rack_lock("G-01") == holder


def test_a_block_ends_well_though_redis_is_gone(own_redis, mortal_service):
    done = []
    with LockManager(mortal_service).rack_lock("G-01", "ada"):
        own_redis.stop()
        done.append("the work")

    assert done == ["the work"]


# ── channels ─────────────────────────────────────────────────────────────────────────────────────


def test_each_kind_of_update_goes_to_its_channel(service, listening):
    pubsub, ear = listening(service), Ear()
    channels = ("rack:updates:G-01", "session:updates:s1", "global:notifications")
    for channel in channels:
        pubsub.subscribe(channel, ear)
        until_heard(pubsub, channel)

    pubsub.publish_rack_update("G-01", {"type": "paused"})
    pubsub.publish_session_update("s1", {"type": "progress"})
    pubsub.publish_global_notification("Lunch", level="info")

    assert ear.hears(3)
    assert ear.heard == [
        ("rack:updates:G-01", {"rack_id": "G-01", "type": "paused"}),
        ("session:updates:s1", {"session_id": "s1", "type": "progress"}),
        ("global:notifications", {"level": "info", "message": "Lunch"}),
    ]


def test_a_handler_that_was_removed_hears_nothing_more(service, listening):
    pubsub, gone, stays = listening(service), Ear(), Ear()
    for ear in (gone, stays):
        pubsub.subscribe("rack:updates:G-01", ear)
    until_heard(pubsub, "rack:updates:G-01")
    pubsub.unsubscribe("rack:updates:G-01", gone)

    pubsub.publish_rack_update("G-01", {"type": "resumed"})

    assert stays.hears(1)
    assert gone.heard == []


def test_nobody_listens_where_all_handlers_are_gone(service, listening):
    pubsub = listening(service)
    pubsub.subscribe("rack:updates:G-01", Ear())
    until_heard(pubsub, "rack:updates:G-01")

    pubsub.unsubscribe("rack:updates:G-01")

    assert wait_until(lambda: pubsub.publish("rack:updates:G-01", {}) == 0, SOON)


def test_a_failing_handler_keeps_no_other_from_hearing(service, listening, redis_client):
    def fails(channel, message):
        raise ZeroDivisionError

    pubsub, ear = listening(service), Ear()
    pubsub.subscribe("global:notifications", fails)
    pubsub.subscribe("global:notifications", ear)
    until_heard(pubsub, "global:notifications")
    redis_client.publish("global:notifications", "no JSON")

    pubsub.publish_global_notification("one")

    assert ear.hears(1)
    assert ear.heard[0][1]["message"] == "one"


def test_starting_twice_hears_once_and_stopping_ends_the_thread(service, listening):
    pubsub, ear = listening(service), Ear()
    pubsub.start()
    pubsub.subscribe("global:notifications", ear)
    until_heard(pubsub, "global:notifications")

    pubsub.publish_global_notification("one")

    assert ear.hears(1)
    pubsub.stop()
    assert [message["message"] for _, message in ear.heard] == ["one"]
    assert "pubsub" not in {thread.name for thread in threading.enumerate()}


# ── the event log ────────────────────────────────────────────────────────────────────────────────


def some(number):
    return [
        ("rack:update", "rack:updates:G-01", {"type": "claimed", "n": n}) for n in range(number)
    ]


def test_a_thousand_events_of_one_moment_have_growing_ids(log):
    ids = log.append(some(2_500)) + log.append(some(1))

    assert all(one < next_one for one, next_one in pairwise(ids))
    assert [event.id for event in log.since(0)] == ids


def test_ids_grow_though_the_clock_of_redis_went_back(log, redis_client):
    ahead = int(time.time() * 1000) + 3_600_000
    redis_client.xadd(STREAM, {"name": "x", "data": "{}"}, id=f"{ahead}-998")

    ids = log.append(some(5))

    assert ids[0] == ahead * 1000 + 999
    assert all(one < next_one for one, next_one in pairwise(ids))


def test_a_reader_gets_exactly_what_came_after(log):
    ids = log.append(some(1_200))

    assert [event.data["n"] for event in log.since(ids[1_100])] == list(range(1_101, 1_200))
    assert [event.id for event in log.since(ids[3], ids[5])] == ids[4:6]


def test_a_tail_never_reads_an_event_twice(log, redis_client):
    tail = EventTail(redis_client, block_ms=1)
    ids = log.append(some(1_500))
    read, position = [], ids[0] - 1
    while events := tail.read(position):
        read += [event.id for event in events]
        position = read[-1]

    assert read == ids


def test_subscribers_get_the_event_with_the_id_of_the_log(log, service, listening):
    pubsub, ear = listening(service), Ear()
    pubsub.subscribe("rack:updates:G-01", ear)
    until_heard(pubsub, "rack:updates:G-01")

    (event_id,) = log.append(some(1))

    assert ear.hears(1)
    assert ear.heard[0] == ("rack:updates:G-01", {"id": event_id, "type": "claimed", "n": 0})


def test_the_log_keeps_a_bounded_number_of_events(log, redis_client):
    for _ in range(11):
        log.append(some(2_000))

    assert redis_client.xlen(STREAM) < 20_500


def test_events_of_an_outage_are_counted_and_told_as_a_gap(own_redis, mortal_service):
    log = EventLog(mortal_service, SystemClock())
    log.append(some(1))
    own_redis.stop()

    assert log.append(some(3)) == []
    assert log.missed == 3

    own_redis.start()
    assert wait_until(mortal_service.connect, SOON)
    log.tell_gap()
    assert [e.data["type"] for e in log.since(0)] == ["claimed", "live_gap"]
    assert log.missed == 0


# ── a Redis that lives and takes no writes ───────────────────────────────────────────────────────

REFUSALS = {
    "its memory is full": {"maxmemory": "1"},
    "its replicas are gone": {"min-replicas-to-write": "1"},
}


@pytest.mark.parametrize("why", REFUSALS)
def test_a_redis_that_takes_no_writes_is_one_that_is_away(mortal_service, own_redis, why):
    service, log = mortal_service, EventLog(mortal_service, SystemClock())
    locks = LockManager(service)
    assert service.set("key", "value")
    for name, value in REFUSALS[why].items():
        service.client.config_set(name, value)

    for write in (
        lambda: service.set("key", "other"),
        lambda: locks.acquire_rack_lock("G-01", "ada"),
        lambda: locks.update_user_heartbeat("ada"),
    ):
        with pytest.raises(RedisUnavailable):
            write()
    assert log.append([("rack:update", "c", {"type": "x"})]) == []
    assert log.missed == 1
    with pytest.raises(RedisUnavailable):
        log.tell_gap()


def test_a_fault_of_our_own_is_no_lost_redis(service):
    service.set("key", "OOM")
    with pytest.raises(redis.ResponseError):
        service.hset("key", {"MISCONF": "OOM"})


# ── connections that wait for their next command ─────────────────────────────────────────────────


def test_a_command_does_not_wait_to_learn_whether_its_connection_is_idle(service, monkeypatch):
    """Eventlet goes twice around its loop for such a wait; here nothing may wait at all."""
    service.set("a", "1")

    def waits(*_):
        pytest.fail("looked whether something is there, by waiting for it")

    monkeypatch.setattr("redis._parsers.hiredis._socket_can_read", waits)
    assert service.get("a") == "1"


def test_a_connection_that_redis_closed_is_replaced_unnoticed(service, redis_client):
    service.set("a", "1")
    own = service.client.connection_pool.get_connection()
    own.send_command("CLIENT", "ID")
    number = own.read_response()
    service.client.connection_pool.release(own)
    redis_client.client_kill_filter(_id=number)
    assert service.get("a") == "1"
    again = service.client.connection_pool.get_connection()
    again.send_command("CLIENT", "ID")
    assert again.read_response() != number


def test_an_answer_that_nobody_read_is_never_taken_for_the_next_one(service):
    service.set("a", "1")
    left = service.client.connection_pool.get_connection()
    left.send_command("PING")
    assert wait_until(left.can_read, SOON)
    service.client.connection_pool.release(left)
    assert service.get("a") == "1"
