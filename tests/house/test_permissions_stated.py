"""Each route and each socket event states which Action it is, in the one table of permissions."""

from __future__ import annotations

import pytest

from app.auth.permissions import PUBLIC, ROLES, Action
from app.extensions import socketio
from app.live.sockets import ACTIONS
from tests.support.openapi import application
from tests.support.routes import NO_ACTION, routes_of

OPEN_TO_ALL = {
    "POST /api/auth/login",
    "POST /api/auth/refresh",
    "POST /api/auth/device",
    "GET /api/health",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
}
OF_THE_CONNECTION = {"connect", "disconnect", "*"}


@pytest.fixture(scope="module")
def app():
    return application()


def test_every_route_states_its_action(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] not in NO_ACTION:
            assert isinstance(app.view_functions[rule.endpoint].action, Action), rule


def test_every_stated_action_has_its_roles(app):
    assert {route.action for route in routes_of(app)} <= set(ROLES) | PUBLIC


def test_only_signing_in_and_health_are_open_to_all(app):
    assert {str(route) for route in routes_of(app) if route.action in PUBLIC} == OPEN_TO_ALL


def test_what_changes_something_is_no_right_to_look(app):
    for route in routes_of(app):
        if route.method != "GET" and route.action not in PUBLIC | {Action.OWN_ACCOUNT}:
            assert not route.action.startswith("see_"), route


def test_what_only_looks_needs_no_right_to_change(app):
    for route in routes_of(app):
        if route.method == "GET":
            assert route.action.startswith("see_") or route.action is Action.OWN_ACCOUNT, route


def test_every_socket_event_states_its_action(app):
    handled = set(socketio.server.handlers["/"]) - OF_THE_CONNECTION
    assert handled == set(ACTIONS)
    assert all(isinstance(action, Action) for action in ACTIONS.values())
