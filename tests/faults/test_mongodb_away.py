"""MongoDB is killed: devices are told to wait, and all is well by itself after its return."""

from __future__ import annotations

import re

import pytest

from tests.faults.conftest import ANSWER_S, SLACK_S, recovers, within
from tests.support.builders import a_record_json
from tests.support.sockets import Refused


def breaker_figure(person):
    """The breaker's state in the metrics: 2 is open, 0 closed."""
    metrics = person.get("/metrics").text
    return int(re.search(r'stockverify_breaker_state\{breaker="mongodb"\} (\d)', metrics)[1])


def test_while_mongodb_is_away_clients_are_told_to_wait(
    ground, counter, boss, depot, session_id, at_once
):
    batch = {"records": [a_record_json(session_id)], "batch_id": "b1"}
    free = depot.rack()
    calls = [
        lambda: counter.post("/api/sync/batch", batch),
        lambda: counter.post(f"/api/racks/{free}/claim", {}),
        lambda: counter.post("/api/sync/heartbeat", {"session_id": session_id}),
        lambda: boss.get("/api/racks"),
        lambda: boss.get("/api/items?search=holder"),
        lambda: counter.post("/api/auth/login", {"username": "counter", "password": "x"}),
        lambda: boss.get("/api/sync/conflicts"),
    ]
    with ground.without(ground.mongod):
        for answer, seconds in at_once(calls):
            assert seconds < ANSWER_S, answer.url
            assert answer.status_code == 503, answer.text
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["code"] == "storage_unavailable"
            assert int(answer.headers["Retry-After"]) >= 1
        counter.post("/api/sync/batch", batch)  # perhaps the one that tries again
        with within(0.5):
            assert counter.post("/api/sync/batch", batch).status_code == 503
    assert recovers(lambda: counter.post("/api/sync/batch", batch).status_code == 200)
    answer = counter.post("/api/sync/batch", batch).json()
    assert answer["ok"] == [batch["records"][0]["client_record_id"]]
    counter.claim(free)


def test_health_shows_that_mongodb_is_away_and_back(ground, boss, at_once):
    with ground.without(ground.mongod):
        at_once([lambda: boss.get("/api/racks")] * 6)
        (health, slow), (ready, slower), (alive, fast) = at_once(
            [lambda path=path: boss.get(path) for path in ("/api/health", "/readyz", "/healthz")]
        )
        assert breaker_figure(boss) == 2
    assert (health.status_code, health.json()["status"]) == (503, "down")
    assert health.json()["breakers"]["mongodb"] == "open"
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert max(slow, slower) < ANSWER_S
    assert fast < 1
    assert recovers(lambda: boss.get("/readyz").status_code == 200)
    assert recovers(lambda: boss.get("/api/racks").status_code == 200)
    health = boss.get("/api/health").json()
    assert (health["status"], health["breakers"]["mongodb"]) == ("ok", "closed")
    assert breaker_figure(boss) == 0


def test_a_socket_is_told_and_lives_on(ground, counter, session_id, at_once):
    def refused():
        with pytest.raises(Refused, match="storage_unavailable"):
            counter.screen()

    def beat():
        return screen.call("heartbeat", {"session_id": session_id}, within=10)

    with counter.screen() as screen:
        screen.watch()
        with ground.without(ground.mongod):
            (answer, seconds), (_, slow) = at_once([beat, refused])
        assert answer["error"]["code"] == "storage_unavailable"
        assert max(seconds, slow) < ANSWER_S
        assert recovers(lambda: beat()["ok"])


@pytest.mark.soak
def test_many_requests_at_once_all_hear_of_it_in_time(ground, counter, at_once):
    with ground.without(ground.mongod):
        answers = at_once([lambda: counter.get("/api/racks")] * 40)
    assert {answer.status_code for answer, _ in answers} == {503}
    assert max(seconds for _, seconds in answers) < ANSWER_S + SLACK_S
    assert recovers(lambda: counter.get("/api/racks").status_code == 200)


@pytest.mark.soak
def test_a_hung_mongodb_is_told_in_time_and_piles_nothing_up(ground, counter, at_once):
    with ground.hung(ground.mongod):
        answers = at_once([lambda: counter.get("/api/racks")] * 40)
        with within(1):
            assert counter.get("/healthz").status_code == 200
        counter.get("/api/racks")  # perhaps the one that tries again
        with within(1):
            assert counter.get("/api/racks").status_code == 503
    assert {answer.status_code for answer, _ in answers} == {503}
    assert max(seconds for _, seconds in answers) < ANSWER_S + SLACK_S
    assert recovers(lambda: counter.get("/api/racks").status_code == 200)
