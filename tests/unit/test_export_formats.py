"""Each format, opened again by another program's library, holds the rows that went in."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import openpyxl
import orjson
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from app.clock import iso
from app.reports.columns import ColumnType
from app.reports.formats import FORMATS, pdf, xlsx
from app.reports.formats.csv import STARTS_A_FORMULA
from app.reports.formats.csv import stream as csv_stream
from tests.support.tables import COLUMNS, HARD_TEXTS, MOMENT, a_row, a_table, one_column

SIZE = 4_321
EXCEL_MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def written(tmp_path):
    """`written(name, table)`: the path of the file that the format made of it."""

    def write(name, table):
        path = tmp_path / f"report.{name}"
        FORMATS[name].write(table, path)
        return path

    return write


def csv_rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def as_json(row):
    cells = (iso(cell) if isinstance(cell, datetime) else cell for cell in row)
    return dict(zip([c.name for c in COLUMNS], cells, strict=True))


def test_csv_holds_every_row_as_text(written):
    header, *rows = csv_rows(written("csv", a_table(SIZE)).read_bytes())
    assert header == [c.label for c in COLUMNS]
    assert len(rows) == SIZE
    for number, row in enumerate(rows):
        code, name, counted, value, approved, at = a_row(number)
        assert row == [
            code,
            name or "",
            "" if counted is None else str(counted),
            "" if value is None else repr(value),
            "" if approved is None else str(approved).lower(),
            "" if at is None else iso(at),
        ]


def test_csv_ends_its_lines_as_the_standard_says(written):
    content = written("csv", a_table(rows=[("a", "b", 1, 1.5, True, MOMENT)])).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"a,b,1,1.5,true,2026-01-05T08:30:15.250Z\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == 2


def test_csv_without_a_byte_order_mark_where_a_program_reads_it():
    content = b"".join(csv_stream(one_column("x"), byte_order_mark=False))
    assert content == b"Cell\r\nx\r\n"


@given(st.lists(st.text()))
def test_any_text_survives_csv_and_starts_no_formula(texts):
    _, *rows = csv_rows(b"".join(csv_stream(one_column(*texts))))
    found = [row[0] if row else "" for row in rows]
    assert not any(text.startswith(STARTS_A_FORMULA) for text in found)
    whole = [
        text.removeprefix("'") if text[1:].startswith(STARTS_A_FORMULA) else text for text in found
    ]
    assert whole == [
        t.removeprefix("'") if t[1:].startswith(STARTS_A_FORMULA) else t for t in texts
    ]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers()))
def test_a_number_below_nought_stays_a_number_in_csv(numbers):
    _, *rows = csv_rows(b"".join(csv_stream(one_column(*numbers, type=ColumnType.NUMBER))))
    assert [float(row[0]) for row in rows] == [float(number) for number in numbers]


def test_a_number_that_is_none_is_an_empty_cell_everywhere(written):
    odd = (float("nan"), float("inf"), -float("inf"), 1.0)
    of = lambda name: written(name, one_column(*odd, type=ColumnType.NUMBER))  # noqa: E731
    assert csv_rows(of("csv").read_bytes())[1:] == [[""], [""], [""], ["1.0"]]
    rows = [orjson.loads(line)["cell"] for line in of("ndjson").read_bytes().splitlines()]
    assert rows == [None, None, None, 1.0]
    assert of("pdf").exists()
    assert pyarrow.parquet.read_table(of("parquet"))["cell"].to_pylist() == rows
    sheet = openpyxl.load_workbook(of("xlsx"))["Rows"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == rows


def test_ndjson_holds_a_row_a_line(written):
    lines = written("ndjson", a_table(SIZE)).read_text().splitlines()
    assert [json.loads(line) for line in lines] == [as_json(a_row(n)) for n in range(SIZE)]


def test_json_is_one_object_with_title_summary_columns_and_rows(written):
    found = json.loads(written("json", a_table(SIZE, Counted_at=MOMENT)).read_text())
    assert found["rows"] == [as_json(a_row(n)) for n in range(SIZE)]
    assert found["title"] == "Variance, ground floor"
    assert found["summary"] == {"Rows": SIZE, "Counted_at": "2026-01-05T08:30:15.250Z"}
    assert found["columns"][2] == {"name": "counted", "label": "Counted", "type": "integer"}


def test_what_has_no_rows_is_still_a_whole_file(written):
    assert csv_rows(written("csv", a_table(0)).read_bytes()) == [[c.label for c in COLUMNS]]
    assert written("ndjson", a_table(0)).read_bytes() == b""
    assert json.loads(written("json", a_table(0)).read_text())["rows"] == []
    sheet = openpyxl.load_workbook(written("xlsx", a_table(0)))["Rows"]
    assert sheet["A1"].value == "Item"
    assert sheet.max_row == 1
    assert pyarrow.parquet.read_table(written("parquet", a_table(0))).num_rows == 0
    assert "0 rows" in PdfReader(written("pdf", a_table(0))).pages[0].extract_text()


def test_xlsx_holds_every_row_in_typed_cells(written):
    sheet = openpyxl.load_workbook(written("xlsx", a_table(SIZE)))["Rows"]
    header, *rows = sheet.iter_rows(values_only=True)
    assert header == ("Item", "Name", "Counted", "Value", "Approved", "Counted at (UTC)")
    assert len(rows) == SIZE
    for number, row in enumerate(rows):
        code, name, counted, value, approved, at = a_row(number)
        assert row[:2] == (code, name)
        assert row[2:4] == pytest.approx((counted, value)) if counted is not None else (None, None)
        assert row[4] is approved
        assert (row[5] is None) == (at is None)
        assert at is None or abs(row[5].replace(tzinfo=UTC) - at) <= EXCEL_MILLISECOND


def test_xlsx_can_be_read_at_once_header_frozen_and_filtered(written):
    book = openpyxl.load_workbook(written("xlsx", a_table(10, Made=MOMENT)))
    sheet = book["Rows"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F11"
    assert sheet["A1"].font.bold
    assert sheet["F2"].number_format == "yyyy-mm-dd hh:mm:ss"
    assert sheet.column_dimensions["B"].width > len(max(HARD_TEXTS, key=len))
    cells = [[cell.value for cell in row] for row in book["Summary"].iter_rows()]
    assert cells[0] == ["Variance, ground floor", None]
    assert cells[2:] == [["Rows", 10], ["Made", MOMENT.replace(tzinfo=None)]]


def test_xlsx_takes_no_text_for_a_formula_a_link_or_a_number(written):
    texts = [
        "<r><t>x</t></r>",
        "<r>&</r>",
        " a ",
        "=1+1",
        "{=A1}",
        "http://example.com",
        "mailto:a@b.example",
        "0012",
        "1e5",
        "+1",
    ]
    sheet = openpyxl.load_workbook(written("xlsx", one_column(*texts)))["Rows"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == texts
    assert not any(cell.hyperlink for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}


def test_rows_beyond_a_sheet_of_excel_go_on_the_next_one(tmp_path):
    path = tmp_path / "long.xlsx"
    xlsx.write(a_table(25), path, rows_a_sheet=10)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Rows", "Rows 2", "Rows 3", "Summary"]
    sizes = [book[name].max_row - 1 for name in book.sheetnames[:-1]]
    assert sizes == [10, 10, 5]
    codes = [r[0] for n in book.sheetnames[:-1] for r in book[n].iter_rows(2, values_only=True)]
    assert codes == [f"I{n}" for n in range(25)]


def test_rows_that_fill_a_sheet_to_the_last_line_open_no_further_one(tmp_path):
    xlsx.write(a_table(20), tmp_path / "full.xlsx", rows_a_sheet=10)
    assert openpyxl.load_workbook(tmp_path / "full.xlsx").sheetnames == [
        "Rows",
        "Rows 2",
        "Summary",
    ]


def test_what_excel_cannot_hold_stays_readable(written):
    odd = [2**53 + 1, "x" * 40_000, datetime(1850, 1, 1, tzinfo=UTC)]
    sheet = openpyxl.load_workbook(written("xlsx", one_column(*odd)))["Rows"]
    whole, text, early = [row[0].value for row in sheet.iter_rows(min_row=2)]
    assert whole == "9007199254740993"
    assert text == "x" * 32_767
    assert early == "1850-01-01T00:00:00.000Z"


def test_parquet_holds_every_row_in_typed_columns(written):
    table = pyarrow.parquet.read_table(written("parquet", a_table(SIZE)))
    assert [str(kind) for kind in table.schema.types] == [
        *("string", "string", "int64", "double", "bool"),
        "timestamp[us, tz=UTC]",
    ]
    assert table.schema.names == [c.name for c in COLUMNS]
    assert [tuple(row.values()) for row in table.to_pylist()] == [a_row(n) for n in range(SIZE)]


@settings(deadline=None, max_examples=40)  # a file is opened each time
@given(st.lists(st.text(), max_size=20))
def test_any_text_survives_parquet(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("any") / "any.parquet"
    FORMATS["parquet"].write(one_column(*texts), path)
    assert pyarrow.parquet.read_table(path)["cell"].to_pylist() == texts


def test_a_column_may_have_any_name(written):
    names = ['a "b"', "c'd", "select", "x; y"]
    columns = [type(COLUMNS[0])(name=n, label=n, type=ColumnType.TEXT) for n in names]
    path = written("parquet", a_table(rows=[("1", "2", "3", "4")], columns=columns))
    assert pyarrow.parquet.read_table(path).to_pylist() == [dict(zip(names, "1234", strict=True))]


def test_pdf_shows_title_summary_chart_and_every_row_in_order(written):
    reader = PdfReader(written("pdf", a_table(300, Made=MOMENT)))
    pages = [page.extract_text() for page in reader.pages]
    assert pages[0].startswith("Variance, ground floor")
    assert "Made: 2026-01-05 08:30" in pages[0]
    codes = [w for page in pages for w in page.split() if w.startswith("I") and w[1:].isdigit()]
    in_the_table = codes[-300:]
    assert in_the_table == [f"I{n}" for n in range(300)]


def test_every_page_of_a_pdf_has_the_header_and_its_number(written):
    reader = PdfReader(written("pdf", a_table(300)))
    assert len(reader.pages) > 3
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert "Counted at (UTC)" in text
        assert f"Page {number} of" in text
        assert forms_of(page)["pages"].strip() == str(len(reader.pages))


def test_the_chart_shows_what_is_furthest_from_nought(written):
    rows = [(f"I{n}", None, n - 20, None, None, None) for n in range(60)]
    page = PdfReader(written("pdf", a_table(rows=rows))).pages[0]
    chart = forms_of(page)["chart"].split("\n")
    assert chart[0] == "Largest by Counted"
    assert chart[1:3] == ["I59", "39"]
    assert "I21" not in chart


def test_a_report_without_numbers_has_no_chart(written):
    page = PdfReader(written("pdf", one_column("a", "b"))).pages[0]
    assert "chart" not in forms_of(page)
    assert "a" in page.extract_text().split()


def test_a_pdf_says_how_many_rows_it_leaves_out(tmp_path):
    path = tmp_path / "long.pdf"
    pdf.write(a_table(250), path, most_rows=120)
    reader = PdfReader(path)
    assert "The first 120 of 250 rows" in forms_of(reader.pages[0])["note"]
    text = "".join(page.extract_text() for page in reader.pages)
    assert "I119" in text
    assert "I120" not in text


def forms_of(page):
    """The words of a page's forms, by the name under which they were drawn."""
    found = page["/Resources"]["/XObject"]
    return {name.split(".")[-1]: words_of(form.get_object()) for name, form in found.items()}


def words_of(form):
    content = form.get_data().decode("latin-1")
    return "\n".join(
        part.split(")")[0]
        for part in content.replace("\\(", "[").replace("\\)", "]").split("(")[1:]
    )
