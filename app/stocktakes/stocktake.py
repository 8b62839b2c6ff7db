"""A stocktake: one counting campaign of a warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StocktakeStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocktake:
    """`blind`: counters see no book figure while it is open."""

    stocktake_id: str
    name: str
    warehouse: str
    status: StocktakeStatus
    blind: bool
    created_by: str
    created_at: datetime
