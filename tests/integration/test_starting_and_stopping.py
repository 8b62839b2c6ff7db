"""The whole program as a process: it starts, says what is wrong in one line, and stops cleanly."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time

import pytest
import requests
import websocket

from app.embedded.server import LOOPBACK, free_port
from app.processes import wait_until
from config import new_secret
from tests.support.servers import DEMO_PASSWORD, STOP_SECONDS, children_of, processes_naming

SECONDS_UNTIL_GONE = 12


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data of the demo"


@pytest.fixture
def start_demo(programs, folder):
    """Start the demo on `folder`; more variables as keywords."""

    def start(folder=folder, **environ):
        return programs.start(
            STOCKVERIFY_DATA_DIR=folder, STOCKVERIFY_DEMO_PASSWORD=DEMO_PASSWORD, **environ
        )

    return start


@pytest.fixture
def own_servers(mongo_uri, redis_url, db, redis_client):
    """The variables of a start on servers that are not private."""
    return {
        "MONGO_URI": mongo_uri,
        "MONGO_DB": db.name,
        "REDIS_URL": redis_url,
        "JWT_SECRET_KEY": new_secret(),
    }


def sign_in(program, username="supervisor1"):
    answer = requests.post(
        f"{program.base_url}/api/auth/login",
        json={"username": username, "password": DEMO_PASSWORD},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.mark.soak
def test_the_demo_tells_its_address_and_its_accounts(start_demo):
    program = start_demo().wait_ready()
    assert wait_until(lambda: "ready at" in program.output, 5)
    assert program.base_url in program.output
    for name in ("counter1 … counter20", "supervisor1", "admin1", "auditor1", "device1"):
        assert name in program.output
    assert DEMO_PASSWORD in program.output
    assert "Deprecat" not in program.output
    sign_in(program)


@pytest.mark.soak
def test_sigterm_ends_the_program_and_its_servers_in_time(start_demo, folder):
    program = start_demo().wait_ready()
    assert len(processes_naming(folder)) == 2
    code, seconds = program.terminate()
    assert code == 0
    assert seconds < STOP_SECONDS
    assert processes_naming(folder) == []


@pytest.mark.soak
def test_ctrl_c_ends_the_program_as_sigterm_does(start_demo, folder):
    code, seconds = start_demo().wait_ready().terminate(signal.SIGINT)
    assert code == 0
    assert seconds < STOP_SECONDS
    assert processes_naming(folder) == []


def test_a_stop_while_it_starts_leaves_nothing(start_demo, folder):
    program = start_demo()
    assert wait_until(lambda: len(processes_naming(folder)) == 2, 20)
    code, seconds = program.terminate()
    assert code == 0
    assert seconds < STOP_SECONDS
    assert processes_naming(folder) == []


@pytest.mark.soak
def test_the_second_start_finds_the_data_again(start_demo):
    program = start_demo().wait_ready()
    headers = sign_in(program, "counter1")
    claim = requests.get(f"{program.base_url}/api/racks/available", headers=headers, timeout=10)
    rack_id = claim.json()["racks"][0]["rack_id"]
    url = f"{program.base_url}/api/racks/{rack_id}/claim"
    claimed = requests.post(url, json={}, headers=headers, timeout=10)
    assert claimed.ok, claimed.text
    program.terminate()

    again = start_demo().wait_ready()
    url = f"{again.base_url}/api/sessions/{claimed.json()['session_id']}"
    session = requests.get(url, headers=headers, timeout=10)
    assert session.status_code == 200, "the token and the session outlive the restart"


@pytest.mark.soak
def test_two_instances_run_side_by_side(start_demo, tmp_path):
    first = start_demo(tmp_path / "one")
    second = start_demo(tmp_path / "two")
    for program in (first, second):
        sign_in(program.wait_ready())


@pytest.mark.soak
def test_a_second_instance_on_a_folder_says_who_uses_it_in_one_line(start_demo, folder):
    first = start_demo().wait_ready()
    second = start_demo()
    assert second.exit_code() == 2
    assert second.output.startswith(f"STOCKVERIFY_DATA_DIR: process {first.process.pid} is using")
    assert second.output.count("\n") == 1
    assert first.is_ready()


@pytest.mark.soak
def test_a_killed_program_leaves_no_server_and_starts_again(start_demo, folder):
    program = start_demo().wait_ready()
    program.kill()
    assert wait_until(lambda: not processes_naming(folder), SECONDS_UNTIL_GONE)
    sign_in(start_demo().wait_ready())


@pytest.mark.soak
def test_a_start_at_once_after_a_kill_works(start_demo):
    start_demo().wait_ready().kill()
    sign_in(start_demo().wait_ready())


def test_a_port_in_use_is_told_in_one_line(start_demo, folder):
    port = free_port()
    with socket.create_server((LOOPBACK, port)):
        program = start_demo(PORT=port)
        assert program.exit_code() == 2
    assert program.output == f"PORT: {port} is in use; set another\n"
    assert not folder.exists()


@pytest.mark.soak
def test_two_accidental_instances_never_share_a_port(own_servers, programs):
    first = programs.start(**own_servers).wait_ready()
    second = programs.start(**own_servers, PORT=first.port)
    assert second.exit_code() == 2
    assert second.output == f"PORT: {first.port} is in use; set another\n"


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"PORT": "http"}, "PORT: must be a whole number from 1 to 65535, not 'http'"),
        pytest.param(
            {"HOST": "no.such.host.invalid"},
            "HOST: 'no.such.host.invalid' is no address of this",
            marks=pytest.mark.soak,
        ),
        ({"HOST": "192.0.2.1"}, "HOST: '192.0.2.1' is no address of this machine"),
        pytest.param(
            {"MONGO_URI": "mongodb://x"},
            "REDIS_URL: must be set too where MONGO_URI is set",
            marks=pytest.mark.soak,
        ),
        ({"STOCKVERIFY_DATA_DIR": "/dev/null/x"}, "STOCKVERIFY_DATA_DIR: /dev/null/x: Not a"),
    ],
)
def test_a_bad_variable_is_told_in_one_line(start_demo, environ, line):
    program = start_demo(**{"folder": environ.pop("STOCKVERIFY_DATA_DIR", "/nowhere")} | environ)
    assert program.exit_code() == 2
    assert program.output.startswith(line)
    assert program.output.count("\n") == 1


@pytest.mark.parametrize("uri", ["mongodb://127.0.0.1:1/?replicaSet=x", "mongodb://a:b:c@/"])
def test_an_unreachable_database_is_told_in_one_line(own_servers, programs, uri):
    program = programs.start(**own_servers | {"MONGO_URI": uri})
    assert program.exit_code(within=60) == 2
    assert program.output.startswith("MONGO_URI: ")
    assert program.output.count("\n") == 1


def test_it_starts_without_redis_too(own_servers, programs):
    program = programs.start(**own_servers | {"REDIS_URL": "redis://127.0.0.1:1/0"})
    url = f"{program.base_url}/healthz"
    assert wait_until(lambda: _answers(url), 30), program.output


def test_a_stop_finishes_what_runs_and_disconnects_screens(own_servers, programs):
    program = programs.start(**own_servers).wait_ready()
    idle = [socket.create_connection((LOOPBACK, program.port)) for _ in range(200)]
    url = f"ws://{LOOPBACK}:{program.port}/socket.io/?EIO=4&transport=websocket"
    screens = [websocket.create_connection(url) for _ in range(20)]
    for screen in screens:
        screen.recv()
    unfinished = socket.create_connection((LOOPBACK, program.port))
    unfinished.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    time.sleep(0.2)

    finisher = threading.Timer(1, lambda: unfinished.sendall(b"Connection: close\r\n\r\n"))
    finisher.start()
    code, seconds = program.terminate()
    assert code == 0
    assert seconds < STOP_SECONDS
    assert unfinished.recv(100).startswith(b"HTTP/1.1 200 ")
    for screen in screens:
        assert screen.recv() == "1", "Engine.IO's word for `closed`, after which clients come back"
    for connection in (*idle, unfinished):
        connection.close()


def test_workers_share_the_port_and_end_with_their_parent(start_demo, folder):
    program = start_demo(WORKERS=2).wait_ready()
    assert wait_until(lambda: "ready at" in program.output, 30)
    sign_in(program)
    workers = _workers_of(program)
    assert len(workers) == 2
    code, seconds = program.terminate()
    assert code == 0
    assert seconds < STOP_SECONDS
    assert wait_until(lambda: not any(map(_is_alive, workers)), 1)
    assert processes_naming(folder) == []


@pytest.mark.soak
def test_a_worker_that_dies_is_replaced(own_servers, programs):
    program = programs.start(**own_servers, WORKERS=2).wait_ready()
    killed = _workers_of(program)[0]
    _kill(killed)
    assert wait_until(
        lambda: len(_workers_of(program)) == 2 and killed not in _workers_of(program), 20
    )
    program.wait_ready()  # both may be starting: it was ready when the killed one was
    assert f"Worker {killed} ended with code -9" in program.output


@pytest.mark.soak
def test_workers_of_a_killed_parent_end_too(own_servers, programs):
    program = programs.start(**own_servers, WORKERS=2).wait_ready()
    workers = _workers_of(program)
    program.kill()
    assert wait_until(lambda: not any(map(_is_alive, workers)), SECONDS_UNTIL_GONE)


@pytest.mark.soak
def test_it_serves_without_eventlet_too(own_servers, programs):
    program = programs.start(**own_servers, ASYNC_MODE="threading").wait_ready()
    url = f"ws://{LOOPBACK}:{program.port}/socket.io/?EIO=4&transport=websocket"
    screen = websocket.create_connection(url)
    assert screen.recv().startswith("0{")
    code, seconds = program.terminate()
    assert code == 0
    assert seconds < STOP_SECONDS


def test_make_run_starts_and_ends_it(programs, tmp_path):
    program = programs.start(command=("make", "run"), STOCKVERIFY_DATA_DIR=tmp_path / "by make")
    program.wait_ready()
    program.process.terminate()
    program.process.wait(STOP_SECONDS)
    assert wait_until(lambda: not program.is_ready(), 1)
    assert processes_naming(tmp_path / "by make") == []


def _answers(url):
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def _workers_of(program):
    return [pid for pid in children_of(program.process.pid) if pid in processes_naming("wsgi.py")]


def _is_alive(pid):
    return pid in processes_naming("wsgi.py")


def _kill(pid):
    os.kill(pid, signal.SIGKILL)
