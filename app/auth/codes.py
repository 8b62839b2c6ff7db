"""Codes of a second factor. Pure: the six digits that a phone makes from a secret and the time
(RFC 6238), and recovery codes for whoever lost the phone.

A recovery code is 125 random bits, kept as its plain hash: as nobody guesses so many, a slow hash
with a salt would protect nothing more (ASVS 6.5.2 asks for one below 112 bits).
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

import pyotp

ISSUER = "StockVerify"
STEP_S = 30
WINDOW = 1
"""Steps before and after now whose codes count: phones' clocks differ, and people type slowly."""

RECOVERY_CODES = 8
GROUPS, GROUP = 5, 5
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no sign is taken for another one."""
_AS_READ = str.maketrans("OIL", "011")


def new_key() -> str:
    """A fresh secret, which the phone and the server share: 160 random bits in base 32."""
    return pyotp.random_base32()


def address_of(key: str, username: str) -> str:
    """The `otpauth:` address that puts the secret into an authenticator app."""
    return pyotp.TOTP(key).provisioning_uri(name=username, issuer_name=ISSUER)


def is_of_a_phone(code: str) -> bool:
    """Whether it looks like a phone's code; else it can only be a recovery code."""
    return re.fullmatch(r"[0-9]{6}", _plain(code)) is not None


def step_of(code: str, key: str, at: datetime) -> int | None:
    """The time step that made the code, of those around `at` the latest; None: none of them."""
    now = int(at.timestamp()) // STEP_S
    shown, made = _plain(code).encode(), pyotp.HOTP(key)
    near = range(now + WINDOW, now - WINDOW - 1, -1)
    return next((step for step in near if compare_digest(made.at(step).encode(), shown)), None)


def new_recovery_codes() -> list[str]:
    """Codes for whoever lost the phone, each good once: `7Q4ZK-…` in five groups."""
    return [
        "-".join("".join(secrets.choice(SIGNS) for _ in range(GROUP)) for _ in range(GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_hash(code: str) -> str:
    """What is kept of a recovery code: the same however it is spelled."""
    return sha256(_plain(code).upper().translate(_AS_READ).encode()).hexdigest()


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code)
