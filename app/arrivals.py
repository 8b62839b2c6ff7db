"""When a request must have arrived: who sends a byte now and then keeps no connection for ever.

Eventlet's own time is one of silence, and each byte starts it anew. Here the head of a request has
one time altogether, and a body one by its length, so that an honest phone with a bad signal still
gets a photo through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

HEAD_S = 60
"""From the end of the time that a connection may idle: both begin with the answer before."""
BODY_S = 60
BYTES_PER_S = 8 * 1024
"""An 802.11b phone at the edge of the hall does a hundred times as many."""
UNTOLD_BYTES = 32 * 1024 * 1024
"""What a body in chunks may have, which does not tell its length."""


class Arrivals:
    """The moments until which connections must have sent what they began. `idle_s` is how long one
    may say nothing between requests.
    """

    def __init__(self, clock: Callable[[], float], *, idle_s: float) -> None:
        self._clock = clock
        self._idle_s = idle_s
        self._due: dict[int, float] = {}

    def expect_head(self, connection: object) -> None:
        """The connection may idle, and then send the head of a request."""
        self._due[id(connection)] = self._clock() + self._idle_s + HEAD_S

    def expect_body(self, connection: object, environ: dict[str, Any]) -> None:
        """The head has come: the body may follow. What has none may be answered for as long as it
        takes, as live sockets are.
        """
        length = _length_of(environ)
        if length:
            self._due[id(connection)] = self._clock() + BODY_S + length / BYTES_PER_S
        else:
            self.forget(connection)

    def forget(self, connection: object) -> None:
        """The connection is closed, or need not send any more."""
        self._due.pop(id(connection), None)

    def is_late(self, connection: object) -> bool:
        """Whether the connection should have sent all by now."""
        due = self._due.get(id(connection))
        return due is not None and self._clock() > due


def _length_of(environ: dict[str, Any]) -> int:
    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        return UNTOLD_BYTES
    return int(environ.get("CONTENT_LENGTH") or 0)
