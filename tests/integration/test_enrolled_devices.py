"""A handheld has a token of its own, shown once, and loses it at once when it is revoked."""

from __future__ import annotations

import pytest

from app.live.farewell import Farewell
from tests.support.app import bearer, log_in, signed_in


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def admin(client):
    return signed_in(client, "admin")


def enrol(client, admin, name="Handheld 7"):
    answer = client.post("/api/devices", json={"name": name}, headers=admin)
    assert answer.status_code == 201, answer.text
    return answer.json


def exchange(client, token):
    return client.post("/api/auth/device", json={"token": token})


def listed(client, admin, **query):
    return client.get("/api/devices", query_string=query, headers=admin).json


def test_an_enrolled_device_signs_in_as_itself_and_is_told_its_id(client, admin):
    enrolled = enrol(client, admin)
    answer = exchange(client, enrolled["token"])
    assert answer.status_code == 200
    user = answer.json["user"]
    assert (user["role"], user["name"]) == ("device", "Handheld 7")
    assert user["device_id"] == enrolled["device"]["device_id"]
    me = client.get("/api/auth/me", headers=bearer(answer.json["access_token"]))
    assert me.json == user


def test_the_token_is_shown_once_and_kept_as_its_hash_only(client, admin, db):
    enrolled = enrol(client, admin)
    secret = enrolled["token"].partition(".")[2]
    assert len(secret) >= 43
    assert secret not in str(list(db.devices.find()))
    assert secret not in str(listed(client, admin))
    assert "hash" not in str(listed(client, admin))


@pytest.mark.parametrize("spoil", [lambda t: t[:-1] + "~", lambda _: "x.y", lambda t: t.upper()])
def test_another_token_is_refused_like_an_unknown_one(client, admin, spoil):
    answer = exchange(client, spoil(enrol(client, admin)["token"]))
    assert (answer.status_code, answer.json["code"]) == (401, "wrong_credentials")


def test_a_revoked_device_is_out_at_once_and_stays_out(client, admin):
    enrolled = enrol(client, admin)
    tokens = exchange(client, enrolled["token"]).json
    device_id = enrolled["device"]["device_id"]
    answer = client.post(f"/api/devices/{device_id}/revoke", headers=admin)
    assert answer.json["revoked_by"] == "admin"
    gone = bearer(tokens["access_token"])
    assert client.get("/api/auth/me", headers=gone).status_code == 401
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert client.post("/api/auth/refresh", json=refresh).status_code == 401
    assert exchange(client, enrolled["token"]).status_code == 401
    assert client.post(f"/api/devices/{device_id}/revoke", headers=admin).status_code == 200


def test_who_was_signed_in_on_a_revoked_device_is_out_too(client, admin):
    device_id = enrol(client, admin)["device"]["device_id"]
    on_it = log_in(client, device_id=device_id).json["access_token"]
    elsewhere = log_in(client, device_id="own").json["access_token"]
    client.post(f"/api/devices/{device_id}/revoke", headers=admin)
    assert client.get("/api/auth/me", headers=bearer(on_it)).status_code == 401
    assert client.get("/api/auth/me", headers=bearer(elsewhere)).status_code == 200


def test_the_sockets_of_a_revoked_device_are_closed(client, admin, app, warehouse):
    enrolled = enrol(client, admin)
    signed = warehouse.devices.sign_in(enrolled["token"])
    presence, closed = app.extensions["presence"], []
    presence.came("its-socket", signed.identity)
    farewell = Farewell(presence, warehouse.sign_ins, closed.append)
    before = warehouse.event_log.last_id()
    client.post(f"/api/devices/{signed.identity.device_id}/revoke", headers=admin)
    for event in warehouse.event_log.since(before):
        farewell.heed(event)
    assert "its-socket" in closed


def test_an_account_that_is_switched_off_takes_its_device_along(client, admin):
    enrolled = enrol(client, admin)
    user_id = enrolled["device"]["user_id"]
    client.patch(f"/api/users/{user_id}", json={"active": False}, headers=admin)
    assert exchange(client, enrolled["token"]).status_code == 401


def test_the_list_tells_when_a_device_was_seen_and_who_uses_it(client, admin, clock):
    enrolled = enrol(client, admin)
    [fresh] = listed(client, admin)["devices"]
    assert (fresh["last_seen"], fresh["used_by"]) == (None, [])
    clock.move(60)
    log_in(client, device_id=enrolled["device"]["device_id"])
    [used] = listed(client, admin)["devices"]
    assert used["last_seen"] > used["device"]["enrolled_at"]
    assert used["used_by"] == ["Counter"]


def test_devices_are_listed_by_name_page_by_page(client, admin):
    for name in ("C", "A", "B", "A"):
        enrol(client, admin, name)
    first = listed(client, admin, limit=3)
    second = listed(client, admin, limit=3, cursor=first["next_cursor"])
    names = [each["device"]["name"] for each in first["devices"] + second["devices"]]
    assert names == ["A", "A", "B", "C"]
    assert second["next_cursor"] is None


def test_administrators_manage_devices_and_auditors_only_read_them(client, admin):
    device_id = enrol(client, admin)["device"]["device_id"]
    for role, reads in (("counter", 403), ("device", 403), ("supervisor", 403), ("auditor", 200)):
        header = signed_in(client, role)
        assert client.get("/api/devices", headers=header).status_code == reads
        wish = {"name": "x"}
        assert client.post("/api/devices", json=wish, headers=header).status_code == 403
        where = f"/api/devices/{device_id}/revoke"
        assert client.post(where, headers=header).status_code == 403


def test_an_unknown_device_cannot_be_revoked(client, admin):
    answer = client.post("/api/devices/none/revoke", headers=admin)
    assert (answer.status_code, answer.json["code"]) == (404, "device_unknown")
