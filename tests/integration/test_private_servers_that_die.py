"""A private server that dies while the program runs is started again, and nothing is lost."""

from __future__ import annotations

import os
import signal
import sys

import pytest
import requests

from app.embedded import ServersUnavailable, Watch
from app.embedded.server import Server
from app.processes import read_pid, wait_until
from tests.support.builders import a_record_json
from tests.support.servers import DEMO_PASSWORD, processes_naming

BACK_S = 60
"""On a machine that does several things; a quiet one needs three seconds."""


class Dying(Server):
    """A program that ends as soon as it runs, or lives until it is killed."""

    name = "dying"
    package = bundled = "none"
    words = ("-c", "raise SystemExit(3)")

    def program(self):
        return sys.executable

    def launch(self):
        self.prepare()
        self.run(*self.words)


class Living(Dying):
    words = ("-c", "import time; time.sleep(600)")


class Hours:
    """A clock that this test moves."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def told():
    return []


@pytest.fixture
def watched(tmp_path, told):
    """`watched(Dying)`: a server that was started, its watch, and the watch's clock."""
    servers = []

    def start(kind):
        server, hours = kind(tmp_path / "it"), Hours()
        servers.append(server)
        server.launch()
        return server, Watch(server, monotonic=hours, tell=told.append), hours

    yield start
    for server in servers:
        server.child.kill()
        server.child.wait()


def end(server):
    server.child.kill()
    server.child.wait()


def test_a_server_that_dies_after_a_while_is_started_at_once(watched, told):
    server, watch, hours = watched(Living)
    for _ in range(5):
        before = server.child.pid
        hours.now += 11
        end(server)
        watch.look()
        assert server.child.pid != before
        assert not server.has_ended()
    assert told == ["dying ended with code -9; it is started again.\n"] * 5


def test_a_server_that_dies_of_its_start_is_given_time_and_then_up(watched, told):
    server, watch, hours = watched(Dying)
    for pause in (1, 2):
        server.child.wait()
        before = server.child.pid
        watch.look()
        assert server.child.pid == before
        hours.now += pause
        watch.look()
        assert server.child.pid != before
    server.child.wait()
    with pytest.raises(ServersUnavailable, match=r"^dying ended with code 3; see .*dying\.log$"):
        watch.look()
    assert len(told) == 2


def test_a_watch_that_is_stopped_starts_nobody(watched):
    server, watch, hours = watched(Living)
    hours.now += 11
    end(server)
    watch.stop()
    watch.look()
    assert server.has_ended()


def test_who_keeps_looking_is_told_when_it_is_in_vain(watched):
    server, watch, hours = watched(Dying)
    given_up = []

    def sleep(_):
        server.child.wait()
        hours.now += 3

    watch.keep(sleep, lambda: given_up.append(True))
    assert given_up == [True]
    assert "ended with code 3" in str(watch.failure)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "var"


@pytest.fixture
def start_demo(programs, folder):
    def start(**environ):
        demo = {"STOCKVERIFY_DATA_DIR": folder, "STOCKVERIFY_DEMO_PASSWORD": DEMO_PASSWORD}
        return programs.start(**demo, **environ).wait_ready()

    return start


def kill(folder, name):
    os.kill(read_pid(folder / name), signal.SIGKILL)


class Counter:
    """counter1 of the demo."""

    def __init__(self, program):
        self.base_url, self.headers = program.base_url, {}
        who = {"username": "counter1", "password": DEMO_PASSWORD}
        token = self.post("/api/auth/login", who).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def post(self, path, body):
        url = self.base_url + path
        return requests.post(url, json=body, headers=self.headers, timeout=10)

    def get(self, path):
        return requests.get(self.base_url + path, headers=self.headers, timeout=10).json()

    def claims(self, rack_id):
        try:
            return self.post(f"/api/racks/{rack_id}/claim", {}).ok
        except requests.RequestException:
            return False


def counts_through_a_kill_of_both(program, folder):
    counter = Counter(program)
    session = counter.post("/api/racks/G-01/claim", {}).json()["session_id"]
    record = a_record_json(session)
    assert counter.post("/api/sync/batch", {"records": [record]}).json()["ok"]
    for name in ("redis/redis-server.pid", "mongo/mongod.pid"):
        kill(folder, name)
    said = ("redis-server ended with code -9", "mongod ended with code -9")
    assert wait_until(lambda: all(words in program.output for words in said), BACK_S)
    assert wait_until(lambda: counter.claims("G-02"), BACK_S)
    kept = counter.get(f"/api/sessions/{session}/records")["records"]
    assert [each["client_record_id"] for each in kept] == [record["client_record_id"]]
    beat = counter.post("/api/sync/heartbeat", {"session_id": session}).json()
    assert beat["lease"] == "held"
    health = counter.get("/api/health")
    assert (health["status"], len(processes_naming(folder))) == ("ok", 2)


def test_a_killed_redis_and_mongod_are_back_with_all_that_was_acknowledged(start_demo, folder):
    program = start_demo()
    counts_through_a_kill_of_both(program, folder)
    code, _ = program.terminate()
    assert code == 0
    assert processes_naming(folder) == []


@pytest.mark.soak
def test_several_workers_find_the_killed_servers_again(start_demo, folder):
    counts_through_a_kill_of_both(start_demo(WORKERS=2), folder)


@pytest.mark.soak
@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_that_cannot_start_again_ends_the_program_in_one_line(start_demo, folder, workers):
    program = start_demo(WORKERS=workers)
    (folder / "redis" / "appendonly.aof").write_bytes(b"this is no log\n" * 10)
    kill(folder, "redis/redis-server.pid")
    assert program.exit_code() == 2
    last = program.output.splitlines()[-1]
    assert last.startswith("redis-server ended with code 1; see ")
    assert processes_naming(folder) == []
