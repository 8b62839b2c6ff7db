"""A socket that does not take what it is sent costs the server no memory, and no other screen."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
import websocket

from app.live.slow import MOST_BYTES, MOST_PACKETS, Backlog, SlowSockets
from app.processes import wait_until
from app.services.event_log import MOST_REPLAYED

LETTER = "x" * 2_000
NOTE = "short"
AT_ONCE = 500
ROUNDS = 40
"""Two thousand bytes twenty thousand times: more than the kernel and the queue may hold."""
GROWTH_BYTES = 80 * 1024 * 1024
PROMPT_S = 30


class Stalled:
    """A socket that watches and then never reads again."""

    def __init__(self, person):
        url = person.base_url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket"
        small = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]
        self._socket = websocket.create_connection(url, timeout=10, sockopt=small)
        self._socket.recv()
        self._socket.send(f"40{json.dumps({'token': person.token})}")
        self._socket.recv()
        self._socket.send('420["watch",{}]')
        self.snapshot = self._read_until("snapshot")

    def _read_until(self, name):
        while True:
            packet = self._socket.recv()
            if packet.startswith(f'42["{name}"'):
                return json.loads(packet[2:])[1]

    def events_until_the_end(self):
        """Reads at last: the letters that were on their way, until the connection is over."""
        heard = 0
        try:
            while packet := self._socket.recv():
                heard += LETTER in packet
        except (OSError, websocket.WebSocketException):
            pass
        return heard


def write(depot, number, text=NOTE):
    """So many events for everybody; the id of the last."""
    letter = {"type": "message", "level": "info", "message": text}
    return depot.warehouse.event_log.append([("notification", "-", letter)] * number)[-1]


def hears(screen, event_id):
    """Wait until the screen heard the event: among its last ones, as it hears thousands."""
    latest = lambda: [data.get("id") for _, data in screen.events[-5:]]  # noqa: E731
    assert wait_until(lambda: event_id in latest(), PROMPT_S)


def memory_of(program):
    """Resident bytes of the server process."""
    status = Path(f"/proc/{program.process.pid}/status").read_text("ascii")
    kib = next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]
    return int(kib) * 1024


def test_a_socket_that_stops_reading_is_ended_and_comes_back_by_a_snapshot(depot, program, boss):
    counter = depot.person(program)
    with boss.screen() as reads:
        reads.watch()
        stalled = Stalled(counter)
        reads.wait_for("presence", user_id=counter.user_id, online=True)
        before, sent = memory_of(program), 0
        while not reads.heard("presence", user_id=counter.user_id, online=False):
            assert sent < ROUNDS * AT_ONCE, "the socket that does not read is still connected"
            last = write(depot, AT_ONCE, LETTER)
            sent += AT_ONCE
            hears(reads, last)
            grown = memory_of(program) - before
            assert grown < GROWTH_BYTES
        assert "too_slow" in program.output
        assert len(reads.heard("notification", message=LETTER)) == sent, "the other missed some"
        assert stalled.events_until_the_end() < sent
        with counter.screen() as again:
            since = stalled.snapshot["id"]
            start = again.watch(since=since)["since"]
            assert again.wait_for("snapshot")["id"] == start > since
            hears(again, write(depot, 1))


def test_who_missed_little_hears_all_of_it_and_who_missed_much_gets_the_map(depot, program, boss):
    with boss.screen() as screen:
        since = screen.watch()["since"]
        write(depot, MOST_REPLAYED - 100)
        hears(screen, write(depot, 1))
    with boss.screen() as screen:
        assert screen.watch(since=since)["since"] == since
        assert len(screen.heard("notification", message=NOTE)) == MOST_REPLAYED - 99
        hears(screen, write(depot, 100))
    with boss.screen() as screen:
        assert screen.watch(since=since)["since"] > since
        assert screen.wait_for("snapshot")


@pytest.mark.parametrize(
    ("packets", "size", "ended"),
    [
        (MOST_PACKETS, MOST_BYTES, []),
        (MOST_PACKETS + 1, 10, ["c2"]),
        (2, MOST_BYTES + 1, ["c2"]),
    ],
)
def test_only_who_has_too_much_waiting_is_hung_up_on(packets, size, ended):
    seen = []
    backlogs = [Backlog(client="c1", packets=1, bytes=10)]
    backlogs.append(Backlog(client="c2", packets=packets, bytes=size))
    assert SlowSockets(lambda: backlogs, seen.append).sweep() == len(ended)
    assert seen == ended
