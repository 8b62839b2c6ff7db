"""`make run LAN=1`: HTTPS by an authority of our own, and a page that makes phones trust it."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
import socketio
from cryptography import x509

from app.lan import certificate_for, code_for_terminal
from tests.support.servers import DEMO_PASSWORD, LAN_ADDRESS, start_on_the_lan


@pytest.fixture
def program(programs, tmp_path):
    return start_on_the_lan(programs, tmp_path)


def test_a_phone_that_trusts_the_authority_signs_in_and_hears_the_floor(program):
    phone = requests.Session()
    phone.verify, phone.trust_env = program.authority, False
    who = {"username": "counter1", "password": DEMO_PASSWORD, "cookies": True}
    answer = phone.post(f"{program.base_url}/api/auth/login", json=who)
    assert answer.status_code == 200
    assert {cookie.secure for cookie in phone.cookies} == {True}
    screen = socketio.Client(http_session=phone)
    screen.connect(program.base_url, transports=["websocket"], wait_timeout=5)
    assert screen.call("watch", {}, timeout=5)["ok"] is True
    screen.disconnect()


def test_nobody_is_served_who_does_not_trust_the_authority(program):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{program.base_url}/readyz", timeout=5)


@pytest.mark.soak
def test_the_page_for_phones_hands_out_the_authority_and_the_way(program):
    page = f"http://{LAN_ADDRESS}:{program.port + 1}"
    shown = requests.get(page, timeout=5)
    assert program.base_url in shown.text
    handed = requests.get(f"{page}/stockverify-authority.crt", timeout=5)
    assert handed.headers["Content-Type"] == "application/x-x509-ca-cert"
    kept = ssl.PEM_cert_to_DER_cert(Path(program.authority).read_text("ascii"))
    assert handed.content == kept
    assert page in program.output


def test_the_authority_stays_and_signs_for_a_new_address(tmp_path):
    first = certificate_for("192.168.1.10", tmp_path).certificate.read_bytes()
    authority = (tmp_path / "authority.pem").read_bytes()
    assert certificate_for("192.168.1.10", tmp_path).certificate.read_bytes() == first
    moved = x509.load_pem_x509_certificate(
        certificate_for("192.168.1.20", tmp_path).certificate.read_bytes()
    )
    names = moved.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ip_address("192.168.1.20") in names.get_values_for_type(x509.IPAddress)
    assert (tmp_path / "authority.pem").read_bytes() == authority
    assert (tmp_path / "authority.key").stat().st_mode & 0o777 == 0o600
    moved.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))


def test_the_code_in_the_terminal_is_as_wide_as_it_is_high():
    lines = code_for_terminal("https://192.168.1.10:5000").splitlines()
    assert {len(line) for line in lines} == {len(lines) * 2 - len(lines[0]) % 2}
