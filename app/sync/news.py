"""News of batches: what the screens are told of the sessions' progress, a moment after the batches
were answered, for all of them together (docs/decisions/0017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import add, attrgetter

from app.afterwards import Afterwards
from app.events import Publisher
from app.racks import tidings
from app.racks.changes import Added
from app.racks.standing import Standing
from app.sync.store import RecordStore


class News:
    """Adds what was counted to the sessions' progress, and tells it."""

    def __init__(self, records: RecordStore, standing: Standing, publish: Publisher) -> None:
        self._records = records
        self._standing = standing
        self._publish = publish
        self._afterwards = Afterwards(
            self._tell, key=attrgetter("session_id"), as_one=add, lasts=lambda _: False
        )

    def note(self, added: Sequence[Added]) -> None:
        """Let these wait for those of other batches."""
        self._afterwards.note(*added)

    def follow_up(self) -> None:
        """Add and tell all that waits: some round trips, however many sessions. Raises the driver's
        errors; what failed is not tried again, as it may be added already: the sessions' progress
        is right again once they are sealed.
        """
        self._afterwards.follow_up()

    def _tell(self, added: Sequence[Added]) -> None:
        sessions = self._standing.add_progress(self._without_known_items(added))
        given_up = {each.session_id: each.given_up for each in added if each.given_up}
        if given_up:
            still = self._records.still_counted(given_up)
            gone = {name: codes - still.get(name, set()) for name, codes in given_up.items()}
            self._standing.forget_items(gone)
            sessions = list(self._standing.sessions(s.session_id for s in sessions).values())
        self._publish(*map(tidings.progressed, sessions))

    def _without_known_items(self, added: Sequence[Added]) -> list[Added]:
        """The same without the items that the sessions have: to add a hundred to a set of thousands
        takes mongod as long as ten batches.
        """
        sessions = self._standing.sessions(each.session_id for each in added)
        known = {name: session.counted_items for name, session in sessions.items()}
        return [replace(e, items=e.items - known.get(e.session_id, frozenset())) for e in added]
