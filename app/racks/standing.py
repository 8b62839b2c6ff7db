"""Standing: what the rooms above need to know of racks and sessions, and who may look at them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo.client_session import ClientSession

from app.auth.identity import Identity
from app.auth.permissions import Action, may
from app.clock import Clock
from app.db.questions import Question
from app.errors import SessionUnknown
from app.racks.changes import Added
from app.racks.rack import CountSession, Rack
from app.racks.rules import check_own, check_visible
from app.racks.session_store import SessionStore
from app.racks.store import RackStore


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """The open sessions, racks that two of them hold, and what waits on their devices: records, the
    age of the oldest in seconds as it is now, and the devices that have any.
    """

    sessions: int
    doubly_held: int
    waiting: int
    oldest_s: float | None
    devices: int


class Standing:
    """Reads sessions and racks; keeps the sessions' progress."""

    def __init__(self, store: RackStore, sessions: SessionStore, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._clock = clock

    def own_session(self, session_id: str, by: Identity) -> CountSession:
        """The caller's session. Raises SessionUnknown, NotYourSession."""
        session = self._sessions.session(session_id)
        check_own(session, by)
        return session

    def visible_session(self, session_id: str, by: Identity) -> CountSession:
        """A session that the caller may look at. Raises SessionUnknown, NotYourSession."""
        return self.visible_sessions([session_id], by)[session_id]

    def visible_sessions(self, session_ids: Sequence[str], by: Identity) -> dict[str, CountSession]:
        """The sessions by id, if the caller may look at all of them: one round trip, none for none.
        Raises SessionUnknown, NotYourSession.
        """
        found = self.sessions(session_ids) if session_ids else {}
        for session_id in session_ids:
            if session_id not in found:
                raise SessionUnknown(session_id)
            check_visible(found[session_id], by)
        return found

    def open_sessions(self, by: Identity) -> list[CountSession]:
        """The open sessions: all for who sees all counts, else the caller's."""
        return self._sessions.open_sessions(None if may(by, Action.SEE_COUNTS) else by.user_id)

    def open_work(self) -> OpenWork:
        """What is under way, and what waits to be sent."""
        now = self._clock.now()
        work = self._sessions.open_queues()
        racks = Counter(each.rack_id for each in work)
        behind = [each for each in work if each.length]
        ages = [each.age_s + (now - each.at).total_seconds() for each in behind]
        return OpenWork(
            sessions=len(work),
            doubly_held=sum(1 for n in racks.values() if n > 1),
            waiting=sum(each.length for each in behind),
            oldest_s=max(ages, default=None),
            devices=len(behind),
        )

    def history(self, by: Identity, *, before: datetime | None, limit: int) -> list[CountSession]:
        """The caller's sessions, the newest first, those started before a time."""
        return self._sessions.sessions_of(by.user_id, before=before, limit=limit)

    def sessions(self, session_ids: Iterable[str]) -> dict[str, CountSession]:
        """Those of the sessions that exist, by id: one round trip."""
        return self._sessions.sessions_by_id(session_ids)

    def racks(self, rack_ids: Iterable[str]) -> dict[str, Rack]:
        """Those of the racks that exist, by id: one round trip."""
        return self._store.racks_by_id(rack_ids)

    def ask_sessions(
        self, session_ids: Iterable[str]
    ) -> Question[tuple[dict[str, CountSession], dict[str, Rack]]]:
        """The sessions and the racks that they are of, as a question to be asked beside others."""
        return self._sessions.ask_with_racks(session_ids)

    def ask_racks(self, rack_ids: Iterable[str]) -> Question[dict[str, Rack]]:
        """Racks as a question to be asked beside others."""
        return self._store.ask_by_id(rack_ids)

    def add_progress(self, added: Sequence[Added]) -> list[CountSession]:
        """Add to the progress of sessions, one of each, for display only: the sessions as they are
        then.
        """
        return self._sessions.add_progress(added)

    def mark_due(self, rack_ids: Sequence[str], s: ClientSession | None = None) -> None:
        """Note that these racks' count lines are behind their records, as a part of a transaction
        that moves those.
        """
        self._store.mark_due(rack_ids, s)

    def forget_items(self, gone: Mapping[str, Iterable[str]]) -> None:
        """Take item codes out of the sessions' progress: one round trip."""
        self._sessions.forget_items(gone)
