"""Signing in, being refused, and signing out."""

from __future__ import annotations

import json
import time
from statistics import median

import pytest

from app.auth.accounts import UserChange
from app.auth.passwords import Passwords
from app.errors import WrongCredentials
from tests.support.app import PASSWORD, PIN, add_counter, bearer, log_in, signed_in


def warehouse(app):
    return app.extensions["warehouse"]


def cookies_of(answer):
    """Each cookie's attributes by its name."""
    lines = [line.split("; ") for line in answer.headers.getlist("Set-Cookie")]
    return {parts[0].split("=")[0]: parts[1:] for parts in lines}


# By password and by PIN


def test_a_password_opens_a_sign_in_with_both_tokens(client):
    answer = log_in(client, device_id="scanner-7")
    assert answer.status_code == 200
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 900
    assert answer.json["user"] == {
        "user_id": answer.json["user"]["user_id"],
        "username": "counter",
        "name": "Counter",
        "role": "counter",
        "device_id": "scanner-7",
        "needs_second_factor": False,
    }
    me = client.get("/api/auth/me", headers=bearer(answer.json["access_token"]))
    assert me.json == answer.json["user"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_the_user_name_is_found_in_any_case(client):
    assert log_in(client, "  COUNTER ").status_code == 200


def test_a_pin_opens_a_sign_in_for_a_counter(app, client):
    add_counter(app, "ada", pin=PIN)
    assert log_in(client, "ada", pin=PIN).status_code == 200


def test_a_pin_left_behind_opens_nothing_for_a_supervisor(app, client, db):
    add_counter(app, "ada", pin=PIN, password=PASSWORD)
    db["users"].update_one({"username": "ada"}, {"$set": {"role": "supervisor"}})
    assert log_in(client, "ada", pin=PIN).status_code == 401
    assert log_in(client, "ada").status_code == 200


def test_a_pin_is_no_password_and_a_password_is_no_pin(app, client):
    add_counter(app, "ada", pin="90215738", password="73820519")
    assert log_in(client, "ada", password="90215738").status_code == 401
    assert log_in(client, "ada", pin="73820519").status_code == 401


def test_one_letter_spelled_in_two_ways_is_one_password(app, client):
    add_counter(app, "ada", password="caf\u00e9 au lait")
    assert log_in(client, "ada", password="cafe\u0301 au lait").status_code == 200


# Refused


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(app, client):
    gone = add_counter(app, "gone", password=PASSWORD)
    warehouse(app).accounts.change(gone.user_id, UserChange(active=False))
    answers = [
        log_in(client, password="not the password"),
        log_in(client, "nobody"),
        log_in(client, "gone"),
        log_in(client, "counter", pin=PIN),
    ]
    assert {answer.status_code for answer in answers} == {401}
    told = [answer.json | {"request_id": None} for answer in answers]
    assert all(each == told[0] for each in told)
    assert answers[0].json["code"] == "wrong_credentials"


def test_an_unknown_user_costs_one_hash_like_a_known_one(app):
    class Counted(Passwords):
        checks = 0

        def verify(self, secret, hashed):
            self.checks += 1
            return super().verify(secret, hashed)

    passwords = Counted()
    sign_ins = warehouse(app).sign_ins
    sign_ins._passwords = passwords
    for name in ("counter", "nobody"):
        with pytest.raises(WrongCredentials):
            sign_ins.sign_in(name, password="not the password")
    assert passwords.checks == 2


def test_a_hash_costs_a_thief_what_owasp_asks():
    assert Passwords().hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_check_without_a_hash_takes_as_long_as_one_with():
    passwords = Passwords()
    known = passwords.hash(PASSWORD)

    def took(hashed):
        start = time.perf_counter()
        assert not passwords.verify("not the password", hashed)
        return time.perf_counter() - start

    times = [(took(known), took(None)) for _ in range(9)]
    assert 0.5 < median(none / some for some, none in times) < 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": PASSWORD}, "username"),
        ({"username": "counter"}, "password"),
        ({"username": "counter", "password": PASSWORD, "pin": PIN}, "password"),
        ({"username": "c" * 65, "password": PASSWORD}, "username"),
        ({"username": "counter", "password": "p" * 129}, "password"),
        ({"username": "counter", "password": "\ud800"}, "password"),
        ({"username": {"$gt": ""}, "password": PASSWORD}, "username"),
        ({"username": "counter", "password": ["a"]}, "password"),
        ({"username": "counter", "password": PASSWORD, "admin": True}, "admin"),
    ],
)
def test_a_body_that_does_not_fit_is_told_by_its_field(client, body, field):
    raw = json.dumps(body)  # the app's own writer refuses half characters
    answer = client.post("/api/auth/login", data=raw, content_type="application/json")
    assert answer.status_code == 400
    assert field in answer.json["errors"]
    assert PASSWORD not in answer.text


