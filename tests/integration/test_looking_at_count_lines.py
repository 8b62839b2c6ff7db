"""What is asked of count lines before a decision: how many match, and how a line came about."""

from __future__ import annotations

import pytest

from app.auth.identity import Role
from app.items.movement import Movement
from tests.support.builders import an_identity, plan_racks
from tests.support.catalogue import a_row
from tests.support.phones import Phone

SUE = an_identity("supervisor", Role.SUPERVISOR)


@pytest.fixture
def sue(app, warehouse):
    """A supervisor of G-01: A1 (10 pieces at 2.00) and B2 (5 at 10.00), both counted by Ada."""
    rows = [
        a_row("A1", item_name="A ONE", stock_qty="10", mrp="2", rack="G-01"),
        a_row("B2", item_name="B TWO", stock_qty="5", mrp="10", rack="G-01"),
    ]
    warehouse.imports.load_items(rows)
    plan_racks(warehouse, "G-01")
    ada = Phone(app, "ada")
    session = ada.claim("G-01")
    ada.count(session, item_code="A1", verified_qty=7)
    ada.count(session, item_code="B2", verified_qty=6)
    ada.finish(session)
    return Phone(app, "supervisor", Role.SUPERVISOR)


def line_id(sue, item_code):
    return sue.get("/api/count-lines", item=item_code).json["lines"][0]["line_id"]


def matching(sue, **query):
    answer = sue.get("/api/count-lines/matching", **query)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_filter_says_what_a_decision_would_be_about(sue):
    assert matching(sue) == {
        "lines": 2,
        "counted": 2,
        "frozen": 0,
        "variance_qty": -2,
        "variance_value": 4,
        "gross_value": 16,
    }
    assert (matching(sue, variance="short")["lines"], matching(sue, rack="X")["lines"]) == (1, 0)


def test_what_was_decided_on_is_told_apart(sue):
    sue.post(f"/api/count-lines/{line_id(sue, 'A1')}/approve", {"note": "seen"})
    assert matching(sue)["frozen"] == 1


def test_what_a_filter_matches_is_what_is_decided(sue):
    expected = matching(sue, variance="over", status="counted")["lines"]
    wish = {"variance": "over", "status": ["counted"], "note": "checked"}
    assert sue.post("/api/count-lines/approve", wish).json == {"decided": expected, "left": 0}


def test_a_lines_history_has_every_decision_and_every_movement(sue, warehouse, clock):
    path = f"/api/count-lines/{line_id(sue, 'A1')}"
    clock.move(60)
    sue.post(f"{path}/recount", {"note": "count again"})
    clock.move(60)
    sue.post(f"{path}/approve", {"note": "the shelf is right"})
    moved = Movement(movement_id="m1", item_code="A1", qty=-3, at=clock.now(), reference="SO-1")
    warehouse.movements.book([moved], by=SUE)
    told = sue.get(f"{path}/history").json
    assert [(r["decision"], r["note"]) for r in told["rulings"]] == [
        ("recount", "count again"),
        ("approved", "the shelf is right"),
    ]
    assert [(m["qty"], m["reference"]) for m in told["movements"]] == [(-3, "SO-1")]
    assert told["book_at"] < told["rulings"][0]["at"]


def test_a_line_that_is_none_has_no_history(sue):
    assert sue.get("/api/count-lines/bm9uZQ/history").json["code"] == "line_unknown"


def test_a_counter_is_told_nothing_of_it(sue, app):
    ada = Phone(app, "ada")
    for path in ("matching", f"{line_id(sue, 'A1')}/history"):
        assert ada.get(f"/api/count-lines/{path}").status_code == 403
