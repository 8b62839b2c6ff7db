"""Campaigns: a warehouse has one open stocktake from the start; rack sessions belong to it."""

from __future__ import annotations

from app.auth.identity import Identity
from app.auth.permissions import Action, may
from app.clock import Clock
from app.racks.floor_plan import FloorPlan
from app.stocktakes.stocktake import Stocktake, StocktakeStatus
from app.stocktakes.store import StocktakeStore

MAIN_WAREHOUSE = "Main"


class Campaigns:
    """Opens stocktakes and says what they let a counter see."""

    def __init__(self, store: StocktakeStore, floor_plan: FloorPlan, clock: Clock) -> None:
        self._store = store
        self._floor_plan = floor_plan
        self._clock = clock

    def ensure_open(self, warehouse: str = MAIN_WAREHOUSE, *, blind: bool = False) -> Stocktake:
        """The warehouse's open stocktake, opened where there is none; its racks are enrolled."""
        stocktake = self._store.open_of(warehouse)
        if stocktake is None:
            now = self._clock.now()
            stocktake = Stocktake(
                stocktake_id=f"{warehouse.lower()}-{now:%Y-%m-%d}",
                name=f"{warehouse}, {now:%-d %B %Y}",
                warehouse=warehouse,
                status=StocktakeStatus.OPEN,
                blind=blind,
                created_by="system",
                created_at=now,
            )
            self._store.open(stocktake)
        self._floor_plan.enrol(
            warehouse, stocktake_id=stocktake.stocktake_id, blind=stocktake.blind
        )
        return stocktake

    def all(self, limit: int) -> list[Stocktake]:
        """The stocktakes, the open ones first."""
        return self._store.all(limit)

    def shows_book_to(self, identity: Identity) -> bool:
        """Whether this caller may see book figures now: in a blind stocktake no counter may."""
        if may(identity, Action.SEE_BOOK):
            return True
        stocktake = self._store.open_of(MAIN_WAREHOUSE)
        return stocktake is not None and not stocktake.blind
