"""How a printed report looks up close: its letters, and its cells in words for people."""

from __future__ import annotations

from datetime import UTC, datetime

from reportlab.pdfbase.pdfmetrics import stringWidth

from app.reports.columns import Cell
from app.reports.formats.table import as_text

FONT, BOLD = "Helvetica", "Helvetica-Bold"
SIZE = 8.0
CUT = "…"
WIDEST_LETTER = 1.02 * SIZE
"""No letter of these fonts is wider: short text need not be measured."""


def on_paper(cell: Cell) -> str:
    """A cell as people read it: `1,234.5`, `yes`, `2026-01-05 08:00`; XLSX has the rest."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float) and as_text(cell):
        return f"{cell:,.2f}".rstrip("0").rstrip(".")
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC):%Y-%m-%d %H:%M}"
    return printable(as_text(cell))


def printable(text: str) -> str:
    """The text in the letters of these fonts; others are shown as `?`."""
    known = text.encode("cp1252", "replace").decode("cp1252")
    return known if known.isprintable() else "".join(c if c.isprintable() else " " for c in known)


def width_of(text: str, font: str = FONT) -> float:
    """In points."""
    return float(stringWidth(text, font, SIZE))


def fitting(text: str, width: float, font: str) -> str:
    """The text, cut where it is wider than `width`."""
    if len(text) * WIDEST_LETTER <= width or width_of(text, font) <= width:
        return text
    room = width - width_of(CUT, font)
    while text and width_of(text, font) > room:
        text = text[: min(len(text) - 1, int(len(text) * 0.9))]
    return text + CUT
