"""Rack sheets: what a person takes to a rack on paper, and what comes back with an id of its own.

A sheet is of one rack and one pass. It never tells a book figure or what others counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s

from app.errors import FloorUnknown, RackUnknown
from app.items.catalogue import Catalogue
from app.items.item import Item
from app.racks.enrolment import Enrolment
from app.racks.rack import Rack
from app.racks.standing import Standing
from app.stocktakes.bars import Bars, bars_of
from app.stocktakes.campaigns import MAIN_WAREHOUSE
from app.stocktakes.stocktake import Stocktake
from app.stocktakes.store import StocktakeStore


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """One item to count. `barcode` is what its label carries, else its code."""

    item_code: str
    item_name: str
    uom: str | None
    bars: Bars | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One rack's sheet. `sheet_id` is the same however often it is printed, and another for the
    next pass, so that a sheet which is entered twice counts once. `only_these`: the pass is of
    these items only.
    """

    sheet_id: str
    rack: Rack
    stocktake: Stocktake | None
    only_these: bool
    lines: Sequence[SheetLine]


class Sheets:
    """Makes sheets from the floor plan and the catalogue."""

    def __init__(
        self,
        standing: Standing,
        enrolment: Enrolment,
        catalogue: Catalogue,
        stocktakes: StocktakeStore,
    ) -> None:
        self._standing = standing
        self._enrolment = enrolment
        self._catalogue = catalogue
        self._stocktakes = stocktakes

    def of_rack(self, rack_id: str) -> Sheet:
        """One rack's sheet. Raises RackUnknown."""
        rack = self._standing.racks([rack_id]).get(rack_id)
        if rack is None:
            raise RackUnknown(rack_id)
        return self._made([rack])[0]

    def of_floor(
        self, floor: str, *, after: str, limit: int, warehouse: str = MAIN_WAREHOUSE
    ) -> list[Sheet]:
        """The sheets of a floor's racks by rack, from `after` on. Raises FloorUnknown."""
        racks = self._enrolment.racks_on(warehouse, [floor])
        if not racks:
            raise FloorUnknown(floor)
        return self._made([rack for rack in racks if rack.rack_id > after][:limit])

    def _made(self, racks: Sequence[Rack]) -> list[Sheet]:
        asked = {code for rack in racks for code in rack.recount_items}
        known = self._catalogue.with_codes(asked) if asked else {}
        placed = self._placed([rack.rack_id for rack in racks if not rack.recount_items])
        return [self._sheet(rack, placed, known) for rack in racks]

    def _placed(self, rack_ids: Sequence[str]) -> dict[str, list[Item]]:
        items: dict[str, list[Item]] = {rack_id: [] for rack_id in rack_ids}
        for item in self._catalogue.at_racks(rack_ids):
            items[item.rack or ""].append(item)
        return items

    def _sheet(
        self, rack: Rack, placed: Mapping[str, Sequence[Item]], known: Mapping[str, Item]
    ) -> Sheet:
        expected = {item.item_code: item for item in placed.get(rack.rack_id, ())}
        codes = rack.recount_items or expected
        return Sheet(
            sheet_id=_id_of(rack),
            rack=rack,
            stocktake=self._stocktakes.one(rack.stocktake_id) if rack.stocktake_id else None,
            only_these=bool(rack.recount_items),
            lines=[_line(code, expected.get(code) or known.get(code)) for code in sorted(codes)],
        )


def _id_of(rack: Rack) -> str:
    which = "\x1f".join((rack.stocktake_id or "", rack.rack_id, str(rack.pass_no)))
    return f"S-{blake2s(which.encode(), digest_size=6).hexdigest()}"


def _line(item_code: str, item: Item | None) -> SheetLine:
    if item is None:
        return SheetLine(item_code=item_code, item_name="", uom=None, bars=bars_of(item_code))
    return SheetLine(
        item_code=item_code,
        item_name=item.item_name,
        uom=item.uom,
        bars=bars_of(item.barcode or item.autobarcode or item_code),
    )
