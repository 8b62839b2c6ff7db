"""What happened, in the past tense, and the one way to tell it.

An event is published after the write it tells of, never before it. `Publisher` first appends it to
the event log, which gives the growing `id`, and then hands it to the outlets in their order. How an
event reaches a screen is the live relay's business: it reads the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

from app.clock import Clock, iso

GLOBAL_CHANNEL = "global:notifications"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events. `name` is the Socket.IO event, `type` says which kind of it."""

    name: ClassVar[str]
    type: ClassVar[str]

    @property
    def channel(self) -> str:
        """The Redis channel that carries it."""
        return GLOBAL_CHANNEL


@dataclass(frozen=True, slots=True, kw_only=True)
class RackEvent(Event):
    """A rack changed hands or state. Carries no figure: every role may see it."""

    name = "rack:update"

    rack_id: str
    floor: str
    status: str
    fence: int
    pass_no: int
    recount: bool = False
    session_id: str | None = None
    user_id: str | None = None
    holder: Mapping[str, Any] | None = None
    reason: str | None = None
    by: Mapping[str, Any] | None = None
    """Who made the move, where that was not the holder: user_id, username, name."""

    @property
    def channel(self) -> str:
        return f"rack:updates:{self.rack_id}"


class RackClaimed(RackEvent):
    type = "claimed"


class RackRenewed(RackEvent):
    type = "renewed"


class RackPaused(RackEvent):
    type = "paused"


class RackResumed(RackEvent):
    type = "resumed"


class RackReleased(RackEvent):
    type = "released"


class RackCompleted(RackEvent):
    type = "completed"


class RackExpired(RackEvent):
    type = "expired"


class RackRecountAsked(RackEvent):
    type = "recount"


@dataclass(frozen=True, slots=True, kw_only=True)
class RackAssigned(RackEvent):
    """A supervisor keeps the rack for a counter, or with None for nobody any more. `taken_from` is
    the user who had it before.
    """

    type = "assigned"

    assigned_to: Mapping[str, Any] | None = None
    taken_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEvent(Event):
    """A counting session moved. Its figures go to the counter and to supervisors only."""

    name = "session:update"

    session_id: str
    rack_id: str
    floor: str
    user_id: str
    holder: Mapping[str, Any]
    status: str
    progress: Mapping[str, Any] | None = None
    queue_length: int | None = None
    queue_age_s: int | None = None

    @property
    def channel(self) -> str:
        return f"session:updates:{self.session_id}"


class SessionStarted(SessionEvent):
    type = "started"


class SessionBeat(SessionEvent):
    type = "heartbeat"


class SessionProgressed(SessionEvent):
    type = "progress"


class SessionPaused(SessionEvent):
    type = "paused"


class SessionResumed(SessionEvent):
    type = "resumed"


class SessionCompleted(SessionEvent):
    type = "completed"


class SessionReleased(SessionEvent):
    type = "released"


class SessionExpired(SessionEvent):
    type = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictEvent(Event):
    """A record was parked, or a parked one was settled."""

    conflict_id: str
    conflict_type: str
    client_record_id: str
    rack_id: str
    floor: str
    user_id: str
    resolution: str | None = None
    settled_by: str | None = None
    settled_by_name: str | None = None
    note: str | None = None


class ConflictFound(ConflictEvent):
    name = "conflict:new"
    type = "new"


class ConflictSettled(ConflictEvent):
    name = "conflict:resolved"
    type = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeEvent(Event):
    """A stocktake moved. Carries no figure of a count: every role may see it."""

    name = "stocktake:update"

    stocktake_id: str
    title: str
    by: Mapping[str, Any]
    blind: bool = False


class StocktakeOpened(StocktakeEvent):
    type = "opened"


class StocktakeClosedNow(StocktakeEvent):
    type = "closed"


class StocktakeSealed(StocktakeEvent):
    """Its manifest is signed: its proof of custody can be fetched."""

    type = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesCounted(Event):
    """A rack's count lines were made anew."""

    name = "lines:update"
    type = "counted"

    stocktake_id: str
    rack_id: str
    floor: str
    lines: int
    counted: int
    settled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesDecided(Event):
    """A supervisor decided on count lines of these racks."""

    name = "lines:update"
    type = "decided"

    stocktake_id: str
    rack_ids: Sequence[str]
    lines: Sequence[str]
    decision: str
    by: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent(Event):
    """A job moved. Only who asked for it hears so."""

    name = "job:update"

    job_id: str
    kind: str
    state: str
    user_id: str
    username: str
    done: int
    total: int | None = None
    error: str | None = None
    result: Mapping[str, Any]


class JobAsked(JobEvent):
    type = "asked"


class JobProgressed(JobEvent):
    type = "progressed"


class JobDone(JobEvent):
    type = "done"


class JobFailed(JobEvent):
    type = "failed"


class JobCancelled(JobEvent):
    type = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(Event):
    """A user came or went."""

    name = "presence"
    type = "presence"

    user_id: str
    username: str
    role: str
    online: bool
    device_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInsEnded(Event):
    """A user's sign-in was revoked, or with None all of them but the spared one. For the servers,
    which then end its sockets: no client hears it.
    """

    name = "sign_ins"
    type = "ended"

    user_id: str
    sign_in_id: str | None = None
    spared: str | None = None

    @property
    def channel(self) -> str:
        return "auth:sign_ins"


