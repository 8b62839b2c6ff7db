"""A network of all kinds of bad weather between devices and a program, chosen by a seed."""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from contextlib import closing, suppress

from tests.support.listener import Listener
from tests.support.proxy import BLOCK, read_request

FATES = {
    "pass": 60,
    "delay": 12,
    "refuse": 5,
    "cut_request": 6,
    "reset_after_request": 8,
    "half_open": 3,
    "cut_answer": 6,
}
"""What may become of a request, and how often of a hundred: it arrives, arrives late, meets nobody,
is cut in its body, loses its answer to a reset or to silence, or gets half of its answer.
"""
NO_LINGER = struct.pack("ii", 1, 0)
ANSWER_S = 30


class Weather:
    """A listening socket on loopback that carries one request a connection."""

    def __init__(self, target_port, seed):
        self._target = ("127.0.0.1", target_port)
        self._rng = random.Random(seed)  # noqa: S311
        self._lock = threading.Lock()
        self._is_fine = False
        self.over = threading.Event()
        self.met = Counter()
        self._listener = Listener(self._serve)
        self.base_url = self._listener.base_url

    def clear_up(self):
        """From now on everything arrives."""
        self._is_fine = True

    def close(self):
        self.over.set()
        self._listener.close()

    def _serve(self, client):
        with self._lock:
            fate = "pass" if self._is_fine else self._drawn()
            self.met[fate] += 1
        with closing(client), suppress(OSError):
            getattr(self, f"_{fate}")(client)

    def _drawn(self):
        return self._rng.choices(list(FATES), list(FATES.values()))[0]

    # ── fates ────────────────────────────────────────────────────────────────────────────────────

    def _pass(self, client):
        self._answer(client, self._sent(client))

    def _delay(self, client):
        server = self._sent(client, after=self._rng.uniform(0.05, 0.8))
        self._answer(client, server)

    def _refuse(self, client):
        _reset(client)

    def _cut_request(self, client):
        head, body = _asked(client)
        with socket.create_connection(self._target, timeout=ANSWER_S) as server:
            server.sendall(head + body[: int(len(body) * self._rng.random())])
            time.sleep(0.05)
            _reset(server)
        _reset(client)

    def _reset_after_request(self, client):
        server = self._sent(client)
        _reset(client)
        with closing(server):
            _all_of(server)

    def _half_open(self, client):
        with closing(self._sent(client)) as server:
            _all_of(server)
            self.over.wait(ANSWER_S)

    def _cut_answer(self, client):
        with closing(self._sent(client)) as server:
            answer = _all_of(server)
        client.sendall(answer[: int(len(answer) * self._rng.random())])
        _reset(client)

    # ── how ──────────────────────────────────────────────────────────────────────────────────────

    def _sent(self, client, after=0.0):
        head, body = _asked(client)
        time.sleep(after)
        server = socket.create_connection(self._target, timeout=ANSWER_S)
        server.sendall(head + body)
        return server

    def _answer(self, client, server):
        with closing(server):
            client.sendall(_all_of(server))


def _asked(client):
    head, body = read_request(client)
    if not head:
        raise ConnectionResetError
    head = re.sub(rb"\r\nconnection: [^\r]*", b"", head, flags=re.IGNORECASE)
    return head[:-2] + b"Connection: close\r\n\r\n", body


def _all_of(server):
    return b"".join(iter(lambda: server.recv(BLOCK), b""))


def _reset(connection):
    """End it by a reset: the other side loses what it has not read."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    connection.close()
