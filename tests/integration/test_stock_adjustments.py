"""What a stocktake found, as a file for the system that keeps the books."""

from __future__ import annotations

import csv
import io

import pytest

from app.auth.identity import Role
from tests.support.builders import plan_racks
from tests.support.catalogue import a_row
from tests.support.phones import Phone


@pytest.fixture
def sue(app, warehouse):
    """A supervisor of G-01 (A1: 10, B2: 5) and G-02 (C3: 20), in a stocktake just opened."""
    rows = [
        a_row("A1", item_name="A ONE", stock_qty="10", mrp="2", rack="G-01", barcode="111"),
        a_row("B2", item_name="B TWO", stock_qty="5", mrp="10", rack="G-01"),
        a_row("C3", item_name="C THREE", stock_qty="20", mrp="1", rack="G-02"),
    ]
    warehouse.imports.load_items(rows)
    plan_racks(warehouse, "G-01", "G-02")
    sue = Phone(app, "supervisor", Role.SUPERVISOR)
    warehouse.clock.move(1)
    sue.post("/api/stocktakes", {"name": "Year-end"})
    return sue


@pytest.fixture
def ada(sue, app):
    return Phone(app, "ada")


def counts(phone, rack_id, **quantities):
    session = phone.claim(rack_id)
    for code, qty in quantities.items():
        phone.count(session, item_code=code, verified_qty=qty)
    assert phone.finish(session).status_code == 200


def decide(sue, act, **which):
    (line,) = sue.get("/api/count-lines", **which).json["lines"]
    answer = sue.post(f"/api/count-lines/{line['line_id']}/{act}", {"note": "seen"})
    assert answer.status_code == 200, answer.text


def file(sue, form="csv"):
    stocktake = sue.get("/api/stocktakes").json["stocktakes"][0]["stocktake_id"]
    answer = sue.get(f"/api/stocktakes/{stocktake}/adjustments", format=form)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_only_what_is_settled_is_told(sue, ada):
    counts(ada, "G-01", A1=7, B2=6)
    assert file(sue) == []
    decide(sue, "approve", item="A1")
    (row,) = file(sue)
    told = {name: row[name] for name in ("item_code", "book_qty", "counted_qty", "warehouse")}
    assert told == {
        "item_code": "A1",
        "book_qty": "10",
        "counted_qty": "7",
        "warehouse": "Main",
    }
    assert row["barcode"] == "111"


def test_an_item_at_two_racks_waits_for_both_and_is_summed_up(sue, ada):
    counts(ada, "G-01", A1=7, B2=5)
    counts(ada, "G-02", A1=2, C3=20)
    decide(sue, "approve", item="A1", rack="G-01")
    assert file(sue) == []
    decide(sue, "approve", item="A1", rack="G-02")
    (row,) = file(sue)
    assert (row["counted_qty"], row["book_qty"]) == ("9", "10")


def test_a_rejected_line_keeps_the_books_figure(sue, ada):
    counts(ada, "G-01", A1=7, B2=5)
    counts(ada, "G-02", A1=2, C3=20)
    decide(sue, "reject", item="A1", rack="G-01")
    decide(sue, "approve", item="A1", rack="G-02")
    decide(sue, "reject", item="B2")
    (row,) = file(sue)
    assert (row["item_code"], row["counted_qty"]) == ("A1", "12")


def test_an_erp_is_told_nothing_of_items_that_it_does_not_have(sue, ada):
    counts(ada, "G-01", A1=7, B2=5, NEW9=3)
    sue.post("/api/count-lines/approve", {"rack": "G-01"})
    assert {row["item_code"] for row in file(sue)} == {"A1", "B2", "NEW9"}
    assert {row["Product"] for row in file(sue, "odoo")} == {"A1", "B2"}
    assert {row["Item Code (Items)"] for row in file(sue, "erpnext")} == {"A1", "B2"}


def test_a_format_that_is_none_and_a_counter_are_refused(sue, ada):
    stocktake = sue.get("/api/stocktakes").json["stocktakes"][0]["stocktake_id"]
    path = f"/api/stocktakes/{stocktake}/adjustments"
    assert sue.get(path, format="sap").status_code == 400
    assert ada.get(path).status_code == 403
    assert sue.get("/api/stocktakes/none/adjustments").json["code"] == "stocktake_unknown"
