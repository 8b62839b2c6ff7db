"""Batch sync: nothing lost, nothing twice.

A batch costs a fixed number of round trips. It reads once what all decisions need, judges each
record (app/sync/rules.py), writes once, and looks at the fences once more: judging against a fence
and writing are not one step, so a record that lost the race for its rack is a conflict afterwards.
Most records are taken for new, unread (docs/decisions/0013): the unique index names those that are
not, and these are read and judged again. The answer names a record in `ok` only after a journaled
majority write.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from app.auth.identity import Identity
from app.clock import Clock
from app.events import ConflictFound, Publisher
from app.items.catalogue import Catalogue
from app.racks.heartbeats import Heartbeats
from app.racks.rack import CountSession, SessionStatus
from app.racks.standing import Standing
from app.sync.aftermath import added_in, conflicts_of, gaps_in
from app.sync.conflict import event_of
from app.sync.conflict_store import ConflictStore
from app.sync.news import News
from app.sync.records import (
    BadRecord,
    BatchOutcome,
    CountRecord,
    ErrorType,
    Refused,
)
from app.sync.store import RecordStore
from app.sync.work import Work
from app.sync.worlds import Worlds
from app.together import Together

ROUNDS = 5
"""How often a record may be judged anew because another write was first. A batch that was stored
settles in two, parallel copies of it in three, records that want each other's serials in four; then
one is asked to send again."""

WORLDS = 8
"""Batches that are read for together."""

REVIVED_AT_MOST = 5
"""Expired sessions that one batch may bring back; the fence decides on the counts of the others."""

_TRY_AGAIN = Refused(
    ErrorType.STORAGE_ERROR, "The count could not be stored. Send it again.", {"retryable": True}
)


class Batches:
    """Takes batches of count records. What they add to the sessions' progress waits in `news`."""

    def __init__(
        self,
        records: RecordStore,
        conflicts: ConflictStore,
        standing: Standing,
        heartbeats: Heartbeats,
        catalogue: Catalogue,
        publish: Publisher,
        clock: Clock,
    ) -> None:
        self._records = records
        self._conflicts = conflicts
        self._standing = standing
        self._heartbeats = heartbeats
        self._publish = publish
        self._clock = clock
        self.news = News(records, standing, publish)
        self._world = Together(Worlds(records, conflicts, standing, catalogue), WORLDS)

    def sync(self, sent: Sequence[CountRecord | BadRecord], *, by: Identity) -> BatchOutcome:
        """Store what can be stored, park what clashes, refuse what is wrong, each on its own.

        Promises that every record stands in exactly one of the three, and that what is accepted or
        parked is on disk. Raises the driver's errors where MongoDB does not answer: then nothing
        was acknowledged, and the same batch again completes what was begun.
        """
        work = Work(sent, world=self._world((sent, by)), now=self._clock.now())
        self._bring_back(work.own_sessions())
        self._settle(work)
        self._keep_leases(work)
        conflicts = conflicts_of(work)
        self._conflicts.keep(conflicts)
        self._records.serials.free(work.serials_to_free())
        self._publish(*(event_of(ConflictFound, each) for each in conflicts))
        self.news.note(added_in(work))
        gaps = gaps_in(work.kept(), self._records.note_sequence)
        return BatchOutcome(verdicts=work.outcome(), gaps=gaps)

    def _bring_back(self, sessions: Sequence[CountSession]) -> None:
        """A sync is a sign of life: a lease that expired while nobody took the rack comes back."""
        expired = [s for s in sessions if s.status is SessionStatus.EXPIRED]
        for session in expired[:REVIVED_AT_MOST]:
            self._heartbeats.revive(session)

    def _settle(self, work: Work) -> None:
        """Judge and write until no record is left whose ground moved under it."""
        for _ in range(ROUNDS):
            drafts = work.judge()
            work.lose_serials(drafts, self._records.serials.reserve(drafts))
            written = self._records.write(work.still_accepted(drafts))
            work.fail(written.failed, _TRY_AGAIN)
            self._look_up(work, written.beaten)
            if not work.is_due:
                return
            self._records.serials.free(work.serials_awaited())
        work.give_up(_TRY_AGAIN)

    def _look_up(self, work: Work, beaten: AbstractSet[str]) -> None:
        """Read what the store has of records that were taken for new and are not, or may not be."""
        unseen = work.unseen(beaten)
        known = self._records.known(beaten | unseen)
        parked = self._conflicts.parked(work.conflict_ids(unseen))
        work.learn(beaten, unseen, known, parked)

    def _keep_leases(self, work: Work) -> None:
        """Prolong the leases, and park what was written although its rack was another's by then."""
        now = self._heartbeats.keep(work.own_sessions())
        unseen = {draft.session.rack_id for draft in work.written.values()} - now.keys()
        if unseen:
            now |= self._standing.racks(unseen)
        self._records.take_back(work.park_the_late(now))
