"""A network between browser and program that a test cuts where it hurts.

It carries one request a connection. `down` refuses everything and drops what is open, as Wi-Fi that
is gone; `cut_next` loses the answer to a request that the server got, or the request before it.
"""

from __future__ import annotations

import re
import socket
import threading
from contextlib import closing, contextmanager, suppress

from tests.support.listener import Listener

BLOCK = 65536
HEAD_END = b"\r\n\r\n"


class Proxy:
    """A listening socket on loopback. Use as `with running_proxy(port) as proxy:`."""

    def __init__(self, target_port):
        self._target = ("127.0.0.1", target_port)
        self._open = set()
        self._lock = threading.Lock()
        self._cuts = []
        self._is_down = False
        self.replaced = {}
        """What stands in answers, and what the browser sees instead; of the same length."""
        self.seen = []
        """Request lines that came through, and what was done to them: pass, answer or request."""
        self._listener = Listener(self._serve)
        self.port, self.base_url = self._listener.port, self._listener.base_url

    def down(self):
        """Take the network away, at once and for open connections too."""
        with self._lock:
            self._is_down = True
            for each in list(self._open):
                _end(each)

    def up(self):
        self._is_down = False

    def cut_next(self, path, *, times=1, lose="answer"):
        """Lose the `answer` to the next requests for a path, or the `request` itself."""
        self._cuts.append([path, times, lose])

    def forgive(self):
        """Cut nothing that was announced any more."""
        self._cuts.clear()

    def count(self, path, what=None):
        """How often a path was asked for, or how often `what` was done to it."""
        return sum(path in line and what in (None, done) for line, done in self.seen)

    def close(self):
        self.down()
        self._listener.close()

    def _serve(self, client):
        with closing(client), suppress(OSError), self._kept(client):
            if self._is_down:
                return
            head, body = read_request(client)
            if not head:
                return
            line = head.split(b"\r\n", 1)[0].decode()
            lose = self._lost(line)
            self.seen.append((line, lose or "pass"))
            if lose == "request":
                return
            with socket.create_connection(self._target, timeout=20) as server, self._kept(server):
                self._carry(client, server, head, body, lose=lose)

    def _carry(self, client, server, head, body, *, lose):
        if re.search(rb"\r\nupgrade: websocket", head, re.IGNORECASE):
            server.sendall(head + body)
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            return
        head = re.sub(rb"\r\nconnection: [^\r]*", b"", head, flags=re.IGNORECASE)
        server.sendall(head[:-2] + b"Connection: close\r\n\r\n" + body)
        answer = b"".join(iter(lambda: server.recv(BLOCK), b""))
        for before, after in self.replaced.items():
            answer = answer.replace(before, after)
        if not lose and not self._is_down:
            client.sendall(answer)

    def _lost(self, line):
        with self._lock:
            for cut in self._cuts:
                if cut[0] in line and cut[1] > 0:
                    cut[1] -= 1
                    return cut[2]
        return None

    @contextmanager
    def _kept(self, connection):
        self._open.add(connection)
        try:
            yield
        finally:
            self._open.discard(connection)


@contextmanager
def running_proxy(target_port):
    proxy = Proxy(target_port)
    try:
        yield proxy
    finally:
        proxy.close()


def read_request(client):
    """Head and body of a request; nothing of one whose sender was cut off in the middle."""
    data = b""
    while HEAD_END not in data:
        block = client.recv(BLOCK)
        if not block:
            return b"", b""
        data += block
    head, body = data.split(HEAD_END, 1)
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    while length and len(body) < int(length[1]):
        block = client.recv(BLOCK)
        if not block:
            return b"", b""
        body += block
    return head + HEAD_END, body


def _pump(source, sink):
    with suppress(OSError):
        while block := source.recv(BLOCK):
            sink.sendall(block)
    _end(source)
    _end(sink)


def _end(connection):
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
