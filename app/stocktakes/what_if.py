"""What-if: what another tolerance would have done to a stocktake, open or past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from app.stocktakes import rules
from app.stocktakes.line import CountLine
from app.stocktakes.lines_store import LineFilter, LineStore
from app.stocktakes.stocktake import Stocktake, Tolerance
from app.stocktakes.store import StocktakeStore
from app.stocktakes.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """How counted lines would stand under a tolerance. `agreed` lines have passes that confirm
    each other, `disputed` ones have none that do; the rest was counted once. `value_outside` is the
    size in money of the variances that would need a signature.
    """

    tolerance: Tolerance
    counted: int
    within: int
    outside: int
    agreed: int
    disputed: int
    value_outside: float


class WhatIfs:
    """Judges a stocktake's lines once more."""

    def __init__(self, lines: LineStore, stocktakes: StocktakeStore, tally: Tally) -> None:
        self._lines = lines
        self._tally = tally
        self._stocktakes = stocktakes

    def of(self, stocktake_id: str, tolerance: Tolerance) -> tuple[WhatIf, WhatIf]:
        """The stocktake as it is and as it would be. Raises StocktakeUnknown."""
        stocktake = self._stocktakes.one(stocktake_id)
        self._tally.catch_up()
        return (
            judged(self._counted(stocktake_id), stocktake),
            judged(self._counted(stocktake_id), replace(stocktake, tolerance=tolerance)),
        )

    def _counted(self, stocktake_id: str) -> Iterator[CountLine]:
        lines = self._lines.all(LineFilter(stocktake_id=stocktake_id))
        return (line for line in lines if line.passes)


def judged(lines: Iterable[CountLine], stocktake: Stocktake) -> WhatIf:
    """How these counted lines stand under the stocktake's tolerance. Pure."""
    tolerance = stocktake.tolerance
    counted = within = agreed = disputed = 0
    value_outside = 0.0
    for line in lines:
        pair = rules.agreeing(line.passes, (), tolerance, price=line.item.price)
        standing = pair or line.passes[-1].figure
        outcome = rules.outcome_of(standing, line.book, tolerance, price=line.item.price)
        counted += 1
        within += bool(outcome.within_tolerance)
        agreed += pair is not None
        disputed += pair is None and len(line.passes) > 1
        value_outside += 0 if outcome.within_tolerance else abs(outcome.variance_value or 0)
    return WhatIf(
        tolerance=tolerance,
        counted=counted,
        within=within,
        outside=counted - within,
        agreed=agreed,
        disputed=disputed,
        value_outside=round(value_outside, 2),
    )
