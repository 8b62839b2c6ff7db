"""A message goes to the address that was checked, signed, once, and for no longer than it may."""

from __future__ import annotations

import socket
import threading
import time
from base64 import b64decode, b64encode
from hashlib import sha256

import pytest

from app.services.outward import OutwardRefused, networks
from app.services.webhook_service import WebhookService, new_secret, signature
from tests.support.receiver import running_receiver

LOOPBACK = networks(["127.0.0.0/8"])


def by_definition(key, message):
    """HMAC-SHA256 as RFC 2104 writes it, without the library that made it."""
    key = key.ljust(64, b"\0")
    inner = sha256(bytes(b ^ 0x36 for b in key) + message).digest()
    return sha256(bytes(b ^ 0x5C for b in key) + inner).digest()


def test_the_signature_is_that_of_the_scheme_s_own_example():
    secret, message = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, message)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_hmac_of_id_time_and_body():
    secret = new_secret()
    key = b64decode(secret.removeprefix("whsec_"))
    expected = b64encode(by_definition(key, b"m-1.1700000000.{}")).decode()
    assert signature(secret, "m-1", 1_700_000_000, b"{}") == f"v1,{expected}"


@pytest.fixture
def receiver():
    with running_receiver() as receiver:
        yield receiver


def test_only_success_counts_as_taken_and_no_redirect_is_followed(receiver):
    service = WebhookService(LOOPBACK)
    receiver.answers = [200, 204, 302, 404, 410, 500]
    told = [service.post(receiver.url, b"{}", {"webhook-id": "1"}) for _ in range(6)]
    assert [each.was_taken for each in told] == [True, True, False, False, False, False]
    assert [each.is_final for each in told] == [False, False, False, False, True, False]
    assert told[5].detail == "HTTP 500"
    assert len(receiver.got) == 6
    assert receiver.got[0].headers["content-type"] == "application/json"


def test_an_address_of_this_machine_is_not_called_unless_it_is_allowed(receiver):
    told = WebhookService(()).post(receiver.url.replace("http", "https"), b"{}", {})
    assert (told.was_taken, told.is_final) == (False, True)
    assert receiver.got == []
    with pytest.raises(OutwardRefused):
        WebhookService(()).check("https://127.0.0.1/hook")
    WebhookService(()).check("https://example.com/hook")


def test_the_name_is_asked_once_and_the_checked_address_is_called(receiver):
    asked = []

    def resolve(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["203.0.113.9"]

    service = WebhookService(LOOPBACK, resolve=resolve)
    url = receiver.url.replace("127.0.0.1", "rebind.example")
    assert service.post(url, b"{}", {}).was_taken
    assert asked == ["rebind.example"]
    assert receiver.got[0].headers["host"].startswith("rebind.example:")


def test_a_receiver_that_answers_byte_by_byte_is_cut_off():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def drip():
            connection, _ = server.accept()
            with connection:
                try:
                    for byte in b"HTTP/1.1 200 OK\r\nx-long: " + b"x" * 10_000:
                        connection.sendall(bytes([byte]))
                        time.sleep(0.05)
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        started = time.monotonic()
        told = WebhookService(LOOPBACK, seconds=0.5).post(f"http://127.0.0.1:{port}/", b"{}", {})
    assert not told.was_taken
    assert time.monotonic() - started < 10


def test_nobody_there_is_told_in_words():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    told = WebhookService(LOOPBACK).post(f"http://127.0.0.1:{port}/", b"{}", {})
    assert (told.was_taken, told.detail) == (False, "Nothing listens there.")
