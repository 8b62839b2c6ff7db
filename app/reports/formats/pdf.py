"""PDF to print and to file: title, summary, a chart, and the rows under a header on every page.

Pages leave the memory's reach as soon as they are full. What is known only after the last row (how
many pages, which values are largest) is a form: drawn on the pages by name, defined at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from app.reports.columns import Column, Row
from app.reports.formats.chart import HEIGHT as CHART_HEIGHT
from app.reports.formats.chart import Largest, draw_chart
from app.reports.formats.table import NUMERIC, Table, label_of
from app.reports.formats.typeface import BOLD, FONT, SIZE, fitting, on_paper, printable, width_of

MOST_ROWS = 50_000
"""About 1,300 pages: beyond that nobody prints, and a file for programs is the better one."""
PAGE = landscape(A4)
MARGIN = 36.0
LINE = 12.0
TITLE_SIZE, SUMMARY_LINE = 16.0, 14.0
SAMPLED_ROWS = 100
PADDING = 3.0
NARROWEST, WIDEST = 28.0, 260.0
BOTTOM = MARGIN + 2 * LINE
INK, QUIET, SHADE, RULE = map(HexColor, ("#1B1F23", "#57606A", "#F3F5F7", "#C9D1D9"))
rl_config.useA85 = 0  # text that no mail of 1990 must carry: a fifth smaller, a third faster
_PAGES, _CHART, _NOTE = "pages", "chart", "note"


def write(table: Table, path: Path, *, most_rows: int = MOST_ROWS) -> None:
    """Write the file at `path`. Page 1 says how many rows beyond `most_rows` are not shown."""
    canvas = Canvas(str(path), pagesize=PAGE, pageCompression=1)
    canvas.setTitle(printable(table.title))
    _Sheets(canvas, table, most_rows).draw()
    canvas.save()


class _Sheets:
    """The pages, from the first to the last; `y` is where the next line goes."""

    def __init__(self, canvas: Canvas, table: Table, most_rows: int) -> None:
        self.canvas = canvas
        self.table = table
        self.most_rows = most_rows
        self.largest = Largest.of(table.columns)
        self.page = 0
        self.y = 0.0

    def draw(self) -> None:
        rows = iter(self.table.rows)
        sample = list(islice(rows, min(SAMPLED_ROWS, self.most_rows)))
        self.columns = _places(self.table.columns, sample)
        self._begin_page()
        self._draw_head()
        shown = self._draw_rows(iter(sample)) + self._draw_rows(
            islice(rows, self.most_rows - len(sample))
        )
        self._end_page()
        self._define_forms(shown, left_out=sum(1 for _ in rows))

    def _draw_head(self) -> None:
        """Title, summary, the room for the note and the chart."""
        canvas = self.canvas
        self._words(BOLD, TITLE_SIZE, printable(self.table.title))
        self.y -= TITLE_SIZE + LINE
        for label, cell in self.table.summary.items():
            self._words(FONT, SIZE + 2, f"{printable(label)}: {on_paper(cell)}")
            self.y -= SUMMARY_LINE
        self.y -= SUMMARY_LINE
        self._place(_NOTE)
        self.y -= LINE
        if self.largest:
            self.y -= CHART_HEIGHT
            if self.y < BOTTOM:
                self._end_page()
                self._begin_page()
                self.y -= CHART_HEIGHT
            self._place(_CHART)
            self.y -= LINE
        canvas.setFillColor(INK)
        self._draw_header()

    def _draw_rows(self, rows: Iterator[Row]) -> int:
        count = 0
        for count, row in enumerate(rows, start=1):
            if self.y - LINE < BOTTOM:
                self._end_page()
                self._begin_page()
                self._draw_header()
            self._draw_row(row, shaded=count % 2 == 0)
            if self.largest:
                self.largest.heed(row)
        return count

    def _draw_row(self, row: Row, *, shaded: bool) -> None:
        canvas = self.canvas
        if shaded:
            canvas.setFillColor(SHADE)
            canvas.rect(MARGIN, self.y - LINE, PAGE[0] - 2 * MARGIN, LINE, stroke=0, fill=1)
            canvas.setFillColor(INK)
        self._draw_cells([on_paper(cell) for cell in row], FONT)

    def _draw_header(self) -> None:
        """The labels, under which every page's rows stand."""
        if self.y - 2 * LINE < BOTTOM:
            self._end_page()
            self._begin_page()
        self._draw_cells([printable(label_of(column)) for column in self.table.columns], BOLD)
        self.canvas.setStrokeColor(RULE)
        self.canvas.line(MARGIN, self.y, PAGE[0] - MARGIN, self.y)

    def _draw_cells(self, texts: Sequence[str], font: str) -> None:
        self.y -= LINE
        self.canvas.setFont(font, SIZE)
        base = self.y + PADDING
        for (left, width, on_the_right), text in zip(self.columns, texts, strict=True):
            if not text:
                continue
            shown = fitting(text, width, font)
            if on_the_right:
                self.canvas.drawRightString(left + width, base, shown)
            else:
                self.canvas.drawString(left, base, shown)

    def _begin_page(self) -> None:
        self.page += 1
        self.y = PAGE[1] - MARGIN
        self.canvas.setFillColor(INK)

    def _end_page(self) -> None:
        canvas = self.canvas
        canvas.setFillColor(QUIET)
        canvas.setFont(FONT, SIZE)
        canvas.drawString(MARGIN, MARGIN, printable(self.table.title))
        numbered = f"Page {self.page} of "
        canvas.drawRightString(PAGE[0] - MARGIN - 24, MARGIN, numbered)
        canvas.saveState()
        canvas.translate(PAGE[0] - MARGIN - 24, MARGIN)
        canvas.doForm(_PAGES)
        canvas.restoreState()
        canvas.showPage()

    def _place(self, form: str) -> None:
        self.canvas.saveState()
        self.canvas.translate(MARGIN, self.y)
        self.canvas.doForm(form)
        self.canvas.restoreState()

    def _words(self, font: str, size: float, text: str) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(MARGIN, self.y - size, text)

    def _define_forms(self, shown: int, left_out: int) -> None:
        canvas = self.canvas
        canvas.beginForm(_PAGES)
        canvas.setFont(FONT, SIZE)
        canvas.setFillColor(QUIET)
        canvas.drawString(0, 0, str(self.page))
        canvas.endForm()
        canvas.beginForm(_NOTE)
        canvas.setFont(BOLD if left_out else FONT, SIZE + 2)
        canvas.drawString(0, 0, _note(shown, left_out))
        canvas.endForm()
        if self.largest:
            canvas.beginForm(_CHART)
            draw_chart(canvas, self.largest, PAGE[0] - 2 * MARGIN)
            canvas.endForm()


def _note(shown: int, left_out: int) -> str:
    if not left_out:
        return f"{shown:,} rows"
    total = shown + left_out
    return f"The first {shown:,} of {total:,} rows. Export as XLSX or CSV to have all of them."


def _places(columns: Sequence[Column], sample: Sequence[Row]) -> list[tuple[float, float, bool]]:
    """Left edge, width and whether numbers stand on the right, as the first rows ask for; the page
    is shared out where they ask for more than it has.
    """
    if not columns:
        return []
    wanted = [
        min(
            max(
                width_of(printable(label_of(column)), BOLD),
                *(width_of(on_paper(row[at])) for row in sample),
                NARROWEST,
            ),
            WIDEST,
        )
        + 2 * PADDING
        for at, column in enumerate(columns)
    ]
    share = (PAGE[0] - 2 * MARGIN) / sum(wanted)
    places, left = [], MARGIN
    for column, width in zip(columns, wanted, strict=True):
        places.append((left + PADDING, width * share - 2 * PADDING, column.type in NUMERIC))
        left += width * share
    return places
