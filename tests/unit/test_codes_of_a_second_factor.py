"""Codes by RFC 6238, and recovery codes that nobody misreads."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from app.auth.codes import (
    SIGNS,
    address_of,
    is_of_a_phone,
    new_key,
    new_recovery_codes,
    recovery_hash,
    step_of,
)

RFC_KEY = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_codes_are_those_of_the_rfc(seconds, code):
    """Appendix B shows eight digits; six are the last of them."""
    at = datetime.fromtimestamp(seconds, UTC)
    assert step_of(code[2:], RFC_KEY, at) == seconds // 30


def test_the_step_before_and_after_count_and_no_further_one():
    now = datetime.fromtimestamp(1_111_111_111, UTC)
    around = [
        step_of("050471", RFC_KEY, now.fromtimestamp(now.timestamp() + 30 * n, UTC))
        for n in range(-3, 4)
    ]
    assert around == [None, None, *[1_111_111_111 // 30] * 3, None, None]


@pytest.mark.parametrize("code", ["050 471", " 050471 ", "050-471"])
def test_a_code_is_the_same_however_it_is_grouped(code):
    assert is_of_a_phone(code)
    assert step_of(code, RFC_KEY, datetime.fromtimestamp(1_111_111_111, UTC))


@pytest.mark.parametrize("code", ["", "50471", "0504711", "०५०४७१", "05047l", "٠٥٠٤٧١"])
def test_what_is_no_six_digits_is_of_no_phone(code):
    assert not is_of_a_phone(code)
    assert step_of(code, RFC_KEY, datetime.fromtimestamp(1_111_111_111, UTC)) is None


def test_secrets_have_160_bits_and_differ():
    keys = {new_key() for _ in range(50)}
    assert len(keys) == 50
    assert {len(base64.b32decode(key)) for key in keys} == {20}


def test_the_address_names_the_program_and_the_person():
    address = address_of(RFC_KEY, "ada")
    assert address == f"otpauth://totp/StockVerify:ada?secret={RFC_KEY}&issuer=StockVerify"


def test_recovery_codes_have_more_bits_than_anybody_guesses():
    codes = [code for _ in range(20) for code in new_recovery_codes()]
    assert len({*codes}) == 160
    signs = {sign for code in codes for sign in code.replace("-", "")}
    assert signs == {*SIGNS}
    assert {len(code.replace("-", "")) * 5 for code in codes} == {125}


def test_a_recovery_code_is_the_same_as_people_read_it():
    assert recovery_hash("0123a-bcdef-ghjkm-npqrs-tvw10") == recovery_hash(
        "OL23A BCDEFGHJKMNPQRSTVWIo"
    )
    assert recovery_hash("7Q4ZK") != recovery_hash("7Q4ZJ")
