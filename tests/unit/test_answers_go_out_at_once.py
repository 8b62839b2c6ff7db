"""An answer in two pieces: with Nagle's algorithm (RFC 896) the second waits until the receiver has
confirmed the first, which takes it 40 ms.
"""

from __future__ import annotations

import socket
import time
from types import SimpleNamespace

import pytest

from app import green, threaded
from app.arrivals import Arrivals
from app.embedded.server import LOOPBACK


@pytest.fixture
def line():
    """The server's end of a connection whose client has said all it wanted: nothing."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
        client.shutdown(socket.SHUT_WR)
        with client, ours:
            yield ours


def is_sent_at_once(line):
    return line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_by_the_server_on_eventlet(line):
    protocol = green._protocol(Arrivals(time.monotonic, idle_s=75))
    handler = protocol.__new__(protocol)  # its __init__ would serve the connection to its end
    handler.request = line
    assert not is_sent_at_once(line)
    handler.setup()
    assert is_sent_at_once(line)


def test_by_the_server_on_threads(line):
    assert not is_sent_at_once(line)
    threaded.Handler(line, line.getpeername(), SimpleNamespace())
    assert is_sent_at_once(line)
