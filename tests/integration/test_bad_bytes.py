"""Bad input as bytes on the wire, before any framework made sense of it."""

from __future__ import annotations

import json
import socket

import pytest
import requests

from app.embedded.server import LOOPBACK
from tests.support.builders import a_record_json

CHUNK = 16 * 1024


@pytest.fixture(scope="module")
def session_id(depot, counter):
    return counter.claim(depot.rack())["session_id"]


@pytest.fixture
def say(program):
    """`say(bytes)`: the first line of the answer, and its whole text."""

    def speak(*parts):
        with socket.create_connection((LOOPBACK, program.port), timeout=10) as wire:
            for part in parts:
                wire.sendall(part)
            wire.shutdown(socket.SHUT_WR)
            heard = b""
            while part := wire.recv(65_536):
                heard += part
        return heard.partition(b"\r\n")[0].decode(), heard.decode("utf-8", "replace")

    return speak


@pytest.fixture(autouse=True)
def the_server_lives_on(program):
    yield
    assert requests.get(f"{program.base_url}/healthz", timeout=5).ok


JSON = {"Content-Type": "application/json"}


def chunked(body):
    """The body in pieces, of unknown length."""
    return (body[at : at + CHUNK] for at in range(0, len(body), CHUNK))


def test_a_chunked_batch_is_taken_like_any_other(counter, session_id):
    record = a_record_json(session_id)
    body = json.dumps({"records": [record]}).encode()
    answer = counter.ask("POST", "/api/sync/batch", data=chunked(body), headers=JSON)
    assert answer.status_code == 200, answer.text
    assert answer.json()["ok"] == [record["client_record_id"]]


def test_a_chunked_body_that_is_too_large_is_refused(counter):
    body = b'{"records":["' + b"x" * 3 * 1024 * 1024
    answer = counter.ask("POST", "/api/sync/batch", data=chunked(body), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_large_body_gets_its_answer_not_a_reset(counter):
    body = b'{"records":["' + b"x" * 3 * 1024 * 1024
    answer = counter.ask("POST", "/api/sync/batch", data=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "pieces", [b"zz\r\n{}\r\n", b"5\r\n{}", b"-1\r\n{}\r\n", b"FFFFFFFFFF\r\n{}", b""]
)
def test_broken_chunks_are_refused(say, counter, pieces):
    status, text = say(
        b"POST /api/sync/batch HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer "
        + counter.token.encode() + b"\r\n\r\n" + pieces
    )  # fmt: skip
    assert status.split()[1].startswith("4"), text[:300]


def test_an_address_that_is_too_long_is_refused(program):
    answer = requests.get(f"{program.base_url}/api/{'x' * 70_000}", timeout=10)
    assert answer.status_code == 414


def test_headers_that_are_too_large_are_refused(program):
    answer = requests.get(f"{program.base_url}/healthz", headers={"X-A": "x" * 100_000}, timeout=10)
    assert answer.status_code in {400, 431}


@pytest.mark.parametrize(
    "request_line",
    [b"GET", b"", b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9", b"\x00" * 100, b"GET /\xff HTTP/1.1",
     b"GET http:// HTTP/1.1", b"BREW /pot HTTP/1.1", b"GET / HTTP/1.1 more"],
)  # fmt: skip
def test_nonsense_for_a_request_is_no_fault(say, request_line):
    status, _ = say(request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert not status.startswith(("HTTP/1.1 5", "HTTP/1.0 5"))


@pytest.mark.parametrize("length", [b"-1", b"abc", b"1e3", b"99999999999999999999999", b"+5", b""])
def test_a_wrong_content_length_is_refused(say, counter, length):
    status, text = say(
        b"POST /api/sync/batch HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nAuthorization: Bearer "
        + counter.token.encode() + b"\r\nContent-Length: " + length + b"\r\n\r\n{}"
    )  # fmt: skip
    assert status.split()[1].startswith("4"), text[:300]


def test_a_body_that_ends_too_early_changes_nothing(depot, say, counter, session_id):
    record = a_record_json(session_id)
    body = json.dumps({"records": [record]}).encode()
    head = (
        f"POST /api/sync/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {counter.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    status, _ = say(head, body[:-20])
    assert not status or status.startswith("HTTP/1.1 4")
    ids = {"client_record_id": record["client_record_id"]}
    assert depot.warehouse.db.verification_records.find_one(ids) is None
