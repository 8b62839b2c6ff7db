"""What follows from a batch: conflicts to keep, progress, events, gaps in a device's sequence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from app.events import ConflictFound, Event, SessionProgressed
from app.racks.rack import CountSession, Progress
from app.sync.conflict import OPEN, Conflict
from app.sync.documents import Draft
from app.sync.records import CountRecord, Parked
from app.sync.work import Work

DEVICES_AT_MOST = 5
"""Devices whose sequence one batch may advance: a batch comes from one, a merged queue from two."""

Added = tuple[str, int, float, Sequence[str]]


def conflicts_of(work: Work) -> list[Conflict]:
    """The batch's new conflicts, each once."""
    found = {
        verdict.conflict_id: _conflict(record, verdict, work) for record, verdict in work.parked()
    }
    return list(found.values())


def progress_of(work: Work) -> list[Added]:
    """What the batch added to each session: records, pieces, item codes."""
    by_session: dict[str, list[Any]] = defaultdict(lambda: [0, 0.0, []])
    for draft in work.drafts():
        session_id, records, pieces, codes = added_by(draft)
        if work.written.get(draft.id) is not draft:
            codes = []  # what was written over it says of which item it is
        added = by_session[session_id]
        added[0] += records
        added[1] += pieces
        added[2] += codes
    return [(session, *added) for session, added in by_session.items()]


def added_by(draft: Draft) -> Added:
    """What one written record adds to its session; what is taken back is no count."""
    before = draft.ground if draft.ground and draft.ground.counts else None
    record = draft.record
    records = int(not record.voided) - int(before is not None)
    pieces = record.verified_qty - (before.verified_qty if before else 0)
    return draft.session.session_id, records, pieces, [] if record.voided else [record.item_code]


def taken_back_in(work: Work) -> dict[str, set[str]]:
    """Item codes, by session, that a count was of and, voided or corrected, is of no more."""
    by_session: dict[str, set[str]] = defaultdict(set)
    for draft in work.drafts():
        before = draft.ground
        code = before.content["item_code"] if before and before.counts else None
        if code and (draft.record.voided or draft.record.item_code != code):
            by_session[draft.session.session_id].add(code)
    return dict(by_session)


def tidings_of(work: Work, progress: Sequence[Added], conflicts: Sequence[Conflict]) -> list[Event]:
    """The events of a batch: each session's progress, each new conflict."""
    moved: list[Event] = [progressed(work.world.sessions[added[0]], added) for added in progress]
    return moved + [_found(conflict) for conflict in conflicts]


def progressed(session: CountSession, added: Added) -> SessionProgressed:
    """The event of a session's new figures."""
    _, records, pieces, items = added
    before = session.progress
    now = Progress(
        records=before.records + records,
        items=len(session.counted_items | set(items)),
        pieces=before.pieces + pieces,
        expected=before.expected,
    )
    return SessionProgressed(
        session_id=session.session_id,
        rack_id=session.rack_id,
        floor=session.floor,
        user_id=session.holder.user_id,
        holder=asdict(session.holder),
        status=session.status.value,
        progress=asdict(now),
    )


def gaps_in(
    records: Iterable[CountRecord], note_sequence: Callable[[str, int], int]
) -> tuple[dict[str, Any], ...]:
    """Holes in the devices' sequences: numbers that this server has not seen. A hole may still be
    on its way; a device that sees one again and again has lost something.
    """
    by_device: dict[str, list[int]] = defaultdict(list)
    for record in records:
        if record.device_id and record.client_seq is not None:
            by_device[record.device_id].append(record.client_seq)
    gaps: list[dict[str, Any]] = []
    for device_id, numbers in list(by_device.items())[:DEVICES_AT_MOST]:
        last = note_sequence(device_id, max(numbers))
        new = sorted({n for n in numbers if n > last})
        for before, after in zip([last, *new], new, strict=False):
            if after > before + 1:
                gaps.append({"device_id": device_id, "from": before + 1, "to": after - 1})
    return tuple(gaps)


def _conflict(record: CountRecord, verdict: Parked, work: Work) -> Conflict:
    session = work.world.sessions[record.session_id]
    named = work.world.racks.get(record.rack_id) if record.rack_id else None
    rack = named or work.world.rack_of(session)
    return Conflict(
        conflict_id=verdict.conflict_id,
        conflict_type=verdict.conflict_type,
        client_record_id=record.client_record_id,
        session_id=record.session_id,
        rack_id=rack.rack_id,
        floor=rack.floor,
        user_id=session.holder.user_id,
        username=session.holder.username,
        message=verdict.message,
        details=verdict.details,
        payload=record.payload(),
        status=OPEN,
        created_at=work.now,
    )


def _found(conflict: Conflict) -> ConflictFound:
    return ConflictFound(
        conflict_id=conflict.conflict_id,
        conflict_type=conflict.conflict_type.value,
        client_record_id=conflict.client_record_id,
        rack_id=conflict.rack_id,
        floor=conflict.floor,
        user_id=conflict.user_id,
    )
