"""The one table of who may do what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.auth.identity import Identity, Role
from app.auth.permissions import PIN_ROLES, PUBLIC, ROLES, Action, may

CHANGES_THE_WAREHOUSE = {
    Action.KEEP_REPORTS,
    Action.COUNT,
    Action.MOVE_STOCK,
    Action.IMPORT_ITEMS,
    Action.SETTLE_CONFLICTS,
    Action.STEER_RACKS,
    Action.MANAGE_STOCKTAKES,
    Action.DECIDE_LINES,
    Action.SEND_MESSAGE,
    Action.MANAGE_USERS,
    Action.MANAGE_DEVICES,
    Action.MANAGE_RACKS,
    Action.RESOLVE_ERRORS,
}


def somebody(role):
    return Identity(user_id="u1", username="u", name="U", role=role, sign_in_id="s1")


def allowed(role):
    return {action for action in Action if may(somebody(role), action)}


def test_each_action_is_either_public_or_names_its_roles():
    assert set(ROLES) | PUBLIC == set(Action)
    assert not set(ROLES) & PUBLIC


def test_no_action_is_left_without_a_role():
    assert all(ROLES.values())


@pytest.mark.parametrize("role", Role)
def test_every_role_may_sign_in_and_see_its_own_account(role):
    assert {Action.SIGN_IN, Action.OWN_ACCOUNT, Action.SEE_HEALTH} <= allowed(role)


def test_an_auditor_reads_everything_and_changes_nothing():
    assert not allowed(Role.AUDITOR) & CHANGES_THE_WAREHOUSE
    assert allowed(Role.AUDITOR) == set(Action) - CHANGES_THE_WAREHOUSE


@pytest.mark.parametrize("role", Role)
def test_who_lacks_a_needed_second_factor_has_only_their_own_account(role):
    without = replace(somebody(role), needs_second_factor=True)
    left = {action for action in Action if may(without, action)}
    assert left == {Action.SIGN_IN, Action.OWN_ACCOUNT, Action.SEE_HEALTH}


def test_an_administrator_may_do_everything():
    assert allowed(Role.ADMIN) == set(Action)


@pytest.mark.parametrize("role", [Role.COUNTER, Role.DEVICE])
def test_whoever_counts_sees_neither_book_nor_others_counts(role):
    refused = {Action.SEE_BOOK, Action.SEE_COUNTS, Action.SETTLE_CONFLICTS, Action.SEE_USERS}
    assert not allowed(role) & refused
    assert Action.COUNT in allowed(role)


def test_a_device_may_do_what_a_counter_may_and_no_more():
    assert allowed(Role.DEVICE) == allowed(Role.COUNTER)


def test_a_supervisor_steers_but_does_not_manage_users():
    assert {Action.STEER_RACKS, Action.SETTLE_CONFLICTS} <= allowed(Role.SUPERVISOR)
    assert not allowed(Role.SUPERVISOR) & {Action.MANAGE_USERS, Action.SEE_USERS}


def test_a_pin_opens_no_role_that_settles_or_manages():
    for role in PIN_ROLES:
        assert not allowed(role) & (CHANGES_THE_WAREHOUSE - {Action.COUNT})
