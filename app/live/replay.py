"""Replay: a screen that was away hears what it missed, or gets the whole map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.auth.identity import Identity
from app.clock import Clock, iso
from app.live.relay import Relay
from app.racks.map import MapRack, RackMap
from app.services.event_log import EventLog

Dump = Callable[[list[MapRack]], list[dict[str, Any]]]


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
        """The id is read before the racks: what happens meanwhile is in the map or comes after it,
        and an event that the map holds already sets the same state again.
        """
        event_id = self._log.last_id()
        racks = self._dump(self._map.racks(identity))
        data = {"id": event_id, "type": "snapshot", "at": iso(self._clock.now()), "racks": racks}
        self._relay.send(sid, "snapshot", data)
        return event_id
