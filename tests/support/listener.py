"""A listening socket on loopback that serves each connection in a thread of its own."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Listener:
    """Calls `serve(connection)` for each that comes, from now on until it is closed."""

    def __init__(self, serve):
        self._serve = serve
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._socket.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Let nobody in any more. To close alone would not wake the thread that waits for the next
        one: it would take that one still.
        """
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
