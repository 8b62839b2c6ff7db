"""How long the logs are kept."""

from __future__ import annotations

from datetime import timedelta

from app.activity.fault_store import FaultStore
from app.activity.store import ActivityStore
from app.clock import Clock

CHUNK = 1_000
MOST_CHUNKS = 20
"""A turn removes at most so much of each log; the next one goes on."""


class Retention:
    """Removes what is older than so many days from both logs."""

    def __init__(
        self, activity: ActivityStore, faults: FaultStore, clock: Clock, *, days: int
    ) -> None:
        self._logs = (activity, faults)
        self._clock = clock
        self._kept = timedelta(days=days)

    def sweep(self) -> int:
        """Remove a bounded number of old entries; how many those were. Safe in many processes."""
        oldest, removed = self._clock.now() - self._kept, 0
        for log in self._logs:
            for _ in range(MOST_CHUNKS):
                gone = log.remove_before(oldest, CHUNK)
                removed += gone
                if not gone:  # fewer than CHUNK may be what another process left of a chunk
                    break
        return removed
