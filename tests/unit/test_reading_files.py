"""Files as people and ERPs make them, read as one table."""

from __future__ import annotations

import io
import socket
import zipfile
from datetime import date
from time import process_time

import pytest

from app.errors import UnusableFile
from app.items.reading import MAX_ROWS, check_file, read_table
from tests.support.files import csv_file, xlsx_file

COLUMNS = ["Item Code", "Name"]
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY l0 "haha">'
    + b"".join(
        b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10)
    )
    + b"]>"
)
"""A billion of them from a few hundred bytes."""


def table_of(content):
    table = read_table(io.BytesIO(content) if isinstance(content, bytes) else content)
    return table.columns, list(table.rows)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_is_read_whatever_its_separator_and_encoding(separator, encoding):
    file = csv_file(COLUMNS, ["1", "Café, größer"], separator=separator, encoding=encoding)
    assert table_of(file) == (COLUMNS, [(2, ["1", "Café, größer"])])


def test_only_a_semicolon_says_that_numbers_have_a_comma():
    assert [read_table(csv_file(COLUMNS, separator=s)).comma for s in ";,"] == [True, False]


def test_quoted_separators_and_line_ends_stay_in_their_cell():
    assert table_of(b'code,name\r\n1,"a,b\r\nc"\r\n')[1] == [(2, ["1", "a,b\r\nc"])]


def test_empty_rows_are_left_out_and_the_others_keep_their_numbers():
    assert table_of(b"\ncode,name\n\n1,one\n,\n2,two\n")[1] == [
        (4, ["1", "one"]),
        (6, ["2", "two"]),
    ]


def test_short_and_long_rows_get_as_many_cells_as_there_are_columns():
    assert table_of(b"a,b\n1\n1,2,3\n")[1] == [(2, ["1", ""]), (3, ["1", "2"])]


def test_columns_without_a_name_or_with_the_same_get_one_of_their_own():
    assert table_of(b"a,a,,a,b,\n1,2,3,4,5,6\n")[0] == ["a", "a (2)", "Column 3", "a (3)", "b"]


def test_a_workbook_is_read_as_a_person_sees_it():
    file = xlsx_file(COLUMNS, [85123, 2.5], [10.0, None], [None, date(2025, 1, 2)], [True, " x "])
    assert table_of(file) == (
        COLUMNS,
        [(2, ["85123", "2.5"]), (3, ["10", ""]), (4, ["", "2025-01-02"]), (5, ["True", "x"])],
    )


def test_a_formula_is_its_saved_value_and_never_its_text():
    rows = table_of(xlsx_file(COLUMNS, ["1", "=1+1"]))[1]
    assert rows == [(2, ["1", ""])]  # no program has computed it yet


def test_a_workbook_that_claims_another_size_is_read_whole():
    file = edited(xlsx_file(COLUMNS, ["1", "a"]), "xl/worksheets/sheet1.xml", claim_one_cell)
    assert table_of(file)[1] == [(2, ["1", "a"])]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n \n",
        b"\xd0\xcf\x11\xe0old",
        b"PK\x03\x04broken",
        b"a,b\n\x00\x01",
        b"\xff\xfea",
        b"a,b\n\x81\x8d",
        b'a,b\n"' + b"x" * 200_000,
    ],
)
def test_what_is_no_table_is_refused_in_words(content):
    with pytest.raises(UnusableFile) as refusal:
        table_of(content)
    assert refusal.value.detail.endswith(".")


def test_an_archive_that_is_no_workbook_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(UnusableFile):
        table_of(file)


def test_a_workbook_with_broken_xml_is_refused():
    file = edited(xlsx_file(COLUMNS, ["1", "a"]), "xl/worksheets/sheet1.xml", lambda xml: xml[:200])
    with pytest.raises(UnusableFile):
        table_of(file)


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"xl/part{number}.xml", b"0" * (100 * 1024 * 1024))
    assert bomb.tell() < 1024 * 1024
    with pytest.raises(UnusableFile) as refusal:
        check_file(bomb)
    assert "unpacks" in refusal.value.detail


def test_a_bomb_that_lies_about_its_size_is_not_unpacked_further_than_it_says():
    file = edited(
        xlsx_file(COLUMNS, ["1", "a"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml + b" " * 10_000_000,
    )
    content = bytearray(file.getvalue())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lied = bytes(content).replace(size.to_bytes(4, "little"), (600).to_bytes(4, "little"))
    assert lied != bytes(content)
    with pytest.raises(UnusableFile):
        table_of(lied)


def test_texts_that_would_fill_the_memory_are_refused_before_they_are_unpacked():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"<si><t>x</t></si>" * 7_000_000)
    assert bomb.tell() < 1024 * 1024
    with pytest.raises(UnusableFile) as refusal:
        check_file(bomb)
    assert "unpacks" in refusal.value.detail


def test_an_archive_in_an_archive_is_no_workbook():
    inner = xlsx_file(COLUMNS, ["1", "a"]).getvalue()
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", inner)
        archive.writestr("inner.xlsx", inner)
    with pytest.raises(UnusableFile):
        table_of(outer)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities_that_multiply_are_not_expanded(part):
    def laugh(xml):
        return LAUGHS + xml.replace(b">1<", b">&l9;<").replace(b'name="Items"', b'name="&l9;"')

    file = edited(xlsx_file(COLUMNS, ["1", "a"]), part, laugh)
    before = process_time()
    with pytest.raises(UnusableFile):
        table_of(file)
    assert process_time() - before < 2


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://127.0.0.1:{port}/x"])
def test_what_a_workbook_points_to_is_never_fetched(target):
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.1)
        place = target.format(port=trap.getsockname()[1]).encode()
        entity = b'<!DOCTYPE x [<!ENTITY out SYSTEM "' + place + b'">]>'
        file = edited(
            xlsx_file(COLUMNS, ["1", "a"]),
            "xl/worksheets/sheet1.xml",
            lambda xml: entity + xml.replace(b">a<", b">&out;<"),
        )
        with pytest.raises(UnusableFile):
            table_of(file)
        with pytest.raises(TimeoutError):
            trap.accept()


def test_a_harmless_prologue_would_be_read():
    """So that the two tests above fail for what they name, and not for a broken file."""
    file = edited(
        xlsx_file(COLUMNS, ["1", "a"]),
        "xl/worksheets/sheet1.xml",
        lambda xml: b"<!DOCTYPE x>" + xml.replace(b">a<", b">b<"),
    )
    assert table_of(file)[1] == [(2, ["1", "b"])]


def test_too_many_rows_and_columns_are_refused():
    assert len(table_of(b"a\n" + b"1\n" * MAX_ROWS)[1]) == MAX_ROWS
    with pytest.raises(UnusableFile):
        table_of(b"a\n" + b"1\n" * (MAX_ROWS + 1))
    with pytest.raises(UnusableFile):
        table_of(",".join(f"c{n}" for n in range(101)).encode())


def edited(file, part, change):
    """The archive with one part changed."""
    result = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    result.seek(0)
    return result


def claim_one_cell(xml):
    return xml.replace(b"<sheetData>", b'<dimension ref="A1"/><sheetData>', 1)
