"""Custody of counts: what was accepted at a rack becomes links of its chain.

Never on the way of a batch: a batch only marks its session, in a write that it makes anyway. A
chain is continued when sessions end, and when the stocktake closes, by what the records hold that
the chain does not. So whoever seals, and however often, each version becomes one link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.chunks import chunks
from app.clock import Clock
from app.custody.bundle import Entry, State
from app.custody.chain import Key, Link, Taken, is_chain, links
from app.db.client import Document
from app.racks.enrolment import Enrolment
from app.sync.documents import PARKED, SEALED_FIELDS
from app.sync.records import plain
from app.sync.seal_store import LINKS_A_SEAL, Sealed, SealStore
from app.sync.store import RecordStore

WAITING_AT_MOST = 1_000
_TAKEN_AWAY = {
    "rev": 0, "user_id": "", "device_id": None, "fence": 0, "pass": 0, "received_at": "",
}  # fmt: skip
"""What stands for a field of a version that somebody removed in the database: it is then not what
was sealed, and is named like any other change.
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a record as it is kept, and where it stands."""

    content: dict[str, Any]
    state: State

    @property
    def taken(self) -> Taken:
        return Taken.of(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotCheck:
    """The links that were added last, read again: how many, and how many of them have lost their
    version; whether they are a chain; when they were added; how many ended sessions wait (at most
    WAITING_AT_MOST).
    """

    links: int
    missing: int
    unbroken: bool
    at: datetime | None
    waiting: int


class Custody:
    """Seals racks, and reads back what is sealed. `breathe` lets others run meanwhile."""

    def __init__(
        self,
        seals: SealStore,
        records: RecordStore,
        enrolment: Enrolment,
        clock: Clock,
        breathe: Callable[[], None],
    ) -> None:
        self._seals = seals
        self._records = records
        self._enrolment = enrolment
        self._clock = clock
        self._breathe = breathe

    def catch_up(self, at_most: int) -> int:
        """Seal the racks of ended sessions that counted since, and set these sessions' progress to
        what their records say: a process that was killed may not have told all of it. How many
        sessions were due.
        """
        due = self._enrolment.unsealed(at_most)
        for stocktake_id, rack_id in dict.fromkeys((s.stocktake_id, s.rack_id) for s in due):
            if stocktake_id is not None:
                self.seal(stocktake_id, rack_id)
        for session in due:
            found = self._records.figures(session.session_id, session.fence)
            self._enrolment.sealed(
                session, records=found.records, pieces=found.pieces, items=found.items
            )
        return len(due)

    def spot_check(self) -> SpotCheck:
        """Read the newest seal again, with the versions that it is of."""
        waiting = len(self._enrolment.unsealed(WAITING_AT_MOST))
        found = self._seals.newest()
        if found is None:
            return SpotCheck(links=0, missing=0, unbroken=True, at=None, waiting=waiting)
        at, some = found
        intact = [
            entry.link is not None
            and entry.version is not None
            and Taken.of(entry.version).key == entry.link.taken.key
            for entry in self._with_versions(some)
        ]
        return SpotCheck(
            links=len(some),
            missing=intact.count(False),
            unbroken=is_chain(some),
            at=at,
            waiting=waiting,
        )

    def seal(self, stocktake_id: str, rack_id: str) -> None:
        """Continue the rack's chain by what was accepted and is no link yet."""
        while not self._continue(stocktake_id, rack_id):
            self._breathe()

    def racks(self, stocktake_id: str) -> list[str]:
        """The racks that anybody claimed in the stocktake, by their ids."""
        return self._enrolment.racks_counted(stocktake_id)

    def reach(self, stocktake_id: str) -> Sealed:
        """How far the stocktake's chains reach."""
        return self._seals.reach(stocktake_id)

    def end(self, stocktake_id: str, rack_id: str) -> tuple[int, str]:
        """How many links the rack's chain has, and its last hash."""
        chain = self._seals.end(stocktake_id, rack_id)
        return chain.links, chain.last

    def entries(self, stocktake_id: str, rack_id: str) -> Iterator[Entry]:
        """The chain's links, each with the version that it is of, as both are kept now; at the end
        the versions that no link is of.
        """
        sealed: set[Key] = set()
        for some in chunks(self._seals.links(stocktake_id, rack_id), LINKS_A_SEAL):
            sealed |= {link.taken.key for link in some}
            yield from self._with_versions(some)
            self._breathe()
        for version in self._versions(stocktake_id, rack_id):
            if version.taken.key not in sealed:
                yield Entry(link=None, version=version.content, state=version.state)

    def _continue(self, stocktake_id: str, rack_id: str) -> bool:
        """Add what is new; False where another process added something first."""
        chain = self._seals.end(stocktake_id, rack_id)
        sealed = {link.taken.key for link in self._seals.links(stocktake_id, rack_id)}
        found = (version.taken for version in self._versions(stocktake_id, rack_id))
        new = sorted((each for each in found if each.key not in sealed), key=lambda t: t.order)
        for some in chunks(links(new, after=chain.links, last=chain.last), LINKS_A_SEAL):
            added = self._seals.add(chain, some, self._clock.now())
            if added is None:
                return False
            chain = added
            self._breathe()
        return True

    def _versions(self, stocktake_id: str, rack_id: str) -> Iterator[Version]:
        sessions = self._enrolment.sessions_at(stocktake_id, rack_id)
        for some in chunks(self._records.of_sessions(sessions), LINKS_A_SEAL):
            for document in some:
                yield from versions_in(document)
            self._breathe()

    def _with_versions(self, some: Sequence[Link]) -> Iterator[Entry]:
        ids = {link.taken.record_id for link in some}
        kept = _by_place(v for document in self._records.whole(ids) for v in versions_in(document))
        for link in some:
            version = _of(link, kept.get((link.taken.record_id, link.taken.rev), ()))
            yield Entry(
                link=link,
                version=version.content if version else None,
                state=version.state if version else None,
            )


def versions_in(document: Document) -> Iterator[Version]:
    """All versions that a record's document holds."""
    record_id = document["client_record_id"]
    for state, kept in (
        (State.WITHDRAWN, document.get("withdrawn", ())),
        (State.EARLIER, document["history"]),
        (State.PARKED if document["sync_status"] == PARKED else State.STANDS, (document,)),
    ):
        for version in kept:
            told = _TAKEN_AWAY | {n: version[n] for n in SEALED_FIELDS if n in version}
            yield Version({"client_record_id": record_id, **plain(told)}, state)


def _by_place(versions: Iterable[Version]) -> dict[tuple[str, int], list[Version]]:
    found: dict[tuple[str, int], list[Version]] = {}
    for version in versions:
        place = (version.content["client_record_id"], version.content["rev"])
        found.setdefault(place, []).append(version)
    return found


def _of(link: Link, versions: Sequence[Version]) -> Version | None:
    """The version that the link is of; where none has its content, the one at its place, so that
    whoever checks sees what became of it.
    """
    for version in versions:
        if version.taken.key == link.taken.key:
            return version
    return versions[0] if versions else None
