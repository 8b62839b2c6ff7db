"""A stocktake from its opening to its close: lines, passes, decisions, late counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.auth.identity import Role
from app.clock import iso
from app.items.movement import Movement
from app.racks.rack import RackStatus
from tests.support.builders import a_record_json, an_identity, rack
from tests.support.catalogue import a_row
from tests.support.phones import Phone

SUE = an_identity("supervisor", Role.SUPERVISOR)


@pytest.fixture
def sue(floor):
    return Phone(floor, "supervisor", Role.SUPERVISOR)


@pytest.fixture
def ada(floor):
    return Phone(floor, "ada")


@pytest.fixture
def bob(floor):
    return Phone(floor, "bob")


@pytest.fixture
def cid(floor):
    return Phone(floor, "cid")


def opened(sue, **wish):
    sue.warehouse.clock.move(1)
    answer = sue.post("/api/stocktakes", {"name": "Year-end", **wish})
    assert answer.status_code == 201, answer.text
    return answer.json["stocktake_id"]


def lines(sue, **query):
    answer = sue.get("/api/count-lines", **query)
    assert answer.status_code == 200, answer.text
    return answer.json["lines"]


def line(sue, item_code, **query):
    (found,) = lines(sue, item=item_code, **query)
    return found


def decide(sue, item_code, act, **wish):
    return sue.post(f"/api/count-lines/{line(sue, item_code)['line_id']}/{act}", wish)


def counts(phone, rack_id="G-01", **quantities):
    """Claim a rack, count these items there, finish it."""
    session_id = phone.claim(rack_id)
    for item_code, quantity in quantities.items():
        phone.count(session_id, item_code=item_code, verified_qty=quantity)
    assert phone.finish(session_id).status_code == 200
    return session_id


def progress(sue, stocktake_id):
    return sue.get(f"/api/stocktakes/{stocktake_id}").json


# ── lines ────────────────────────────────────────────────────────────────────────────────────────


def test_every_expected_item_has_a_line_before_anybody_counts(sue):
    opened(sue)
    found = {each["item_code"]: each for each in lines(sue)}
    assert found.keys() == {"A1", "B2", "C3"}
    assert found["A1"]["status"] == "uncounted"
    assert (found["A1"]["book_qty"], found["A1"]["counted_qty"]) == (10, None)


def test_a_finished_rack_has_its_variances_at_once(sue, ada):
    opened(sue)
    counts(ada, A1=7, B2=5)
    a1 = line(sue, "A1")
    assert (a1["counted_qty"], a1["variance_qty"], a1["variance_value"]) == (7, -3, -6)
    assert (a1["status"], a1["within_tolerance"]) == ("counted", False)
    assert line(sue, "B2")["within_tolerance"] is True


def test_a_rack_that_is_still_counted_has_no_figures_yet(sue, ada):
    opened(sue)
    ada.count(ada.claim("G-01"), item_code="A1", verified_qty=7)
    assert line(sue, "A1")["status"] == "uncounted"


def test_several_records_of_an_item_are_one_line(sue, ada):
    opened(sue)
    session_id = ada.claim("G-01")
    ada.count(session_id, item_code="A1", verified_qty=4, damage_qty=1)
    ada.count(session_id, item_code="A1", verified_qty=5)
    ada.finish(session_id)
    a1 = line(sue, "A1")
    assert (a1["counted_qty"], a1["damage_qty"], a1["passes"][0]["records"]) == (9, 1, 2)


def test_an_item_away_from_its_place_has_a_line_of_its_own(sue, ada):
    opened(sue)
    counts(ada, C3=2)
    at = {each["rack_id"]: each for each in lines(sue, item="C3")}
    assert (at["G-01"]["book_qty"], at["G-01"]["variance_qty"]) == (0, 2)
    assert at["G-01"]["expected_here"] is False
    assert (at["F-01"]["book_qty"], at["F-01"]["counted_qty"]) == (20, None)


def test_an_unknown_item_has_a_line_that_says_so(sue, ada):
    opened(sue)
    counts(ada, ZZ9=3)
    (unknown,) = lines(sue, known=False)
    assert (unknown["item_code"], unknown["item_known"]) == ("ZZ9", False)


def test_lists_begin_with_what_is_most_at_stake_and_go_on_page_by_page(sue, ada):
    opened(sue)
    counts(ada, A1=7, B2=4)
    first = sue.get("/api/count-lines", limit=1).json
    rest = sue.get("/api/count-lines", limit=5, cursor=first["next_cursor"]).json
    codes = [each["item_code"] for each in [*first["lines"], *rest["lines"]]]
    assert codes == ["C3", "B2", "A1"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"variance": "short"}, {"A1"}),
        ({"variance": "over"}, {"B2"}),
        ({"variance": "outside"}, {"A1", "B2"}),
        ({"status": "uncounted"}, {"C3"}),
        ({"status": "uncounted,counted", "floor": "Ground"}, {"A1", "B2"}),
        ({"rack": "F-01"}, {"C3"}),
    ],
)
def test_lists_are_of_what_was_asked(sue, ada, query, codes):
    opened(sue)
    counts(ada, A1=7, B2=6)
    assert {each["item_code"] for each in lines(sue, **query)} == codes


def test_an_item_imported_meanwhile_is_expected_too(sue, ada, warehouse):
    opened(sue)
    warehouse.imports.load_items([a_row("D4", stock_qty="8", rack="G-01")])
    counts(ada, A1=10)
    assert (line(sue, "D4")["book_qty"], line(sue, "D4")["status"]) == (8, "uncounted")


# ── the book moves ───────────────────────────────────────────────────────────────────────────────


def issue(warehouse, item_code, qty, at):
    movement = Movement(movement_id=f"m-{item_code}-{at}", item_code=item_code, qty=-qty, at=at)
    warehouse.movements.book([movement], by=SUE)


def test_the_book_is_frozen_at_the_start_and_later_movements_are_shown(sue, ada, warehouse, clock):
    opened(sue)
    clock.move(60)
    issue(warehouse, "A1", 3, clock.now())
    clock.move(60)
    counts_at = clock.now().isoformat()
    session_id = ada.claim("G-01")
    ada.count(session_id, item_code="A1", verified_qty=7, updated_at=counts_at)
    ada.finish(session_id)
    a1 = line(sue, "A1")
    assert (a1["book_qty"], a1["moved_qty"], a1["expected_qty"]) == (10, -3, 7)
    assert a1["variance_qty"] == 0


def test_a_movement_told_after_the_count_corrects_the_variance(sue, ada, warehouse, clock):
    opened(sue)
    clock.move(60)
    before_the_count = clock.now()
    clock.move(60)
    session_id = ada.claim("G-01")
    ada.count(session_id, item_code="A1", verified_qty=7, updated_at=clock.now().isoformat())
    ada.finish(session_id)
    assert line(sue, "A1")["variance_qty"] == -3
    clock.move(60)
    issue(warehouse, "A1", 3, before_the_count)
    assert line(sue, "A1")["variance_qty"] == 0


# ── decisions ────────────────────────────────────────────────────────────────────────────────────


def test_an_approved_line_is_frozen_whatever_is_counted_later(sue, ada, bob):
    opened(sue)
    counts(ada, A1=7, B2=5)
    assert decide(sue, "A1", "approve", note="seen").json["status"] == "approved"
    sue.post("/api/racks/G-01/recount", {"reason": "again"})
    counts(bob, A1=9, B2=5)
    a1 = line(sue, "A1")
    assert (a1["status"], a1["counted_qty"]) == ("approved", 7)
    assert a1["ruling"]["username"] == "supervisor"
    assert decide(sue, "A1", "reject", note="no").json["code"] == "line_frozen"


def test_nobody_decides_on_a_line_that_they_have_not_seen(sue, ada, bob):
    opened(sue)
    counts(ada, A1=7, B2=5)
    seen = line(sue, "A1")
    sue.post("/api/racks/G-01/recount", {"reason": "again"})
    counts(bob, A1=9, B2=5)
    answer = sue.post(f"/api/count-lines/{seen['line_id']}/approve", {"rev": seen["rev"]})
    assert (answer.status_code, answer.json["code"]) == (409, "line_changed")


def test_a_line_that_nobody_counted_is_approved_only_as_none(sue):
    opened(sue)
    assert decide(sue, "A1", "approve").json["code"] == "line_not_counted"
    approved = decide(sue, "A1", "approve", zero=True, note="shelf is empty").json
    assert (approved["counted_qty"], approved["variance_qty"]) == (0, -10)


def test_a_rejected_count_leaves_the_book_as_it_is(sue, ada):
    opened(sue)
    counts(ada, A1=7, B2=5)
    rejected = decide(sue, "A1", "reject", note="wrong shelf").json
    assert (rejected["status"], rejected["settled"]) == ("rejected", True)
    assert rejected["ruling"]["note"] == "wrong shelf"


def test_a_recount_of_one_item_asks_another_person_for_that_item_only(sue, ada, bob, warehouse):
    opened(sue)
    counts(ada, A1=7, B2=5)
    assert decide(sue, "A1", "recount", note="count again").json["status"] == "recount"
    assert rack(warehouse, "G-01").recount_items == ("A1",)
    refused = ada.post("/api/racks/G-01/claim")
    assert refused.json["code"] == "pass_taken"
    session_id = bob.claim("G-01")
    uncounted = bob.finish(session_id, preview=True).json["uncounted"]
    assert [each["item_code"] for each in uncounted] == ["A1"]
    bob.count(session_id, item_code="A1", verified_qty=7)
    bob.finish(session_id)
    a1 = line(sue, "A1")
    assert (a1["status"], [p["name"] for p in a1["passes"]]) == ("agreed", ["Ada", "Bob"])
    assert line(sue, "B2")["counted_qty"] == 5


def test_a_second_recount_before_anybody_begins_is_one_pass(sue, ada, warehouse):
    opened(sue)
    counts(ada, A1=7, B2=4)
    decide(sue, "A1", "recount", note="again")
    decide(sue, "B2", "recount", note="again")
    asked = rack(warehouse, "G-01")
    assert (asked.pass_no, asked.recount_items) == (2, ("A1", "B2"))


def test_a_recount_never_takes_the_rack_from_who_counts_it(sue, ada, bob):
    opened(sue)
    counts(ada, A1=7, B2=4)
    decide(sue, "A1", "recount", note="again")
    bob.claim("G-01")
    assert decide(sue, "B2", "recount", note="again").json["code"] == "illegal_move"
    assert line(sue, "B2")["status"] == "counted"


def test_many_lines_are_decided_by_a_filter(sue, ada):
    opened(sue, tolerance={"pieces": 1})
    counts(ada, A1=9, B2=2)
    answer = sue.post("/api/count-lines/approve", {"variance": "within", "note": "small"})
    assert answer.json == {"decided": 1, "left": 0}
    assert line(sue, "A1")["status"] == "approved"
    assert line(sue, "B2")["status"] == "counted"
    every = sue.post("/api/count-lines/approve", {"note": "all"})
    assert every.json == {"decided": 1, "left": 2}


def test_a_filter_sends_what_is_outside_tolerance_to_recount(sue, ada, warehouse):
    opened(sue)
    counts(ada, A1=9, B2=5)
    answer = sue.post("/api/count-lines/recount", {"variance": "outside", "note": "check"})
    assert answer.json == {"decided": 1, "left": 0}
    assert rack(warehouse, "G-01").recount_items == ("A1",)


# ── a double count ───────────────────────────────────────────────────────────────────────────────


def test_two_who_agree_settle_a_rack_and_a_third_counts_only_what_they_do_not(
    sue, ada, bob, cid, warehouse
):
    stocktake_id = opened(sue, double_count=True, floors=["Ground"])
    counts(ada, A1=10, B2=5)
    assert line(sue, "A1")["status"] == "waiting"
    assert (rack(warehouse, "G-01").pass_no, rack(warehouse, "G-01").recount) == (2, True)
    assert ada.post("/api/racks/G-01/claim").json["code"] == "pass_taken"
    counts(bob, A1=10, B2=6)
    assert (line(sue, "A1")["status"], line(sue, "B2")["status"]) == ("agreed", "disputed")
    third = rack(warehouse, "G-01")
    assert (third.pass_no, third.recount_items) == (3, ("B2",))
    counts(cid, B2=6)
    b2 = line(sue, "B2")
    assert (b2["status"], b2["counted_qty"]) == ("agreed", 6)
    assert rack(warehouse, "G-01").status is RackStatus.COMPLETED
    assert progress(sue, stocktake_id)["waiting"] == {}


def test_a_blind_double_count_tells_no_counter_a_book_figure(sue, ada):
    opened(sue, blind=True, double_count=True)
    item = ada.get("/api/items/A1").json
    assert "stock_qty" not in item
    assert ada.get("/api/count-lines").status_code == 403


# ── late counts ──────────────────────────────────────────────────────────────────────────────────


def test_counts_of_a_lost_lease_are_a_second_opinion(sue, ada, bob, warehouse, clock):
    stocktake_id = opened(sue)
    lost = ada.claim("G-01")
    ada.count(lost, item_code="A1", verified_qty=8)
    clock.move(120)
    warehouse.sweep.expire_due()
    counts(bob, A1=7, B2=5)
    assert [p["name"] for p in line(sue, "A1")["passes"]] == ["Bob"]
    (offer,) = sue.get(f"/api/stocktakes/{stocktake_id}/late-counts").json["late_counts"]
    assert (offer["session_id"], offer["records"], offer["holder"]["name"]) == (lost, 1, "Ada")
    taken = sue.post(f"/api/stocktakes/{stocktake_id}/late-counts/{lost}")
    assert taken.status_code == 200, taken.text
    a1 = line(sue, "A1")
    assert [(p["name"], p["counted"], p["late"]) for p in a1["passes"]] == [
        ("Ada", 8, True),
        ("Bob", 7, False),
    ]
    assert a1["status"] == "disputed"
    assert sue.get(f"/api/stocktakes/{stocktake_id}/late-counts").json["late_counts"] == []


def test_a_late_count_waits_for_its_parked_records(sue, ada, bob, warehouse, clock):
    stocktake_id = opened(sue)
    lost = ada.claim("G-01")
    ada.count(lost, item_code="A1", verified_qty=8)
    clock.move(120)
    warehouse.sweep.expire_due()
    counts(bob, A1=7, B2=5)
    parked = ada.sync(a_record_json(lost, item_code="B2", verified_qty=5))["conflicts"]
    path = f"/api/stocktakes/{stocktake_id}/late-counts/{lost}"
    assert sue.post(path).json["code"] == "no_late_count"
    resolve = f"/api/sync/conflicts/{parked[0]['conflict_id']}/resolve"
    wish = {"resolution": "accept_client", "note": "it is the same shelf"}
    assert sue.post(resolve, wish).status_code == 200
    assert sue.post(path).status_code == 200
    assert line(sue, "B2")["status"] == "agreed"


def test_nobody_has_two_passes_of_a_rack(sue, ada, warehouse, clock):
    stocktake_id = opened(sue)
    lost = ada.claim("G-01")
    ada.count(lost, item_code="A1", verified_qty=8)
    assert ada.post("/api/racks/G-01/release").status_code == 200
    counts(ada, A1=7)
    answer = sue.post(f"/api/stocktakes/{stocktake_id}/late-counts/{lost}")
    assert (answer.status_code, answer.json["code"]) == (409, "no_late_count")


# ── opening and closing ──────────────────────────────────────────────────────────────────────────


def test_a_stocktake_of_some_floors_leaves_the_others_alone(sue, warehouse):
    first = rack(warehouse, "F-01").stocktake_id
    stocktake_id = opened(sue, floors=["Ground"])
    assert rack(warehouse, "G-01").stocktake_id == stocktake_id
    assert rack(warehouse, "F-01").stocktake_id == first


def test_a_rack_that_another_stocktake_counts_is_not_taken_from_it(sue, ada):
    counts(ada, A1=10, B2=5)
    answer = sue.post("/api/stocktakes", {"name": "Again"})
    assert (answer.status_code, answer.json["code"]) == (409, "racks_in_use")
    assert answer.json["rack_ids"] == ["G-01"]
    assert len(sue.get("/api/stocktakes").json["stocktakes"]) == 1


def test_the_first_stocktake_ends_when_it_gave_up_its_last_rack(sue):
    opened(sue)
    states = [(s["name"], s["status"]) for s in sue.get("/api/stocktakes").json["stocktakes"]]
    assert states[0] == ("Year-end", "open")
    assert [status for _, status in states[1:]] == ["closed"]


def test_floors_without_racks_cannot_be_counted(sue):
    answer = sue.post("/api/stocktakes", {"name": "Nowhere", "floors": ["Attic"]})
    assert (answer.status_code, answer.json["code"]) == (409, "no_racks")


def test_it_closes_only_when_all_is_settled_and_says_what_waits(sue, ada):
    stocktake_id = opened(sue)
    counts(ada, A1=10, B2=5)
    refused = sue.post(f"/api/stocktakes/{stocktake_id}/close")
    assert (refused.status_code, refused.json["code"]) == (409, "stocktake_unsettled")
    assert refused.json["waiting"] == {"racks": 1, "uncounted_lines": 1, "counted_lines": 2}
    counts(ada, "F-01", C3=20)
    sue.post("/api/count-lines/approve", {})
    closed = sue.post(f"/api/stocktakes/{stocktake_id}/close", {"note": "done"})
    assert (closed.status_code, closed.json["status"]) == (200, "closed")
    assert closed.json["closed_by"] == "supervisor"


def test_after_the_close_no_rack_is_claimed_until_the_next_is_opened(sue, ada, warehouse):
    stocktake_id = opened(sue, floors=["Ground"])
    counts(ada, A1=10, B2=5)
    sue.post("/api/count-lines/approve", {"stocktake": stocktake_id})
    sue.post(f"/api/stocktakes/{stocktake_id}/close")
    assert ada.post("/api/racks/G-01/claim").json["code"] == "no_stocktake"
    opened(sue, floors=["Ground"])
    assert rack(warehouse, "G-01").pass_no == 1
    counts(ada, A1=9, B2=5)
    assert line(sue, "A1")["variance_qty"] == -1


def test_a_restart_does_not_open_what_a_person_closed(sue, ada, warehouse):
    stocktake_id = opened(sue)
    counts(ada, A1=10, B2=5)
    counts(ada, "F-01", C3=20)
    sue.post("/api/count-lines/approve", {})
    sue.post(f"/api/stocktakes/{stocktake_id}/close")
    assert not warehouse.stocktakes.ensure_open().is_open


def test_progress_counts_racks_lines_and_money(sue, ada):
    stocktake_id = opened(sue)
    counts(ada, A1=7, B2=6)
    found = progress(sue, stocktake_id)
    assert found["racks"] == {"completed": 1, "available": 1}
    assert (found["lines"], found["counted"], found["settled"]) == (3, 2, 0)
    assert (found["variance_value"], found["gross_value"]) == (4, 16)
    racks = sue.get(f"/api/stocktakes/{stocktake_id}/racks", floor="Ground").json["racks"]
    assert [(r["rack_id"], r["counted"], r["variance_qty"]) for r in racks] == [("G-01", 2, -2)]


def test_what_is_counted_stays_counted_when_it_is_decided_on(sue, ada):
    stocktake_id = opened(sue)
    counts(ada, A1=7, B2=6)
    sue.post("/api/count-lines/approve", {"variance": "short", "note": "seen"})
    found = progress(sue, stocktake_id)
    assert (found["counted"], found["by_status"]["counted"]) == (2, 1)


def test_what_if_shows_another_tolerance_and_changes_nothing(sue, ada):
    stocktake_id = opened(sue)
    counts(ada, A1=9, B2=2)
    found = sue.get(f"/api/stocktakes/{stocktake_id}/what-if", pieces=1).json
    assert (found["now"]["outside"], found["then"]["outside"]) == (2, 1)
    assert found["then"]["value_outside"] == 30
    assert line(sue, "A1")["within_tolerance"] is False


@pytest.mark.parametrize("role", ["counter", "auditor", "device"])
def test_only_who_steers_may_open_decide_and_close(floor, sue, role):
    stocktake_id = opened(sue)
    line_id = line(sue, "A1")["line_id"]
    someone = Phone(floor, role, Role(role))
    for path in (
        "/api/stocktakes",
        f"/api/stocktakes/{stocktake_id}/close",
        f"/api/count-lines/{line_id}/approve",
        "/api/count-lines/approve",
    ):
        assert someone.post(path, {"name": "x"}).status_code == 403


def test_two_processes_that_tally_at_once_make_each_line_once(sue, ada, warehouse_on):
    opened(sue)
    counts(ada, A1=7, B2=5)
    other = warehouse_on()
    other.db.rack_registry.update_one({"rack_id": "G-01"}, {"$set": {"lines_due": "again"}})
    other.tally.catch_up()
    assert len(lines(sue, rack="G-01")) == 2
    assert line(sue, "A1")["rev"] == 1


def test_nothing_that_is_settled_in_a_conflict_is_missed(sue, ada, warehouse):
    opened(sue)
    session_id = counts(ada, A1=7)
    (parked,) = ada.sync(a_record_json(session_id, item_code="B2", verified_qty=5))["conflicts"]
    assert line(sue, "B2")["counted_qty"] is None
    resolve = f"/api/sync/conflicts/{parked['conflict_id']}/resolve"
    sue.post(resolve, {"resolution": "accept_client", "note": "found in the pocket"})
    assert line(sue, "B2")["counted_qty"] == 5


def test_a_phone_two_days_ahead_does_not_move_the_moment_of_the_count(sue, ada, clock):
    opened(sue)
    session_id = ada.claim("G-01")
    ahead = (clock.now() + timedelta(days=2)).isoformat()
    ada.count(session_id, item_code="A1", verified_qty=7, updated_at=ahead)
    ada.finish(session_id)
    assert line(sue, "A1")["counted_at"] <= iso(clock.now())


def test_a_closed_stocktake_takes_no_late_record_and_the_conflict_stays(sue, ada):
    stocktake_id = opened(sue, floors=["Ground"])
    session_id = counts(ada, A1=10, B2=5)
    sue.post("/api/count-lines/approve", {"stocktake": stocktake_id})
    sue.post(f"/api/stocktakes/{stocktake_id}/close")
    late = a_record_json(session_id, item_code="A1", verified_qty=1)
    (parked,) = ada.sync(late)["conflicts"]
    path = f"/api/sync/conflicts/{parked['conflict_id']}/resolve"
    refused = sue.post(path, {"resolution": "accept_client", "note": "too late"})
    assert (refused.status_code, refused.json["code"]) == (409, "stocktake_closed")
    kept = sue.post(path, {"resolution": "accept_server", "note": "the stocktake is over"})
    assert kept.status_code == 200