@dataclass(frozen=True, slots=True, kw_only=True)
class RacksChanged(Event):
    """The floor plan is another one: whoever shows it loads it again."""

    name = "floor_plan"

    racks: Sequence[str]
    floors: Sequence[str]
    by: Mapping[str, Any]


class RacksAdded(RacksChanged):
    type = "racks_added"


class RacksMoved(RacksChanged):
    type = "racks_moved"


class RacksRemoved(RacksChanged):
    type = "racks_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Event):
    """Somebody did something that the activity log keeps and no screen hears. `user_id` is who;
    None: nobody who is known, or an operator at the shell.
    """

    name = "act"

    user_id: str | None = None

    @property
    def channel(self) -> str:
        return "acts"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInOpened(Act):
    type = "signed_in"

    username: str
    device_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRefused(Act):
    """Somebody gave a wrong password or PIN, or the name of nobody. That name is not told: it may
    be a secret that was typed into the wrong field.
    """

    type = "sign_in_refused"

    username: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed(Act):
    """Somebody signed in without their phone."""

    type = "recovery_code_used"

    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAdded(Act):
    type = "user_added"

    whom: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(Act):
    """`changed` names what is different now; never a secret itself."""

    type = "user_changed"

    whom: str
    changed: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSecretChanged(Act):
    """Somebody changed their own password, PIN or second factor."""

    type = "own_secret_changed"

    username: str
    changed: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEnrolled(Act):
    type = "device_enrolled"

    device_id: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRevoked(Act):
    type = "device_revoked"

    device_id: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportExported(Act):
    """Somebody asked for a report as a file: figures leave the program with it."""

    type = "report_exported"

    username: str
    report_id: str
    title: str
    format: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEvent(Act):
    """Somebody changed what is made by the clock."""

    username: str
    schedule_id: str
    title: str


class ScheduleAdded(ScheduleEvent):
    type = "schedule_added"


class SchedulePaused(ScheduleEvent):
    type = "schedule_paused"


class ScheduleResumed(ScheduleEvent):
    type = "schedule_resumed"


class ScheduleRemoved(ScheduleEvent):
    type = "schedule_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEvent(Act):
    """What became of a report that was sent out by the clock."""

    schedule_id: str
    report_id: str
    channel_name: str
    receiver: str
    detail: str


class ReportDelivered(DeliveryEvent):
    type = "report_delivered"


class ReportNotDelivered(DeliveryEvent):
    type = "report_not_delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class RackOffered(Event):
    """A holder offered the rack to a colleague."""

    name = "notification"
    type = "rack_offered"

    user_id: str
    rack_id: str
    floor: str
    level: str
    message: str
    by: Mapping[str, Any]

    @property
    def channel(self) -> str:
        return f"rack:updates:{self.rack_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Event):
    """A supervisor wrote to one person, or with None to everybody."""

    name = "notification"
    type = "message"

    message_id: str
    level: str
    message: str
    by: Mapping[str, Any]
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMoved(Event):
    """The book stock of these items changed. Only for those who see the book."""

    name = "stock:update"
    type = "moved"

    item_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsImported(Event):
    """A file was taken over into the catalogue (`state` done), or taken back (undone)."""

    name = "items:update"
    type = "imported"

    import_id: str
    state: str
    file_name: str
    by: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """An event as the log keeps it: `data` is the whole object that clients receive. The id is
    UNNUMBERED where Redis was away and gave none.
    """

    id: int
    name: str
    data: dict[str, Any]


class EventLog(Protocol):
    """Where events get their ids and wait for screens that missed them."""

    def append(self, events: Sequence[tuple[str, str, dict[str, Any]]]) -> list[int]:
        """Append (name, channel, data) triples in order and return their ids."""


Outlet = Callable[[Logged], None]
UNNUMBERED = 0


class Publisher:
    """Tells events: `publish(RackClaimed(...))`."""

    def __init__(self, log: EventLog, clock: Clock, outlets: Sequence[Outlet] = ()) -> None:
        self._log = log
        self._clock = clock
        self._outlets = tuple(outlets)

    def __call__(self, *events: Event) -> None:
        """Publish events in order. Raises nothing when Redis is down: the log keeps the gap, and
        outlets get the events without an id.
        """
        if not events:
            return
        at = iso(self._clock.now())
        told = [(e.name, e.channel, {"type": e.type, "at": at, **_wire(e)}) for e in events]
        ids = self._log.append(told) or [UNNUMBERED] * len(told)
        for event_id, (name, _, data) in zip(ids, told, strict=False):
            for outlet in self._outlets:
                outlet(Logged(id=event_id, name=name, data={"id": event_id, **data}))


def _wire(event: Event) -> dict[str, Any]:
    """The event's facts under their wire names: `pass` is a word that Python keeps for itself."""
    return {wire: getattr(event, name) for name, wire in _WIRE_NAMES[type(event)]}


class _WireNames(dict[type[Event], Sequence[tuple[str, str]]]):
    """The names of each kind's fields, and these on the wire. Filled at the first of a kind."""

    def __missing__(self, kind: type[Event]) -> Sequence[tuple[str, str]]:
        names = [field.name for field in fields(kind)]
        self[kind] = [(name, "pass" if name == "pass_no" else name) for name in names]
        return self[kind]


_WIRE_NAMES = _WireNames()
