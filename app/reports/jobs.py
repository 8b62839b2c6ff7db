"""Work that no request waits for: whoever asks enqueues it, a process of its own does it."""

from __future__ import annotations

from typing import Protocol


class Jobs(Protocol):
    """A queue that wakes a worker; what is to be done stands in the database under the id."""

    def enqueue(self, kind: str, job_id: str) -> None:
        """Have it done soon. Enqueued twice, or lost, it does no harm: see Comparisons.take_up."""


class Waiting:
    """No queue: jobs wait in the database until the next turn of who takes them up."""

    def enqueue(self, kind: str, job_id: str) -> None:
        """Nothing to do."""
