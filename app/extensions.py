"""The Flask extensions, unbound, and the process's way to run things side by side.

Beside wsgi.py the only file that names eventlet: the day it goes, this file changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_smorest import Api
from flask_socketio import SocketIO

P = ParamSpec("P")
R = TypeVar("R")

api = Api()
jwt = JWTManager()
limiter = Limiter(key_func=get_remote_address, swallow_errors=True, headers_enabled=False)
socketio = SocketIO()

MAX_CONNECTIONS = 20_000
BACKLOG = 1024


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
    from eventlet import tpool

    return tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]
