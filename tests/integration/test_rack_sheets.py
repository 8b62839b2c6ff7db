"""Racks on paper: what a sheet tells, and what it must not."""

from __future__ import annotations

import pytest

from app.auth.identity import Role
from app.racks.rack import RackStatus
from tests.support.builders import a_record_json, plan_racks, rack
from tests.support.catalogue import a_row
from tests.support.phones import Phone

EAN = "4006381333931"


@pytest.fixture
def sue(app, warehouse):
    """A supervisor of racks G-01 (A1, B2), G-02 (none) and F-01 (C3)."""
    rows = [
        a_row("B2", item_name="B TWO", stock_qty="5", rack="G-01"),
        a_row("A1", item_name="A ONE", stock_qty="10", rack="G-01", barcode=EAN),
        a_row("C3", item_name="C THREE", stock_qty="20", floor="First", rack="F-01"),
    ]
    warehouse.imports.load_items(rows)
    plan_racks(warehouse, "G-01", "G-02", "F-01")
    return Phone(app, "supervisor", Role.SUPERVISOR)


@pytest.fixture
def ada(sue, app):
    return Phone(app, "ada")


def sheet(sue, rack_id="G-01"):
    answer = sue.get(f"/api/sheets/racks/{rack_id}")
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_sheet_lists_the_racks_items_with_the_codes_of_their_labels(sue):
    lines = sheet(sue)["lines"]
    assert [(line["item_code"], line["item_name"]) for line in lines] == [
        ("A1", "A ONE"),
        ("B2", "B TWO"),
    ]
    assert lines[0]["bars"]["kind"] == "ean13"
    assert lines[0]["bars"]["code"] == EAN
    assert lines[1]["bars"]["kind"] == "code128"


def test_a_sheet_never_tells_what_the_book_says(sue):
    told = sheet(sue)
    assert set(told["lines"][0]) == {"item_code", "item_name", "uom", "bars"}
    assert not [name for name in told if "qty" in name or "book" in name]


def test_a_sheet_of_a_recount_names_only_its_items_and_has_another_id(sue, ada, warehouse):
    first = sheet(sue)
    session = ada.claim("G-01")
    ada.count(session, item_code="A1", verified_qty=7)
    ada.count(session, item_code="B2", verified_qty=5)
    ada.finish(session)
    (line,) = sue.get("/api/count-lines", item="A1").json["lines"]
    asked = sue.post(f"/api/count-lines/{line['line_id']}/recount", {"note": "again"})
    assert asked.status_code == 200, asked.text
    second = sheet(sue)
    assert (second["pass"], second["only_these"]) == (2, True)
    assert [each["item_code"] for each in second["lines"]] == ["A1"]
    assert second["sheet_id"] != first["sheet_id"]


def test_the_same_sheet_printed_again_has_the_same_id(sue):
    assert sheet(sue)["sheet_id"] == sheet(sue)["sheet_id"]
    assert sheet(sue)["sheet_id"] != sheet(sue, "G-02")["sheet_id"]


def test_the_sheets_of_a_floor_come_rack_by_rack(sue):
    first = sue.get("/api/sheets/floors/Ground", limit=1).json
    assert [each["rack_id"] for each in first["sheets"]] == ["G-01"]
    rest = sue.get("/api/sheets/floors/Ground", cursor=first["next_cursor"]).json
    assert [(each["rack_id"], each["lines"]) for each in rest["sheets"]] == [("G-02", [])]
    assert rest["next_cursor"] is None


def test_a_rack_that_does_not_stand_has_no_sheet(sue):
    assert sue.get("/api/sheets/racks/X-99").json["code"] == "rack_unknown"


@pytest.mark.parametrize(("role", "status"), [("auditor", 200), ("counter", 403), ("device", 403)])
def test_who_reads_all_reads_sheets(sue, app, role, status):
    someone = Phone(app, role, Role(role))
    assert someone.get("/api/sheets/racks/G-01").status_code == status


def test_a_sheet_that_is_entered_twice_counts_once(sue, warehouse):
    paper = sheet(sue)
    session = sue.claim("G-01")
    record = a_record_json(
        session,
        client_record_id=f"{paper['sheet_id']}-A1",
        item_code="A1",
        verified_qty=9,
    )
    assert sue.sync(record)["ok"] == [record["client_record_id"]]
    assert sue.sync(record)["ok"] == [record["client_record_id"]]
    assert sue.get(f"/api/sessions/{session}/stats").json["records"] == 1
    assert rack(warehouse, "G-01").status is RackStatus.ACTIVE
