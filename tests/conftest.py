"""Real servers for every test that asks for one. A missing server fails the suite: no skips."""

from __future__ import annotations

import gc
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import app.warehouse
from app.embedded import running
from app.warehouse import build
from tests.support.app import make_settings, make_warehouse
from tests.support.clock import MovableClock
from tests.support.own_redis import own_redis as a_redis_of_its_own
from tests.support.quick import QuickPasswords, Workshop
from tests.support.servers import (
    ANOTHER_ASYNC_MODE,
    Databases,
    Programs,
    empty,
    fresh_database,
)

START_PROGRAMS = {"programs", "depot", "site", "storm"}
"""The fixtures that do. What a test makes inside its own process has native threads in any case."""


def pytest_collection_modifyitems(config, items):
    """Without eventlet only those tests run for which that makes a difference."""
    if not ANOTHER_ASYNC_MODE:
        return
    config.hook.pytest_deselected(items=[item for item in items if not _is_concerned(item)])
    items[:] = filter(_is_concerned, items)


def _is_concerned(item):
    return START_PROGRAMS.intersection(item.fixturenames) and not item.get_closest_marker(
        "eventlet"
    )


app.warehouse.Passwords = QuickPasswords


def pytest_collection_finish():
    """What is loaded by now stays: collecting garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """A mongod and a redis-server of this test session."""
    with running(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.fixture(scope="session")
def mongo_uri(servers):
    return servers.mongo_uri


@pytest.fixture(scope="session")
def redis_url(servers):
    return servers.redis_url


@pytest.fixture(scope="session")
def databases(mongo_uri):
    """`databases.one()`: an empty database with all its indexes."""
    with ExitStack() as stack:
        yield Databases(mongo_uri, stack)


@pytest.fixture(scope="session")
def migrated_db(databases):
    """The one of all tests of a whole warehouse, which each of them finds empty."""
    with databases.one() as database:
        yield database


@pytest.fixture
def db(request):
    """An empty database with the program's own read and write concerns; migrated already for a
    test of the whole warehouse.
    """
    if "warehouse" in request.fixturenames:
        database = request.getfixturevalue("migrated_db")
        empty(database)
        yield database
        return
    with fresh_database(request.getfixturevalue("mongo_uri")) as database:
        yield database


@pytest.fixture
def redis_client(redis_url):
    """An empty Redis."""
    with Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushall()
        yield client


@pytest.fixture
def clock():
    """Time stands still until the test moves it."""
    return MovableClock()


@pytest.fixture(scope="session")
def custody_key(tmp_path_factory):
    """Where this test session's signing key lies, once somebody signs."""
    return tmp_path_factory.mktemp("keys") / "custody-key.pem"


@pytest.fixture
def settings(mongo_uri, redis_url, redis_client, db, custody_key):
    """Settings of the program on this test's own empty database and Redis."""
    return make_settings(mongo_uri, redis_url, db.name, custody_key=custody_key)


@pytest.fixture
def warehouse(settings, clock):
    """All use cases, with an account of each role: `counter`, `supervisor`, `admin` …"""
    warehouse = make_warehouse(settings, clock)
    yield warehouse
    warehouse.close()


@pytest.fixture
def warehouse_on(settings, warehouse, clock):
    """`warehouse_on(redis_url)`: the same warehouse on another Redis, or as another process."""
    built = []

    def build_on(redis_url=settings.redis_url, **more):
        built.append(build(replace(settings, redis_url=redis_url, **more), clock=clock))
        return built[-1]

    yield build_on
    for one in built:
        one.close()


@pytest.fixture
def own_redis():
    """A redis-server that the test may stop and start again."""
    with a_redis_of_its_own() as server:
        yield server


@pytest.fixture(scope="session")
def workshop():
    """Makes the applications of this test session."""
    return Workshop()


@pytest.fixture
def app(warehouse, settings, workshop, monkeypatch):
    """The application; its loops do not run, a test calls a turn of one where it needs it."""
    return workshop.make(warehouse, settings, monkeypatch)


@pytest.fixture
def programs(tmp_path):
    """`programs.start(NAME=value, …)`: the whole program as a process, ended with the test."""
    programs = Programs(tmp_path)
    try:
        yield programs
    finally:
        programs.end_all()
