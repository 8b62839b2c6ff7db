"""The floor plan: which racks there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from app.racks.documents import new_rack
from app.racks.plan_store import PlanStore
from app.racks.rack import Rack


class Placed(Protocol):
    """A rack that shall stand somewhere."""

    @property
    def rack_id(self) -> str: ...
    @property
    def floor(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def row(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def warehouse(self) -> str: ...


class FloorPlan:
    """Adds racks."""

    def __init__(self, plan: PlanStore) -> None:
        self._plan = plan

    def add(self, racks: Iterable[Placed]) -> None:
        """Put racks on the plan, all or none. Raises RackExists, PlaceTaken."""
        self._plan.add(
            [
                new_rack(
                    rack.rack_id,
                    floor=rack.floor,
                    zone=rack.zone,
                    row=rack.row,
                    column=rack.column,
                    warehouse=rack.warehouse,
                )
                for rack in racks
            ]
        )

    def change(self, rack_id: str, changes: Mapping[str, str | int]) -> tuple[Rack, Rack]:
        """Change a rack's floor, zone, row or column; it as it was and as it is. Raises
        RackUnknown, PlaceTaken, IllegalMove.
        """
        return self._plan.change(rack_id, changes)

    def remove(self, rack_id: str) -> Rack:
        """Take a rack off the plan that nobody ever claimed. Raises RackUnknown, RackCounted."""
        return self._plan.remove(rack_id)

    def load(self, rows: Iterable[Mapping[str, str]], warehouse: str) -> int:
        """Add racks from rows of `rack_id, floor, zone, row, column`; how many are new.

        Racks that are there already stay as they are.
        """
        racks = [
            new_rack(
                row["rack_id"],
                floor=row["floor"],
                zone=row["zone"],
                row=int(row["row"]),
                column=int(row["column"]),
                warehouse=warehouse,
            )
            for row in rows
        ]
        return self._plan.load(racks)

    def expect(self, items_by_rack: Mapping[str, int]) -> None:
        """Note how many items of the catalogue stand in each rack: what a full count would find."""
        self._plan.expect(items_by_rack)
