"""Passwords and PINs: argon2id hashes, made and checked beside the event loop."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import ParamSpec, Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

P = ParamSpec("P")
R = TypeVar("R")

# OWASP's argon2id choice (m=19 MiB, t=2, p=1): measured 22 ms on a shared core, so 24 demo accounts
# take less than a second. The library's default, RFC 9106's 64 MiB a hash, would let a few sign-ins
# at once outweigh the whole server.
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1

# 75 sign-ins a second on two cores. Each hash at once costs 19 MiB, which the C library keeps for
# the thread that used it, so the native threads should be few too: 20 of them kept 380 MiB.
HASHES_AT_ONCE = 2


class RunHeavy(Protocol):
    """Runs CPU-heavy work where it stops nobody else, and waits for its result."""

    def __call__(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...


def run_here(work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """The plain call, for tests and command lines."""
    return work(*args, **kwargs)


class Passwords:
    """Makes and checks hashes. One object a process, because it bounds how many run at once."""

    _hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)

    def __init__(self, run_heavy: RunHeavy = run_here) -> None:
        self._run_heavy = run_heavy
        self._slots = BoundedSemaphore(HASHES_AT_ONCE)
        self._nobodys = self._hasher.hash(secrets.token_hex())

    def hash(self, secret: str) -> str:
        """A salted hash that `verify` knows again."""
        with self._slots:
            return self._run_heavy(self._hasher.hash, _normal(secret))

    def verify(self, secret: str, hashed: str | None) -> bool:
        """Whether `secret` made the hash.

        Without a hash it is False and takes the same time, so that nobody learns by a stopwatch
        which accounts exist.
        """
        with self._slots:
            fits = self._run_heavy(self._fits, hashed or self._nobodys, _normal(secret))
        return fits and hashed is not None

    def _fits(self, hashed: str, secret: str) -> bool:
        try:
            return self._hasher.verify(hashed, secret)
        except VerifyMismatchError:
            return False


def _normal(secret: str) -> str:
    """One spelling: the same `é` is one character on a phone and two on a Mac (NIST 800-63B)."""
    return unicodedata.normalize("NFKC", secret)
