"""A load that costs next to nothing: many keep-alive connections on one thread, their requests put
together beforehand.
"""

from __future__ import annotations

import http.client
import json
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.load import a_record

SECONDS = 4
DEVICES = 20
CROWD = 50
RACES = 20
CHUNK = 262_144
MARK = "~" * 32
UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@dataclass(frozen=True)
class Request:
    """What goes over a line. `timed`: an operation, else something that belongs to the last."""

    wire: bytes
    timed: bool = True


@dataclass(frozen=True)
class Taken:
    """Times in ms of the timed requests, and how many operations were done in how many seconds."""

    times_ms: list[float]
    done: int
    seconds: float


class Crew:
    """Twenty signed-in devices, each at a rack of its own."""

    def __init__(self, port: int, password: str) -> None:
        self.port = port
        self.racks = [f"G-{n:02d}" for n in range(1, DEVICES + 1)]
        self._tokens = [self._sign_in(f"counter{n}", password) for n in range(1, DEVICES + 1)]
        self._sessions: list[str] = []

    def sessions(self) -> list[str]:
        """The sessions of the racks, which are claimed for it."""
        if not self._sessions:
            wires = [self.post(n, f"/api/racks/{r}/claim") for n, r in enumerate(self.racks)]
            lines = self.drive([iter([Request(wire)]) for wire in wires], seconds=0)[1]
            self._sessions = [json.loads(line.body)["session_id"] for line in lines]
        return self._sessions

    def post(self, device: int, path: str, body: bytes = b"{}") -> bytes:
        """A POST of a device, as it goes over the line."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self._tokens[device]}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def drive(
        self, streams: Sequence[Iterator[Request]], seconds: float = SECONDS
    ) -> tuple[Taken, list[Line]]:
        """Send each device's requests, one at a time, until the time is over and none is left half
        done.
        """
        lines = [Line(self.port, stream) for stream in streams]
        return self.take_turns(lines, seconds), lines

    def take_turns(self, lines: Sequence[Line], seconds: float = SECONDS) -> Taken:
        """Let each line ask what is next as soon as it has heard, until the time is over and
        nothing is left half done.
        """
        started = time.perf_counter()
        times: list[float] = []
        with selectors.DefaultSelector() as waiting:
            for line in lines:
                line.ask()
                waiting.register(line.socket, selectors.EVENT_READ, line)
            while waiting.get_map():
                for key, _ in waiting.select():
                    line = key.data
                    if not line.hears():
                        continue
                    if line.asked.timed:
                        times.append(line.took_ms)
                    if line.may_rest and time.perf_counter() >= started + seconds:
                        waiting.unregister(line.socket)
                        line.socket.close()
                    else:
                        line.ask()
        return Taken(times, len(times), time.perf_counter() - started)

    def live(self, device: int, events: Iterator[Request]) -> LiveLine:
        """A device's Socket.IO connection."""
        return LiveLine(self.port, self._tokens[device], events)

    def _sign_in(self, username: str, password: str) -> str:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = json.dumps({"username": username, "password": password})
        line.request("POST", "/api/auth/login", body, {"Content-Type": "application/json"})
        token: str = json.loads(line.getresponse().read())["access_token"]
        return token


