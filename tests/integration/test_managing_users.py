"""Accounts: listing, making and changing them, and what that does to who is signed in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from app.auth.accounts import NewUser, UserChange
from app.auth.identity import Role
from app.errors import LastAdmin
from tests.support.app import PASSWORD, PIN, log_in, signed_in

ADA = {"username": "ada", "name": "Ada Counter", "role": "counter", "password": PASSWORD}


@pytest.fixture
def admin(client):
    return signed_in(client, "admin")


@pytest.fixture
def accounts(app):
    return app.extensions["warehouse"].accounts


def create(client, admin, **changes):
    return client.post("/api/users", json={**ADA, **changes}, headers=admin)


def change(client, admin, user_id, **wish):
    return client.patch(f"/api/users/{user_id}", json=wish, headers=admin)


def user_id_of(client, header):
    return client.get("/api/auth/me", headers=header).json["user_id"]


def is_in(client, header):
    return client.get("/api/auth/me", headers=header).status_code == 200


# Making


def test_a_new_user_signs_in_at_once_and_no_hash_is_answered(client, admin):
    answer = create(client, admin, username="Ada.L-1_x", pin=PIN)
    assert answer.status_code == 201
    assert set(answer.json) == {
        "user_id", "username", "name", "role", "active", "has_pin", "has_second_factor",
        "created_at",
    }  # fmt: skip
    assert answer.json["username"] == "ada.l-1_x"
    assert answer.json["has_pin"] is True
    assert answer.json["created_at"].endswith("Z")
    assert "argon2" not in answer.text
    assert log_in(client, "ada.l-1_x").status_code == 200
    assert log_in(client, "ada.l-1_x", pin=PIN).status_code == 200


def test_a_taken_user_name_is_refused_in_any_case(client, admin):
    create(client, admin)
    answer = create(client, admin, username="ADA", name="Another")
    assert (answer.status_code, answer.json["code"]) == (409, "user_exists")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "a" * 65}, "username"),
        ({"username": "ada lovelace"}, "username"),
        ({"username": "ada\n"}, "username"),
        ({"username": "adä"}, "username"),
        ({"name": ""}, "name"),
        ({"name": "A" * 101}, "name"),
        ({"name": "A\x00B"}, "name"),
        ({"role": "emperor"}, "role"),
        ({"password": "7 signs"}, "password"),
        ({"password": "p" * 129}, "password"),
        ({"password": "Password1!"}, "password"),
        ({"password": "ada-counter"}, "password"),
        ({"pin": "1234"}, "pin"),
        ({"pin": "123"}, "pin"),
        ({"pin": "123456789"}, "pin"),
        ({"pin": "12a4"}, "pin"),
        ({"pin": "٤٧١١"}, "pin"),
        ({"pin": 4711}, "pin"),
        ({"role": "supervisor", "pin": "4711"}, "pin"),
        ({"active": False}, "active"),
    ],
)
def test_a_user_who_does_not_fit_is_refused_by_field(client, admin, changes, field):
    answer = create(client, admin, **changes)
    assert answer.status_code == 400
    assert field in answer.json["errors"]


@pytest.mark.parametrize("role", ["counter", "admin"])
def test_a_user_without_any_secret_is_refused(client, admin, role):
    body = {"username": "ada", "name": "Ada", "role": role}
    answer = client.post("/api/users", json=body, headers=admin)
    assert "password" in answer.json["errors"]


@pytest.mark.parametrize("role", ["counter", "device", "supervisor", "auditor"])
def test_only_an_administrator_makes_and_changes_users(client, role):
    header = signed_in(client, role)
    assert create(client, header).status_code == 403
    assert change(client, header, "anybody", name="X").status_code == 403


def test_nobody_learns_of_users_without_the_right(client):
    assert client.get("/api/users").status_code == 401
    for role, status in (("counter", 403), ("supervisor", 403), ("auditor", 200)):
        answer = client.get("/api/users", headers=signed_in(client, role))
        assert answer.status_code == status


# Listing


def test_the_list_is_paged_by_cursor_and_misses_nobody(client, admin):
    seen, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/users", query_string=query, headers=admin).json
        assert len(page["users"]) <= 2
        seen += [user["username"] for user in page["users"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["admin", "auditor", "counter", "device", "supervisor"]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": ""}])
def test_a_page_that_cannot_be_is_refused(client, admin, query):
    assert client.get("/api/users", query_string=query, headers=admin).status_code == 400


# Changing


@pytest.mark.parametrize(
    "wish",
    [
        {"role": "supervisor"},
        {"password": "another password"},
        {"pin": "2580"},
        {"active": False},
        {"active": False, "name": "Gone"},
    ],
)
def test_a_change_of_rights_signs_the_user_out_at_once(client, admin, wish):
    tokens = log_in(client).json
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = change(client, admin, tokens["user"]["user_id"], **wish)
    assert answer.status_code == 200
    assert not is_in(client, header)
    body = {"refresh_token": tokens["refresh_token"]}
    assert client.post("/api/auth/refresh", json=body).status_code == 401


@pytest.mark.parametrize("wish", [{"name": "Ada King"}, {"role": "counter"}, {"active": True}, {}])
def test_a_change_of_no_right_signs_nobody_out(client, admin, wish):
    header = signed_in(client)
    answer = change(client, admin, user_id_of(client, header), **wish)
    assert answer.status_code == 200
    assert is_in(client, header)


def test_a_new_name_is_answered_and_kept(client, admin):
    user_id = create(client, admin).json["user_id"]
    assert change(client, admin, user_id, name="Ada King").json["name"] == "Ada King"
    again = change(client, admin, user_id)
    assert again.json["name"] == "Ada King"


def test_a_disabled_user_signs_in_again_only_when_enabled(client, admin):
    user_id = create(client, admin).json["user_id"]
    change(client, admin, user_id, active=False)
    assert log_in(client, "ada").status_code == 401
    change(client, admin, user_id, active=True)
    assert log_in(client, "ada").status_code == 200


def test_a_pin_does_not_survive_a_promotion_and_back(client, admin):
    user_id = create(client, admin, pin=PIN).json["user_id"]
    assert change(client, admin, user_id, role="supervisor").json["has_pin"] is False
    change(client, admin, user_id, role="counter")
    assert log_in(client, "ada", pin=PIN).status_code == 401


def test_no_pin_for_a_supervisor(client, admin):
    user_id = create(client, admin, role="supervisor").json["user_id"]
    assert "pin" in change(client, admin, user_id, pin=PIN).json["errors"]
    both = change(client, admin, user_id, role="counter", pin=PIN)
    assert both.json["has_pin"] is True


def test_whom_nobody_knows_nobody_changes(client, admin):
    answer = change(client, admin, "nobody", name="X")
    assert (answer.status_code, answer.json["code"]) == (404, "user_unknown")


@pytest.mark.parametrize("wish", [{"active": False}, {"role": "supervisor"}])
def test_the_last_administrator_stays_one_and_stays_signed_in(client, admin, wish):
    answer = change(client, admin, user_id_of(client, admin), **wish)
    assert (answer.status_code, answer.json["code"]) == (409, "last_admin")
    assert is_in(client, admin)
    assert log_in(client, "admin").json["user"]["role"] == "admin"


def test_an_administrator_may_go_when_another_stays(client, admin):
    create(client, admin, username="second", role="admin")
    answer = change(client, admin, user_id_of(client, admin), active=False)
    assert answer.status_code == 200
    assert not is_in(client, admin)


def test_two_administrators_who_dismiss_each_other_leave_one(accounts, db):
    for _ in range(5):
        db["users"].delete_many({})
        two = [
            accounts.create(
                NewUser(username=f"admin{n}", name="A", role=Role.ADMIN, password=PASSWORD)
            )
            for n in range(2)
        ]
        together = Barrier(2)

        def dismiss(account, together=together):
            together.wait()
            try:
                accounts.change(account.user_id, UserChange(role=Role.COUNTER))
            except LastAdmin:
                return "refused"
            return "done"

        with ThreadPoolExecutor(2) as both:
            assert sorted(both.map(dismiss, two)) == ["done", "refused"]
        assert db["users"].count_documents({"role": "admin", "active": True}) == 1
