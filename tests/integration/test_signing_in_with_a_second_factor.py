"""Signing in where a second factor is on: a code is asked for, and each counts once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from app.activity.log import Filters
from app.auth.passwords import Passwords
from app.errors import WrongCredentials
from tests.support.app import PASSWORD, PIN, add_counter, bearer, log_in, signed_in
from tests.support.authenticator import begin, confirm, turn_on

ROUNDS = 6


@pytest.fixture
def on(client, clock):
    """The supervisor's app and recovery codes; its code of now counts."""
    app, codes = turn_on(client, signed_in(client, "supervisor"), clock)
    clock.move(60)
    return app, codes


def enter(client, code=None, **wish):
    more = {} if code is None else {"code": code}
    return log_in(client, "supervisor", **more, **wish)


def test_the_right_password_alone_opens_nothing(client, on):
    answer = enter(client)
    assert (answer.status_code, answer.json["code"]) == (401, "second_factor_required")
    assert answer.content_type == "application/problem+json"
    assert "token" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_right_password_with_a_code_opens_a_sign_in(client, on):
    app, _ = on
    answer = enter(client, app.code())
    assert answer.status_code == 200
    me = client.get("/api/auth/me", headers=bearer(answer.json["access_token"]))
    assert me.json["username"] == "supervisor"


def test_a_wrong_password_is_told_alike_with_and_without_a_code(client, on):
    app, _ = on
    codes = (None, app.code(), app.wrong_code())
    answers = [enter(client, code, password="not the password") for code in codes]
    answers.append(enter(client, app.wrong_code()))
    told = [answer.json | {"request_id": None} for answer in answers]
    assert told[0]["code"] == "wrong_credentials"
    assert all(each == told[0] for each in told)
    assert enter(client, app.code()).status_code == 200  # a wrong password used no code up


def test_a_code_of_another_is_no_code(client, clock, on):
    other, _ = turn_on(client, signed_in(client, "admin"), clock)
    clock.move(30)
    assert enter(client, other.code()).status_code == 401


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_a_code_counts_half_a_minute_early_or_late_and_no_more(client, on, steps, status):
    app, _ = on
    assert enter(client, app.code(steps)).status_code == status


def test_a_code_counts_once_and_so_do_those_before_it(client, clock, on):
    app, _ = on
    before, code = app.code(-1), app.code()
    assert enter(client, code).status_code == 200
    assert enter(client, code).json["code"] == "wrong_credentials"
    assert enter(client, before).status_code == 401
    clock.move(30)
    assert enter(client, code).status_code == 401
    assert enter(client, app.code()).status_code == 200


def test_the_code_that_turned_it_on_signs_nobody_in(client, clock):
    header = signed_in(client, "supervisor")
    app = begin(client, header, clock)
    assert confirm(client, header, app.code()).status_code == 200
    assert enter(client, app.code()).status_code == 401


def test_a_code_may_be_typed_in_two_groups(client, on):
    app, _ = on
    assert enter(client, f"{app.code()[:3]} {app.code()[3:]}").status_code == 200


@pytest.mark.parametrize("code", ["", "१२३४५६", "²²²²²²", "{}", "0" * 64, "12345", "1234567"])
def test_what_is_no_code_opens_nothing(client, on, code):
    assert enter(client, code).status_code in {400, 401}
    assert enter(client).json["code"] == "second_factor_required"


def test_who_has_no_second_factor_needs_no_code_and_may_send_one(client):
    assert log_in(client, "supervisor", code="123456").status_code == 200


# Recovery codes


def test_a_recovery_code_signs_in_once(client, on, warehouse):
    _, codes = on
    assert enter(client, codes[0]).status_code == 200
    assert enter(client, codes[0]).status_code == 401
    header = bearer(enter(client, codes[1].replace("-", "").lower()).json["access_token"])
    left = client.get("/api/auth/second-factor", headers=header).json["recovery_codes_left"]
    assert left == 6
    warehouse.activity.flush()
    told = warehouse.activity.search(Filters(action="recovery_code_used"), limit=9).entries
    assert [entry.user for entry in told] == ["supervisor", "supervisor"]


def test_a_recovery_code_leaves_the_codes_of_the_phone_as_they_are(client, on):
    app, codes = on
    assert enter(client, codes[0]).status_code == 200
    assert enter(client, app.code()).status_code == 200


# Other ways in


def test_a_pin_is_asked_for_a_code_too(app, client, clock):
    add_counter(app, "ada", password=PASSWORD, pin=PIN)
    phone, _ = turn_on(client, signed_in(client, "ada"), clock)
    clock.move(30)
    answer = log_in(client, "ada", pin=PIN)
    assert (answer.status_code, answer.json["code"]) == (401, "second_factor_required")
    assert log_in(client, "ada", pin=PIN, code=phone.code()).status_code == 200


def test_a_sign_in_that_was_under_way_when_it_was_turned_on_is_refused(app, client, clock):
    header = signed_in(client, "supervisor")
    phone = begin(client, header, clock)
    sign_ins = app.extensions["warehouse"].sign_ins

    class Slow(Passwords):
        def verify(self, secret, hashed):
            assert confirm(client, header, phone.code()).status_code == 200
            return super().verify(secret, hashed)

    sign_ins._passwords = Slow()
    with pytest.raises(WrongCredentials):
        sign_ins.sign_in("supervisor", password=PASSWORD)


# Guessing


def test_to_be_asked_for_a_code_is_no_failed_guess(client, on):
    app, _ = on
    assert {enter(client).status_code for _ in range(12)} == {401}
    assert enter(client, app.code()).status_code == 200


def test_wrong_codes_are_limited_with_wrong_passwords(client, on):
    app, codes = on
    for _ in range(4):
        assert enter(client, password="a wrong guess").status_code == 401
    guesses = [enter(client, app.wrong_code()).status_code for _ in range(7)]
    assert guesses == [401] * 6 + [429]
    assert enter(client, app.code()).status_code == 429
    assert enter(client, codes[0]).status_code == 429


def test_wrong_codes_from_many_addresses_are_counted_together(client, on):
    app, _ = on
    for guess in range(50):
        answer = client.post(
            "/api/auth/login",
            json={"username": "supervisor", "password": PASSWORD, "code": app.wrong_code()},
            environ_overrides={"REMOTE_ADDR": f"10.0.3.{guess}"},
        )
        assert answer.status_code == 401
    assert enter(client, app.code()).status_code == 429


# Two processes


def tries_at_once(warehouses, code):
    """The same code at two processes at the same moment: who got in."""
    together = Barrier(len(warehouses))

    def one(warehouse):
        together.wait()
        try:
            warehouse.sign_ins.sign_in("supervisor", password=PASSWORD, code=code)
        except WrongCredentials:
            return False
        return True

    with ThreadPoolExecutor(len(warehouses)) as pool:
        return sorted(pool.map(one, warehouses))


def test_of_two_processes_with_the_same_code_one_lets_its_caller_in(on, clock, warehouse_on):
    app, _ = on
    two = [warehouse_on(), warehouse_on()]
    for _ in range(ROUNDS):
        assert tries_at_once(two, app.code()) == [False, True]
        clock.move(30)


def test_of_two_processes_with_the_same_recovery_code_one_lets_its_caller_in(on, warehouse_on):
    _, codes = on
    two = [warehouse_on(), warehouse_on()]
    for code in codes[:ROUNDS]:
        assert tries_at_once(two, code) == [False, True]
