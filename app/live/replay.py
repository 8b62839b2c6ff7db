"""Replay: a screen that was away hears what it missed, or gets the whole map."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.auth.identity import Identity
from app.auth.permissions import Action, may
from app.clock import Clock, iso
from app.live.relay import Relay
from app.racks.map import MapRack, RackMap
from app.services.event_log import EventLog

Dump = Callable[[list[MapRack]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """The map at a moment, the `number`th that was begun; and of whom it is not the picture."""

    number: int
    event_id: int
    data: dict[str, Any]
    differs_for: frozenset[str]


class Replay:
    """Brings one socket up to date and into its rooms."""

    def __init__(
        self, log: EventLog, relay: Relay, rack_map: RackMap, dump: Dump, clock: Clock
    ) -> None:
        self._log = log
        self._relay = relay
        self._map = rack_map
        self._dump = dump
        self._clock = clock
        self._begun = 0
        self._last: dict[bool, _Picture] = {}
        self._taking = threading.Lock()

    def watch(
        self,
        sid: str,
        identity: Identity,
        *,
        rooms: set[str],
        since: int | None,
        enter: Callable[[], None],
    ) -> int:
        """Replay from `since`, or send a snapshot where the log no longer reaches back to it, or
        too much happened since; the id to go on from. Raises RedisUnavailable.
        """
        if since is None or not self._log.reaches_back_to(since) or self._log.is_far_behind(since):
            since = self._send_snapshot(sid, identity)
        self.resume(sid, rooms=rooms, start=since, enter=enter)
        return since

    @property
    def position(self) -> int:
        """The id of the last event that this process's screens have."""
        return self._relay.position

    def resume(self, sid: str, *, rooms: set[str], start: int, enter: Callable[[], None]) -> None:
        """Replay from `start`, which the log must reach back to. Raises RedisUnavailable."""
        self._relay.catch_up(sid, rooms=rooms, start=start, enter=enter)

    def _send_snapshot(self, sid: str, identity: Identity) -> int:
        """Those who wait together, as after a restart, get one picture: it was begun after all of
        them had asked.
        """
        begun_before = self._begun
        with self._taking:
            picture = self._last.get(may(identity, Action.SEE_COUNTS))
            if (
                picture is None
                or picture.number <= begun_before
                or identity.user_id in picture.differs_for
            ):
                picture = self._take(identity)
        self._relay.send(sid, "snapshot", picture.data)
        return picture.event_id

    def _take(self, identity: Identity) -> _Picture:
        """The id is read before the racks: what happens meanwhile is in the map or comes after it,
        and an event that the map holds already sets the same state again.
        """
        self._begun += 1
        number, event_id = self._begun, self._log.last_id()
        at = iso(self._clock.now())
        racks, differs_for = self._map.shared(identity)
        data = {"id": event_id, "type": "snapshot", "at": at, "racks": self._dump(racks)}
        picture = _Picture(number=number, event_id=event_id, data=data, differs_for=differs_for)
        if identity.user_id not in differs_for:
            self._last[may(identity, Action.SEE_COUNTS)] = picture
        return picture
