"""Conflicts: the parked records, and a supervisor's one decision on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymongo.client_session import ClientSession

from app.auth.identity import Identity
from app.auth.permissions import Action, may
from app.clock import Clock
from app.errors import AlreadySettled, ConflictUnknown, InvalidRequest
from app.events import ConflictSettled, Publisher
from app.items.catalogue import Catalogue
from app.racks.leases import Leases
from app.racks.standing import Standing
from app.sync.conflict import OPEN, Conflict
from app.sync.conflict_store import ConflictStore
from app.sync.documents import Draft
from app.sync.records import CountRecord, record_from
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


class Conflicts:
    """The desk: who may look sees, and an open conflict is settled once."""

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

    def desk(
        self,
        by: Identity,
        where: Mapping[str, str],
        *,
        before: tuple[datetime, str] | None = None,
        limit: int = 50,
    ) -> list[Conflict]:
        """Conflicts with these fields (status, conflict_type, floor), the newest first; a counter
        sees their own.
        """
        return self._store.desk({**where, **_own(by)}, before=before, limit=limit)

    def get(self, conflict_id: str, by: Identity) -> Conflict:
        """One conflict with its payload. Raises ConflictUnknown, for another's too."""
        conflict = self._store.get(conflict_id)
        if _own(by) and conflict.user_id != by.user_id:
            raise ConflictUnknown(conflict_id)
        return conflict

    def stats(self, by: Identity) -> dict[str, dict[str, int]]:
        """Counts by status, and of the open ones by type."""
        return self._store.stats(_own(by))

    def resolve(self, conflict_id: str, decision: Decision, *, by: Identity) -> Conflict:
        """Settle an open conflict; the decision, the reason and both payloads stay for ever.

        Raises:
            ConflictUnknown: there is none of that id.
            AlreadySettled: somebody was first; it names who.
            InvalidRequest: the count cannot be written like that; the conflict stays open.
        """
        conflict = self._store.get(conflict_id)
        if conflict.status != OPEN:
            raise _settled_by_another(conflict)
        settled = self._store.settle(
            conflict_id,
            {
                "resolution": decision.resolution.value,
                "note": decision.note,
                "merged": decision.merged,
                "settled_by": by.username,
                "settled_at": self._clock.now(),
            },
            lambda s: self._carry_out(conflict, decision, by, s),
        )
        if settled is None:
            raise _settled_by_another(self._store.get(conflict_id))
        self._publish(_tidings(settled))
        return settled

    def _carry_out(
        self, conflict: Conflict, decision: Decision, by: Identity, s: ClientSession
    ) -> None:
        record = record_from(conflict.payload)
        if decision.resolution is Resolution.ACCEPT_CLIENT:
            self._put(record, s)
        if decision.resolution is Resolution.MERGE:
            merged = replace(record, **(decision.merged or {}))
            if merged.damage_qty > merged.verified_qty:
                raise InvalidRequest({"merged": {"damage_qty": ["More than were counted."]}})
            self._put(merged, s)
        if decision.resolution is Resolution.RECOUNT:
            self._leases.recount(conflict.rack_id, by=by, reason=decision.note)

    def _put(self, record: CountRecord, s: ClientSession) -> None:
        """Write the record under the fence and pass it was counted under: late work never mixes."""
        ground = self._records.known([record.client_record_id], s).get(record.client_record_id)
        if ground is not None and ground.session_id != record.session_id:
            why = "Another session has a count of that id by now, which this would write over."
            raise InvalidRequest({"resolution": [why]})
        self._records.put(
            Draft(
                versions=[record],
                ground=ground,
                session=self._standing.sessions([record.session_id])[record.session_id],
                known_items=self._catalogue.known_codes([record.item_code]),
                received_at=self._clock.now(),
            ),
            s,
        )


def _own(by: Identity) -> dict[str, str]:
    """The filter that keeps a counter to their own conflicts."""
    return {} if may(by, Action.SEE_COUNTS) else {"user_id": by.user_id}


def _settled_by_another(conflict: Conflict) -> AlreadySettled:
    return AlreadySettled(
        conflict.conflict_id, by=conflict.settled_by or "", resolution=conflict.resolution or ""
    )


def _tidings(conflict: Conflict) -> ConflictSettled:
    return ConflictSettled(
        conflict_id=conflict.conflict_id,
        conflict_type=conflict.conflict_type.value,
        client_record_id=conflict.client_record_id,
        rack_id=conflict.rack_id,
        floor=conflict.floor,
        user_id=conflict.user_id,
        resolution=conflict.resolution,
        settled_by=conflict.settled_by,
    )
