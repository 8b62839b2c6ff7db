"""Redis behind a Sentinel: when the leader dies, another one leads, and we follow it ourselves."""

from __future__ import annotations

import secrets

import pytest
from limits.storage import storage_from_string
from redis import Redis
from redis.exceptions import RedisError

from app import processes
from app.embedded.redis_server import RedisServer
from app.embedded.server import LOOPBACK, free_port
from app.errors import RedisUnavailable
from app.services.event_log import EventTail
from app.services.limit_storage import SHARED
from app.services.redis_address import client_of, for_limiter
from app.services.redis_service import RedisService

WITHIN_S = 30
PASSWORD = secrets.token_urlsafe(16)
MONITOR = """\
port {port}
bind {host}
sentinel monitor counts {host} {leader} 1
sentinel auth-pass counts {password}
sentinel down-after-milliseconds counts 500
sentinel failover-timeout counts 3000
"""
SERVER = """\
port {port}
bind {host}
requirepass {password}
masterauth {password}
save ""
"""


class Watched:
    """A leader, a follower, and a Sentinel that watches them."""

    def __init__(self, folder):
        self._folder = folder
        self._program = RedisServer(folder).program()
        self.ports = [free_port() for _ in range(3)]
        leader, follower, sentinel = self.ports
        self.children = [self._server(leader), self._server(follower)]
        with Redis(LOOPBACK, follower, password=PASSWORD) as client:
            assert processes.wait_until(lambda: answers(client), WITHIN_S)
            client.replicaof(LOOPBACK, leader)
            up = lambda: client.info("replication")["master_link_status"] == "up"  # noqa: E731
            assert processes.wait_until(up, WITHIN_S)
        words = {"port": sentinel, "host": LOOPBACK, "leader": leader, "password": PASSWORD}
        self.children.append(self._start(sentinel, MONITOR.format(**words), "--sentinel"))
        with Redis(LOOPBACK, sentinel) as client:
            knows = lambda: answers(client) and client.sentinel_slaves("counts")  # noqa: E731
            assert processes.wait_until(knows, WITHIN_S)
        self.url = f"redis+sentinel://:{PASSWORD}@{LOOPBACK}:{sentinel}/0/counts"

    def kill_the_leader(self):
        self.children[0].kill()

    def _server(self, port):
        words = {"port": port, "host": LOOPBACK, "password": PASSWORD}
        return self._start(port, SERVER.format(**words))

    def _start(self, port, words, *more):
        config = self._folder / f"{port}.conf"
        config.write_text(f"{words}dir {self._folder}\n")
        return processes.start([self._program, config, *more], output=self._folder / "log")


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    watched = Watched(tmp_path_factory.mktemp("sentinels"))
    yield watched
    processes.stop(*watched.children, within=5)


def answers(client):
    try:
        return client.ping()
    except RedisError:
        return False


def test_the_leader_is_asked_of_the_sentinels(watched):
    client = client_of(watched.url, decode_responses=True)
    client.set("here", "yes")
    leader = client.connection_pool.get_connection()
    assert leader.port == watched.ports[0]
    with Redis(LOOPBACK, watched.ports[0], password=PASSWORD, decode_responses=True) as direct:
        assert direct.get("here") == "yes"


def test_the_limiter_counts_at_the_leader_too(watched):
    uri, options = for_limiter(watched.url)
    storage = storage_from_string(SHARED + uri, **options)
    assert storage.incr("guesses", 60) == 1
    assert storage.get("guesses") == 1
    assert [storage.acquire_entry("requests", 2, 60) for _ in range(3)] == [True, True, False]


def test_the_limiter_takes_other_addresses_as_they_are():
    assert for_limiter("redis://cache:6379/0") == ("redis://cache:6379/0", {})
    assert for_limiter("unix:///run/r.sock?db=0") == ("redis+unix:///run/r.sock?db=0", {})


@pytest.mark.soak
def test_when_the_leader_dies_the_next_one_is_asked_without_a_restart(watched):
    service, tail = RedisService(watched.url), EventTail.of(watched.url)
    assert service.set("kept", "1")
    assert service.set("counted", "2")
    watched.kill_the_leader()
    assert processes.wait_until(lambda: takes_writes(service), WITHIN_S)
    assert service.get("counted") == "2"
    assert tail.read(0) == []
    service.disconnect()


def takes_writes(service):
    try:
        return service.set("new", "1")
    except (RedisUnavailable, RedisError):
        return False
