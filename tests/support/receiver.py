"""Those to whom reports are sent: a web server and a mail server, both real."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller


@dataclass
class Message:
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers with `answers` in their order, and 200 once these are used up."""

    def __init__(self):
        self.answers = []
        self.got = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.got.append(Message(self.path, headers, body))
                status = outer.answers.pop(0) if outer.answers else 200
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/stock?key=k1"


@contextmanager
def running_receiver():
    receiver = Receiver()
    serving = threading.Thread(target=receiver.server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()


class Postbox:
    """What a mail server took; addresses in `refuses` get its answer instead."""

    def __init__(self):
        self.letters = []
        self.refuses = {}
        self.farewell = "221 Bye"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, _server, _session, _envelope):  # noqa: N802
        return self.farewell

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append((envelope.rcpt_tos, letter))
        return "250 OK"


@contextmanager
def running_postbox():
    postbox = Postbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    postbox.url = f"smtp://127.0.0.1:{port}"
    try:
        yield postbox
    finally:
        controller.stop()
