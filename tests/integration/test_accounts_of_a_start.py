"""A start sees to it that the demo accounts exist, and spoils none that do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from app.auth.accounts import NewUser
from app.auth.identity import Role
from tests.support.app import PASSWORD, log_in, signed_in


@pytest.fixture
def accounts(app):
    return app.extensions["warehouse"].accounts


def is_in(client, header):
    return client.get("/api/auth/me", headers=header).status_code == 200


def test_ensuring_an_account_twice_changes_nothing(accounts, client):
    first = accounts.ensure("Demo", "Demo", Role.COUNTER, PASSWORD)
    header = signed_in(client, "demo")
    assert accounts.ensure("demo", "Other name", Role.ADMIN, PASSWORD) == first
    assert is_in(client, header)


def test_ensuring_with_another_password_sets_it(accounts, client):
    accounts.ensure("demo", "Demo", Role.COUNTER, "the old password")
    accounts.ensure("demo", "Demo", Role.COUNTER, PASSWORD)
    assert log_in(client, "demo").status_code == 200
    assert log_in(client, "demo", password="the old password").status_code == 401


def test_two_servers_that_start_together_make_each_account_once(accounts, db):
    wanted = [
        NewUser(username=f"demo{n}", name="Demo", role=Role.COUNTER, password=PASSWORD)
        for n in range(6)
    ]
    together = Barrier(2)

    def start(_):
        together.wait()
        return [account.user_id for account in accounts.ensure_all(wanted)]

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(start, range(2))
    assert first == second
    assert db["users"].count_documents({"username": {"$regex": "^demo"}}) == 6
