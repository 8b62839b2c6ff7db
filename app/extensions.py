"""The Flask extensions, unbound, and the process's way to run things side by side.

Beside wsgi.py the only file that names eventlet: the day it goes, this file changes.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app
from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_smorest import Api
from flask_socketio import SocketIO
from redis.backoff import NoBackoff
from redis.retry import Retry

from app import threaded
from app.arrivals import Arrivals
from app.connections import (
    BACKLOG,
    DRAIN_SECONDS,
    HANDLER,
    SOCKET_SECONDS,
    Connections,
    family_of,
    shut,
)
from config import Settings

P = ParamSpec("P")
R = TypeVar("R")

_ONE_SHORT_TRY: dict[str, Any] = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "retry": Retry(NoBackoff(), 0),  # redis-py's own would try a hung Redis eleven times
}


def _whom_to_limit() -> str:
    return str(current_app.config["REQUEST_LIMIT_KEY"]())


def _limit_of_requests() -> str:
    return str(current_app.config["REQUEST_LIMIT"])


api = Api()
jwt = JWTManager()
limiter = Limiter(
    key_func=_whom_to_limit,
    application_limits=[_limit_of_requests],  # for all addresses of the API together
    in_memory_fallback_enabled=True,  # without Redis each process counts for itself
    swallow_errors=True,  # of requests that meet its loss at once only the first one falls back
    storage_options=_ONE_SHORT_TRY,
)
socketio = SocketIO()

MAX_CONNECTIONS = 20_000
IDLE_SECONDS = 75
"""An idle keep-alive connection is closed after this; proxies in front commonly use 60 or less."""
LATE_EVERY_SECONDS = 5
"""How often requests are looked for that should have arrived."""
FAREWELL_SECONDS = 0.2
"""For Socket.IO clients to read the farewell; they come back after 0.5 s at the soonest."""
CLOSING_SECONDS = 1.0
"""For connections in use to hear, with their next answer, that they should use others."""
BUFFER_BYTES = 2048
"""Read ahead of a connection: the head of a request. It is kept as long as the connection, live
ones too, so that the usual 8 kB are 6 MB of a thousand sockets."""
NATIVE_THREADS = 2
"""For argon2: the C library keeps 19 MiB for each thread that ever ran it."""
HARD_STOP_SECONDS = 9
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def spawn(task: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
    """Run `task` beside the caller."""
    socketio.start_background_task(task, *args, **kwargs)


def sleep(seconds: float) -> None:
    """Let others run for a while."""
    socketio.sleep(seconds)


def in_native_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run CPU-heavy `work` without stopping the event loop, and wait for its result."""
    if socketio.async_mode != "eventlet":
        return work(*args, **kwargs)
    return _eventlet().tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]


def socket_backlogs() -> Iterator[tuple[str, int, int]]:
    """Of each client of this process that something waits for: its id, how many packets, bytes."""
    for client_id, client in list(socketio.server.eio.sockets.items()):
        if client.queue.qsize():
            waiting = [packet.data for packet in list(client.queue.queue) if packet]
            size = sum(len(data) for data in waiting if isinstance(data, str | bytes))
            yield client_id, len(waiting), size


def hang_up(client_id: str) -> None:
    """End a connection without a word: nobody reads what would be said. Its writer may stand in the
    middle of a packet, and only the end of the TCP connection gets it out of there.
    """
    server = socketio.server
    environ = server.environ.get(client_id, {})
    if client := server.eio.sockets.get(client_id):
        client.close(wait=False, abort=True)
    # Of a client that began with polls, this would be another connection, perhaps a proxy's.
    if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
        with suppress(OSError):
            shut(_connection_of(environ).fileno(), socket.SHUT_RDWR)


def _connection_of(environ: dict[str, Any]) -> Any:
    """The TCP connection of a request, as each of the servers names it."""
    if socketio.async_mode == "eventlet":
        return environ["eventlet.input"].get_socket()
    return environ["werkzeug.socket"]


def serve(
    app: Flask, settings: Settings, *, inherited: int | None, on_ready: Callable[[], None]
) -> None:
    """Serve `app` until SIGTERM or SIGINT, then drain: nobody new gets in, what runs is finished.

    Returns within CLOSING_SECONDS, DRAIN_SECONDS and a moment of the signal; requests that take
    longer are cut. `on_ready` runs once connections are taken. `inherited` is the descriptor of a
    listening socket that the parent keeps open: who waits there is served by a successor.

    Raises:
        OSError: the address cannot be listened on.
    """
    if socketio.async_mode != "eventlet":
        _serve_threaded(app, settings, inherited, on_ready)
        return
    eventlet = _eventlet()
    eventlet.tpool.set_num_threads(NATIVE_THREADS)
    if inherited is None:
        where = (settings.host, settings.port)
        family = family_of(settings.host)
        listener = eventlet.listen(where, family, backlog=BACKLOG, reuse_port=False)
    else:
        listener = eventlet.greenio.GreenSocket(socket.socket(fileno=inherited))
    if settings.tls_certificate:
        listener = eventlet.wrap_ssl(
            listener,
            certfile=settings.tls_certificate,
            keyfile=settings.tls_key,
            server_side=True,
            do_handshake_on_connect=False,  # the connection's own green thread does it
        )
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
    stop_signals.act = lambda: _drain(server, listener, connections)
    on_ready()
    with suppress(eventlet.greenlet.GreenletExit):
        server.wait()


