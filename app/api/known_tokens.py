"""Tokens that were found genuine: verifying one again would take as long as all else of a request.

Only the signature, the kind, the CSRF proof and the end are remembered, which do not change;
whether the sign-in is still alive is asked anew at each request (`SignIns.check`).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

MOST = 4096
Claims = dict[str, Any]


class KnownTokens:
    """The claims of the tokens seen last, by a hash of all that their verification looked at."""

    def __init__(self, most: int = MOST, now: Callable[[], float] = time.time) -> None:
        self._most = most
        self._now = now
        self._claims: OrderedDict[bytes, Claims] = OrderedDict()
        self._lock = threading.Lock()

    def claims(self, shown: tuple[str | None, ...], verify: Callable[[], Claims]) -> Claims:
        """The claims of what was shown: the request's method and the headers and cookies that
        decide. Raises what `verify` raises; a refusal is not remembered.
        """
        key = blake2b(repr(shown).encode(), digest_size=32).digest()
        with self._lock:
            known = self._claims.get(key)
            if known is not None and known["exp"] > self._now():
                self._claims.move_to_end(key)
                return known
        verified = verify()
        with self._lock:
            self._claims[key] = verified
            self._claims.move_to_end(key)
            while len(self._claims) > self._most:
                self._claims.popitem(last=False)
        return verified
