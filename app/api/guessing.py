"""Guessing passwords: failed sign-ins are counted by account and address, good ones never.
Tries at the own password by somebody who is signed in are counted with them.

They are counted twice: in Redis for all processes together, and by each process for itself. A Redis
that is slow for a moment, away, or back empty, gives nobody their guesses again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any, TypeVar, cast
from zlib import crc32

from flask import Response, abort, current_app, g, request
from flask_limiter import RequestLimit
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from app.api.context import who
from app.auth.identity import as_username
from app.errors import DomainError, SecondFactorRequired
from app.extensions import limiter

Route = TypeVar("Route", bound=Callable[..., Any])


def _account() -> str:
    """Whose secret is tried: the caller's own, or of whom the checked body names; unknown names are
    counted like known ones.
    """
    caller = g.get("guesses_own")
    return "account:" + as_username(caller or request.get_json()["username"])


def _address() -> str:
    return f"address:{get_remote_address()}"


def _account_at_address() -> str:
    return f"{_account()} {_address()}"


# The first stops one guesser, the second many who share the work, the third one who tries the same
# password on every account. A hall of counters behind one address fails less than the third allows.
_LIMITS = {
    "10 per 5 minutes": _account_at_address,
    "50 per hour": _account,
    "100 per 5 minutes": _address,
}

# In Redis a failure is counted when its answer goes out. A burst of guesses at one account stands
# in line, else all of it would pass the look at the count before the first one is counted; and this
# process counts it before the next in line may look.
_LINES = [BoundedSemaphore() for _ in range(64)]


def limit_guessing(route: Route) -> Route:
    """Limit failed sign-ins. Innermost, so that the body has been checked; 429 says when again."""
    limited: Callable[..., Any] = route
    for rate, whom in _LIMITS.items():
        limited = limiter.shared_limit(
            rate,
            "guesses",
            key_func=whom,
            deduct_when=_failed,
            on_breach=_say_when,
            override_defaults=False,
        )(limited)

    @wraps(limited)
    def in_line(*args: Any, **kwargs: Any) -> Any:
        with _LINES[crc32(_account().encode()) % len(_LINES)]:
            _check_here()
            try:
                return limited(*args, **kwargs)
            except DomainError as refusal:
                if _is_wrong(refusal.status, refusal.code):
                    _count_here()
                raise

    return cast("Route", in_line)


def limit_own_guessing(route: Route) -> Route:
    """As `limit_guessing`, where the caller proves a secret of their own."""
    limited = limit_guessing(route)

    @wraps(route)
    def of_the_caller(*args: Any, **kwargs: Any) -> Any:
        g.guesses_own = who().username
        return limited(*args, **kwargs)

    return cast("Route", of_the_caller)


def _check_here() -> None:
    """Refuse who failed too often at this process, whatever Redis knows of it."""
    here = _seen_here()
    breached = [limit for limit in _limits_here() if not here.test(*limit)]
    if breached:
        resets = [here.get_window_stats(*limit).reset_time for limit in breached]
        _wait_until(max(resets))
        abort(HTTPStatus.TOO_MANY_REQUESTS)


def _count_here() -> None:
    for limit in _limits_here():
        _seen_here().hit(*limit)


def _limits_here() -> list[tuple[RateLimitItem, str]]:
    return [(parse(rate), whom()) for rate, whom in _LIMITS.items()]


def _seen_here() -> MovingWindowRateLimiter:
    """What this process counted itself; what is older than its limit leaves it by itself."""
    known = current_app.extensions
    if "guesses" not in known:
        known["guesses"] = MovingWindowRateLimiter(MemoryStorage())
    return cast("MovingWindowRateLimiter", known["guesses"])


def _failed(answer: Response) -> bool:
    return _is_wrong(answer.status_code, g.get("problem"))


def _is_wrong(status: int, code: str | None) -> bool:
    """Whoever is only asked for a code guessed nothing wrong."""
    refused = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    return refused and code != SecondFactorRequired.code


def _say_when(breached: RequestLimit) -> None:
    _wait_until(breached.reset_at)


def _wait_until(moment: float) -> None:
    wait = max(1, round(moment - time.time()))
    g.retry_after = max(wait, g.get("retry_after", 0))
