"""The floor plan: which racks there are, and the stocktake that they are counted in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.racks.documents import new_rack
from app.racks.store import RackStore


class FloorPlan:
    """Adds racks and enrols them."""

    def __init__(self, store: RackStore) -> None:
        self._store = store

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
        return self._store.plan(racks)

    def expect(self, items_by_rack: Mapping[str, int]) -> None:
        """Note how many items of the catalogue stand in each rack: what a full count would find."""
        self._store.expect(items_by_rack)

    def enrol(self, warehouse: str, *, stocktake_id: str, blind: bool) -> None:
        """Count those of the warehouse's racks in this stocktake that are not in it yet."""
        self._store.enrol(warehouse, stocktake_id=stocktake_id, blind=blind)
