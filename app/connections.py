"""The open connections of the HTTP server, so that a stop hangs up on nobody who is served."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from app.arrivals import Arrivals

IDLE, CLOSE = "idle", "close"
"""What eventlet.wsgi notes in a connection's third place."""
HANDLER = "stockverify.handler"
"""Where a request finds eventlet's handler of its connection."""

BACKLOG = 1024
SOCKET_SECONDS = 60
"""A client that neither sends nor takes a byte for so long is gone."""
FAREWELL_SECONDS = 0.2
"""For Socket.IO clients to read the farewell; they come back after 0.5 s at the soonest."""
DRAIN_SECONDS = 4
"""For requests that run when the program is told to stop; those that take longer are cut."""

App = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Connections:
    """A pool for `eventlet.wsgi.server` that knows which connections it serves.

    At its end that server shuts down idle connections in both directions. One of them may have a
    request that has arrived and was not looked at yet: it would be carried out, and its answer
    would find the line dead. `end_idle` shuts the incoming direction only, and leaves to the server
    nothing to shut down: who has sent a request gets its answer, all others read their end.
    """

    def __init__(self, pool: Any, arrivals: Arrivals) -> None:
        self._pool = pool
        self._arrivals = arrivals
        self._open: dict[int, list[Any]] = {}
        self._are_ending = False

    @property
    def are_gone(self) -> bool:
        """Whether none is open."""
        return not self._open

    def end_after_answers(self) -> None:
        """From now on each answer is its connection's last, and says so: a client that reads that
        sends its next request by another connection, and so to another process.
        """
        self._are_ending = True

    def serving(self, app: App) -> App:
        """The application, with what a connection has to know of requests and answers."""

        def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
                # Eventlet decodes chunked bodies, but does not tell the application where they
                # end, and so Flask would read nothing.
                environ["wsgi.input_terminated"] = True

            def start(*args: Any) -> Any:
                if self._are_ending:
                    environ[HANDLER].close_connection = True
                return start_response(*args)

            return app(environ, start)

        return serve

    def spawn(self, serve: Callable[[list[Any]], None], connection: list[Any]) -> Any:
        """Serve a connection, `[address, socket, state]`, in a green thread."""
        self._open[id(connection)] = connection
        thread = self._pool.spawn(serve, connection)
        thread.link(lambda _: self._closed(connection))
        return thread

    def waitall(self) -> None:
        """Wait until all connections are served."""
        self._pool.waitall()

    def end_late(self) -> None:
        """Hang up on those whose request should have arrived by now."""
        for connection in list(self._open.values()):
            if self._arrivals.is_late(connection):
                with suppress(OSError):
                    shut(connection[1].fileno(), socket.SHUT_RDWR)

    def end_idle(self) -> None:
        """Take no more requests from connections that wait for one."""
        for connection in list(self._open.values()):
            _, client, state = connection
            if state == IDLE:
                connection[2] = CLOSE
                with suppress(OSError):
                    shut(client.fileno(), socket.SHUT_RD)

    def _closed(self, connection: list[Any]) -> None:
        self._open.pop(id(connection), None)
        self._arrivals.forget(connection)


def shut(descriptor: int, direction: int) -> None:
    """Shut a direction, or both, below TLS: a TLS socket that is shut down cannot answer."""
    with socket.socket(fileno=os.dup(descriptor)) as twin:
        twin.shutdown(direction)


def family_of(host: str) -> socket.AddressFamily:
    """The kind of address that `host` is."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def listen(address: tuple[str, int]) -> socket.socket:
    """A socket that listens at an address."""
    return socket.create_server(address, family=family_of(address[0]), backlog=BACKLOG)
