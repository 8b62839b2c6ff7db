"""The rack map: every rack with who counts it and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.auth.identity import Holder, Identity
from app.auth.permissions import Action, may
from app.racks.rack import CountSession, Progress, Queue, Rack, RackStatus
from app.racks.session_store import SessionStore
from app.racks.store import RackStore

MOST_RACKS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRack:
    """A rack as the map shows it. Figures are None for who may not see others' counts, and so is
    to whom it is assigned, but for whom it is.
    """

    rack: Rack
    progress: Progress | None
    open_conflicts: int | None
    assigned_to: Holder | None = None
    queue: Queue | None = None


class RackMap:
    """Snapshots of the floor. `open_conflicts` counts by rack: conflicts live in a room above."""

    def __init__(
        self,
        store: RackStore,
        sessions: SessionStore,
        open_conflicts: Callable[[], Mapping[str, int]],
    ) -> None:
        self._store = store
        self._session_store = sessions
        self._open_conflicts = open_conflicts

    def racks(
        self, by: Identity, *, floor: str | None = None, after: str = "", limit: int = MOST_RACKS
    ) -> list[MapRack]:
        """The racks by id, of one floor or all, those after `after`."""
        return self._seen(self._store.racks(floor=floor, after=after, limit=limit), by)

    def shared(self, by: Identity) -> tuple[list[MapRack], frozenset[str]]:
        """All racks as the caller sees them, and of whom with the same rights that is not the
        picture: a rack is assigned to them, which only they are shown.
        """
        racks = self._store.racks(floor=None, after="", limit=MOST_RACKS)
        given = () if may(by, Action.SEE_COUNTS) else (rack.assigned_to for rack in racks)
        return self._seen(racks, by), frozenset(to.user_id for to in given if to is not None)

    def rack(self, rack_id: str, by: Identity) -> MapRack:
        """One rack. Raises RackUnknown."""
        return self._seen([self._store.rack(rack_id)], by)[0]

    def available(self, by: Identity, *, floor: str | None = None) -> list[MapRack]:
        """The racks that the caller may claim now, those assigned to them first."""
        racks = self._store.available(floor=floor, user_id=by.user_id)
        return self._seen(sorted(racks, key=lambda rack: rack.assigned_to is None), by)

    def offered_to(self, by: Identity) -> list[MapRack]:
        """The racks that their holders offer to the caller."""
        racks = self._store.offered_to(by.user_id)
        return [MapRack(rack=r, progress=None, open_conflicts=None) for r in racks]

    def held_by(self, by: Identity) -> list[MapRack]:
        """The racks that the caller holds, with their own progress."""
        racks = self._store.held_by(by.user_id)
        sessions = self._sessions(racks)
        return [
            MapRack(
                rack=r,
                progress=sessions[r.rack_id].progress if r.rack_id in sessions else None,
                open_conflicts=None,
            )
            for r in racks
        ]

    def floors(self) -> list[dict[str, int | str]]:
        """Each floor with its number of racks in each state."""
        return self._store.floors()

    def _seen(self, racks: Sequence[Rack], by: Identity) -> list[MapRack]:
        if not may(by, Action.SEE_COUNTS):
            return [
                MapRack(rack=r, progress=None, open_conflicts=None, assigned_to=_own(r, by))
                for r in racks
            ]
        sessions, conflicts = self._sessions(racks), self._open_conflicts()
        return [_whole(r, sessions.get(r.rack_id), conflicts.get(r.rack_id, 0)) for r in racks]

    def _sessions(self, racks: Sequence[Rack]) -> dict[str, CountSession]:
        """The session that holds the rack, or that completed it; a free rack has none."""
        shown = [r for r in racks if r.status is not RackStatus.AVAILABLE and r.last_session_id]
        sessions = self._session_store.sessions_by_id(
            r.last_session_id for r in shown if r.last_session_id
        )
        return {
            r.rack_id: sessions[r.last_session_id] for r in shown if r.last_session_id in sessions
        }


def _whole(rack: Rack, session: CountSession | None, open_conflicts: int) -> MapRack:
    """A rack with all its figures; what waits on a device only while it holds the rack."""
    return MapRack(
        rack=rack,
        progress=session.progress if session else Progress(expected=rack.expected_items),
        open_conflicts=open_conflicts,
        assigned_to=rack.assigned_to,
        queue=session.queue if session and rack.holder else None,
    )


def _own(rack: Rack, by: Identity) -> Holder | None:
    assigned = rack.assigned_to
    return assigned if assigned is not None and assigned.user_id == by.user_id else None
