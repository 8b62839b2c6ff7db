"""The conflict desk as it is read: a queue, and one conflict with all that explains it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.auth.identity import Identity
from app.auth.permissions import Action, may
from app.clock import Clock
from app.errors import ConflictUnknown
from app.items.catalogue import Catalogue
from app.racks.rack import CountSession, Rack
from app.racks.standing import Standing
from app.sync.conflict import AGES, OLDER, OPEN, Conflict, DeskQuery
from app.sync.conflict_store import ConflictStore
from app.sync.records import ConflictType, Known
from app.sync.sides import differences, rival_of, server_side, told_of, version_told
from app.sync.store import RecordStore

LATEST = 50
"""Versions, rival serials and further conflicts that one conflict shows at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Conflict):
    """A conflict as the queue shows it. `age_s` is how long it waited, in seconds; `server` is the
    other side as it is now, or as it was when this was settled.
    """

    name: str
    item_name: str | None
    age_s: int
    differences: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Line):
    """A conflict with its history and what explains it. `serials` says who holds the numbers that
    it wants, `others` what else became of the same record.
    """

    history: Sequence[Mapping[str, Any]]
    session: Mapping[str, Any] | None
    rack: Mapping[str, Any] | None
    serials: Sequence[Mapping[str, Any]]
    others: Sequence[Conflict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """How many conflicts there are by status, and of the open ones by what a desk sorts them by."""

    by_status: Mapping[str, int]
    open_by_type: Mapping[str, int]
    open_by_floor: Mapping[str, int]
    open_by_age: Mapping[str, int]
    oldest_at: datetime | None


class Desk:
    """All conflicts for who sees all counts; a counter's own, without others' counts in them."""

    def __init__(
        self,
        store: ConflictStore,
        records: RecordStore,
        standing: Standing,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self._store = store
        self._records = records
        self._standing = standing
        self._catalogue = catalogue
        self._clock = clock

    def queue(self, query: DeskQuery, *, by: Identity) -> list[Line]:
        """A page of conflicts: five queries, however many they are."""
        now = self._clock.now()
        found = self._store.page(query, own=_own(by), now=now)
        sessions = self._standing.sessions({c.session_id for c in found})
        known = self._records.known({rival_of(c) for c in found if c.status == OPEN})
        names = self._catalogue.names({str(c.payload["item_code"]) for c in found})
        return [
            Line(**_line(c, sessions.get(c.session_id), _seen(c, known, by), names, now))
            for c in found
        ]

    def case(self, conflict_id: str, *, by: Identity) -> Case:
        """One conflict with all that explains it. Raises ConflictUnknown, for another's too."""
        conflict = self._store.get(conflict_id)
        if _own(by) and conflict.user_id != by.user_id:
            raise ConflictUnknown(conflict_id)
        now, record_id = self._clock.now(), conflict.client_record_id
        holders = self._rivals(conflict, by)
        known = self._records.known({rival_of(conflict), *(h["client_record_id"] for h in holders)})
        sessions = self._standing.sessions(
            {conflict.session_id, *(h["session_id"] for h in holders)}
        )
        codes = {conflict.payload["item_code"], *(h["item_code"] for h in holders)}
        names = self._catalogue.names(str(code) for code in codes)
        session = sessions.get(conflict.session_id)
        rack = self._standing.racks([conflict.rack_id]).get(conflict.rack_id)
        return Case(
            **_line(conflict, session, _seen(conflict, known, by), names, now),
            history=[version_told(v) for v in self._records.history(record_id, LATEST)],
            session=_session_facts(session) if session else None,
            rack=_rack_facts(rack) if rack else None,
            serials=[_holder(h, known, sessions, names) for h in holders],
            others=self._store.of_record(record_id, but=conflict_id, latest=LATEST),
        )

    def stats(self, by: Identity) -> Stats:
        """Counts for a desk's filters; of their own conflicts for a counter."""
        groups = self._store.open_groups(_own(by), self._clock.now())
        types, floors = Counter[str](), Counter[str]()
        ages = Counter[str](dict.fromkeys((*AGES, OLDER), 0))
        for group in groups:
            types[group.conflict_type] += group.n
            floors[group.floor] += group.n
            ages[group.age] += group.n
        return Stats(
            by_status=self._store.count_by_status(_own(by)),
            open_by_type=types,
            open_by_floor=floors,
            open_by_age=ages,
            oldest_at=min((group.oldest_at for group in groups), default=None),
        )

    def _rivals(self, conflict: Conflict, by: Identity) -> list[Mapping[str, Any]]:
        """Who else has the serial numbers that a parked record wants."""
        wanted = list(conflict.payload.get("serial_numbers") or ())[:LATEST]
        if not wanted or not may(by, Action.SEE_COUNTS):
            return []
        held = self._records.serials.held(wanted)
        return [h for h in held if h["client_record_id"] != conflict.client_record_id]


def _own(by: Identity) -> dict[str, str]:
    """The filter that keeps a counter to their own conflicts."""
    return {} if may(by, Action.SEE_COUNTS) else {"user_id": by.user_id}


def _seen(conflict: Conflict, known: Mapping[str, Known], by: Identity) -> Mapping[str, Any] | None:
    """The other side, but for a counter whom it would tell of another's count."""
    is_anothers = conflict.conflict_type is ConflictType.DUPLICATE_SERIAL
    if is_anothers and not may(by, Action.SEE_COUNTS):
        return None
    return server_side(conflict, known)


def _line(
    conflict: Conflict,
    session: CountSession | None,
    server: Mapping[str, Any] | None,
    names: Mapping[str, str],
    now: datetime,
) -> dict[str, Any]:
    fields = {name: getattr(conflict, name) for name in Conflict.__slots__}
    return {
        **fields,
        "name": session.holder.name if session else conflict.username,
        "item_name": names.get(str(conflict.payload["item_code"])),
        "age_s": int(((conflict.settled_at or now) - conflict.created_at).total_seconds()),
        "server": server,
        "differences": differences(conflict.payload, server),
    }


def _session_facts(session: CountSession) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "rack_id": session.rack_id,
        "status": session.status.value,
        "fence": session.fence,
        "pass": session.pass_no,
        "name": session.holder.name,
        "started_at": session.started_at,
        "last_heartbeat": session.last_heartbeat,
        "ended_reason": session.ended_reason,
    }


def _rack_facts(rack: Rack) -> dict[str, Any]:
    return {
        "rack_id": rack.rack_id,
        "status": rack.status.value,
        "fence": rack.fence,
        "pass": rack.pass_no,
        "recount": rack.recount,
        "holder": rack.holder.name if rack.holder else None,
        "claimed_at": rack.claimed_at,
    }


def _holder(
    held: Mapping[str, Any],
    known: Mapping[str, Known],
    sessions: Mapping[str, CountSession],
    names: Mapping[str, str],
) -> dict[str, Any]:
    """Who has a serial number, where, since when, and in which count."""
    session = sessions.get(held["session_id"])
    record = known.get(held["client_record_id"])
    return {
        "serial_number": held["serial_number"],
        "client_record_id": held["client_record_id"],
        "rack_id": held["rack_id"],
        "floor": session.floor if session else None,
        "name": session.holder.name if session else None,
        "item_code": held["item_code"],
        "item_name": names.get(held["item_code"]),
        "counted_at": held["created_at"],
        "record": told_of(record) if record else None,
    }
