"""Tells the moves of racks so that the last event of a rack says how the rack is.

A move is told after it is written, and between the two another process may make and tell the next
one: then the log has the later move before the earlier, and every map would show what is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pymongo.errors import PyMongoError

from app.events import Event, Publisher
from app.racks import tidings
from app.racks.rack import Rack
from app.racks.store import RackStore

LOOKS = 3
"""Whoever is overtaken so often leaves it to the next heartbeat, which tells the state too."""


class Telling:
    """`tell([rack as it is after the move], *events)`."""

    def __init__(self, store: RackStore, publish: Publisher) -> None:
        self._store = store
        self._publish = publish

    def __call__(self, moved: Sequence[Rack], *events: Event) -> None:
        """Publish, and look whether the racks still are as was told; where one is not, say how it
        is now. The last of several processes to tell is the last to look, so the log ends true.
        """
        self._publish(*events)
        with suppress(PyMongoError):  # the move is made and told
            for _ in range(LOOKS):
                moved = self._overtaken(moved)
                if not moved:
                    return
                self._publish(*map(tidings.as_it_is, moved))

    def _overtaken(self, told: Sequence[Rack]) -> list[Rack]:
        """Those of the racks that are not as was told, as they are now."""
        known = self._store.racks_by_id(rack.rack_id for rack in told)
        now = [(rack, known.get(rack.rack_id)) for rack in told]
        return [is_now for was, is_now in now if is_now and _state(is_now) != _state(was)]


def _state(rack: Rack) -> tuple[object, ...]:
    return rack.status, rack.fence, rack.pass_no, rack.session_id
