"""From an event to the entry that the activity log keeps of it. Pure.

Every event is kept unless QUIET names it, so that a new kind of event is in the log from its first
day. An entry holds plain facts only, each of them short: never a payload, and no event carries a
secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from secrets import randbelow
from typing import Any

from app.events import Logged

QUIET = frozenset(
    {
        ("rack:update", "renewed"),
        ("session:update", "heartbeat"),
        ("session:update", "started"),
        ("session:update", "paused"),
        ("session:update", "resumed"),
        ("session:update", "released"),
        ("session:update", "completed"),
        ("session:update", "expired"),
        ("presence", "presence"),
        ("lines:update", "counted"),
        ("job:update", "progressed"),
    }
)
"""What would fill the log and tell nothing: signs of life, what moves as its rack, and
figures made from counts."""

COUNTED = "counted"
MOVES = {
    ("rack:update", "claimed"): "rack_claimed",
    ("rack:update", "paused"): "rack_paused",
    ("rack:update", "resumed"): "rack_resumed",
    ("rack:update", "released"): "rack_released",
    ("rack:update", "completed"): "rack_completed",
    ("rack:update", "expired"): "rack_expired",
    ("rack:update", "recount"): "recount_asked",
    ("session:update", "progress"): COUNTED,
}
"""What changes the rack map: the entries from which a past map can be drawn again."""
OTHERS = {
    ("conflict:new", "new"): "conflict_found",
    ("conflict:resolved", "resolved"): "conflict_settled",
    ("sign_ins", "ended"): "sign_ins_ended",
    ("rack:update", "assigned"): "rack_assigned",
    ("notification", "message"): "message_sent",
    ("stocktake:update", "opened"): "stocktake_opened",
    ("stocktake:update", "closed"): "stocktake_closed",
    ("stocktake:update", "sealed"): "stocktake_sealed",
    ("lines:update", "decided"): "lines_decided",
    ("job:update", "asked"): "job_asked",
    ("job:update", "done"): "job_done",
    ("job:update", "failed"): "job_failed",
    ("job:update", "cancelled"): "job_cancelled",
}
"""Names of further events whose `type` alone would not say what happened."""
STATES = {
    "conflict_found": "open",
    "conflict_settled": "resolved",
    "sign_in_refused": "refused",
    "job_failed": "failed",
}
DONE = "done"

MOST_FACTS = 16
LONGEST_FACT = 200
_OWN_FIELDS = frozenset(
    {"id", "at", "type", "status", "rack_id", "session_id", "floor", "user_id", "username"}
    | {"holder", "by", "progress", "level", "sign_in_id", "spared"}
)
_numbers = count(randbelow(500))
_NEVER = ("password", "pin", "token", "secret", "hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. `user` is the user name of who did it, or of whose lease ended;
    `event_id` grows with the events and names the entry.
    """

    event_id: int
    timestamp: datetime
    action: str
    status: str
    user: str | None = None
    user_id: str | None = None
    name: str | None = None
    rack_id: str | None = None
    session_id: str | None = None
    floor: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_move(self) -> bool:
        """Whether the rack map looked different afterwards."""
        return self.action in _MOVE_ACTIONS


_MOVE_ACTIONS = frozenset(MOVES.values())


def entry_of(event: Logged) -> Entry:
    """The entry of an event that is not QUIET."""
    data = event.data
    kind = (event.name, str(data["type"]))
    action = MOVES.get(kind) or OTHERS.get(kind) or kind[1]
    at = datetime.fromisoformat(data["at"])
    return Entry(
        event_id=event.id or _own_id(at),
        timestamp=at,
        action=action,
        status=_short(data.get("status") or STATES.get(action, DONE)),
        **_who(data),
        rack_id=data.get("rack_id"),
        session_id=data.get("session_id"),
        floor=data.get("floor"),
        details=_details(data),
    )


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """The entries, of each session's counts only the last: its figures are the sums of all."""
    kept: dict[object, Entry] = {}
    for entry in entries:
        key = (entry.session_id, COUNTED) if entry.action == COUNTED else entry.event_id
        kept.pop(key, None)
        kept[key] = entry
    return list(kept.values())


def _who(data: Mapping[str, Any]) -> dict[str, Any]:
    """Who did it: whoever is named as the doer, else whose lease or record it was."""
    if settled_by := data.get("settled_by"):
        return {"user": settled_by}
    named = data.get("by") or data.get("holder")
    person = named if isinstance(named, Mapping) else {}
    return {
        "user": person.get("username") or data.get("username"),
        "user_id": person.get("user_id") or data.get("user_id"),
        "name": person.get("name"),
    }


def _own_id(at: datetime) -> int:
    """An id of the form that Redis gives, for an event of a moment when it was away: above those
    of the same millisecond, and begun anywhere, as other processes make such ids too.
    """
    return int(at.timestamp() * 1000) * 1000 + 500 + next(_numbers) % 500


def _details(data: Mapping[str, Any]) -> dict[str, Any]:
    """The event's further facts that are plain and short."""
    facts = {**data, **(data.get("progress") or {})}
    if data.get("by") and isinstance(data.get("holder"), Mapping):
        facts["held_by"] = data["holder"].get("name")
    if isinstance(data.get("assigned_to"), Mapping):
        facts["assigned_to"] = data["assigned_to"].get("name")
    told = {
        name: _short(fact)
        for name, fact in facts.items()
        if name not in _OWN_FIELDS and _is_plain(fact) and not name.startswith(_NEVER)
    }
    return dict(list(told.items())[:MOST_FACTS])


def _is_plain(fact: Any) -> bool:
    if isinstance(fact, list | tuple):
        return len(fact) <= MOST_FACTS and all(isinstance(part, str) for part in fact)
    return isinstance(fact, str | int | float)


def _short(fact: Any) -> Any:
    if isinstance(fact, list | tuple):
        return [_short(part) for part in fact]
    return fact[:LONGEST_FACT] if isinstance(fact, str) else fact
