"""Fan-out: an event is encoded and framed once, and written straight to all its receivers.

python-socketio encodes an event once too, but then hands it to a queue and a green thread of each
socket, which frames it again. Here it goes into the kernel's buffer of every socket whose line is
free; where something waits already, it waits behind that in the socket's queue, so order holds.

Pings stay with engineio and go through the queue: its writer takes 45 s without any packet for the
end of the connection.

It knows two things that engineio and eventlet keep to themselves: a socket's queue, and the lock
that is held while a message is written. `tests/integration/test_events_to_many_screens.py` tells
when one of them changes. Without eventlet all events take the usual way, but no line compresses.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from engineio.packet import MESSAGE
from engineio.packet import Packet as Message
from socketio.packet import EVENT

NAMESPACE = "/"
TURN = 25
"""Sockets written to before others may run: about 0.3 ms."""
TEXT_WHOLE = 0x81
"""A text message in one frame (RFC 6455, 5.2)."""
SHORT, MEDIUM = 126, 1 << 16

Spawn = Callable[..., None]
Sleep = Callable[[float], None]


class FanOut:
    """Emits events to this process's sockets. Make it before the first connection."""

    def __init__(self, server: Any, *, spawn: Spawn, sleep: Sleep) -> None:
        self._server = server
        self._spawn = spawn
        self._sleep = sleep
        self._wires: dict[str, Any] = {}
        driver = _uncompressed(server.eio._async["websocket"])  # noqa: SLF001
        if server.async_mode == "eventlet":
            driver = self._noting(driver)
        server.eio._async = {**server.eio._async, "websocket": driver}  # noqa: SLF001

    def emit(self, name: str, data: dict[str, Any], to: Sequence[str] | str | None) -> None:
        """Send to the sockets of some rooms, to one, or with None to all; to each of them once."""
        packet = self._server.packet_class(EVENT, namespace=NAMESPACE, data=[name, data])
        message = Message(MESSAGE, packet.encode())
        frame = framed(message.encode().encode())
        receivers = list(self._server.manager.get_participants(NAMESPACE, to))
        for number, (_, eio_sid) in enumerate(receivers, start=1):
            if not self._goes_straight(eio_sid, frame):
                self._server.eio.send_packet(eio_sid, message)
            if number % TURN == 0:
                self._sleep(0)

    def _goes_straight(self, eio_sid: str, frame: bytes) -> bool:
        """Write the frame where nothing waits before it; False: it must queue. An error is left to
        the queue's own writer, which ends the connection.
        """
        wire, socket = self._wires.get(eio_sid), self._server.eio.sockets.get(eio_sid)
        if wire is None or socket is None or not _is_open(socket):
            return False
        if not socket.queue.empty() or wire._sendlock.balance <= 0:  # noqa: SLF001
            return False
        try:
            sent = wire.socket.fd.send(frame)
        except OSError:  # the buffer is full, or the line is dead
            return False
        if sent < len(frame):
            wire._sendlock.acquire()  # noqa: SLF001 — nobody has it, so this does not wait
            self._spawn(_finish, wire, frame[sent:])
        return True

    def _noting(self, driver: Any) -> Any:
        """The driver's WebSocket, known to us while it is open."""
        wires = self._wires

        class Wired(driver):
            def __init__(self, handler: Any, server: Any) -> None:
                super().__init__(self._noted(handler), server)

            def _noted(self, handler: Any) -> Callable[[Any], Any]:
                socket = handler.__self__

                def handle(wire: Any) -> Any:
                    if not hasattr(wire.socket, "getpeercert"):  # TLS packs for each by itself
                        wires[socket.sid] = wire
                    try:
                        return handler(wire)
                    finally:
                        wires.pop(socket.sid, None)

                return handle

        return Wired


def _uncompressed(driver: Any) -> Any:
    """The driver's WebSocket without compression, which keeps 300 kB a socket and packs each event
    once for each of them.
    """

    class Uncompressed(driver):
        def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
            found: Iterable[bytes] = super().__call__(environ, start_response)
            return found

    return Uncompressed


def framed(content: bytes) -> bytes:
    """The content as a WebSocket text message of a server: whole, and not masked."""
    size = len(content)
    if size < SHORT:
        head = struct.pack("!BB", TEXT_WHOLE, size)
    elif size < MEDIUM:
        head = struct.pack("!BBH", TEXT_WHOLE, 126, size)
    else:
        head = struct.pack("!BBQ", TEXT_WHOLE, 127, size)
    return head + content


def _is_open(socket: Any) -> bool:
    return socket.upgraded and not (socket.upgrading or socket.closing or socket.closed)


def _finish(wire: Any, rest: bytes) -> None:
    """Write the rest of a frame, with the line's lock held, and give the lock back."""
    try:
        with suppress(OSError):  # the reader meets it too, and ends the connection
            wire.socket.sendall(rest)
    finally:
        wire._sendlock.release()  # noqa: SLF001
