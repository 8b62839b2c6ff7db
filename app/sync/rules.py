"""How a record is judged. Pure: the whole world that a judgement needs comes in as `World`.

Records of a batch are judged in their order, each against what the ones before it left: `World` is
the one thing here that changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from msgspec.structs import replace

from app.auth.identity import Identity
from app.racks.rack import CLOSED, CountSession, Rack
from app.sync.records import (
    Accepted,
    ConflictType,
    CountRecord,
    ErrorType,
    Known,
    Parked,
    Refused,
    Same,
    Verdict,
    conflict_id_of,
    plain,
)

_CLOSED = {
    "completed": "The rack was finished before this count arrived.",
    "released": "The session ended before this count arrived.",
}

_NEW = Accepted(rev=1)


@dataclass(slots=True, kw_only=True)
class World:
    """What is known while a batch is judged: sessions and racks by id, the versions of its records,
    the conflicts that some of them already are, the item codes that the catalogue has, and which
    record has which serial, as far as the batch came upon it. `unread` are ids that nobody looked
    for: they are taken for new, which nearly all are, until a write or a refusal says otherwise.
    """

    by: Identity
    sessions: Mapping[str, CountSession]
    racks: Mapping[str, Rack]
    records: dict[str, Known]
    parked: Mapping[str, Parked]
    items: AbstractSet[str]
    unread: AbstractSet[str] = frozenset()
    serials: dict[str, str] = field(default_factory=dict)

    def rack_of(self, session: CountSession) -> Rack:
        return self.racks[session.rack_id]


def judge(record: CountRecord, world: World) -> Verdict:
    """Say what becomes of a record.

    "The same content again" comes first: a retry is fine even after the lease or session ended.
    """
    known = world.records.get(record.client_record_id)
    return (
        _seen_before(record, known, world)
        or _not_ours(record, known, world)
        or _impossible_quantity(record)
        or _elsewhere(record, world)
        or _too_late(record, world)
        or _not_the_newest(record, known)
        or _serial_taken(record, world)
        or (Accepted(rev=known.rev + 1) if known else _NEW)
    )


def may_be_parked(record: CountRecord, contested: AbstractSet[str]) -> bool:
    """Whether a record that would be accepted may have been parked already, as its serials were not
    free then. `contested` are the sessions of which a count was: a count belongs to one session.
    """
    return bool(record.serial_numbers) and record.session_id in contested


def is_guessed(record: CountRecord, world: World) -> bool:
    """Whether the verdict on a record that is not accepted may be another once the store was asked.
    That one is accepted as new is no guess: the unique index has the last word on it.
    """
    name = record.client_record_id
    return name in world.unread and name not in world.records


def accept(record: CountRecord, world: World, rev: int) -> None:
    """Let the record be the known version for the rest of the batch."""
    before = world.records.get(record.client_record_id)
    earlier = before.earlier | {before.fingerprint} if before else frozenset[str]()
    _let_go(before, world)
    world.records[record.client_record_id] = Known(
        client_record_id=record.client_record_id,
        user_id=world.by.user_id,
        session_id=record.session_id,
        rev=rev,
        fingerprint=record.fingerprint,
        earlier=earlier,
        updated_at=record.updated_at,
        verified_qty=record.verified_qty,
        serial_numbers=record.serial_numbers,
        parked=False,
        content=record.content,
    )
    for serial in record.serial_numbers:
        world.serials[serial] = record.client_record_id


def forget(record_id: str, known: Known | None, world: World) -> None:
    """Take back what `accept` noted: the store's version is `known` after all. A serial that both
    have stays the record's, or others of the batch would want it for ever.
    """
    version = world.records.pop(record_id, None)
    _let_go(version, world)
    if known is None:
        return
    world.records[record_id] = known
    for serial in set(known.serial_numbers).intersection(version.serial_numbers if version else ()):
        world.serials[serial] = record_id


def _let_go(known: Known | None, world: World) -> None:
    """Forget which serials of the batch a version took."""
    if known is None:
        return
    for serial in known.serial_numbers:
        if world.serials.get(serial) == known.client_record_id:
            del world.serials[serial]


def lost_the_race(session: CountSession, rack: Rack | None) -> bool:
    """Whether somebody took the rack while a record of this session was being written."""
    return rack is not None and rack.fence > session.fence


def stale_lease(session: CountSession, rack: Rack) -> Parked:
    """The verdict for a count whose rack is another's by now."""
    holder = rack.holder.name if rack.holder else None
    return Parked(
        ConflictType.STALE_LEASE,
        "Your lease ended and somebody else took the rack. A supervisor decides on this count.",
        {"fence": session.fence, "fence_now": rack.fence, "holder": holder},
    )


