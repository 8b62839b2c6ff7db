"""Where a role must have a second factor, whoever has none yet can do nothing but turn it on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import create_app
from app.auth.identity import Role
from app.auth.permissions import PUBLIC, Action
from app.errors import SecondFactorNeeded
from app.live.sockets import identity_of_socket
from tests.support.app import PASSWORD, add_counter, bearer, log_in, signed_in
from tests.support.authenticator import URL, begin, confirm, turn_on
from tests.support.routes import routes_of

HARMLESS = {
    "GET /api/auth/me",
    "GET /api/auth/second-factor",
    "POST /api/auth/logout",
    "POST /api/auth/password",
    "POST /api/auth/second-factor",
    "POST /api/auth/second-factor/confirm",
    "POST /api/auth/second-factor/off",
    "POST /api/logs/errors/report",
}
"""What the caller does with their own account; a page may tell what failed on it."""


@pytest.fixture
def strict(settings, warehouse_on):
    """The program as it is set up where administrators and supervisors must have one."""
    more = {"second_factor_roles": ("admin", "supervisor")}
    return create_app(warehouse_on(**more), replace(settings, **more))


@pytest.fixture
def client(strict):
    return strict.test_client(use_cookies=False)


def may_see_racks(client, header):
    return client.get("/api/racks", headers=header)


def test_without_it_they_are_in_and_can_only_turn_it_on(client, clock):
    tokens = log_in(client, "admin").json
    header = bearer(tokens["access_token"])
    assert tokens["user"]["needs_second_factor"]
    assert client.get("/api/auth/me", headers=header).json["needs_second_factor"]
    refused = may_see_racks(client, header)
    assert (refused.status_code, refused.json["code"]) == (403, "second_factor_needed")
    assert client.get(URL, headers=header).json["needed"]
    turn_on(client, header, clock)
    fresh = client.post("/api/auth/refresh", headers=bearer(tokens["refresh_token"])).json
    assert not fresh["user"]["needs_second_factor"]
    assert may_see_racks(client, bearer(fresh["access_token"])).status_code == 200


def test_all_but_the_own_account_is_refused_whatever_the_role_may(strict, client):
    header = signed_in(client, "admin")
    routes = [route for route in routes_of(strict) if route.action not in PUBLIC]
    assert {str(route) for route in routes if route.action is Action.OWN_ACCOUNT} == HARMLESS
    for route in routes:
        if str(route) not in HARMLESS:
            answer = client.open(route.path, method=route.method, json={}, headers=header)
            assert (answer.status_code, answer.json["code"]) == (403, "second_factor_needed"), route


def test_a_refresh_without_it_opens_nothing_more(client):
    refresh = log_in(client, "supervisor").json["refresh_token"]
    fresh = client.post("/api/auth/refresh", headers=bearer(refresh)).json
    assert may_see_racks(client, bearer(fresh["access_token"])).status_code == 403


def test_without_it_there_is_no_socket(strict, client, clock):
    tokens = log_in(client, "supervisor").json
    with strict.test_request_context(), pytest.raises(SecondFactorNeeded):
        identity_of_socket({"token": tokens["access_token"]})
    turn_on(client, bearer(tokens["access_token"]), clock)
    fresh = client.post("/api/auth/refresh", headers=bearer(tokens["refresh_token"])).json
    with strict.test_request_context():
        assert identity_of_socket({"token": fresh["access_token"]}).username == "supervisor"


def test_other_roles_and_handhelds_go_on_as_before(client, clock):
    assert may_see_racks(client, signed_in(client, "counter")).status_code == 200
    assert may_see_racks(client, signed_in(client, "auditor")).status_code == 200
    tokens = log_in(client, "admin").json
    turn_on(client, bearer(tokens["access_token"]), clock)
    fresh = client.post("/api/auth/refresh", headers=bearer(tokens["refresh_token"])).json
    admin = bearer(fresh["access_token"])
    token = client.post("/api/devices", json={"name": "H7"}, headers=admin).json["token"]
    handheld = client.post("/api/auth/device", json={"token": token}).json
    assert may_see_racks(client, bearer(handheld["access_token"])).status_code == 200


def test_it_cannot_be_turned_off_and_a_new_phone_can_take_its_place(client, clock):
    header = signed_in(client, "supervisor")
    turn_on(client, header, clock)
    refused = client.post(f"{URL}/off", json={"password": PASSWORD}, headers=header)
    assert (refused.status_code, refused.json["code"]) == (403, "second_factor_needed")
    clock.move(30)
    new = begin(client, header, clock)
    assert confirm(client, header, new.code()).status_code == 200


def test_a_reset_leads_back_to_turning_it_on(strict, client, clock, db):
    turn_on(client, signed_in(client, "supervisor"), clock)
    run = strict.test_cli_runner().invoke
    assert run(args=["users", "forget-second-factor", "supervisor"]).exit_code == 0
    assert may_see_racks(client, signed_in(client, "supervisor")).status_code == 403


def test_a_new_role_that_needs_it_asks_for_it(strict, client):
    ada = add_counter(strict, "ada", password=PASSWORD)
    assert may_see_racks(client, signed_in(client, "ada")).status_code == 200
    users = strict.extensions["warehouse"].db["users"]
    users.update_one({"user_id": ada.user_id}, {"$set": {"role": Role.SUPERVISOR.value}})
    assert may_see_racks(client, signed_in(client, "ada")).status_code == 403
