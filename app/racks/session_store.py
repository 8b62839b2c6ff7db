"""Counting sessions as they are, and how far each is: the queries of `verification_sessions`.

Which session holds a rack changes in `lease_store` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import UpdateOne
from pymongo.collection import Collection

from app.db.client import LIVENESS, Db, Document, update_all, update_and_show
from app.db.questions import Question, among
from app.errors import SessionUnknown
from app.racks.changes import Added, Touch, counted_more, noted
from app.racks.documents import rack_from, session_from
from app.racks.rack import OPEN, CountSession, Rack
from app.together import lookup

RACKS = "rack_registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQueue:
    """An open session's rack, and what waits on its device: `age_s` is of the moment `at`."""

    rack_id: str
    length: int
    age_s: int
    at: datetime


class SessionStore:
    """Who counted what, when, and how far they are."""

    def __init__(self, db: Db) -> None:
        self._sessions: Collection[Document] = db.verification_sessions
        self._live = self._sessions.with_options(write_concern=LIVENESS)
        self._find_sessions = lookup(self._sessions_of)

    def session(self, session_id: str) -> CountSession:
        """One session. Raises SessionUnknown."""
        found = self._find_sessions([session_id])
        if not found:
            raise SessionUnknown(session_id)
        return found[session_id]

    def sessions_by_id(self, session_ids: Iterable[str]) -> dict[str, CountSession]:
        """Those of the sessions that exist."""
        return self._find_sessions(list(session_ids))

    def ask_with_racks(
        self, session_ids: Iterable[str]
    ) -> Question[tuple[dict[str, CountSession], dict[str, Rack]]]:
        """Those of the sessions that exist, and the racks that they are of, both by id."""
        of_rack = {"localField": "rack_id", "foreignField": "rack_id", "as": "racks"}
        racks: Document = {"$lookup": {"from": RACKS, **of_rack}}
        return among(self._sessions, "session_id", session_ids, _with_racks, racks)

    def open_sessions(self, user_id: str | None = None) -> list[CountSession]:
        """Open sessions, a user's or all, the latest heartbeat first."""
        where: Document = {"status": {"$in": list(OPEN)}}
        if user_id is not None:
            where["user_id"] = user_id
        return [session_from(s) for s in self._sessions.find(where).sort("last_heartbeat", -1)]

    def open_queues(self) -> list[OpenQueue]:
        """What waits on the device of each open session, as its last heartbeat said."""
        where = {"status": {"$in": list(OPEN)}}
        shown = dict.fromkeys(("rack_id", "queue_length", "queue_age_s", "last_heartbeat"), 1)
        return [
            OpenQueue(
                rack_id=doc["rack_id"],
                length=doc.get("queue_length") or 0,
                age_s=doc.get("queue_age_s") or 0,
                at=doc["last_heartbeat"],
            )
            for doc in self._sessions.find(where, shown)
        ]

    def sessions_of(
        self, user_id: str, *, before: datetime | None, limit: int
    ) -> list[CountSession]:
        """A user's sessions, the newest first."""
        where: Document = {"user_id": user_id}
        if before is not None:
            where["started_at"] = {"$lt": before}
        return [
            session_from(s) for s in self._sessions.find(where).sort("started_at", -1).limit(limit)
        ]

    def add_progress(self, added: Sequence[Added]) -> list[CountSession]:
        """Add to the progress of sessions, one of each: the sessions as they are then. A lone one
        is one command, several are two.
        """
        found = update_and_show(self._live, [counted_more(each) for each in added], "session_id")
        return [session_from(session) for session in found]

    def note_beats(self, touches: Sequence[Touch]) -> list[CountSession | None]:
        """Note that sessions' counters live, and what waits on their devices; each session then,
        None where there is none. A lone one is one command, several are two.
        """
        changes = [noted(touch) for touch in touches]
        found = update_and_show(self._live, changes, "session_id")
        sessions = {session["session_id"]: session_from(session) for session in found}
        return [sessions.get(touch.session_id) for touch in touches]

    def forget_items(self, gone: Mapping[str, Iterable[str]]) -> None:
        """Take item codes out of the sessions' progress."""
        writes = [
            UpdateOne({"session_id": s}, {"$pull": {"counted_items": {"$in": list(codes)}}})
            for s, codes in gone.items()
        ]
        update_all(self._live, writes)

    def _sessions_of(self, session_ids: Sequence[str]) -> dict[str, CountSession]:
        where = {"session_id": {"$in": session_ids}}
        found = self._sessions.find(where, batch_size=len(session_ids) + 1)
        return {s["session_id"]: session_from(s) for s in found}


def _with_racks(found: list[Document]) -> tuple[dict[str, CountSession], dict[str, Rack]]:
    racks = {rack["rack_id"]: rack_from(rack) for session in found for rack in session["racks"]}
    return {session["session_id"]: session_from(session) for session in found}, racks
