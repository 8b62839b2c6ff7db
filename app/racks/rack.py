"""What the racks room hands out: a rack, a counting session, a lease."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.auth.identity import Holder


class RackStatus(StrEnum):
    """A rack's state. A recount is an available rack with a mark and a higher pass."""

    AVAILABLE = "available"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"


class SessionStatus(StrEnum):
    """A counting session's state; the last three end it, but EXPIRED may come back to life."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    RELEASED = "released"
    EXPIRED = "expired"


OPEN = (SessionStatus.ACTIVE, SessionStatus.PAUSED)
CLOSED = (SessionStatus.COMPLETED, SessionStatus.RELEASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a session is: records, different items, pieces; `expected` items of the catalogue.

    Kept up while records come in, for display; `sessions.progress` computes it from the records.
    """

    records: int = 0
    items: int = 0
    pieces: float = 0
    expected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rack:
    """A rack of the floor plan and who counts it. `fence` only grows, and every later one is above
    `fence_above` too. `recount_items`: the pass is of these items only, of all where it is empty.
    """

    rack_id: str
    floor: str
    zone: str | None
    row: int
    column: int
    warehouse: str
    status: RackStatus
    fence: int
    pass_no: int
    recount: bool
    blind: bool
    stocktake_id: str | None
    expected_items: int
    counted_by: tuple[str, ...]
    recount_items: tuple[str, ...] = ()
    holder: Holder | None
    session_id: str | None
    last_session_id: str | None
    offered_to: str | None
    assigned_to: Holder | None
    claimed_at: datetime | None
    lease_expires_at: datetime | None
    last_heartbeat: datetime | None
    fence_above: int = 0

    @property
    def next_fence(self) -> int:
        """The token of the next claim."""
        return max(self.fence, self.fence_above) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits on a device: records, and for how many seconds the oldest of them."""

    length: int
    age_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSession:
    """One counter's work at one rack under one fence. `uncounted` is what was said at its end of
    the items that nobody counted: item code, decision. `queue` is what waited on the device at its
    last heartbeat that told. `late_pass`: it lost its lease, and its counts were taken in as a pass
    of their own.
    """

    session_id: str
    rack_id: str
    floor: str
    warehouse: str
    stocktake_id: str | None
    holder: Holder
    status: SessionStatus
    fence: int
    pass_no: int
    blind: bool
    started_at: datetime
    last_heartbeat: datetime
    completed_at: datetime | None
    ended_reason: str | None
    counted_items: frozenset[str]
    progress: Progress
    uncounted: tuple[tuple[str, str], ...] = ()
    last_count_at: datetime | None = None
    recount_items: tuple[str, ...] = ()
    late_pass: bool = False
    queue: Queue | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What a claim gives: the session, its fencing token, and how long it lasts unless renewed."""

    rack_id: str
    floor: str
    session_id: str
    fence: int
    pass_no: int
    blind: bool
    ttl_s: int
    message: str
    recount_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseLimits:
    """Life of a lease in seconds, and how many racks one user may hold."""

    ttl_s: int = 60
    max_open: int = 5


class LeaseState(StrEnum):
    """What a heartbeat finds: HELD renews, LOST is another's, ENDED was finished or released."""

    HELD = "held"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """The answer to a heartbeat. `holder` is who has the rack now where the lease is lost."""

    session_id: str
    user_id: str
    state: LeaseState
    ttl_s: int
    at: datetime
    holder: Holder | None = None
