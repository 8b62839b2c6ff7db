"""The error log: unexpected errors of the server, its loops and the browsers, each kind once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from app.activity.fault import Fault, KeptFault, fault_of
from app.activity.fault_store import FaultStore
from app.auth.identity import Identity
from app.clock import Clock

MOST_WAITING = 200
"""Kinds of faults that wait for the database at most; further kinds are only counted."""

Position = tuple[datetime, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFilters:
    """Which faults; None: all."""

    severity: str | None = None
    error_type: str | None = None
    endpoint: str | None = None
    resolved: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPage:
    """Some faults, the last seen first, and where the next are; None: these were the last."""

    errors: list[KeptFault]
    next_position: Position | None


class FaultLog:
    """Notes faults without waiting (`heed`), writes them a second later (`flush`)."""

    def __init__(self, store: FaultStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[str, tuple[Fault, int]] = {}
        self._turn = threading.Lock()
        self.missed = 0

    def heed(self, fault: Fault) -> None:
        """Note a fault. It costs no round trip, and never fails."""
        kind = fault.fingerprint
        if len(self._waiting) >= MOST_WAITING and kind not in self._waiting:
            self.missed += 1
            return
        self._waiting[kind] = (fault, self._times(kind) + 1)

    def heed_loop(self, name: str, error: Exception) -> None:
        """Note that a turn of a background loop failed."""
        self.heed(fault_of(error, endpoint=f"loop {name}", severity="warning"))

    def flush(self) -> int:
        """Write what was noted; how many kinds of faults that were. What cannot be written waits
        on. Raises the driver's errors.
        """
        with self._turn:
            noted = dict(self._waiting)
            if noted:
                self._store.add(noted.values(), self._clock.now())
            for kind, (_, times) in noted.items():
                fault, now = self._waiting.pop(kind)
                if now > times:  # it came again meanwhile
                    self._waiting[kind] = (fault, now - times)
        return len(noted)

    def _times(self, kind: str) -> int:
        return self._waiting[kind][1] if kind in self._waiting else 0

    def search(
        self, filters: FaultFilters, *, limit: int, position: Position | None = None
    ) -> FaultPage:
        """Faults that fit, the last seen first, from a position on."""
        end, skip = position or (None, 0)
        fields = ("severity", "error_type", "endpoint", "resolved")
        where = {name: value for name in fields if (value := getattr(filters, name)) is not None}
        found = self._store.newest(where, end=end, skip=skip, limit=limit + 1)
        errors = found[:limit]
        if len(found) <= limit:
            return FaultPage(errors=errors, next_position=None)
        last = errors[-1].timestamp
        shown = sum(error.timestamp == last for error in errors)
        return FaultPage(errors=errors, next_position=(last, shown + (skip if last == end else 0)))

    def resolve(self, error_id: str, *, note: str, by: Identity) -> KeptFault:
        """Somebody took care of it. Does it come again, it is open again, and keeps the note.

        Raises:
            ErrorUnknown: there is no such fault.
        """
        return self._store.resolve(error_id, note=note, by=by.username, at=self._clock.now())
