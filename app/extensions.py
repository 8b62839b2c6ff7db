"""The Flask extensions, unbound, and the process's way to run things side by side.

Beside wsgi.py the only file that names eventlet: the day it goes, this file changes.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from flask import Flask
from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_smorest import Api
from flask_socketio import SocketIO

P = ParamSpec("P")
R = TypeVar("R")

api = Api()
jwt = JWTManager()
limiter = Limiter(
    key_func=get_remote_address,
    in_memory_fallback_enabled=True,  # without Redis each process counts for itself
    storage_options={"socket_timeout": 1, "socket_connect_timeout": 1},
)
socketio = SocketIO()

MAX_CONNECTIONS = 20_000
BACKLOG = 1024
IDLE_SECONDS = 75
"""An idle keep-alive connection is closed after this; proxies in front commonly use 60 or less."""
SOCKET_SECONDS = 60
"""A client that neither sends nor takes a byte for so long is gone."""
FAREWELL_SECONDS = 0.2
"""For Socket.IO clients to read the farewell; they come back after 0.5 s at the soonest."""
DRAIN_SECONDS = 5
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


def serve(
    app: Flask, address: tuple[str, int], *, share_port: bool, on_ready: Callable[[], None]
) -> None:
    """Serve `app` until SIGTERM or SIGINT, then drain: nobody new gets in, what runs is finished.

    Returns within DRAIN_SECONDS and a moment of the signal; requests that take longer are cut.
    `on_ready` runs once connections are taken.

    Raises:
        OSError: the address cannot be listened on.
    """
    if socketio.async_mode != "eventlet":
        on_ready()
        socketio.run(app, *address, allow_unsafe_werkzeug=True)
        return
    eventlet = _eventlet()
    listener = eventlet.listen(
        address, family_of(address[0]), backlog=BACKLOG, reuse_port=share_port
    )
    server = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        app,
        max_size=MAX_CONNECTIONS,
        keepalive=IDLE_SECONDS,
        socket_timeout=SOCKET_SECONDS,
        log_output=False,
        debug=False,
    )
    eventlet.spawn(_drain_on_signal, server, listener)
    on_ready()
    with suppress(eventlet.greenlet.GreenletExit):
        server.wait()


def family_of(host: str) -> socket.AddressFamily:
    """The kind of address that `host` is."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _drain_on_signal(server: Any, listener: Any) -> None:
    eventlet = _eventlet()
    _wait_for_signal()
    for client in list(socketio.server.eio.sockets.values()):
        # Not socketio.disconnect(): clients take that as "do not come back".
        eventlet.spawn(client.close, wait=False)
    eventlet.sleep(FAREWELL_SECONDS)
    listener.close()  # nobody new gets in; but `accept` sleeps on, so …
    server.kill()  # … this ends the loop: it closes idle connections and waits for the others
    eventlet.sleep(DRAIN_SECONDS)
    server.kill()  # ends the waiting


def _wait_for_signal() -> None:
    """Block this green thread until a stop signal; later ones are ignored.

    A handler that only schedules work would wait for the hub's poll to end, which an idle server
    may reach after a minute. The byte that Python itself writes ends the poll at once.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)  # noqa: FBT003  # the standard library's own signature
    signal.set_wakeup_fd(writer.fileno())
    for sign in STOP_SIGNALS:
        signal.signal(sign, _arm_last_resort)
    received = 0
    while received not in STOP_SIGNALS:
        received = ord(reader.recv(1))


def _arm_last_resort(*_: object) -> None:
    """Have the kernel end this process later, should a request keep the hub from draining."""
    if not any(signal.getitimer(signal.ITIMER_REAL)):
        signal.alarm(HARD_STOP_SECONDS)


def _eventlet() -> Any:
    """The library, loaded late: `async_mode="threading"` must run without it."""
    import eventlet.tpool  # noqa: PLC0415
    import eventlet.wsgi  # noqa: PLC0415

    return eventlet
