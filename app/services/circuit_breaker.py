"""Circuit breakers: stop asking a server that does not answer, and try again after a while.

Built on pybreaker's states and counters. `pybreaker.CircuitBreaker.call` holds a lock while the
guarded call runs, which would queue every call of the process behind one slow answer; so the call
runs outside, and only its outcome goes through pybreaker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from functools import wraps
from time import monotonic
from typing import ParamSpec, TypeVar

import pybreaker

P = ParamSpec("P")
R = TypeVar("R")


class BreakerState(StrEnum):
    """CLOSED lets calls through, OPEN refuses them, HALF_OPEN lets one through as a trial."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class BreakerOpen(Exception):
    """The breaker is open: the call was not tried."""


class CircuitBreaker:
    """Opens after `failure_threshold` failures in a row; lets one through after `timeout` s."""

    def __init__(
        self,
        name: str,
        failure_threshold: int = 5,
        timeout: float = 30,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self.timeout = timeout
        self._monotonic = monotonic
        self._opened_at = 0.0
        self._trial_at: float | None = None
        self._lock = threading.Lock()
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=failure_threshold,
            reset_timeout=0,  # the waiting is ours: pybreaker's uses the wall clock
            name=name,
            throw_new_error_on_trip=False,
        )

    @property
    def state(self) -> BreakerState:
        return BreakerState(self._breaker.current_state)

    @property
    def retry_after(self) -> float:
        """Seconds until an open breaker lets a trial through; 0 where it would now."""
        if self.state is not BreakerState.OPEN:
            return 0.0
        return max(0.0, self._opened_at + self.timeout - self._monotonic())

    def acquire(self) -> None:
        """Ask to make a call; tell the outcome by `record_success` or `record_failure`.

        Raises:
            BreakerOpen: the server failed lately, or another call is the trial just now.
        """
        if self.state is BreakerState.CLOSED:
            return
        with self._lock:
            now = self._monotonic()
            if self.state is BreakerState.OPEN:
                if now < self._opened_at + self.timeout:
                    raise BreakerOpen(self.name)
                self._breaker.half_open()
            elif self._trial_at is not None and now < self._trial_at + self.timeout:
                raise BreakerOpen(self.name)
            self._trial_at = now

    def record_success(self) -> None:
        """The call was answered: a trial closes the breaker, a run of failures ends. A late answer
        to a call from before it opened changes nothing.
        """
        if self.state is BreakerState.CLOSED and self._breaker.fail_counter == 0:
            return
        with self._lock:
            if self.state is BreakerState.OPEN:
                return
            self._trial_at = None
            self._breaker.call(_answered)

    def record_failure(self) -> None:
        """The call was not answered: a trial, or one failure too many, opens the breaker."""
        with self._lock:
            self._trial_at = None
            if self.state is BreakerState.OPEN:
                return
            with suppress(ConnectionError):
                self._breaker.call(_not_answered)
            self._opened_at = self._monotonic()  # means something only if that opened it

    def trip(self) -> None:
        """Open at once: a call that waited all its time in vain needs no second one to say so."""
        with self._lock:
            self._trial_at = None
            self._breaker.open()
            self._opened_at = self._monotonic()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Guard a function: any exception of it is a failure."""

        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            self.acquire()
            try:
                result = function(*args, **kwargs)
            except Exception:
                self.record_failure()
                raise
            self.record_success()
            return result

        return guarded


_registry: dict[str, CircuitBreaker] = {}
_registry_lock = threading.Lock()


def get_circuit_breaker(
    name: str, failure_threshold: int = 5, timeout: float = 30
) -> CircuitBreaker:
    """The process's breaker of that name, made at the first call."""
    with _registry_lock:
        if name not in _registry:
            _registry[name] = CircuitBreaker(name, failure_threshold, timeout)
        return _registry[name]


def breaker_states() -> dict[str, BreakerState]:
    """The state of every breaker, for health and metrics."""
    return {name: breaker.state for name, breaker in _registry.items()}


def _answered() -> None:
    return None


def _not_answered() -> None:
    raise ConnectionError
