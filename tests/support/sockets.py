"""A live screen for tests: Socket.IO over one WebSocket, its events kept in the order of arrival.

The client of python-socketio calls its handlers in threads of their own, so it cannot tell in which
order two events came. The order is half of what these tests are about; so this speaks the protocol
itself. tests/integration/test_connecting_a_socket.py shows that the library's client gets on too.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from contextlib import suppress
from socket import SHUT_RDWR

import websocket

CONNECT_S = 10
WITHIN_S = 5
QUIET_S = 0.4
"""How long nothing may come before a test believes that nothing will."""


class Refused(Exception):
    """The server let the socket not in."""


class Gone(AssertionError):
    """The connection ended while the test waited for something, be it the opening."""


class Screen:
    """One connected socket. `events` holds (name, data) pairs in the order of arrival."""

    def __init__(self, base_url, token=None, *, auth=None, cookie=None, origin=None, header=None):
        url = base_url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket"
        self._socket = websocket.create_connection(
            url,
            timeout=CONNECT_S,
            cookie=cookie,
            origin=origin,
            suppress_origin=origin is None,
            header=header,
            skip_utf8_validation=True,  # in Python, a byte at a time
        )
        self.handshake = self._socket.getheaders()
        self._reads = threading.Event()
        self._reads.set()
        self.events = []
        self.arrivals = []
        self._answers = {}
        self._numbers = itertools.count()
        self._news = threading.Condition()
        self.is_open = True
        self._open({"token": token} if token is not None else auth)
        self._socket.settimeout(None)
        threading.Thread(target=self._listen, daemon=True).start()

    def _open(self, auth):
        if not self._says().startswith("0"):
            raise self._gone()
        self._socket.send("40" + (json.dumps(auth) if auth is not None else ""))
        while (answer := self._says()).startswith("42"):
            self._keep(answer)  # told while the server still considered: clients keep it too
        if not answer.startswith("4"):
            raise self._gone()
        if not answer.startswith("40"):
            self._socket.close()
            raise Refused(json.loads(answer[2:])["message"])

    def _says(self):
        try:
            return self._socket.recv()
        except websocket.WebSocketConnectionClosedException:
            return ""

    def _gone(self):
        self._socket.close()
        return Gone("ended before it opened")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Leave without a word, as a dropped Wi-Fi does."""
        with suppress(OSError, AttributeError):
            self._socket.sock.shutdown(SHUT_RDWR)  # close() alone would wait for our own listener
        self._socket.shutdown()

    # ── say ──────────────────────────────────────────────────────────────────────────────────────

    def watch(self, **wish):
        """Watch; the answer, which must be a good one."""
        answer = self.call("watch", wish)
        assert answer["ok"], answer
        return answer

    def call(self, event, *data, within=WITHIN_S):
        """Emit and wait for the answer."""
        number = next(self._numbers)
        self.send_raw(f"42{number}{json.dumps([event, *data])}")
        return self.answer(number, within)

    def answer(self, number, within=WITHIN_S):
        """Wait for the answer to an event that was sent under this number."""
        wanted = f"answer to event {number}: {self.events[-3:]}"
        return self._wait(lambda: self._answers.get(number), within, wanted)

    def pause(self):
        """Read nothing more, but what is under way, until `go_on`."""
        self._reads.clear()

    def go_on(self):
        self._reads.set()

    def send_raw(self, packet):
        """Send a packet as it is; bytes as a binary one."""
        self._socket.send(packet, 0x2 if isinstance(packet, bytes) else 0x1)

    # ── hear ─────────────────────────────────────────────────────────────────────────────────────

    def heard(self, name=None, **facts):
        """The events of that name with those facts, so far."""
        return [data for each, data in list(self.events) if name in (None, each)
                and all(data.get(fact) == value for fact, value in facts.items())]  # fmt: skip

    def wait_for(self, name, within=WITHIN_S, **facts):
        """The first event of that name with those facts."""
        wanted = f"{name} {facts}, heard {self.events[-5:]}"
        return self._wait(lambda: next(iter(self.heard(name, **facts)), None), within, wanted)

    def wait_closed(self, within=WITHIN_S):
        """Return when the server ended the connection."""
        deadline = time.monotonic() + within
        with self._news:
            while self.is_open and time.monotonic() < deadline:
                self._news.wait(0.05)
        assert not self.is_open, "the socket is still connected"

    def settled(self):
        """All events, once nothing has come for a while."""
        seen = -1
        while seen != len(self.events):
            seen = len(self.events)
            time.sleep(QUIET_S)
        return list(self.events)

    @property
    def ids(self):
        """The ids of what came from the event log, in the order of arrival."""
        return [data["id"] for name, data in list(self.events) if not _is_aside(name, data)]

    def _wait(self, look, within, what):
        deadline = time.monotonic() + within
        with self._news:
            while (found := look()) is None:
                if not self.is_open:
                    raise Gone(f"closed before {what}")
                left = deadline - time.monotonic()
                assert left > 0, f"no {what}"
                self._news.wait(left)
        return found

    def _listen(self):
        with suppress(OSError, websocket.WebSocketException):
            while self._reads.wait() and (packet := self._socket.recv()):
                if packet == "2":
                    self._socket.send("3")
                elif packet.startswith("41"):
                    break
                elif packet.startswith(("42", "43")):
                    self._keep(packet)
        with self._news:
            self.is_open = False
            self._news.notify_all()
        self.close()

    def _keep(self, packet):
        number, _, content = packet[2:].partition("[")
        content = json.loads(f"[{content}")
        with self._news:
            if packet.startswith("43"):
                self._answers[int(number)] = content[0]
            else:
                self.arrivals.append(time.monotonic())
                self.events.append((content[0], content[1]))
            self._news.notify_all()


def _is_aside(name, data):
    """What is told of the connection itself, and stands in no log."""
    return name == "snapshot" or data.get("type") in {"live_behind", "live_caught_up"}
