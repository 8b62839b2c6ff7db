"""A client gone wild is told to wait; nobody else notices."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.auth.identity import Role
from tests.support.sockets import Refused

LIMIT = 15


@pytest.fixture(scope="module")
def program(depot):
    return depot.start(RATE_LIMIT_PER_MINUTE=LIMIT)


@pytest.fixture
def wild(depot, program):
    """A counter who has sent all they may."""
    counter = depot.person(program)
    while counter.get("/api/auth/me").status_code == 200:
        pass
    return counter


def test_a_client_gone_wild_is_told_to_wait(wild):
    answer = wild.get("/api/auth/me")
    assert answer.status_code == 429
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_it_may_send_as_many_requests_as_the_setting_says(depot, program):
    counter = depot.person(program)
    answers = [counter.get("/api/racks/floors").status_code for _ in range(LIMIT + 1)]
    assert answers == [200] * LIMIT + [429]


def test_the_limit_counts_all_addresses_together(depot, program):
    counter = depot.person(program)
    paths = ["/api/auth/me", "/api/racks/floors", "/api/stocktakes"]
    answers = [counter.get(paths[n % 3]).status_code for n in range(LIMIT + 3)]
    assert answers.count(429) == 3


def test_of_a_burst_at_once_as_many_are_served_as_the_setting_says(depot, program):
    burst = 3 * LIMIT
    counter = depot.person(program)
    devices = [counter.at(program) for _ in range(burst)]
    with ThreadPoolExecutor(burst) as pool:
        answers = list(pool.map(lambda each: each.get("/api/auth/me").status_code, devices))
    assert sorted(answers) == [200] * LIMIT + [429] * (burst - LIMIT)


def test_events_of_a_socket_count_like_requests(depot, program):
    counter = depot.person(program)
    with counter.screen() as screen:  # one
        answers = [screen.call("watch", {}) for _ in range(LIMIT)]
    assert [answer["ok"] for answer in answers] == [True] * (LIMIT - 1) + [False]
    assert answers[-1]["error"]["code"] == "too_many_requests"
    assert counter.get("/api/auth/me").status_code == 429


def test_who_sent_all_they_may_gets_no_connection(wild):
    with pytest.raises(Refused, match="too_many_requests"):
        wild.screen()


def test_of_a_flood_of_events_few_are_worked_on_at_a_time_and_all_are_answered(depot):
    roomy = depot.start(RATE_LIMIT_PER_MINUTE=1_000)
    flood = 200
    with depot.person(roomy).screen() as screen:
        for number in range(1_000, 1_000 + flood):
            screen.send_raw(f'42{number}["watch",{{"floors":["Ground"]}}]')
        answers = [screen.answer(number) for number in range(1_000, 1_000 + flood)]
        assert screen.call("watch", {})["ok"]
    codes = {answer["error"]["code"] for answer in answers if not answer["ok"]}
    assert codes == {"too_many_requests"}
    assert any(answer["ok"] for answer in answers)


def test_other_users_at_the_same_address_go_on(depot, program, wild):
    assert depot.person(program).get("/api/auth/me").status_code == 200


def test_a_second_sign_in_does_not_start_anew(program, wild):
    wild.sign_in()
    assert wild.get("/api/auth/me").status_code == 429


def test_every_process_counts_the_same_requests(depot, wild):
    second = depot.start(RATE_LIMIT_PER_MINUTE=LIMIT)
    assert wild.at(second).get("/api/auth/me").status_code == 429


def test_health_and_metrics_answer_whoever_asks_however_often(wild):
    for path in ("/healthz", "/readyz", "/api/health", "/metrics"):
        assert {wild.get(path).status_code for _ in range(LIMIT + 2)} == {200}


def test_a_refused_request_changes_nothing(depot, wild, program):
    rack_id = depot.rack()
    assert wild.post(f"/api/racks/{rack_id}/claim", {}).status_code == 429
    boss = depot.person(program, Role.SUPERVISOR)
    assert boss.status(rack_id)["status"] == "available"


def test_a_client_does_not_choose_how_many_series_the_metrics_have(depot, program):
    counter = depot.person(program)
    for method in ("COUNT", "RECOUNT", "MISCOUNT"):
        assert counter.ask(method, "/healthz").status_code == 405
    metrics = counter.get("/metrics").text
    assert "COUNT" not in metrics
    assert 'method="other"' in metrics
