"""A person's own password and PIN: changed by who proves the one before, and all else ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.support.app import PASSWORD, PIN, add_counter, bearer, log_in, signed_in

NEW = "tulip anvil harbour"


@pytest.fixture
def ada(app):
    """A counter with a password and a PIN."""
    return add_counter(app, "ada", password=PASSWORD, pin=PIN)


def change(client, header, **wish):
    body = {"current": PASSWORD, "new_password": NEW, **wish}
    wanted = {name: value for name, value in body.items() if value is not None}
    return client.post("/api/auth/password", json=wanted, headers=header)


def is_in(client, header):
    return client.get("/api/auth/me", headers=header).status_code == 200


@pytest.mark.parametrize("role", ["counter", "supervisor", "auditor", "admin"])
def test_everybody_changes_their_own_password(client, role):
    answer = change(client, signed_in(client, role))
    assert (answer.status_code, answer.json) == (200, {"success": True})
    assert log_in(client, role).status_code == 401
    assert log_in(client, role, password=NEW).status_code == 200


def test_all_other_sign_ins_end_at_once_and_the_own_one_goes_on(client):
    here, there = log_in(client).json, log_in(client).json
    others = signed_in(client, "supervisor")
    assert change(client, bearer(here["access_token"])).status_code == 200
    assert is_in(client, bearer(here["access_token"]))
    assert (
        client.post("/api/auth/refresh", headers=bearer(here["refresh_token"])).status_code == 200
    )
    assert not is_in(client, bearer(there["access_token"]))
    dead = client.post("/api/auth/refresh", headers=bearer(there["refresh_token"]))
    assert dead.status_code == 401
    assert is_in(client, others)


def test_a_pin_is_changed_by_the_pin_and_a_password_by_the_password(client, ada):
    header = signed_in(client, "ada")
    pin = {"new_password": None, "new_pin": "2580"}
    assert change(client, header, current=PASSWORD, **pin).status_code == 403
    assert change(client, header, current=PIN).status_code == 403
    assert change(client, header, current=PIN, **pin).status_code == 200
    assert log_in(client, "ada", pin=PIN).status_code == 401
    assert log_in(client, "ada", pin="2580").status_code == 200
    assert log_in(client, "ada").status_code == 200


def test_a_wrong_current_password_changes_nothing_and_signs_nobody_out(client, ada):
    header = signed_in(client, "ada")
    answer = change(client, header, current="not the password")
    assert (answer.status_code, answer.json["code"]) == (403, "wrong_current_secret")
    assert is_in(client, header)
    assert log_in(client, "ada").status_code == 200


def test_who_never_had_a_pin_gives_themselves_none(client):
    answer = change(client, signed_in(client), new_password=None, new_pin="2580")
    assert answer.json["code"] == "wrong_current_secret"


def test_a_pin_left_behind_is_changed_to_no_new_one(client, ada, db):
    db["users"].update_one({"username": "ada"}, {"$set": {"role": "supervisor"}})
    wish = {"current": PIN, "new_password": None, "new_pin": "2580"}
    assert change(client, signed_in(client, "ada"), **wish).status_code == 403


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"current": None}, "current"),
        ({"new_password": None}, "new_password"),
        ({"new_pin": "2580"}, "new_password"),
        ({"new_password": "7 signs"}, "new_password"),
        ({"new_password": "p" * 129}, "new_password"),
        ({"new_password": "Password1!"}, "new_password"),
        ({"new_password": "ada-ada-ada"}, "new_password"),
        ({"current": PIN, "new_password": None, "new_pin": "1234"}, "new_pin"),
        ({"current": PIN, "new_password": None, "new_pin": "123"}, "new_pin"),
        ({"username": "admin"}, "username"),
    ],
)
def test_a_new_secret_that_does_not_fit_is_told_by_its_field(client, ada, wish, field):
    header = signed_in(client, "ada")
    answer = change(client, header, **wish)
    assert answer.status_code == 400
    assert field in answer.json["errors"]
    assert PASSWORD not in answer.text
    assert log_in(client, "ada").status_code == 200


def test_guesses_at_the_own_password_count_with_those_at_the_sign_in(client, ada):
    header = signed_in(client, "ada")
    for _ in range(6):
        assert log_in(client, "ada", password="a wrong guess").status_code == 401
    codes = [change(client, header, current="a wrong guess").status_code for _ in range(5)]
    assert codes == [403, 403, 403, 403, 429]
    refused = change(client, header)
    assert refused.status_code == 429
    assert 250 <= int(refused.headers["Retry-After"]) <= 301
    assert log_in(client, "ada").status_code == 429
    assert change(client, signed_in(client)).status_code == 200


def test_of_two_changes_at_once_one_is_made_and_the_other_told_so(app, client):
    header = signed_in(client)
    together = Barrier(2)

    def other(number):
        mine = app.test_client(use_cookies=False)
        together.wait()
        return change(mine, header, new_password=f"{NEW} {number}").status_code

    with ThreadPoolExecutor(2) as both:
        codes = list(both.map(other, range(2)))
    assert sorted(codes) == [200, 403]
    assert log_in(client, password=f"{NEW} {codes.index(200)}").status_code == 200


def test_a_browser_changes_it_with_the_pages_token_only(browser):
    log_in(browser, cookies=True)
    assert change(browser, {}).json["code"] == "csrf_failed"
    csrf = browser.get_cookie("csrf_access_token").value
    assert change(browser, {"X-CSRF-TOKEN": csrf}).status_code == 200
    assert browser.get("/api/auth/me").status_code == 200


def test_a_handheld_with_a_token_of_its_own_has_no_password_to_change(app, client):
    admin = signed_in(client, "admin")
    token = client.post("/api/devices", json={"name": "H7"}, headers=admin).json["token"]
    device = client.post("/api/auth/device", json={"token": token}).json["access_token"]
    assert change(client, bearer(device)).json["code"] == "wrong_current_secret"