class Line:
    """One connection: what it asks, one after the other, and what it hears."""

    def __init__(self, port: int, requests: Iterator[Request]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.status = 0
        self.took_ms = 0.0
        self._requests = requests
        self._next = next(requests, None)
        self._heard = b""
        self._asked_at = 0.0

    @property
    def may_rest(self) -> bool:
        """Whether no half-done operation is left."""
        return self._next is None or self._next.timed

    @property
    def body(self) -> bytes:
        return self._heard.partition(b"\r\n\r\n")[2]

    def ask(self) -> None:
        self.asked = self._next or self.asked
        self._next = next(self._requests, None)
        self._heard, self._asked_at = b"", time.perf_counter()
        self.socket.sendall(self.asked.wire)

    def hears(self) -> bool:
        """Read what came; whether it is the whole answer. Raises RuntimeError for a refusal."""
        self._heard += self.socket.recv(CHUNK)
        if not self._is_whole():
            return False
        self.took_ms = (time.perf_counter() - self._asked_at) * 1000
        return True

    def _is_whole(self) -> bool:
        head, there, body = self._heard.partition(b"\r\n\r\n")
        told = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not there or len(body) < int(told):
            return False
        self.status = int(head.split(b" ", 2)[1])
        if self.status not in (200, 201, 409):
            raise RuntimeError(self._heard[:500])
        return True


class LiveLine(Line):
    """A Socket.IO connection: what it asks are events, what it hears their answers."""

    def __init__(self, port: int, token: str, events: Iterator[Request]) -> None:
        super().__init__(port, events)
        self.socket.sendall(UPGRADE)
        self._hear_of(b"0{")
        self.socket.sendall(frame(f"40{json.dumps({'token': token})}"))
        self._hear_of(b"40")

    def ask(self) -> None:
        begun = self._heard  # of what the server tells on its own
        super().ask()
        self._heard = begun

    def _is_whole(self) -> bool:
        for packet in self._packets():
            if packet == b"2":
                self.socket.sendall(frame("3"))
            if packet.startswith(b"43"):
                if b'"ok":true' not in packet:
                    raise RuntimeError(packet[:500])
                return True
        return False

    def _packets(self) -> Iterator[bytes]:
        """What came in whole frames; the rest waits."""
        while len(self._heard) > 1:
            size, head = self._heard[1], 2
            if size == 126:
                size, head = int.from_bytes(self._heard[2:4], "big"), 4
            if len(self._heard) < head + size:
                return
            packet, self._heard = self._heard[head : head + size], self._heard[head + size :]
            yield packet

    def _hear_of(self, start: bytes) -> None:
        """Wait for a packet that begins so, the answer to the upgrade before it."""
        while True:
            more = self.socket.recv(CHUNK)
            if not more:
                raise RuntimeError(self._heard[:500])
            self._heard += more
            if self._heard.startswith(b"HTTP"):
                self._heard = self._heard.partition(b"\r\n\r\n")[2]
            if any(packet.startswith(start) for packet in self._packets()):
                return


def frame(packet: str) -> bytes:
    """A text message of a client, as it goes over the line (RFC 6455, 5.2), under a mask of
    zeros."""
    body = packet.encode()
    if len(body) < 126:
        return bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body
    return bytes([0x81, 0xFE]) + len(body).to_bytes(2, "big") + bytes(4) + body


def heartbeats(crew: Crew, devices: int = DEVICES) -> Taken:
    """Heartbeats, as fast as they are answered."""

    def beats(device: int, session: str) -> Iterator[Request]:
        body = json.dumps({"session_id": session}).encode()
        beat = Request(crew.post(device, "/api/sync/heartbeat", body))
        while True:
            yield beat

    return crew.drive([beats(n, s) for n, s in enumerate(crew.sessions()[:devices])])[0]


def live_heartbeats(crew: Crew) -> Taken:
    """Heartbeats over Socket.IO, as fast as they are answered."""

    def beats(session: str) -> Iterator[Request]:
        event = json.dumps(["heartbeat", {"session_id": session}], separators=(",", ":"))
        beat = Request(frame(f"421{event}"))
        while True:
            yield beat

    return crew.take_turns([crew.live(n, beats(s)) for n, s in enumerate(crew.sessions())])


def claims(crew: Crew, devices: int = DEVICES) -> Taken:
    """Claim a rack of one's own and release it, again and again; the claims are timed."""

    def pairs(device: int) -> Iterator[Request]:
        rack = crew.racks[device]
        claim = Request(crew.post(device, f"/api/racks/{rack}/claim"))
        release = Request(crew.post(device, f"/api/racks/{rack}/release"), timed=False)
        while True:
            yield from (claim, release)

    return crew.drive([pairs(n) for n in range(devices)])[0]


def races(crew: Crew) -> Taken:
    """Fifty claim one rack at once; timed until the last has an answer."""
    times, started = [], time.perf_counter()
    for _ in range(RACES):
        wires = [crew.post(n % DEVICES, "/api/racks/F-01/claim") for n in range(CROWD)]
        taken, lines = crew.drive([iter([Request(wire)]) for wire in wires], seconds=0)
        times.append(taken.seconds * 1000)
        winner = next(n for n, line in enumerate(lines) if line.status == http.client.OK)
        release = Request(crew.post(winner % DEVICES, "/api/racks/F-01/release"))
        crew.drive([iter([release])], seconds=0)
    return Taken(times, len(times), time.perf_counter() - started)


def batches(crew: Crew, devices: int = DEVICES, serials: int = 0, times: int = 1) -> Taken:
    """Batches of 100 new records as fast as they are answered; operations are records. With more
    `times` each of them is sent again, as after a lost answer.
    """

    def many(device: int, session: str) -> Iterator[Request]:
        parts = _batch(session, serials).split(MARK.encode())
        while True:
            fresh = os.urandom(16 * len(parts)).hex().encode()
            ids = (fresh[n : n + 32] for n in range(0, len(fresh) - 32, 32))
            body = b"".join(b for pair in zip(parts, ids, strict=False) for b in pair) + parts[-1]
            yield from [Request(crew.post(device, "/api/sync/batch", body))] * times

    found, _ = crew.drive([many(n, s) for n, s in enumerate(crew.sessions()[:devices])])
    return Taken(found.times_ms, found.done * 100, found.seconds)


def _batch(session: str, serials: int) -> bytes:
    """A batch of 100 with a mark for each id and serial number."""
    record = a_record(session, MARK, [MARK] * serials)
    return json.dumps({"records": [record] * 100, "batch_id": "bench"}).encode()


KINDS: dict[str, Callable[[Crew], Taken]] = {
    "heartbeat": heartbeats,
    "heartbeat of one": lambda crew: heartbeats(crew, 1),
    "heartbeat, live": live_heartbeats,
    "claim": claims,
    "claim of one": lambda crew: claims(crew, 1),
    "race": races,
    "sync": batches,
    "sync of one": lambda crew: batches(crew, 1),
    "sync, each twice": lambda crew: batches(crew, times=2),
    "sync with serials": lambda crew: batches(crew, serials=2),
}
