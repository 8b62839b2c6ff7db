"""What tests of a running program share."""

from __future__ import annotations

from functools import partial

import pytest
from redis import Redis

from app.auth.identity import Role
from tests.support.builders import plan_racks
from tests.support.catalogue import a_row
from tests.support.depot import open_depot
from tests.support.lived_in import lived_in
from tests.support.phones import Phone


@pytest.fixture
def client(app):
    """Somebody who shows a token, and keeps no cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def browser(app):
    """Somebody who keeps cookies."""
    return app.test_client()


@pytest.fixture(scope="module")
def depot(servers, databases, tmp_path_factory):
    """A warehouse for the tests of one module, and programs that serve it."""
    with Redis.from_url(servers.redis_url) as client:
        client.flushall()
    folder = tmp_path_factory.mktemp("depot")
    urls = servers.mongo_uri, servers.redis_url
    with databases.one() as db, open_depot(folder, *urls, db=db) as depot:
        yield depot


@pytest.fixture(scope="module")
def program(depot):
    """One running program of the depot."""
    return depot.start()


@pytest.fixture(scope="module")
def counter(depot, program):
    """A counter of the program."""
    return depot.person(program)


@pytest.fixture(scope="module")
def boss(depot, program):
    """A supervisor of the program."""
    return depot.supervisor(program)


@pytest.fixture(scope="module")
def home(servers, databases):
    """A lived-in warehouse for the tests of one module."""
    with (
        Redis.from_url(servers.redis_url) as redis,
        databases.one() as db,
        lived_in(servers.mongo_uri, servers.redis_url, redis, db=db) as home,
    ):
        yield home


@pytest.fixture
def floor(app, warehouse):
    """Racks G-01 and F-01; A1 (10 pieces at 2.00) and B2 (5) at G-01, C3 (20) at F-01."""
    rows = [
        a_row("A1", item_name="A ONE", stock_qty="10", mrp="2", rack="G-01"),
        a_row("B2", item_name="B TWO", stock_qty="5", mrp="10", rack="G-01"),
        a_row("C3", item_name="C THREE", stock_qty="20", mrp="1", floor="First", rack="F-01"),
    ]
    warehouse.imports.load_items(rows)
    plan_racks(warehouse, "G-01", "F-01")
    return app


@pytest.fixture
def phone(app, warehouse):
    """`phone("ada")`: Ada's phone. Racks G-01 to G-05 are there to be claimed."""
    plan_racks(warehouse, *(f"G-0{n}" for n in range(1, 6)))
    return partial(Phone, app)


@pytest.fixture
def ada(phone):
    """Ada's phone."""
    return phone("ada")


@pytest.fixture
def bob(phone):
    """Bob's phone."""
    return phone("bob")


@pytest.fixture
def ben(phone):
    """Ben's phone."""
    return phone("ben")


@pytest.fixture
def sue(app):
    """A supervisor's screen."""
    return Phone(app, "supervisor", Role.SUPERVISOR)


@pytest.fixture
def session_id(ada):
    """Ada's session at rack G-01."""
    return ada.claim("G-01")
