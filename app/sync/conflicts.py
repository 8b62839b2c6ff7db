"""Conflicts: a supervisor's one decision on each parked record. `desk` is where they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from msgspec.structs import replace
from pymongo.client_session import ClientSession

from app.auth.identity import Identity
from app.clock import Clock
from app.db.client import Document
from app.errors import AlreadySettled, DomainError, InvalidRequest, StocktakeClosed
from app.events import ConflictSettled, Event, Publisher
from app.items.catalogue import Catalogue
from app.racks import tidings
from app.racks.leases import Leases
from app.racks.standing import Standing
from app.sync.aftermath import added_by
from app.sync.conflict import OPEN, Conflict, event_of
from app.sync.conflict_store import ConflictStore
from app.sync.documents import Draft
from app.sync.records import CountRecord, Known, record_from
from app.sync.sides import rival_of, server_side
from app.sync.store import RecordStore


class Resolution(StrEnum):
    """What a supervisor may decide."""

    ACCEPT_CLIENT = "accept_client"
    ACCEPT_SERVER = "accept_server"
    MERGE = "merge"
    RECOUNT = "recount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A resolution, the fields that a merge changes in the parked record, and the reason."""

    resolution: Resolution
    note: str
    merged: Mapping[str, Any] | None = None


class Settlement:
    """A decision while it is carried out, and what is to be done once it stands."""

    def __init__(self, conflict: Conflict, decision: Decision, by: Identity) -> None:
        self.conflict = conflict
        self.decision = decision
        self.by = by
        self.begin_again()

    def begin_again(self) -> None:
        """Forget a run that another write was in the way of."""
        self.added: Draft | None = None
        self.afterwards: list[Callable[[], object]] = []


class Conflicts:
    """Settles: an open conflict once, whoever tries at the same moment."""

    def __init__(
        self,
        store: ConflictStore,
        records: RecordStore,
        standing: Standing,
        leases: Leases,
        catalogue: Catalogue,
        publish: Publisher,
        clock: Clock,
    ) -> None:
        self._store = store
        self._records = records
        self._standing = standing
        self._leases = leases
        self._catalogue = catalogue
        self._publish = publish
        self._clock = clock

    def resolve(self, conflict_id: str, decision: Decision, *, by: Identity) -> Conflict:
        """Settle an open conflict; the decision, the reason and both payloads stay for ever.

        Raises:
            ConflictUnknown: there is none of that id.
            AlreadySettled: somebody was first; it names who.
            InvalidRequest: the count cannot be written like that; the conflict stays open.
            StocktakeClosed: the count belongs to a stocktake that is over; its figures stay.
        """
        conflict = self._store.get(conflict_id)
        if conflict.status != OPEN:
            raise _settled_by_another(conflict)
        work = Settlement(conflict, decision, by)
        settled = self._store.settle(
            conflict_id,
            {
                "resolution": decision.resolution.value,
                "note": decision.note,
                "merged": decision.merged,
                "settled_by": by.username,
                "settled_by_name": by.name,
                "settled_at": self._clock.now(),
            },
            lambda s: self._carry_out(work, s),
        )
        if settled is None:
            raise _settled_by_another(self._store.get(conflict_id))
        self._tell(work, settled)
        return settled

    def resolve_many(
        self, conflict_ids: Iterable[str], decision: Decision, *, by: Identity
    ) -> tuple[list[Conflict], list[tuple[str, DomainError]]]:
        """Settle each of the conflicts by itself: those that were, and why the others were not.

        Where MongoDB stops to answer on the way, what was settled stays so, and the same request
        again names it among the others.
        """
        settled, refused = [], []
        for conflict_id in dict.fromkeys(conflict_ids):
            try:
                settled.append(self.resolve(conflict_id, decision, by=by))
            except DomainError as error:
                refused.append((conflict_id, error))
        return settled, refused

    def _carry_out(self, work: Settlement, s: ClientSession) -> Document:
        """Do what was decided; the other side as it was until now, for the conflict to keep."""
        work.begin_again()
        conflict, decision = work.conflict, work.decision
        known = self._records.known({rival_of(conflict), conflict.client_record_id}, s)
        if decision.resolution is Resolution.RECOUNT:
            item = str(conflict.payload["item_code"])
            tell = self._leases.recount_within(
                s, conflict.rack_id, by=work.by, reason=decision.note, item=item
            )
            work.afterwards.append(tell)
        elif decision.resolution is not Resolution.ACCEPT_SERVER:
            record = _decided(record_from(conflict.payload), decision, self._clock.now())
            work.added = self._draft(record, known.get(record.client_record_id), s)
            heirs = self._records.put(work.added, s)
            work.afterwards.append(partial(self._records.serials.free_what_heirs_gave_up, heirs))
        return {"server": server_side(conflict, known)}

    def _draft(self, record: CountRecord, ground: Known | None, s: ClientSession) -> Draft:
        """The record as it is to be written, under the fence and pass it was counted under: late
        work never mixes.
        """
        if ground is not None and ground.session_id != record.session_id:
            why = "Another session has a count of that id by now, which this would write over."
            raise InvalidRequest({"resolution": [why]})
        session = self._standing.sessions([record.session_id])[record.session_id]
        rack = self._standing.racks([session.rack_id])[session.rack_id]
        if session.stocktake_id and rack.stocktake_id != session.stocktake_id:
            raise StocktakeClosed(session.stocktake_id)
        self._standing.mark_due([session.rack_id], s)
        return Draft(
            versions=[record],
            ground=ground,
            session=session,
            known_items=self._catalogue.known_codes([record.item_code]),
            received_at=self._clock.now(),
        )

    def _tell(self, work: Settlement, settled: Conflict) -> None:
        """Tell what was done: the rack's recount, the session's new figures, the decision."""
        for tell in work.afterwards:
            tell()
        moved: list[Event] = []
        if work.added is not None:
            sessions = self._standing.add_progress([added_by([work.added], at=None)])
            moved += map(tidings.progressed, sessions)
        self._publish(*moved, event_of(ConflictSettled, settled))


def _decided(record: CountRecord, decision: Decision, now: datetime) -> CountRecord:
    """The count as it is to be written. Scans add up to the quantity, so a supervisor's other
    quantity is one more of them.
    """
    merged = replace(record, **(decision.merged or {}))
    if decision.resolution is not Resolution.MERGE:
        return record
    if merged.damage_qty > merged.verified_qty:
        raise InvalidRequest({"merged": {"damage_qty": ["More than were counted."]}})
    more = merged.verified_qty - record.verified_qty
    if record.scans and more:
        merged = replace(merged, scans=(*record.scans, {"qty": more, "at": now, "code": None}))
    return merged


def _settled_by_another(conflict: Conflict) -> AlreadySettled:
    return AlreadySettled(
        conflict.conflict_id,
        by=conflict.settled_by or "",
        name=conflict.settled_by_name or conflict.settled_by or "",
        at=conflict.settled_at,
        resolution=conflict.resolution or "",
    )