def test_a_form_from_another_page_cannot_sign_anybody_in(browser):
    answer = browser.post("/api/auth/login", data={"username": "counter", "password": PASSWORD})
    assert answer.status_code == 415


def test_whoever_is_disabled_while_signing_in_stays_outside(app, db):
    """The account changes after its hash was read and before the sign-in stands."""
    accounts, sign_ins = warehouse(app).accounts, warehouse(app).sign_ins
    user_id = db["users"].find_one({"username": "counter"})["user_id"]

    class Slow(Passwords):
        def verify(self, secret, hashed):
            accounts.change(user_id, UserChange(active=False))
            return super().verify(secret, hashed)

    sign_ins._passwords = Slow()
    with pytest.raises(WrongCredentials):
        sign_ins.sign_in("counter", password=PASSWORD)
    assert db["sign_ins"].count_documents({"revoked_at": None}) == 0


# Signing out


def test_signing_out_ends_this_sign_in_and_no_other(client):
    here, there = log_in(client).json, log_in(client).json
    answer = client.post("/api/auth/logout", headers=bearer(here["access_token"]))
    assert answer.json == {"success": True}
    assert client.get("/api/auth/me", headers=bearer(here["access_token"])).status_code == 401
    dead = client.post("/api/auth/refresh", headers=bearer(here["refresh_token"]))
    assert dead.status_code == 401
    assert client.get("/api/auth/me", headers=bearer(there["access_token"])).status_code == 200


def test_signing_out_everywhere_ends_all_sign_ins_of_one_user(app, client):
    mine, theirs = signed_in(client, "counter"), signed_in(client, "admin")
    user_id = client.get("/api/auth/me", headers=mine).json["user_id"]
    assert warehouse(app).sign_ins.sign_out_everywhere(user_id) == 1
    assert client.get("/api/auth/me", headers=mine).status_code == 401
    assert client.get("/api/auth/me", headers=theirs).status_code == 200


# Browsers


def test_a_browser_gets_its_tokens_where_no_script_reads_them(browser):
    answer = log_in(browser, cookies=True)
    assert answer.json["access_token"] is None
    assert answer.json["refresh_token"] is None
    assert answer.json["user"]["username"] == "counter"
    cookies = cookies_of(answer)
    for name in ("access_token_cookie", "refresh_token_cookie"):
        assert {"HttpOnly", "SameSite=Lax"} <= set(cookies[name])
    assert "Path=/api/auth" in cookies["refresh_token_cookie"]
    assert "HttpOnly" not in cookies["csrf_access_token"]
    assert browser.get("/api/auth/me").status_code == 200


def test_a_cookie_changes_nothing_without_the_pages_token(browser):
    log_in(browser, cookies=True)
    refused = browser.post("/api/auth/logout")
    assert (refused.status_code, refused.json["code"]) == (401, "csrf_failed")
    wrong = browser.post("/api/auth/logout", headers={"X-CSRF-TOKEN": "guessed"})
    assert wrong.json["code"] == "csrf_failed"
    csrf = browser.get_cookie("csrf_access_token").value
    answer = browser.post("/api/auth/logout", headers={"X-CSRF-TOKEN": csrf})
    assert answer.status_code == 200
    assert browser.get_cookie("access_token_cookie") is None
    assert browser.get_cookie("refresh_token_cookie", path="/api/auth") is None
