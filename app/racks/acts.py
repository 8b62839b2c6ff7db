"""Acts: a rack and its session change together or not at all, and acts that meet do so together.

Each act says how its rack must be. The write asks that, not a look before it, so it decides who is
first; it leaves the act's own mark on the rack, by which the act is known to be done. All acts that
come while a transaction is under way share the next one, and its flush of the journal: what one
cannot do, another is not refused for (decision 12).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from pymongo import ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from app.db.client import Db, Document, in_one_act
from app.errors import TooManySessions
from app.racks.documents import rack_from
from app.racks.rack import OPEN, Rack, SessionStatus
from app.together import Together

Outcome = Rack | TooManySessions | None
"""The rack as it is after the act; None where the rack or its session was not as the act wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChange:
    """What becomes of a session, if there is one of that name; with `was`: and it is like that."""

    session_id: str
    change: Mapping[str, Any]
    was: SessionStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The act gives its user another rack, and they may hold so many."""

    user_id: str
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Where the rack is as `where` says: how it changes, and with it a session that it has
    (`session`), a new one (`begins`), or both. `place`: who holds one rack more by it.
    """

    where: Document
    change: Mapping[str, Any]
    session: SessionChange | None = None
    begins: Document | None = None
    place: Place | None = None
    mark: str = field(default_factory=lambda: uuid4().hex)

    @property
    def rack_id(self) -> str:
        return str(self.where["rack_id"])


