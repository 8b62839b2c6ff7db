"""Staying signed in: refresh tokens are used once, lost answers are forgiven, copies are not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import jwt as pyjwt
import pytest

from app.auth.accounts import UserChange
from tests.support.app import bearer, log_in


def refresh(client, token):
    return client.post("/api/auth/refresh", headers=bearer(token))


def works(client, tokens):
    answer = client.get("/api/auth/me", headers=bearer(tokens["access_token"]))
    return answer.status_code == 200


def jti(token):
    return pyjwt.decode(token, options={"verify_signature": False})["jti"]


def test_a_refresh_answers_a_new_pair_for_the_same_sign_in(client):
    first = log_in(client, device_id="scanner-7").json
    answer = refresh(client, first["refresh_token"])
    assert answer.status_code == 200
    assert answer.json["user"] == first["user"]
    assert jti(answer.json["refresh_token"]) != jti(first["refresh_token"])
    assert works(client, answer.json)


def test_a_device_may_send_its_refresh_token_in_the_body(client):
    first = log_in(client).json
    body = {"refresh_token": first["refresh_token"]}
    answer = client.post(
        "/api/auth/refresh", json=body, headers=bearer("an access token that has expired")
    )
    assert answer.status_code == 200
    assert answer.json["refresh_token"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 400),
        (b"{", 400),
        (b'{"refresh_token": 7}', 400),
        (b'{"refresh_token": ""}', 400),
        (b'{"refresh_token": "\\ud800"}', 400),
        (b'{"refresh_token": "no.token.atall"}', 401),
        (b'{"refresh_token": null}', 401),
        (b"{}", 401),
        (b"", 401),
    ],
)
def test_a_body_without_a_usable_token_is_refused(client, body, status):
    answer = client.post("/api/auth/refresh", data=body, content_type="application/json")
    assert answer.status_code == status
    assert "code" in answer.json


def test_an_access_token_refreshes_nothing(client):
    assert refresh(client, log_in(client).json["access_token"]).status_code == 401


def test_a_lost_answer_is_given_again_with_the_same_token(client, clock):
    first = log_in(client).json
    lost = refresh(client, first["refresh_token"]).json
    clock.move(29)
    again = refresh(client, first["refresh_token"])
    assert again.status_code == 200
    assert jti(again.json["refresh_token"]) == jti(lost["refresh_token"])
    assert refresh(client, again.json["refresh_token"]).status_code == 200


def test_an_old_token_shown_after_the_grace_ends_the_whole_family(client, clock):
    first = log_in(client).json
    second = refresh(client, first["refresh_token"]).json
    clock.move(31)
    assert refresh(client, first["refresh_token"]).status_code == 401
    assert not works(client, second)
    assert refresh(client, second["refresh_token"]).status_code == 401


def test_the_token_before_the_last_has_no_grace(client):
    first = log_in(client).json
    second = refresh(client, first["refresh_token"]).json
    third = refresh(client, second["refresh_token"]).json
    assert refresh(client, first["refresh_token"]).status_code == 401
    assert not works(client, third)


def test_the_end_of_one_family_leaves_the_users_others_alone(client, clock):
    stolen, other = log_in(client).json, log_in(client).json
    refresh(client, stolen["refresh_token"])
    clock.move(31)
    refresh(client, stolen["refresh_token"])
    assert works(client, other)


def test_two_refreshes_at_once_lead_to_one_live_token(app, client, db):
    for _ in range(10):
        first = log_in(client).json
        together = Barrier(4)

        def race(_, token=first["refresh_token"], together=together):
            device = app.test_client(use_cookies=False)
            together.wait()
            return refresh(device, token)

        with ThreadPoolExecutor(4) as crowd:
            answers = list(crowd.map(race, range(4)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({jti(answer.json["refresh_token"]) for answer in answers}) == 1
        assert refresh(client, answers[0].json["refresh_token"]).status_code == 200
    assert db["sign_ins"].count_documents({"revoked_at": {"$ne": None}}) == 0


def test_a_sign_in_ends_when_nobody_used_it_for_its_lifetime(client, clock):
    tokens = log_in(client).json
    clock.move(1_209_600 - 10)
    tokens = refresh(client, tokens["refresh_token"]).json
    clock.move(1_209_600 - 10)
    assert works(client, tokens)
    clock.move(20)
    assert not works(client, tokens)
    assert refresh(client, tokens["refresh_token"]).status_code == 401


def test_a_refresh_tells_the_name_that_the_user_has_now(app, client):
    first = log_in(client).json
    change = UserChange(name="Ada King")
    app.extensions["warehouse"].accounts.change(first["user"]["user_id"], change)
    assert works(client, first)
    assert refresh(client, first["refresh_token"]).json["user"]["name"] == "Ada King"


def test_a_browser_refreshes_by_its_cookie_and_the_pages_token(app):
    browser = app.test_client()
    log_in(browser, cookies=True)
    before = browser.get_cookie("refresh_token_cookie", path="/api/auth").value
    refused = browser.post("/api/auth/refresh")
    assert (refused.status_code, refused.json["code"]) == (401, "csrf_failed")
    csrf = browser.get_cookie("csrf_refresh_token").value
    answer = browser.post("/api/auth/refresh", headers={"X-CSRF-TOKEN": csrf})
    assert answer.status_code == 200
    assert answer.json["access_token"] is None
    assert browser.get_cookie("refresh_token_cookie", path="/api/auth").value != before
    assert browser.get("/api/auth/me").status_code == 200
