"""One batch while it is worked on: each record's verdict, and the drafts that come of it.

No I/O: `Batches.sync` does that between the calls and tells what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.racks.rack import CountSession, Rack
from app.sync import rules
from app.sync.records import (
    Accepted,
    BadRecord,
    CountRecord,
    ErrorType,
    Known,
    Parked,
    Refused,
    Verdict,
    conflict_id_of,
)
from app.sync.rules import World
from app.sync.store import Draft

_BAD = "The record does not fit. Correct the named fields and send it again."


class Work:
    """The verdicts of a batch, by position; `world` is what they are judged against."""

    def __init__(
        self, sent: Sequence[CountRecord | BadRecord], *, world: World, now: datetime
    ) -> None:
        self.world = world
        self.now = now
        self.written: dict[str, Draft] = {}
        self.ground: dict[str, Known | None] = {}
        self._sent = sent
        self._verdicts: list[Verdict] = [_at_first(record) for record in sent]
        self._due = [i for i, record in enumerate(sent) if isinstance(record, CountRecord)]
        self._reserved: set[tuple[str, str]] = set()

    def judge(self) -> list[Draft]:
        """Judge what is due, in the batch's order; the drafts of what was accepted."""
        versions: dict[str, list[CountRecord]] = {}
        for position in self._due:
            record = self._record(position)
            known = self.world.records.get(record.client_record_id)
            verdict = rules.judge(record, self.world)
            self._decide(position, verdict)
            if isinstance(verdict, Accepted):
                if record.client_record_id not in versions:
                    self.ground[record.client_record_id] = known
                versions.setdefault(record.client_record_id, []).append(record)
                rules.accept(record, self.world, verdict.rev)
        self._due = []
        drafts = [self._draft(chain) for chain in versions.values()]
        self._reserved.update((serial, d.id) for d in drafts for serial in d.record.serial_numbers)
        self.written.update({draft.id: draft for draft in drafts})
        return drafts

    def lose_serials(self, drafts: Iterable[Draft], lost: Mapping[str, str | None]) -> None:
        """Park the drafts whose serial numbers another record keeps."""
        for draft in drafts:
            taken = next((s for s in draft.record.serial_numbers if s in lost), None)
            if taken is not None:
                self._withdraw(draft.id, rules.duplicate_serial(taken, lost[taken]))

    def still_accepted(self, drafts: Iterable[Draft]) -> list[Draft]:
        """Those of the drafts that are to be written."""
        return [draft for draft in drafts if draft.id in self.written]

    def fail(self, record_ids: Iterable[str], refusal: Refused) -> None:
        """The store refused these records."""
        for record_id in record_ids:
            self._withdraw(record_id, refusal)

    def judge_again(self, beaten: Iterable[str], found: Mapping[str, Known]) -> None:
        """Another write was first at these records: judge them against what it left."""
        for record_id in beaten:
            self.written.pop(record_id)
            rules.forget(record_id, found.get(record_id), self.world)
            self._due += self._positions(record_id)
        self._due.sort()

    def give_up(self, refusal: Refused) -> None:
        """Refuse what is still due."""
        for position in self._due:
            self._decide(position, refusal)

    def park_the_late(self, racks: Mapping[str, Rack]) -> list[str]:
        """Park what was written although its rack was another's by then; the records' ids."""
        late = [
            draft
            for draft in self.written.values()
            if rules.lost_the_race(draft.session, racks.get(draft.session.rack_id))
        ]
        for draft in late:
            self._withdraw(draft.id, rules.stale_lease(draft.session, racks[draft.session.rack_id]))
        return [draft.id for draft in late]

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

    def serials_to_free(self) -> set[tuple[str, str]]:
        """(serial, record) pairs that were held or reserved, and that no version has any more."""
        before = {
            (serial, record_id)
            for record_id, known in self.ground.items()
            if known is not None and record_id in self.written
            for serial in known.serial_numbers
        }
        touched = self._reserved | before
        kept = {
            (serial, record_id)
            for record_id in {record_id for _, record_id in touched}
            if record_id in self.world.records
            for serial in self.world.records[record_id].serial_numbers
        }
        return touched - kept

    def _draft(self, chain: Sequence[CountRecord]) -> Draft:
        newest = chain[-1]
        ground = self.ground[newest.client_record_id]
        over = ground.rev if ground else 0
        replaced = [_version(ground.rev, ground.fingerprint, ground.content)] if ground else []
        between = [
            _version(over + n, record.fingerprint, record.content)
            for n, record in enumerate(chain[:-1], start=1)
        ]
        return Draft(
            record=newest,
            session=self.world.sessions[newest.session_id],
            rev=over + len(chain),
            over=over,
            history=(*replaced, *between),
            item_known=newest.item_code in self.world.items,
            received_at=self.now,
        )

    def _withdraw(self, record_id: str, verdict: Verdict) -> None:
        """What was accepted of a record is not, for the reason that the verdict gives."""
        self.written.pop(record_id)
        rules.forget(record_id, self.ground[record_id], self.world)
        for position in self._positions(record_id):
            if isinstance(self._verdicts[position], Accepted):
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
    return Refused(ErrorType.STORAGE_ERROR, "Not judged.")


def _version(rev: int, fingerprint: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"rev": rev, "fingerprint": fingerprint, **content}