class Acts:
    """`acts(act)` does it: the rack as it is then, or None."""

    def __init__(self, db: Db) -> None:
        self._client = db.client
        self._racks: Collection[Document] = db.rack_registry
        self._sessions: Collection[Document] = db.verification_sessions
        self._turns: Collection[Document] = db.claim_turns
        self._together = Together(self.do_all)

    def __call__(self, act: Act) -> Rack | None:
        """Do an act, durably; None where it does not fit. Raises TooManySessions."""
        return _told(self._together(act))

    def within(self, s: ClientSession, act: Act) -> Rack | None:
        """Do an act as a part of the caller's transaction; None where it does not fit."""
        done = self._changed_racks([act], s)
        if done and not self._misfits([act], s):
            self._change_sessions([act], s)
            return done[act.mark]
        return None

    def do_all(self, acts: Sequence[Act]) -> list[Outcome]:
        """Do acts as if one came after another; what came of each."""
        outcomes: dict[str, Outcome] = {}
        while left := [act for act in acts if act.mark not in outcomes]:
            # A rack has room for one mark: who comes second to a rack goes with the next ones.
            first = {act.rack_id: act for act in reversed(left)}
            outcomes |= self._done(list(first.values()))
        return [outcomes[act.mark] for act in acts]

    def _done(self, acts: Sequence[Act]) -> dict[str, Outcome]:
        """Do acts at different racks in one transaction. Where some would leave a rack without its
        session, or somebody with too many, nothing is done, and then all but those.
        """
        refused: dict[str, Outcome] = {}
        while acts:
            done, misfits = in_one_act(self._client, partial(self._attempt, acts))
            refused |= misfits
            if not misfits:
                return {act.mark: done.get(act.mark) for act in acts} | refused
            acts = [act for act in acts if act.mark not in misfits]
        return refused

    def _attempt(
        self, acts: Sequence[Act], s: ClientSession
    ) -> tuple[dict[str, Rack], dict[str, Outcome]]:
        """Those that were done, or those for which nothing was."""
        self._take_turns(acts, s)
        done = self._changed_racks(acts, s)
        first = [act for act in acts if act.mark in done]
        misfits = self._misfits(first, s)
        if misfits or not first:
            s.abort_transaction()
        else:
            self._change_sessions(first, s)
        return done, misfits

    def _take_turns(self, acts: Sequence[Act], s: ClientSession) -> None:
        """One user's claims take turns on a document of their own, or two at once, in transactions
        that do not see each other, could both get the last place.
        """
        users = sorted({act.place.user_id for act in acts if act.place})
        turn = {"$inc": {"turn": 1}}
        writes = [UpdateOne({"_id": user_id}, turn, upsert=True) for user_id in users]
        if writes:
            self._turns.bulk_write(writes, session=s)

    def _changed_racks(self, acts: Sequence[Act], s: ClientSession) -> dict[str, Rack]:
        """Change those racks that are as their acts want; by mark, how these are now."""
        if len(acts) == 1:
            return self._changed_rack(acts[0], s)
        writes = [UpdateOne(act.where, _marked(act)) for act in acts]
        if self._racks.bulk_write(writes, ordered=False, session=s).matched_count == 0:
            return {}
        marks = {act.mark for act in acts}
        ours = {"rack_id": {"$in": [act.rack_id for act in acts]}}
        found = self._racks.find(ours, session=s, batch_size=len(acts) + 1)
        return {r["act"]: rack_from(r) for r in found if r.get("act") in marks}

    def _changed_rack(self, act: Act, s: ClientSession) -> dict[str, Rack]:
        """As `_changed_racks`, for an act alone: one command writes and tells."""
        now = self._racks.find_one_and_update(
            act.where, _marked(act), session=s, return_document=ReturnDocument.AFTER
        )
        return {act.mark: rack_from(now)} if now else {}

    def _misfits(self, acts: Sequence[Act], s: ClientSession) -> dict[str, Outcome]:
        """The acts whose session is not as they want, or by which somebody has too many."""
        named = [act.session.session_id for act in acts if act.session]
        holders = {act.place.user_id for act in acts if act.place}
        if not named and not holders:
            return {}
        open_of: dict[str, set[str]] = defaultdict(set)
        states: dict[str, str] = {}
        for session in self._looked_up(named, holders, s):
            states[session["session_id"]] = session["status"]
            if session["status"] in OPEN:
                open_of[session["user_id"]].add(session["session_id"])
        misfits: dict[str, Outcome] = {
            act.mark: None for act in acts if not _fits(act.session, states)
        }
        return misfits | _without_place([a for a in acts if a.mark not in misfits], open_of)

    def _looked_up(
        self, named: Sequence[str], holders: Iterable[str], s: ClientSession
    ) -> Iterable[Document]:
        """Those sessions, and all open ones of these people."""
        where: list[Document] = []
        if named:
            where.append({"session_id": {"$in": named}})
        if holders:
            where.append({"user_id": {"$in": list(holders)}, "status": {"$in": list(OPEN)}})
        shown = {"_id": 0, "session_id": 1, "user_id": 1, "status": 1}
        return self._sessions.find({"$or": where} if where[1:] else where[0], shown, session=s)

    def _change_sessions(self, acts: Sequence[Act], s: ClientSession) -> None:
        changes = [act.session for act in acts if act.session]
        writes = [UpdateOne({"session_id": c.session_id}, c.change) for c in changes]
        if writes:
            self._sessions.bulk_write(writes, ordered=False, session=s)
        begun = [dict(act.begins) for act in acts if act.begins]
        if begun:
            self._sessions.insert_many(begun, ordered=False, session=s)


def _marked(act: Act) -> Document:
    return {**act.change, "$set": {**act.change.get("$set", {}), "act": act.mark}}


def _fits(wanted: SessionChange | None, states: Mapping[str, str]) -> bool:
    if wanted is None:
        return True
    return states.get(wanted.session_id) in ([wanted.was] if wanted.was else list(SessionStatus))


def _without_place(acts: Sequence[Act], open_of: Mapping[str, set[str]]) -> dict[str, Outcome]:
    """The acts by which somebody has too many open sessions, if those before them are done."""
    refused: dict[str, Outcome] = {}
    held = {user_id: len(sessions) for user_id, sessions in open_of.items()}
    for act in acts:
        if act.place is None:
            continue
        user_id, most = act.place.user_id, act.place.most
        ends_own = act.session and act.session.session_id in open_of.get(user_id, ())
        then = held.get(user_id, 0) + (0 if ends_own else 1)
        if then > most:
            refused[act.mark] = TooManySessions(most)
        else:
            held[user_id] = then
    return refused


def _told(outcome: Outcome) -> Rack | None:
    if isinstance(outcome, TooManySessions):
        raise outcome
    return outcome
