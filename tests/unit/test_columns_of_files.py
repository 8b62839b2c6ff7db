"""Headings of ERPs and people, matched to the fields of an item; rows judged by them."""

from __future__ import annotations

import csv

import pytest

from app.items.columns import FIELDS, SYNONYMS, propose
from app.items.drafts import RowKind, changes_of, item_after, judge_row, values_of
from app.items.item import Item
from config import ROOT

ERPNEXT = ["ID", "Item Code", "Item Name", "Item Group", "Default Unit of Measure", "Description",
           "Standard Selling Rate", "Barcode (Barcodes)"]  # fmt: skip
ERPNEXT_STOCK = ["Item", "Item Name", "Item Group", "Warehouse", "Stock UOM", "Balance Qty"]
ODOO = ["Internal Reference", "Name", "Barcode", "Sales Price", "Product Category",
        "Quantity On Hand", "Unit of Measure"]  # fmt: skip
ODOO_COMPATIBLE = [
    "id",
    "default_code",
    "name",
    "barcode",
    "list_price",
    "categ_id",
    "qty_available",
]
KNOWN = Item(item_code="1", item_name="HEART", uom="EA", stock_qty=36.0, mrp=2.55)


def test_our_own_columns_mean_themselves():
    assert propose(FIELDS) == {field: field for field in FIELDS}
    with (ROOT / "data" / "items.csv").open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    assert propose(columns) == {column: column for column in columns}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            ERPNEXT,
            {
                "item_code": "Item Code", "item_name": "Item Name", "category": "Item Group",
                "uom": "Default Unit of Measure", "description": "Description",
                "mrp": "Standard Selling Rate", "barcode": "Barcode (Barcodes)",
            },
        ),
        (
            ERPNEXT_STOCK,
            {
                "item_code": "Item", "item_name": "Item Name", "category": "Item Group",
                "warehouse": "Warehouse", "uom": "Stock UOM", "stock_qty": "Balance Qty",
            },
        ),
        (
            ODOO,
            {
                "item_code": "Internal Reference", "item_name": "Name", "barcode": "Barcode",
                "mrp": "Sales Price", "category": "Product Category",
                "stock_qty": "Quantity On Hand", "uom": "Unit of Measure",
            },
        ),
        (
            ODOO_COMPATIBLE,
            {
                "item_code": "default_code", "item_name": "name", "barcode": "barcode",
                "mrp": "list_price", "category": "categ_id", "stock_qty": "qty_available",
            },
        ),
        (
            ["SKU*", "ProductName", "EAN-13"],
            {"item_code": "SKU*", "item_name": "ProductName", "barcode": "EAN-13"},
        ),
        (["Colour", "Weight"], {}),
    ],
)  # fmt: skip
def test_headings_of_erps_are_understood(columns, expected):
    assert propose(columns) == expected


def test_every_field_has_names_and_a_column_says_one_field_only():
    assert set(SYNONYMS) == set(FIELDS)
    found = propose(["Description"])
    assert len(set(found.values())) == len(found) == 1


@pytest.mark.parametrize(
    ("text", "comma", "number"),
    [
        ("1,234.50", False, "1234.50"),
        ("1,234", False, "1234"),
        ("2.55", False, "2.55"),
        ("1.234,50", True, "1234.50"),
        ("2,55", True, "2.55"),
        ("1.234", True, "1234"),
        ("2.55", True, "2.55"),
        ("2,55", False, "2,55"),
        ("cheap", False, "cheap"),
    ],
)
def test_numbers_are_read_as_their_country_writes_them(text, comma, number):
    cells = {"Price": text, "Code": "1,234"}
    values = values_of(cells, {"mrp": "Price", "item_code": "Code"}, comma=comma)
    assert values == {"mrp": number, "item_code": "1,234"}


def judged(values, before=KNOWN, earlier_row=None):
    return judge_row(7, values, before, earlier_row=earlier_row)


def test_what_a_file_does_not_say_of_an_item_stays():
    draft = judged({"item_code": "1", "stock_qty": "30"})
    assert (draft.kind, draft.changes) == (RowKind.CHANGED, (("stock_qty", 36.0, 30.0),))
    assert item_after(KNOWN, draft.values).item_name == "HEART"


def test_a_row_that_says_what_is_known_changes_nothing():
    assert (
        judged({"item_code": "1", "item_name": " HEART ", "stock_qty": "36.0"}).kind is RowKind.SAME
    )


def test_an_empty_cell_empties_its_field():
    assert judged({"item_code": "1", "uom": ""}).changes == (("uom", "EA", None),)


def test_a_row_of_an_unknown_item_is_new():
    draft = judged({"item_code": "2", "item_name": "TAPE"}, before=None)
    assert (draft.kind, draft.item_code, draft.changes) == (RowKind.NEW, "2", ())


@pytest.mark.parametrize(
    ("values", "before", "field"),
    [
        ({"item_code": "", "item_name": "x"}, None, "item_code"),
        ({"item_code": "2"}, None, "item_name"),
        ({"item_code": "1", "item_name": ""}, KNOWN, "item_name"),
        ({"item_code": "1", "stock_qty": "many"}, KNOWN, "stock_qty"),
        ({"item_code": "1", "stock_qty": "nan"}, KNOWN, "stock_qty"),
        ({"item_code": "1", "mrp": "-2"}, KNOWN, "mrp"),
        ({"item_code": "x" * 65, "item_name": "x"}, None, "item_code"),
    ],
)
def test_a_faulty_row_names_its_field_the_reason_and_the_cell(values, before, field):
    draft = judged(values, before)
    assert (draft.kind, draft.row, draft.field) == (RowKind.FAULTY, 7, field)
    assert draft.why
    assert list(draft.values) == [field]


def test_a_code_that_stands_twice_is_a_fault_of_the_second_row():
    draft = judged({"item_code": "1", "uom": "BOX"}, earlier_row=3)
    assert (draft.kind, draft.why) == (RowKind.FAULTY, "stands in row 3 already")


def test_changes_name_each_field_that_differs():
    new = item_after(KNOWN, {"uom": "BOX", "mrp": "3"})
    assert changes_of(KNOWN, new) == (("uom", "EA", "BOX"), ("mrp", 2.55, 3.0))
