"""Real servers for every test that asks for one. A missing server fails the suite: no skips."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from redis import Redis

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import create_app
from app.embedded import running
from tests.support.app import make_settings, make_warehouse
from tests.support.clock import MovableClock
from tests.support.servers import Programs, fresh_database


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


@pytest.fixture
def db(mongo_uri):
    """An empty database with the program's own read and write concerns."""
    with fresh_database(mongo_uri) as database:
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


@pytest.fixture
def settings(mongo_uri, redis_url, redis_client, db):
    """Settings of the program on this test's own empty database and Redis."""
    return make_settings(mongo_uri, redis_url, db.name)


@pytest.fixture
def warehouse(settings, clock):
    """All use cases, with an account of each role: `counter`, `supervisor`, `admin` …"""
    warehouse = make_warehouse(settings, clock)
    yield warehouse
    warehouse.close()


@pytest.fixture
def app(warehouse, settings):
    """The application; its loops do not run, a test calls a turn of one where it needs it."""
    return create_app(warehouse, settings)


@pytest.fixture
def programs(tmp_path):
    """`programs.start(NAME=value, …)`: the whole program as a process, ended with the test."""
    programs = Programs(tmp_path)
    try:
        yield programs
    finally:
        programs.end_all()
