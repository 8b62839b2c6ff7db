"""The Flask extensions, unbound, and the process's way to serve and to run things side by side: on
eventlet (app/green.py), or on native threads (app/threaded.py).
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app
from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_smorest import Api
from flask_socketio import SocketIO
from redis.backoff import NoBackoff
from redis.retry import Retry

from app import green, threaded
from app.connections import FAREWELL_SECONDS, shut
from app.stop_signals import StopSignals
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
stop_signals = StopSignals()


def spawn(task: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
    """Run `task` beside the caller."""
    socketio.start_background_task(task, *args, **kwargs)


def sleep(seconds: float) -> None:
    """Let others run for a while."""
    socketio.sleep(seconds)


def in_native_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run CPU-heavy `work` without holding others up, and wait for its result."""
    result: R = _server().in_native_thread(work, *args, **kwargs)
    return result


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
            shut(_server().connection_of(environ).fileno(), socket.SHUT_RDWR)


def serve(
    app: Flask, settings: Settings, *, inherited: int | None, on_ready: Callable[[], None]
) -> None:
    """Serve `app` until SIGTERM or SIGINT, then drain: nobody new gets in, what runs is finished.

    `on_ready` runs once connections are taken. `inherited` is the descriptor of a listening socket
    that the parent keeps open: who waits there is served by a successor.

    Raises:
        OSError: the address cannot be listened on.
    """

    def be_ready(stop: Callable[[], None]) -> None:
        stop_signals.act = stop
        on_ready()

    _server().serve(
        app, settings, inherited=inherited, on_ready=be_ready, say_farewell=_say_farewell
    )


def serve_beside(app: Flask, address: tuple[str, int]) -> None:
    """Serve a second, small app until the process ends."""
    _server().serve_beside(app, address)


def _server() -> ModuleType:
    return green if socketio.async_mode == "eventlet" else threaded


def _say_farewell() -> None:
    for client in list(socketio.server.eio.sockets.values()):
        # Not socketio.disconnect(): clients take that as "do not come back".
        spawn(client.close, wait=False)
    sleep(FAREWELL_SECONDS)