def _seen_before(record: CountRecord, known: Known | None, world: World) -> Verdict | None:
    mine = known is not None and known.user_id == world.by.user_id and not known.parked
    if known and mine and known.has(record):
        return Same(rev=known.rev)
    if not world.parked:
        return None
    parked = world.parked.get(conflict_id_of(world.by.user_id, record))
    return replace(parked, already=True) if parked else None


def _not_ours(record: CountRecord, known: Known | None, world: World) -> Verdict | None:
    session = world.sessions.get(record.session_id)
    if session is None:
        return Refused(ErrorType.UNKNOWN_SESSION, "There is no such session. Claim the rack first.")
    if session.holder.user_id != world.by.user_id:
        return Refused(ErrorType.NOT_YOUR_SESSION, "The session is another counter's.")
    if known is not None and known.user_id != world.by.user_id:
        return _anothers_id()  # before any conflict, which a supervisor could write over theirs
    return None


def _impossible_quantity(record: CountRecord) -> Verdict | None:
    if record.damage_qty <= record.verified_qty:
        return None
    return Parked(
        ConflictType.INVALID_QUANTITY,
        "More pieces are damaged than were counted. Correct the count and send it again.",
        {"verified_qty": record.verified_qty, "damage_qty": record.damage_qty},
    )


def _elsewhere(record: CountRecord, world: World) -> Verdict | None:
    session = world.sessions[record.session_id]
    if record.rack_id is None or record.rack_id == session.rack_id:
        return None
    rack = world.racks.get(record.rack_id)
    if rack is not None and rack.holder is not None:
        return Parked(
            ConflictType.RACK_LOCKED,
            f"{rack.holder.name} is counting rack {rack.rack_id}.",
            {"rack_id": rack.rack_id, "holder": rack.holder.name},
        )
    return Parked(
        ConflictType.WRONG_RACK,
        f"The session is for rack {session.rack_id}.",
        {"rack_id": record.rack_id, "session_rack_id": session.rack_id},
    )


def _too_late(record: CountRecord, world: World) -> Verdict | None:
    session = world.sessions[record.session_id]
    rack = world.rack_of(session)
    if rack.fence > session.fence or _of_another_lease(record, session):
        return stale_lease(session, rack)
    if session.status in CLOSED:
        return Parked(
            ConflictType.SESSION_CLOSED,
            _CLOSED[session.status.value],
            {"status": session.status.value},
        )
    if rack.pass_no > session.pass_no:
        return stale_lease(session, rack)
    return None


def _of_another_lease(record: CountRecord, session: CountSession) -> bool:
    """Whether a record says that it was counted under another token or pass than its session's."""
    other_fence = record.fence is not None and record.fence != session.fence
    return other_fence or (record.pass_no is not None and record.pass_no != session.pass_no)


def _not_the_newest(record: CountRecord, known: Known | None) -> Verdict | None:
    if known is None:
        return None
    if known.session_id != record.session_id:
        return _anothers_id()
    if record.base_rev is not None:
        newest = record.base_rev == known.rev
    else:
        newest = record.updated_at > known.updated_at
    if newest and not known.parked:
        return None
    return Parked(
        ConflictType.STALE_UPDATE,
        "The server has another version of this count that is not older.",
        {
            "server": plain(known.content),
            "server_rev": known.rev,
            "client": plain(record.content),
        },
    )


def _anothers_id() -> Refused:
    """Not a conflict: nothing of another's record may be shown, and a recount is a new record."""
    why = "This id belongs to a record of another session. Use a new id for each count."
    return Refused(ErrorType.INVALID_RECORD, why, {"client_record_id": [why]})


def _serial_taken(record: CountRecord, world: World) -> Verdict | None:
    for serial in record.serial_numbers:
        if world.serials.get(serial, record.client_record_id) != record.client_record_id:
            return duplicate_serial(serial, world.serials[serial])
    return None


def duplicate_serial(serial: str, holder: str | None) -> Parked:
    """The verdict for a serial number that another record holds."""
    return Parked(
        ConflictType.DUPLICATE_SERIAL,
        f"Serial number {serial} was counted already.",
        {"serial_number": serial, "held_by": holder},
    )
