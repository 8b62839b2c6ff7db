"""Clients that mean harm, or are broken: rooms of others, floods, huge frames, and requests that
never end. Whoever counts beside them notices nothing.
"""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from random import Random
from resource import getpagesize

import pytest
import requests
import websocket

from app.arrivals import HEAD_S
from app.auth.identity import Role
from app.embedded.server import LOOPBACK
from app.green import IDLE_SECONDS, LATE_EVERY_SECONDS
from tests.support.mutations import mutated
from tests.support.sockets import Screen

PROMPT_S = 5
"""What a quiet server answers in a hundredth of."""
SLOW = 150
"""Connections that say next to nothing."""
EVENTS = 1_250
AT_ONCE = 5
"""Events before an answer is waited for: of more, some would be refused unread."""
FLOOD = 3_000
SENT = {"floors": ["Ground"], "racks": ["G-01"], "sessions": [], "since": 0}


@pytest.fixture(scope="module")
def session_id(depot, counter):
    return counter.claim(depot.rack())["session_id"]


@pytest.fixture(autouse=True)
def others_notice_nothing(counter, session_id, program):
    """The same process goes on, and a counter's work is answered at once."""
    pid = program.process.pid
    yield
    assert (program.process.pid, program.process.poll()) == (pid, None)
    started = time.monotonic()
    assert counter.count(session_id)["ok"]
    assert counter.post("/api/sync/heartbeat", {"session_id": session_id}).json()["lease"] == "held"
    assert time.monotonic() - started < PROMPT_S


# ── rooms of others ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", Role)
def test_a_session_is_watched_by_its_counter_and_who_sees_all_counts(
    depot, program, counter, session_id, role
):
    with depot.person(program, role).screen() as screen:
        answer = screen.call("watch", {"sessions": [session_id], "floors": ["Ground"]})
        if role in {Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR}:
            assert f"session:{session_id}" in answer["rooms"]
        else:
            assert answer["error"]["code"] == "not_your_session"
        beat = screen.call("heartbeat", {"session_id": session_id})
        assert beat["error"]["code"] == (
            "not_allowed" if role is Role.AUDITOR else "not_your_session"
        )


def test_a_counter_is_in_no_room_of_supervisors_whatever_they_name(depot, program, counter):
    with depot.person(program).screen() as spy:
        for wish in (
            {"floors": ["supervisors", "user:u-supervisor", "everybody"]},
            {"racks": ["../supervisors", "*", "supervisors"]},
            {"floors": ["Ground\nsupervisors"]},
            {"rooms": ["supervisors"]},
        ):
            rooms = set(spy.call("watch", wish).get("rooms", ()))
            assert "supervisors" not in rooms
            assert not {room for room in rooms if room.startswith(("session:", "user:"))} - {
                f"user:{spy_id(depot, spy)}"
            }


def spy_id(depot, screen):
    """The user whom a socket is, as its own rooms tell."""
    own = screen.call("watch", {})["rooms"]
    (room,) = [room for room in own if room.startswith("user:")]
    return room.removeprefix("user:")


# ── mutated events, floods, frames ───────────────────────────────────────────────────────────────


def test_a_thousand_mutated_events_are_answered_or_end_their_own_socket(depot, program, counter):
    answered = 0
    for number in range(EVENTS):
        if number % 250 == 0:  # or the limit would stop them before they are read
            hostile = depot.person(program)
            screen = hostile.screen()
        random = Random(number)  # noqa: S311 — a seed that a failure can name
        event = random.choice(["watch", "heartbeat", "watch", "message"])
        data = mutated({**SENT, "session_id": "s1"} if event == "heartbeat" else SENT, random)
        packet = f"42{number}{json.dumps([event, data])}"
        if number % 5 == 4:
            at = random.randrange(2, len(packet))
            packet = packet[:at] + random.choice(["", "\x00", "]", '"', "🦉"]) + packet[at + 1 :]
        with suppress(OSError, websocket.WebSocketException):
            screen.send_raw(packet.encode("utf-8", "replace").decode())
        if number % AT_ONCE == 0:
            try:
                assert screen.call("watch", {}, within=20)["ok"]
                answered += 1
            except (AssertionError, OSError, websocket.WebSocketException):
                screen = hostile.screen()
    screen.close()
    assert answered > EVENTS / AT_ONCE / 2


