"""The HTTP server without eventlet: Werkzeug's, with a native thread for each connection.

It keeps the promises that eventlet's keeps: HTTPS, a listening socket that is the parent's, a stop
that finishes what runs, and a log without addresses; but not that a request arrives in time
(app/arrivals.py). The tests run on it once; it is there so that the day eventlet goes costs a day.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from app.connections import DRAIN_SECONDS, SOCKET_SECONDS, listen, shut
from app.processes import wait_until
from config import Settings

P = ParamSpec("P")
R = TypeVar("R")

LOOK_SECONDS = 0.1
"""How often the server looks whether it should stop."""


class Handler(WSGIRequestHandler):
    """Serves one connection."""

    timeout = SOCKET_SECONDS
    disable_nagle_algorithm = True

    def make_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().make_environ()
        if "HTTP_UPGRADE" in environ:
            # Its reader waits as long as it takes, and its writer relies on `send` taking a frame
            # whole, which with a timeout it does not.
            self.connection.settimeout(None)
        return environ

    def log(self, *_: object) -> None:
        """The program has its own line for each request, without the query."""


class Server(ThreadedWSGIServer):
    """Listens at an address, or on a socket that the parent keeps open."""

    def __init__(
        self,
        app: Flask,
        address: tuple[str, int],
        *,
        inherited: int | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        host, port = address
        with _listener(address, inherited) as listener:
            super().__init__(host, port, app, Handler, fd=listener.fileno())
        if tls:
            self.ssl_context = tls
            self.socket = tls.wrap_socket(
                self.socket,
                server_side=True,
                do_handshake_on_connect=False,  # the connection's own thread does it
            )
        # Several workers hear of one connection; who comes too late must not wait for the next.
        self.socket.setblocking(False)  # noqa: FBT003  # the standard library's own signature
        self._open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def drain(self) -> None:
        """Let what runs end, and cut what does not: its threads would hold up the process's end."""
        wait_until(lambda: not self._open, DRAIN_SECONDS)
        for connection in list(self._open):
            with suppress(OSError):
                shut(connection.fileno(), socket.SHUT_RDWR)


def serve(
    app: Flask,
    settings: Settings,
    *,
    inherited: int | None,
    on_ready: Callable[[Callable[[], None]], None],
    say_farewell: Callable[[], None],
) -> None:
    """Serve until what `on_ready` is given is called; then `say_farewell`, and finish what runs.

    Raises:
        OSError: the address cannot be listened on.
    """
    address = settings.host, settings.port
    server = Server(app, address, inherited=inherited, tls=_tls(settings))
    on_ready(server.shutdown)
    server.serve_forever(LOOK_SECONDS)
    say_farewell()
    server.drain()


def serve_beside(app: Flask, address: tuple[str, int]) -> None:
    """Serve a second, small app until the process ends."""
    Thread(target=Server(app, address).serve_forever, daemon=True).start()


def connection_of(environ: dict[str, Any]) -> Any:
    """The TCP connection of a request."""
    return environ["werkzeug.socket"]


def in_native_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run CPU-heavy `work`: it is in one already."""
    return work(*args, **kwargs)


def _listener(address: tuple[str, int], inherited: int | None) -> socket.socket:
    return listen(address) if inherited is None else socket.socket(fileno=inherited)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context
