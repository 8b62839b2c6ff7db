"""What follows from a batch: conflicts to keep, progress, events, gaps in a device's sequence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from app.racks.changes import Added
from app.sync.conflict import OPEN, Conflict
from app.sync.documents import Draft
from app.sync.records import CountRecord, Parked
from app.sync.work import Work

DEVICES_AT_MOST = 5
"""Devices whose sequence one batch may advance: a batch comes from one, a merged queue from two."""


def conflicts_of(work: Work) -> list[Conflict]:
    """The batch's new conflicts, each once."""
    found = {
        verdict.conflict_id: _conflict(record, verdict, work) for record, verdict in work.parked()
    }
    return list(found.values())


def added_in(work: Work) -> list[Added]:
    """What the batch added to each session's progress."""
    by_session: dict[str, list[Draft]] = defaultdict(list)
    for draft in work.drafts():
        by_session[draft.session.session_id].append(draft)
    return [added_by(drafts, work.now) for drafts in by_session.values()]


def added_by(drafts: Sequence[Draft], at: datetime | None) -> Added:
    """What written records of one session add to it; what is taken back is no count."""
    counts = [draft.record for draft in drafts if not draft.record.voided]
    changed = [(draft.ground, draft.record) for draft in drafts if draft.ground]
    before = [(known, record) for known, record in changed if known.counts]
    given_up = {
        str(known.content["item_code"])
        for known, record in before
        if record.voided or record.item_code != known.content["item_code"]
    }
    return Added(
        session_id=drafts[0].session.session_id,
        records=len(counts) - len(before),
        pieces=sum(r.verified_qty for r in counts) - sum(k.verified_qty for k, _ in before),
        items=frozenset(r.item_code for r in counts),
        given_up=frozenset(given_up),
        at=at,
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
