"""The open connections of the HTTP server, so that a stop hangs up on nobody who is served."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

IDLE, CLOSE = "idle", "close"
"""What eventlet.wsgi notes in a connection's third place."""


class Connections:
    """A pool for `eventlet.wsgi.server` that knows which connections it serves.

    At its end that server shuts down idle connections in both directions. One of them may have a
    request that has arrived and was not looked at yet: it would be carried out, and its answer
    would find the line dead. `end_idle` shuts the incoming direction only, and leaves to the server
    nothing to shut down: who has sent a request gets its answer, all others read their end.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._open: dict[int, list[Any]] = {}

    def spawn(self, serve: Callable[[list[Any]], None], connection: list[Any]) -> Any:
        """Serve a connection, `[address, socket, state]`, in a green thread."""
        self._open[id(connection)] = connection
        thread = self._pool.spawn(serve, connection)
        thread.link(lambda _: self._open.pop(id(connection), None))
        return thread

    def waitall(self) -> None:
        """Wait until all connections are served."""
        self._pool.waitall()

    def end_idle(self) -> None:
        """Take no more requests from connections that wait for one."""
        for connection in list(self._open.values()):
            _, client, state = connection
            if state == IDLE:
                connection[2] = CLOSE
                with suppress(OSError):
                    shut(client.fileno(), socket.SHUT_RD)


def shut(descriptor: int, direction: int) -> None:
    """Shut a direction, or both, below TLS: a TLS socket that is shut down cannot answer."""
    with socket.socket(fileno=os.dup(descriptor)) as twin:
        twin.shutdown(direction)
