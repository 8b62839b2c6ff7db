"""One batch while it is worked on: each record's verdict, and the drafts that come of it.

No I/O: `Batches.sync` does that between the calls and tells what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from msgspec.structs import replace

from app.racks.rack import CountSession, Rack
from app.sync import rules
from app.sync.documents import Draft
from app.sync.holds import Hold, Holds, serials_of
from app.sync.records import (
    Accepted,
    BadRecord,
    ConflictType,
    CountRecord,
    ErrorType,
    Known,
    Parked,
    Refused,
    Same,
    Verdict,
    conflict_id_of,
)
from app.sync.rules import World

_NOT_JUDGED = Refused(ErrorType.STORAGE_ERROR, "Not judged.")
_BAD = "The record does not fit. Correct the named fields and send it again."


class Work:
    """The verdicts of a batch, by position; `world` is what they are judged against."""

    def __init__(
        self, sent: Sequence[CountRecord | BadRecord], *, world: World, now: datetime
    ) -> None:
        self.world = world
        self.now = now
        self.written: dict[str, Draft] = {}
        self._written_over: list[Draft] = []
        self._sent = sent
        self._verdicts: list[Verdict] = [_at_first(record) for record in sent]
        self._due = {i for i, record in enumerate(sent) if isinstance(record, CountRecord)}
        self._holds = Holds()
        self._awaited: set[Hold] = set()

    @property
    def is_due(self) -> bool:
        """Whether a record waits to be judged."""
        return bool(self._due)

    def judge(self) -> list[Draft]:
        """Judge what is due, in the batch's order; the drafts of what was accepted. What could only
        be guessed stays due.
        """
        drafts: dict[str, Draft] = {}
        guessed = set()
        for position in sorted(self._due):
            record = self._record(position)
            verdict = rules.judge(record, self.world)
            if isinstance(verdict, Accepted):
                self._put_into(drafts, record)
                rules.accept(record, self.world, verdict.rev)
            elif rules.is_guessed(record, self.world):
                guessed.add(position)
            self._decide(position, verdict)
        self._due = guessed
        self._written_over += [self.written[name] for name in drafts if name in self.written]
        self.written.update(drafts)
        for draft in drafts.values():
            self._holds.note(draft.id, draft.rev, draft.record.serial_numbers)
        return list(drafts.values())

    def lose_serials(self, drafts: Iterable[Draft], lost: Mapping[str, str | None]) -> None:
        """Other records have these serial numbers: judge the drafts that want them again, knowing
        it, but for the holder that this batch makes give one up.
        """
        if not lost:
            return
        for draft in drafts:
            if not lost.keys().isdisjoint(draft.record.serial_numbers):
                self._judge_again(draft.id, draft.ground)
        for serial, holder in lost.items():
            giver = self.written.get(holder or "")
            if giver is not None and serial not in giver.record.serial_numbers:
                self._awaited.add(Hold(serial, giver.id, giver.rev))
            elif holder is not None:
                self.world.serials[serial] = holder

    def still_accepted(self, drafts: Iterable[Draft]) -> list[Draft]:
        """Those of the drafts that are to be written."""
        return [draft for draft in drafts if draft.id in self.written]

    def fail(self, record_ids: Iterable[str], refusal: Refused) -> None:
        """The store refused these records."""
        for record_id in record_ids:
            self._withdraw(self.written[record_id], refusal)

    def unseen(self, beaten: Iterable[str]) -> set[str]:
        """The records that were judged unread and whose verdict may be another: those that another
        write beat, and those whose verdict could only be guessed. And those that are judged again
        after a version of them was written: the next one goes over what is kept of it.
        """
        due = {self._record(position).client_record_id for position in self._due}
        return due.union(beaten) & (self.world.unread | self.written.keys())

    def conflict_ids(self, record_ids: AbstractSet[str]) -> set[str]:
        """The conflicts that the batch's records of these ids would be."""
        user_id = self.world.by.user_id
        sent = [record for record in self._sent if record.client_record_id in record_ids]
        return {conflict_id_of(user_id, r) for r in sent if isinstance(r, CountRecord)}

    def learn(
        self,
        beaten: AbstractSet[str],
        unseen: AbstractSet[str],
        records: Mapping[str, Known],
        parked: Mapping[str, Parked],
    ) -> None:
        """Judge again what another write beat, and what was unseen, against what was found."""
        for record_id in beaten:
            self._judge_again(record_id, records.get(record_id))
        for record_id in unseen - beaten:
            rules.forget(record_id, records.get(record_id), self.world)
        self.world.parked = {**self.world.parked, **parked}
        self.world.unread -= unseen

    def serials_awaited(self) -> set[Hold]:
        """Serials to be freed now, as another record of the batch waits for them."""
        awaited, self._awaited = self._awaited, set()
        return {
            hold
            for hold in awaited
            if hold.serial not in serials_of(self.world.records.get(hold.record_id))
            and hold.serial not in self.world.serials
        }

    def give_up(self, refusal: Refused) -> None:
        """Refuse what is still due."""
        for position in self._due:
            self._decide(position, refusal)

    def park_the_late(self, racks: Mapping[str, Rack]) -> list[Draft]:
        """Park what was written although its rack was another's by then, and what took a serial
        that only such a version had given up; their drafts.
        """
        late = [
            draft
            for draft in reversed(self.drafts())
            if rules.lost_the_race(draft.session, racks.get(draft.session.rack_id))
        ]
        for draft in late:
            self._withdraw(draft, rules.stale_lease(draft.session, racks[draft.session.rack_id]))
        parked = late
        while parked:
            parked = self._park_takers(parked)
            late += parked
        return late

    def _park_takers(self, withdrawn: Iterable[Draft]) -> list[Draft]:
        """Park what took a serial of a version that stands again; their drafts."""
        ids = [draft.id for draft in withdrawn]
        holders = {s: name for name in ids for s in serials_of(self.world.records.get(name))}
        takers = []
        for draft in reversed(self.drafts()):
            taken = [s for s in draft.record.serial_numbers if holders.get(s, draft.id) != draft.id]
            if taken:
                self._withdraw(draft, rules.duplicate_serial(taken[0], holders[taken[0]]))
                takers.append(draft)
        return takers

    def drafts(self) -> list[Draft]:
        """All that was written and stands, the later of a record behind the earlier."""
        return [*self._written_over, *self.written.values()]

    def outcome(self) -> tuple[tuple[str | None, Verdict], ...]:
        """Each record's id and verdict, in the batch's order."""
        ids = [record.client_record_id for record in self._sent]
        return tuple(zip(ids, self._verdicts, strict=True))

    def own_sessions(self) -> list[CountSession]:
        """The caller's sessions that the batch names."""
        user_id = self.world.by.user_id
        return [s for s in self.world.sessions.values() if s.holder.user_id == user_id]

    def parked(self) -> list[tuple[CountRecord, Parked]]:
        """The records that became conflicts just now."""
        both = zip(self._sent, self._verdicts, strict=True)
        return [
            (record, verdict)
            for record, verdict in both
            if isinstance(record, CountRecord)
            and isinstance(verdict, Parked)
            and not verdict.already
        ]

    def kept(self) -> list[CountRecord]:
        """The records that the server has now, be it as conflicts."""
        both = zip(self._sent, self._verdicts, strict=True)
        return [r for r, v in both if isinstance(r, CountRecord) and not isinstance(v, Refused)]

    def serials_to_free(self) -> set[Hold]:
        """Serials that were held or reserved, and that no version has any more or that are noted
        for a version that did not come.
        """
        for draft in self.drafts():
            self._holds.note(draft.id, draft.rev, serials_of(draft.ground))
        for record, verdict in zip(self._sent, self._verdicts, strict=True):
            if isinstance(verdict, Same) and isinstance(record, CountRecord):
                # an earlier version that was sent again and reserved, by a process that was killed
                self._holds.note(record.client_record_id, verdict.rev, record.serial_numbers)
        return self._holds.to_free(self.world.records)

    def _put_into(self, drafts: dict[str, Draft], record: CountRecord) -> None:
        """Let the record be the newest version of its draft, or the first one of a new draft."""
        name = record.client_record_id
        if name in drafts:
            drafts[name].versions.append(record)
            return
        drafts[name] = Draft(
            versions=[record],
            ground=self.world.records.get(name),
            session=self.world.sessions[record.session_id],
            known_items=self.world.items,
            received_at=self.now,
        )

    def _judge_again(self, record_id: str, ground: Known | None) -> None:
        """Let a record wait for another judgement, and those that it took a serial from."""
        draft = self.written.pop(record_id)
        rules.forget(record_id, ground, self.world)
        self._due.update(self._positions(record_id))
        losers = {i for i, v in enumerate(self._verdicts) if _lost_to(record_id, v)}
        if losers:
            self._due |= losers
            self._awaited.update(Hold(s, draft.id, draft.rev) for s in draft.record.serial_numbers)

    def _withdraw(self, draft: Draft, verdict: Verdict) -> None:
        """What was accepted of a record is not, for the reason that the verdict gives."""
        ground = draft.ground
        self.written.pop(draft.id, None)
        self._written_over = [each for each in self._written_over if each is not draft]
        rules.forget(draft.id, ground, self.world)
        for position in self._positions(draft.id):
            was_good = isinstance(self._verdicts[position], Accepted | Same)
            if was_good and not (ground and ground.has(self._record(position))):
                self._decide(position, verdict)

    def _decide(self, position: int, verdict: Verdict) -> None:
        if isinstance(verdict, Parked) and not verdict.conflict_id:
            own_id = conflict_id_of(self.world.by.user_id, self._record(position))
            verdict = replace(verdict, conflict_id=own_id)
        self._verdicts[position] = verdict

    def _positions(self, record_id: str) -> list[int]:
        return [
            i
            for i, record in enumerate(self._sent)
            if isinstance(record, CountRecord) and record.client_record_id == record_id
        ]

    def _record(self, position: int) -> CountRecord:
        record = self._sent[position]
        assert isinstance(record, CountRecord)  # noqa: S101 — only such positions are judged
        return record


def _at_first(record: CountRecord | BadRecord) -> Verdict:
    """A bad record's verdict; a good one's stands until it is judged."""
    if isinstance(record, BadRecord):
        return Refused(ErrorType.INVALID_RECORD, _BAD, record.errors)
    return _NOT_JUDGED


def _lost_to(record_id: str, verdict: Verdict) -> bool:
    """Whether a record was parked just now because that one has its serial."""
    return (
        isinstance(verdict, Parked)
        and not verdict.already
        and verdict.conflict_type is ConflictType.DUPLICATE_SERIAL
        and verdict.details["held_by"] == record_id
    )