def test_a_flood_of_events_stays_the_flooders_own_trouble(depot, program, counter, session_id):
    with ExitStack() as stack:
        flooders = [stack.enter_context(depot.person(program).screen()) for _ in range(3)]
        started = time.monotonic()
        for number in range(FLOOD):
            with suppress(OSError, websocket.WebSocketException):
                flooders[number % 3].send_raw('42["watch",{"floors":["Ground"]}]')
            if number % 500 == 0:
                assert counter.count(session_id)["ok"]
        assert time.monotonic() - started < 60


def test_a_hundred_sockets_of_one_person_are_closed_without_a_trace(depot, program, counter):
    many = depot.person(program)
    screens = [many.screen() for _ in range(100)]
    for screen in screens:
        screen.close()
    with depot.person(program).screen() as another:
        assert another.watch()["ok"]


@pytest.mark.parametrize("size", [2**16 + 1, 2**20, 2**23])
def test_a_huge_frame_ends_only_its_own_socket(depot, program, counter, size):
    hostile = depot.person(program)
    with Screen(program.base_url, hostile.token) as screen, counter.screen() as neighbour:
        with suppress(OSError, websocket.WebSocketException):
            screen.send_raw('42["watch",{"floors":["' + "x" * size + '"]}]')
        screen.wait_closed(within=20)
        assert neighbour.watch()["ok"]


def test_a_frame_that_claims_to_be_huge_is_not_waited_for_in_memory(program, counter):
    before = memory_of(program)
    with ExitStack() as stack:
        for _ in range(20):
            wire = stack.enter_context(socket.create_connection((LOOPBACK, program.port), 10))
            wire.sendall(
                b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n"
                b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            assert b"101" in wire.recv(200)
            with suppress(OSError):
                wire.sendall(b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0" * 4 + b"x" * 1000)
        assert requests.get(f"{program.base_url}/healthz", timeout=PROMPT_S).ok
        assert memory_of(program) - before < 50


def memory_of(program):
    """What the process holds, in MB."""
    pages = Path(f"/proc/{program.process.pid}/statm").read_text("ascii").split()[1]
    return int(pages) * getpagesize() / 1e6


# ── requests that never end ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-",
        (
            b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2000\r\n\r\n{"
        ),
        b"POST /api/sync/batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        b"",
    ],
    ids=["headers", "body", "chunks", "nothing"],
)
def test_slow_requests_keep_nobody_waiting(program, counter, session_id, begun):
    with ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection((LOOPBACK, program.port), 10))
            for _ in range(SLOW)
        ]
        for wire in slow:
            wire.sendall(begun)
        started = time.monotonic()
        for wire in slow[:20]:
            with suppress(OSError):
                wire.sendall(b"a" if begun else b"")
        assert counter.count(session_id)["ok"]
        assert requests.get(f"{program.base_url}/readyz", timeout=PROMPT_S).ok
        assert time.monotonic() - started < PROMPT_S


@pytest.mark.soak
def test_who_says_nothing_for_long_is_hung_up_on(program, counter):
    with socket.create_connection((LOOPBACK, program.port), IDLE_SECONDS + 30) as wire:
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-")
        while wire.recv(1000):
            pass


@pytest.mark.soak
def test_who_sends_a_byte_now_and_then_is_hung_up_on(program):
    longest_s = IDLE_SECONDS + HEAD_S + LATE_EVERY_SECONDS + PROMPT_S
    with socket.create_connection((LOOPBACK, program.port), PROMPT_S) as wire:
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-")
        assert trickled_s(wire, longest_s) < longest_s


def trickled_s(wire: socket.socket, most_s: float) -> float:
    """For how long the server took a byte a second."""
    started = time.monotonic()
    with suppress(ConnectionError):
        while time.monotonic() - started < most_s:
            time.sleep(1)
            wire.sendall(b"a")
    return time.monotonic() - started


def test_answers_that_nobody_reads_do_not_pile_up(depot, program, counter):
    before = memory_of(program)
    with ExitStack() as stack:
        for _ in range(30):
            wire = stack.enter_context(socket.create_connection((LOOPBACK, program.port), 10))
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.sendall(b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        time.sleep(1)
        assert requests.get(f"{program.base_url}/healthz", timeout=PROMPT_S).ok
        assert memory_of(program) - before < 100
