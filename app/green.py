"""The HTTP server on eventlet: a green thread a connection. Beside wsgi.py the only file that names
eventlet: the day it goes, this file goes, and app/threaded.py is its twin.
"""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from flask import Flask

from app.arrivals import Arrivals
from app.connections import (
    BACKLOG,
    DRAIN_SECONDS,
    FAREWELL_SECONDS,
    HANDLER,
    SOCKET_SECONDS,
    Connections,
    family_of,
)
from config import Settings

P = ParamSpec("P")
R = TypeVar("R")

MAX_CONNECTIONS = 20_000
IDLE_SECONDS = 75
"""An idle keep-alive connection is closed after this; proxies in front commonly use 60 or less."""
LATE_EVERY_SECONDS = 5
"""How often requests are looked for that should have arrived."""
CLOSING_SECONDS = 1.0
"""For connections in use to hear, with their next answer, that they should use others."""
BUFFER_BYTES = 2048
"""Read ahead of a connection: the head of a request. It is kept as long as the connection, live
ones too, so that the usual 8 kB are 6 MB of a thousand sockets."""
ANSWER_BYTES = 2048
"""What of an answer is gathered before it is sent: kept as long, where eventlet has 16 kB."""
NATIVE_THREADS = 2
"""For argon2: the C library keeps 19 MiB for each thread that ever ran it."""


def serve(
    app: Flask,
    settings: Settings,
    *,
    inherited: int | None,
    on_ready: Callable[[Callable[[], None]], None],
    say_farewell: Callable[[], None],
) -> None:
    """Serve until what `on_ready` is given is called; then drain: nobody new gets in, what runs is
    finished. That takes CLOSING_SECONDS, DRAIN_SECONDS and a moment; requests that take longer are
    cut.

    Raises:
        OSError: the address cannot be listened on.
    """
    eventlet = _eventlet()
    eventlet.tpool.set_num_threads(NATIVE_THREADS)
    listener = _listener(settings, inherited)
    arrivals = Arrivals(time.monotonic, idle_s=IDLE_SECONDS)
    connections = Connections(eventlet.GreenPool(MAX_CONNECTIONS), arrivals)
    eventlet.spawn(_hang_up_on_the_late, connections)
    server = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        connections.serving(app),
        custom_pool=connections,
        protocol=_protocol(arrivals),
        keepalive=IDLE_SECONDS,
        socket_timeout=SOCKET_SECONDS,
        capitalize_response_headers=False,  # Werkzeug writes them as they are usual
        log_output=False,
        debug=False,
    )
    on_ready(lambda: _drain(server, listener, connections, say_farewell))
    with suppress(eventlet.greenlet.GreenletExit):
        server.wait()


def serve_beside(app: Flask, address: tuple[str, int]) -> None:
    """Serve a second, small app until the process ends."""
    eventlet = _eventlet()
    listener = eventlet.listen(address, family_of(address[0]), reuse_port=False)
    eventlet.spawn(eventlet.wsgi.server, listener, app, log_output=False, debug=False)


def connection_of(environ: dict[str, Any]) -> Any:
    """The TCP connection of a request."""
    return environ["eventlet.input"].get_socket()


def in_native_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run CPU-heavy `work` without stopping the event loop, and wait for its result."""
    return _eventlet().tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]


def at_a_signal(signs: Sequence[signal.Signals], act: Callable[[Callable[[], None]], None]) -> None:
    """In a green thread, once one of these signals has come, `act`: it is given a way to interrupt
    whoever calls this. The signals need a handler, whatever it does.

    A handler that raised would do so wherever Python happens to be, and in a driver's thread nobody
    would hear it. One that scheduled work would wait for the hub's poll to end, which on an idle
    server takes up to a minute. So Python itself writes a byte, which ends the poll.
    """
    eventlet = _eventlet()
    caller = eventlet.getcurrent()
    reader, writer = socket.socketpair()
    writer.setblocking(False)  # noqa: FBT003  # the standard library's own signature
    signal.set_wakeup_fd(writer.fileno())

    def wait(_: socket.socket) -> None:
        while ord(reader.recv(1)) not in signs:
            pass
        act(lambda: eventlet.kill(caller, KeyboardInterrupt()))

    eventlet.spawn(wait, writer)  # which lives as long as the thread


def _listener(settings: Settings, inherited: int | None) -> Any:
    eventlet = _eventlet()
    if inherited is None:
        where = (settings.host, settings.port)
        family = family_of(settings.host)
        listener = eventlet.listen(where, family, backlog=BACKLOG, reuse_port=False)
    else:
        listener = eventlet.greenio.GreenSocket(socket.socket(fileno=inherited))
    if not settings.tls_certificate:
        return listener
    return eventlet.wrap_ssl(
        listener,
        certfile=settings.tls_certificate,
        keyfile=settings.tls_key,
        server_side=True,
        do_handshake_on_connect=False,  # the connection's own green thread does it
    )


def _hang_up_on_the_late(connections: Connections) -> None:
    while True:
        _eventlet().sleep(LATE_EVERY_SECONDS)
        connections.end_late()


def _protocol(arrivals: Arrivals) -> Any:
    """Eventlet's handler of a connection, which its requests find, and which has them arrive in
    time.
    """

    class Protocol(_eventlet().wsgi.HttpProtocol):  # type: ignore[misc]  # eventlet has no types
        rbufsize = BUFFER_BYTES
        wbufsize = ANSWER_BYTES

        def setup(self) -> None:
            super().setup()
            with suppress(OSError):  # it is gone already
                # An answer in two pieces would wait 40 ms for the receiver to confirm the first.
                self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def handle_one_request(self) -> None:
            arrivals.expect_head(self.conn_state)
            super().handle_one_request()

        def get_environ(self) -> dict[str, Any]:
            environ = {**super().get_environ(), HANDLER: self}
            arrivals.expect_body(self.conn_state, environ)
            return environ

    return Protocol


def _drain(
    server: Any, listener: Any, connections: Connections, say_farewell: Callable[[], None]
) -> None:
    eventlet = _eventlet()
    connections.end_after_answers()
    say_farewell()
    for _ in range(round((CLOSING_SECONDS - FAREWELL_SECONDS) / FAREWELL_SECONDS)):
        if not connections.are_gone:
            eventlet.sleep(FAREWELL_SECONDS)
    connections.end_idle()
    listener.close()  # nobody new gets in; but `accept` sleeps on, so …
    server.kill()  # … this ends the loop: it waits for the connections that are being served
    eventlet.sleep(DRAIN_SECONDS)
    server.kill()  # ends the waiting


def _eventlet() -> Any:
    """The library, loaded late: `async_mode="threading"` must run without it."""
    import eventlet.tpool  # noqa: PLC0415
    import eventlet.wsgi  # noqa: PLC0415

    return eventlet