def _serve_threaded(
    app: Flask, settings: Settings, inherited: int | None, on_ready: Callable[[], None]
) -> None:
    def be_ready(stop: Callable[[], None]) -> None:
        stop_signals.act = stop
        on_ready()

    def say_farewell() -> None:
        _say_farewell()
        sleep(FAREWELL_SECONDS)

    threaded.serve(app, settings, inherited=inherited, on_ready=be_ready, on_stop=say_farewell)


def serve_beside(app: Flask, address: tuple[str, int]) -> None:
    """Serve a second, small app until the process ends."""
    if socketio.async_mode != "eventlet":
        threaded.serve_beside(app, address)
        return
    eventlet = _eventlet()
    listener = eventlet.listen(address, family_of(address[0]), reuse_port=False)
    eventlet.spawn(eventlet.wsgi.server, listener, app, log_output=False, debug=False)


def _hang_up_on_the_late(connections: Connections) -> None:
    while True:
        sleep(LATE_EVERY_SECONDS)
        connections.end_late()


def _protocol(arrivals: Arrivals) -> Any:
    """Eventlet's handler of a connection, which its requests find, and which has them arrive in
    time.
    """

    class Protocol(_eventlet().wsgi.HttpProtocol):  # type: ignore[misc]  # eventlet has no types
        rbufsize = BUFFER_BYTES

        def handle_one_request(self) -> None:
            arrivals.expect_head(self.conn_state)
            super().handle_one_request()

        def get_environ(self) -> dict[str, Any]:
            environ = {**super().get_environ(), HANDLER: self}
            arrivals.expect_body(self.conn_state, environ)
            return environ

    return Protocol


class StopSignals:
    """SIGTERM and SIGINT, taken by a green thread, or without eventlet by a native one.

    A handler that raised would do so wherever Python happens to be, and in a driver's thread nobody
    would hear it. One that scheduled work would wait for the hub's poll to end, which on an idle
    server takes up to a minute. So Python itself writes a byte, which ends the poll.
    """

    act: Callable[[], None] | None = None
    """What to do at the first signal, instead of interrupting the caller of `watch`."""

    def watch(self, *, in_green_thread: bool) -> None:
        """From now on the first signal raises KeyboardInterrupt in the caller, or does `act`; later
        ones are ignored.
        """
        if not in_green_thread:
            self._handle(self._interrupt)
            return
        eventlet = _eventlet()
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)  # noqa: FBT003  # the standard library's own signature
        signal.set_wakeup_fd(self._writer.fileno())
        self._handle(_arm_last_resort)
        eventlet.spawn(self._wait, eventlet.getcurrent())

    def _handle(self, handler: Callable[..., Any]) -> None:
        for sign in STOP_SIGNALS:
            signal.signal(sign, handler)

    def _interrupt(self, *_: object) -> None:
        if not self.act:
            raise KeyboardInterrupt
        _arm_last_resort()
        threading.Thread(target=self.act, daemon=True).start()

    def _wait(self, caller: Any) -> None:
        while ord(self._reader.recv(1)) not in STOP_SIGNALS:
            pass
        if self.act:
            self.act()
        else:
            _eventlet().kill(caller, KeyboardInterrupt())


stop_signals = StopSignals()


def _drain(server: Any, listener: Any, connections: Connections) -> None:
    eventlet = _eventlet()
    _say_farewell()
    connections.end_after_answers()
    eventlet.sleep(FAREWELL_SECONDS)
    for _ in range(round((CLOSING_SECONDS - FAREWELL_SECONDS) / FAREWELL_SECONDS)):
        if not connections.are_gone:
            eventlet.sleep(FAREWELL_SECONDS)
    connections.end_idle()
    listener.close()  # nobody new gets in; but `accept` sleeps on, so …
    server.kill()  # … this ends the loop: it waits for the connections that are being served
    eventlet.sleep(DRAIN_SECONDS)
    server.kill()  # ends the waiting


def _say_farewell() -> None:
    for client in list(socketio.server.eio.sockets.values()):
        # Not socketio.disconnect(): clients take that as "do not come back".
        spawn(client.close, wait=False)


def _arm_last_resort(*_: object) -> None:
    """Have the kernel end this process later, should something keep the hub from turning."""
    if not any(signal.getitimer(signal.ITIMER_REAL)):
        signal.alarm(HARD_STOP_SECONDS)


def _eventlet() -> Any:
    """The library, loaded late: `async_mode="threading"` must run without it."""
    import eventlet.tpool  # noqa: PLC0415
    import eventlet.wsgi  # noqa: PLC0415

    return eventlet
