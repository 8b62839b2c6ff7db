"""The layout of a warehouse: its racks are added, moved and removed while people count.

Adding a rack is an act of the stocktakes too: a rack that stands there is counted in the open one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.auth.identity import Identity, named
from app.events import Publisher, RacksAdded, RacksChanged, RacksMoved, RacksRemoved
from app.items.catalogue import Catalogue
from app.racks.floor_plan import FloorPlan
from app.racks.rack import Rack
from app.stocktakes.campaigns import MAIN_WAREHOUSE, Campaigns


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRack:
    """A rack to be. Rows and columns count from 1."""

    rack_id: str
    floor: str
    zone: str
    row: int
    column: int
    warehouse: str = MAIN_WAREHOUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class RackChange:
    """What shall be different; None leaves a thing as it is."""

    floor: str | None = None
    zone: str | None = None
    row: int | None = None
    column: int | None = None


class Layout:
    """Changes the floor plan, and tells every map."""

    def __init__(
        self,
        floor_plan: FloorPlan,
        campaigns: Campaigns,
        catalogue: Catalogue,
        publish: Publisher,
    ) -> None:
        self._floor_plan = floor_plan
        self._campaigns = campaigns
        self._catalogue = catalogue
        self._publish = publish

    def add(self, racks: Sequence[NewRack], *, by: Identity) -> list[str]:
        """Add racks, all or none, and enrol them in the open stocktake; their ids.

        Raises:
            RackExists: a rack of that id stands somewhere.
            PlaceTaken: another rack stands there, or two of these would.
        """
        self._floor_plan.add(racks)
        ids = [rack.rack_id for rack in racks]
        for warehouse in {rack.warehouse for rack in racks}:
            self._campaigns.ensure_open(warehouse)
        expected = self._catalogue.count_by_rack()
        self._floor_plan.expect({rack: expected[rack] for rack in ids if rack in expected})
        self._tell(RacksAdded, ids, {rack.floor for rack in racks}, by)
        return ids

    def change(self, rack_id: str, change: RackChange, *, by: Identity) -> Rack:
        """Give a rack another place or zone.

        Raises:
            RackUnknown, PlaceTaken.
            IllegalMove: it would leave its floor while somebody counts it.
        """
        told = {name: value for name, value in asdict(change).items() if value is not None}
        before, after = self._floor_plan.change(rack_id, told)
        self._tell(RacksMoved, [rack_id], {before.floor, after.floor}, by)
        return after

    def remove(self, rack_id: str, *, by: Identity) -> None:
        """Take a rack off the plan that nobody ever claimed. Raises RackUnknown, RackCounted."""
        gone = self._floor_plan.remove(rack_id)
        self._tell(RacksRemoved, [rack_id], {gone.floor}, by)

    def _tell(
        self, kind: type[RacksChanged], ids: Sequence[str], floors: set[str], by: Identity
    ) -> None:
        self._publish(kind(racks=tuple(ids), floors=tuple(sorted(floors)), by=named(by)))
