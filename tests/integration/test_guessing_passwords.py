"""Failed sign-ins are limited by account and by address, good ones never."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from app.auth.passwords import Passwords
from tests.support.app import PASSWORD, add_counter


def fails(client, times, username="counter", address="10.0.0.1"):
    return [
        client.post(
            "/api/auth/login",
            json={"username": username, "password": "a wrong guess"},
            environ_overrides={"REMOTE_ADDR": address},
        )
        for _ in range(times)
    ]


def succeeds(client, username="counter", address="10.0.0.1"):
    return client.post(
        "/api/auth/login",
        json={"username": username, "password": PASSWORD},
        environ_overrides={"REMOTE_ADDR": address},
    )


def test_the_eleventh_guess_at_an_account_from_one_address_waits(client):
    assert {answer.status_code for answer in fails(client, 10)} == {401}
    refused = fails(client, 1)[0]
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
    assert 250 <= int(refused.headers["Retry-After"]) <= 301
    assert succeeds(client).status_code == 429
    assert succeeds(client, address="10.0.0.2").status_code == 200
    assert succeeds(client, "admin").status_code == 200


def test_guessers_who_share_the_work_are_counted_together(client):
    for host in range(5):
        assert {a.status_code for a in fails(client, 10, address=f"10.0.1.{host}")} == {401}
    refused = fails(client, 1, address="10.0.1.99")[0]
    assert refused.status_code == 429
    assert 3000 <= int(refused.headers["Retry-After"]) <= 3601


def test_one_password_tried_on_every_account_is_stopped_by_the_address(client):
    for account in range(50):
        assert {a.status_code for a in fails(client, 2, username=f"user{account}")} == {401}
    assert fails(client, 1, username="another")[0].status_code == 429


def test_a_redis_that_forgets_gives_nobody_their_guesses_again(client, redis_client):
    for host in range(5):
        fails(client, 10, address=f"10.0.1.{host}")
        redis_client.flushall()
    assert fails(client, 1, address="10.0.1.4")[0].status_code == 429
    refused = fails(client, 1, address="10.0.1.99")[0]
    assert refused.status_code == 429
    assert 3000 <= int(refused.headers["Retry-After"]) <= 3601
    assert succeeds(client, "admin").status_code == 200


def test_the_accounts_case_opens_no_second_count(client):
    fails(client, 5, username="counter")
    fails(client, 5, username="COUNTER")
    assert fails(client, 1, username="Counter")[0].status_code == 429


def test_good_sign_ins_are_never_limited(client):
    assert {succeeds(client).status_code for _ in range(60)} == {200}


def test_twenty_counters_sign_in_at_once_behind_one_address(app):
    for number in range(20):
        add_counter(app, f"counter{number}", password=PASSWORD)
    together = threading.Barrier(20)

    def sign_in(number):
        client = app.test_client(use_cookies=False)
        together.wait()
        return succeeds(client, f"counter{number}").status_code

    with ThreadPoolExecutor(20) as crowd:
        assert set(crowd.map(sign_in, range(20))) == {200}


def test_a_burst_of_guesses_gets_no_more_tries_than_a_row_of_them(app):
    app.extensions["warehouse"].sign_ins._passwords = Passwords()  # slow, so that all are at it
    together = threading.Barrier(40)

    def guess(_):
        client = app.test_client(use_cookies=False)
        together.wait()
        return fails(client, 1)[0].status_code

    with ThreadPoolExecutor(40) as crowd:
        answers = list(crowd.map(guess, range(40)))
    assert sorted(answers) == [401] * 10 + [429] * 30
