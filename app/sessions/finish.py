"""Finishing a rack: not counted is not zero.

Nothing is inferred from silence. Finishing names the items that the catalogue expects at the rack
and that nobody counted, and a person says of each: zero, recount, or open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.auth.identity import Identity
from app.clock import Clock
from app.errors import LeaseLost
from app.items.catalogue import Catalogue
from app.racks.heartbeats import Heartbeats
from app.racks.leases import Leases
from app.racks.rack import CountSession, LeaseState, Progress, SessionStatus
from app.racks.standing import Standing
from app.sync.batch import Batches
from app.sync.counts import Counts
from app.sync.records import Accepted, CountRecord, RecordStatus, Same


class Uncounted(StrEnum):
    """What a person says of an item that was not counted. OPEN says nothing yet."""

    ZERO = "zero"
    RECOUNT = "recount"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishWish:
    """Decisions by item code, the one for all others, and whether only to look."""

    decisions: Mapping[str, Uncounted] = field(default_factory=dict)
    others: Uncounted = Uncounted.OPEN
    preview: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The session after the act, what its records come to, and the items nobody counted as (code,
    name, decision).
    """

    session: CountSession
    progress: Progress
    uncounted: tuple[tuple[str, str, Uncounted], ...]


class Finish:
    """Completes a rack's session."""

    def __init__(
        self,
        standing: Standing,
        counts: Counts,
        catalogue: Catalogue,
        batches: Batches,
        heartbeats: Heartbeats,
        leases: Leases,
        clock: Clock,
    ) -> None:
        self._standing = standing
        self._counts = counts
        self._catalogue = catalogue
        self._batches = batches
        self._heartbeats = heartbeats
        self._leases = leases
        self._clock = clock

    def complete(self, session_id: str, wish: FinishWish, *, by: Identity) -> Finished:
        """Finish the session, or with `preview` only name what is uncounted.

        A zero is a count: it is stored as a record of the person who said it. A finish is a sign of
        life: a lease that expired while nobody took the rack comes back. A retry answers as before.

        Raises:
            SessionUnknown, NotYourSession, LeaseLost.
        """
        session = self._standing.own_session(session_id, by)
        if session.status is SessionStatus.COMPLETED:
            uncounted = self._said(session)
        else:
            uncounted = self._uncounted(session, wish)
            if not wish.preview:
                self._finish(session, uncounted, by)
                session = self._standing.own_session(session_id, by)
        return Finished(session=session, progress=self._progress(session), uncounted=uncounted)

    def _progress(self, session: CountSession) -> Progress:
        """What is counted, of the records: what the session keeps of it is a moment behind."""
        figures = self._counts.figures(session)
        return Progress(
            records=figures.records,
            items=len(figures.items),
            pieces=figures.pieces,
            expected=session.progress.expected,
        )

    def _finish(
        self, session: CountSession, uncounted: Iterable[tuple[str, str, Uncounted]], by: Identity
    ) -> None:
        if self._heartbeats.beat(session.session_id, by=by).state is not LeaseState.HELD:
            raise LeaseLost(session.rack_id)
        zeros = [code for code, _, decision in uncounted if decision is Uncounted.ZERO]
        self._count_zero(session, zeros, by)
        kept = [{"item_code": code, "decision": decision.value} for code, _, decision in uncounted]
        self._leases.complete(session, by=by, uncounted=kept)

    def _said(self, session: CountSession) -> tuple[tuple[str, str, Uncounted], ...]:
        """What was said when the session was finished."""
        names = self._catalogue.names(code for code, _ in session.uncounted)
        return tuple(
            (code, names.get(code, ""), Uncounted(decision)) for code, decision in session.uncounted
        )

    def _uncounted(
        self, session: CountSession, wish: FinishWish
    ) -> tuple[tuple[str, str, Uncounted], ...]:
        counted = self._counts.items_counted(session)
        return tuple(
            (code, name, wish.decisions.get(code, wish.others))
            for code, name in self._catalogue.items_of_rack(session.rack_id)
            if code not in counted and _is_asked(session, code)
        )

    def _count_zero(self, session: CountSession, codes: Sequence[str], by: Identity) -> None:
        now = self._clock.now()
        records = [
            CountRecord(
                client_record_id=f"{session.session_id}:zero:{code}",
                session_id=session.session_id,
                item_code=code,
                verified_qty=0,
                status=RecordStatus.FINALIZED,
                created_at=now,
                updated_at=now,
            )
            for code in codes
        ]
        if not records:
            return
        verdicts = [verdict for _, verdict in self._batches.sync(records, by=by).verdicts]
        if not all(isinstance(verdict, Accepted | Same) for verdict in verdicts):
            raise LeaseLost(session.rack_id)


def _is_asked(session: CountSession, item_code: str) -> bool:
    """Whether the session's pass is of this item: a recount may be of some only."""
    return not session.recount_items or item_code in session.recount_items
