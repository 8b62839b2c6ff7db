"""Adjustments as files: the columns that ERPNext and Odoo document, and texts that run nowhere."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stocktakes.adjustments import FORMULA_SIGNS, Adjustment, AdjustmentFormat, csv_of, defused

HEART = Adjustment(
    item_code="85123A", item_name="CREAM HEART", warehouse="WH/Stock", counted_qty=30.0,
    book_qty=36.0, uom="EA", valuation_rate=2.55, barcode="2014541667767",
)  # fmt: skip
PHONE = Adjustment(
    item_code="P1", item_name="PHONE", warehouse="WH/Stock", counted_qty=3,
    book_qty=2, valuation_rate=100, serial_numbers=("SN1", "SN2"), lot="L7",
)  # fmt: skip

# The labels of erpnext's DocType "Stock Reconciliation Item", version 15.
ERPNEXT_LABELS = {
    "Barcode", "Item Code", "Item Name", "Warehouse", "Quantity", "Valuation Rate", "Amount",
    "Serial No", "Batch No", "Current Qty", "Current Valuation Rate", "Item Group",
    "Use Serial No / Batch Fields", "Allow Zero Valuation Rate",
}  # fmt: skip
ERPNEXT_READ_ONLY = {"Item Name", "Amount", "Current Qty", "Current Valuation Rate",
                     "Allow Zero Valuation Rate"}  # fmt: skip
ERPNEXT_NEEDED = {"Item Code", "Warehouse"}
# What Odoo's stock.quant lets an inventory import set: labels of its inventory fields.
ODOO_FIELDS = {"Product", "Location", "Lot/Serial Number", "Package", "Owner", "Counted Quantity"}


def table(form, *adjustments):
    text = "".join(csv_of(adjustments, form))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_erpnext_gets_the_columns_of_its_stock_reconciliation():
    row = table(AdjustmentFormat.ERPNEXT, HEART)[0]
    of_items = {name.removesuffix(" (Items)") for name in row if name.endswith(" (Items)")}
    assert of_items <= ERPNEXT_LABELS - ERPNEXT_READ_ONLY
    assert of_items >= ERPNEXT_NEEDED | {"Quantity", "Valuation Rate"}
    assert set(row) - {f"{name} (Items)" for name in of_items} == {"Purpose"}
    assert (row["Item Code (Items)"], row["Quantity (Items)"]) == ("85123A", "30")
    assert row["Valuation Rate (Items)"] == "2.55"


def test_all_rows_of_erpnext_are_one_document():
    rows = table(AdjustmentFormat.ERPNEXT, HEART, PHONE)
    assert [row["Purpose"] for row in rows] == ["Stock Reconciliation", ""]


def test_erpnext_gets_serials_and_lot_in_the_fields_for_them():
    plain, tracked = table(AdjustmentFormat.ERPNEXT, HEART, PHONE)
    assert tracked["Serial No (Items)"].splitlines() == ["SN1", "SN2"]
    assert tracked["Batch No (Items)"] == "L7"
    flag = "Use Serial No / Batch Fields (Items)"
    assert (plain[flag], tracked[flag]) == ("0", "1")


def test_odoo_gets_no_column_that_its_import_refuses():
    (row,) = table(AdjustmentFormat.ODOO, HEART)
    assert set(row) <= ODOO_FIELDS
    assert row == {
        "Product": "85123A", "Location": "WH/Stock", "Lot/Serial Number": "",
        "Counted Quantity": "30",
    }  # fmt: skip


def test_odoo_gets_a_row_for_each_serial_and_one_for_the_rest():
    rows = table(AdjustmentFormat.ODOO, PHONE)
    assert [(row["Lot/Serial Number"], row["Counted Quantity"]) for row in rows] == [
        ("SN1", "1"),
        ("SN2", "1"),
        ("L7", "1"),
    ]


@pytest.mark.parametrize("form", AdjustmentFormat)
def test_a_counted_zero_is_said(form):
    none = Adjustment(item_code="1", item_name=None, warehouse="Main", counted_qty=0)
    (row,) = table(form, none)
    assert "0" in [row.get("Quantity (Items)"), row.get("Counted Quantity"), row.get("counted_qty")]


def test_a_person_gets_both_figures_and_what_lies_between():
    (row,) = table(AdjustmentFormat.PLAIN, HEART)
    assert (row["book_qty"], row["counted_qty"], row["variance_qty"]) == ("36", "30", "-6")
    assert row["variance_value"] == "-15.3"


def test_an_unknown_book_figure_makes_no_variance():
    (row,) = table(
        AdjustmentFormat.PLAIN,
        Adjustment(item_code="1", item_name="x", warehouse="M", counted_qty=1),
    )
    assert (row["book_qty"], row["variance_qty"], row["variance_value"]) == ("", "", "")


@pytest.mark.parametrize("form", AdjustmentFormat)
@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_no_text_of_a_file_is_a_formula(form, sign):
    evil = f'{sign}HYPERLINK("http://x")'
    attack = Adjustment(
        item_code=evil, item_name=evil, warehouse=evil, counted_qty=2, book_qty=9, uom=evil,
        barcode=evil, lot=evil, serial_numbers=(evil,),
    )  # fmt: skip
    for row in table(form, attack):
        for name, cell in row.items():
            is_number = "qty" in name or "Quantity" in name or "value" in name
            assert is_number or not cell.startswith(FORMULA_SIGNS), name


@given(st.text())
def test_a_defused_text_is_the_text_with_an_apostrophe_at_most(text):
    assert defused(text) in (text, f"'{text}")
    assert not defused(text).startswith(FORMULA_SIGNS)


def test_lines_come_one_by_one():
    def endless():
        while True:
            yield HEART

    lines = csv_of(endless(), AdjustmentFormat.ODOO)
    assert next(lines).startswith("Product,")
    assert next(lines).startswith("85123A,")


@given(st.floats(-1e9, 1e9))
def test_numbers_are_written_so_that_they_read_back(number):
    (row,) = table(
        AdjustmentFormat.PLAIN,
        Adjustment(item_code="1", item_name="x", warehouse="M", counted_qty=number),
    )
    assert float(row["counted_qty"]) == pytest.approx(number, abs=1e-6)
    assert "e" not in row["counted_qty"]
