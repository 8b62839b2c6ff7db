"""The chart of a printed report: the largest values of its first numeric column, as bars."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from app.reports.columns import Column, ColumnType, Row
from app.reports.formats.table import NUMERIC
from app.reports.formats.typeface import BOLD, FONT, SIZE, fitting, on_paper, printable, width_of

BARS = 12
BAR, GAP = 9.0, 4.0
HEIGHT = BARS * (BAR + GAP) + 24.0
WIDEST_LABEL, VALUE_WIDTH = 200.0, 70.0
INK, ABOVE, BELOW = map(HexColor, ("#1B1F23", "#2F6F8F", "#B4552D"))


@dataclass(slots=True)
class Largest:
    """The BARS values that are furthest from nought, by a column, of all rows that it heeds."""

    label_at: int | None
    value_at: int
    title: str
    _heap: list[tuple[float, int, str, float]] = field(default_factory=list)
    _heeded: int = 0

    @classmethod
    def of(cls, columns: Sequence[Column]) -> Largest | None:
        """For a report that has a numeric column; None for one that has not."""
        numeric = [at for at, column in enumerate(columns) if column.type in NUMERIC]
        texts = [at for at, column in enumerate(columns) if column.type is ColumnType.TEXT]
        if not numeric:
            return None
        title = f"Largest by {columns[numeric[0]].label}"
        return cls(texts[0] if texts else None, numeric[0], title)

    def heed(self, row: Row) -> None:
        value = row[self.value_at]
        if not isinstance(value, int | float) or not math.isfinite(value):
            return
        self._heeded += 1
        if len(self._heap) == BARS and abs(value) <= self._heap[0][0]:
            return
        label = f"Row {self._heeded}" if self.label_at is None else on_paper(row[self.label_at])
        entry = (abs(value), -self._heeded, label, value)
        if len(self._heap) < BARS:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heapreplace(self._heap, entry)

    def bars(self) -> list[tuple[str, float]]:
        """Label and value, the largest first."""
        return [(label, value) for _, _, label, value in sorted(self._heap, reverse=True)]


def draw_chart(canvas: Canvas, largest: Largest, width: float) -> None:
    """Draw the bars in a box of HEIGHT, its lower left corner at the origin. Values below nought
    lie to the left of the line.
    """
    canvas.setFont(BOLD, SIZE + 1)
    canvas.setFillColor(INK)
    canvas.drawString(0, HEIGHT - 12, printable(largest.title))
    bars = largest.bars()
    low, high = min([0.0, *(v for _, v in bars)]), max([0.0, *(v for _, v in bars)])
    labelled = min(WIDEST_LABEL, max([0.0, *(width_of(label) for label, _ in bars)])) + 8
    below = VALUE_WIDTH if low else 0.0
    unit = (width - labelled - below - VALUE_WIDTH) / ((high - low) or 1)
    zero = labelled + below - low * unit
    canvas.setFont(FONT, SIZE)
    for number, (label, value) in enumerate(bars, start=1):
        y = HEIGHT - 20 - number * (BAR + GAP)
        canvas.setFillColor(INK)
        canvas.drawString(0, y + 2, fitting(label, WIDEST_LABEL, FONT))
        if value < 0:
            canvas.drawRightString(zero + value * unit - 4, y + 2, on_paper(value))
        else:
            canvas.drawString(zero + value * unit + 4, y + 2, on_paper(value))
        canvas.setFillColor(BELOW if value < 0 else ABOVE)
        canvas.rect(zero + min(value, 0) * unit, y, abs(value) * unit, BAR, stroke=0, fill=1)
