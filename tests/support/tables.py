"""Reports for the tests of the formats: all kinds of cells, and words that are hard to write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.reports.columns import Column, ColumnType
from app.reports.formats.table import Table

COLUMNS = (
    Column(name="item_code", label="Item", type=ColumnType.TEXT),
    Column(name="item_name", label="Name", type=ColumnType.TEXT),
    Column(name="counted", label="Counted", type=ColumnType.INTEGER),
    Column(name="value", label="Value", type=ColumnType.NUMBER),
    Column(name="approved", label="Approved", type=ColumnType.BOOLEAN),
    Column(name="counted_at", label="Counted at", type=ColumnType.TIME),
)
MOMENT = datetime(2026, 1, 5, 8, 30, 15, 250_000, tzinfo=UTC)
HARD_TEXTS = (
    'SAYS "HI", TWICE',
    "TWO\nLINES",
    "  spaces  ",
    "RÉGENCY चाय 茶 🫖",
    "<b>&amp;</b>",
    "http://example.com",
    "0012",
    "true",
    "",
)


def a_row(number):
    """Row `number` of a report: no two are the same, and every fifth holds what is not known."""
    if number % 5 == 4:
        return (f"I{number}", None, None, None, None, None)
    return (
        f"I{number}",
        HARD_TEXTS[number % len(HARD_TEXTS)],
        number - 7,
        (number - 7) * 2.55,
        number % 2 == 0,
        MOMENT + timedelta(milliseconds=137 * number),
    )


def a_table(size=23, rows=None, columns=COLUMNS, **summary):
    made = map(a_row, range(size)) if rows is None else iter(rows)
    return Table(
        title="Variance, ground floor",
        columns=columns,
        rows=made,
        summary={"Rows": size, **summary},
    )


def one_column(*cells, type=ColumnType.TEXT):  # noqa: A002 — the column's own word
    """A table of a single column."""
    column = Column(name="cell", label="Cell", type=type)
    return Table(title="Cells", columns=(column,), rows=[(cell,) for cell in cells])
