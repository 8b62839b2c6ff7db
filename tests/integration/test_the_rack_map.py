"""The rack map: what each role sees of it, floors, what is available, and pages."""

from __future__ import annotations

import pytest

from app.auth.identity import Role
from tests.support.app import signed_in
from tests.support.builders import a_record, an_identity, claim, complete, plan_racks

ADA = an_identity("counter")
BEN = an_identity("ben")
SUE = an_identity("supervisor", Role.SUPERVISOR)


@pytest.fixture(autouse=True)
def racks(warehouse):
    """Ada counts G-01, Ben paused G-02, G-03 is completed, G-04 and F-01 are free."""
    plan_racks(warehouse, "G-01", "G-02", "G-03", "G-04", "F-01")
    lease = claim(warehouse, "G-01", ADA)
    warehouse.batches.sync([a_record(lease.session_id, verified_qty=7)], by=ADA)
    warehouse.batches.news.follow_up()
    claim(warehouse, "G-02", BEN)
    warehouse.leases.pause("G-02", by=BEN)
    complete(warehouse, claim(warehouse, "G-03", BEN), BEN)


@pytest.fixture
def get(app):
    """`get(path, username)`: the JSON that this user gets."""
    client = app.test_client()
    headers = {}

    def get(path, username="counter", **query):
        if username not in headers:
            headers[username] = signed_in(client, username)
        answer = client.get(path, headers=headers[username], query_string=query)
        assert answer.status_code == 200, answer.json
        return answer.json

    return get


def ids(answer):
    return [rack["rack_id"] for rack in answer["racks"]]


def test_the_map_shows_states_and_holders_to_everybody(get):
    shown = {r["rack_id"]: r for r in get("/api/racks")["racks"]}

    assert {i: r["status"] for i, r in shown.items()} == {
        "F-01": "available",
        "G-01": "active",
        "G-02": "paused",
        "G-03": "completed",
        "G-04": "available",
    }
    assert shown["G-02"]["holder"]["name"] == "Ben"
    assert shown["G-04"]["holder"] is None
    assert shown["G-01"]["lease_expires_at"].endswith("Z")


def test_a_counter_sees_no_figures_of_others(get):
    for rack in get("/api/racks")["racks"]:
        assert rack["progress"] is None
        assert rack["open_conflicts"] is None


@pytest.mark.parametrize("role", ["supervisor", "admin", "auditor"])
def test_who_sees_all_counts_sees_progress_and_conflicts(get, role):
    shown = {r["rack_id"]: r for r in get("/api/racks", role)["racks"]}

    assert shown["G-01"]["progress"] == {"records": 1, "items": 1, "pieces": 7.0, "expected": 0}
    assert shown["G-04"]["progress"]["records"] == 0
    assert shown["G-01"]["open_conflicts"] == 0


def test_a_rack_that_was_given_back_shows_no_old_progress(get, warehouse):
    warehouse.leases.release("G-01", by=ADA)

    assert get("/api/racks/G-01/status", "supervisor")["progress"]["records"] == 0


def test_a_parked_record_shows_on_its_rack(get, warehouse, clock):
    old = claim(warehouse, "G-04", ADA)
    clock.move(60)
    warehouse.sweep.expire_due()
    claim(warehouse, "G-04", BEN)
    warehouse.batches.sync([a_record(old.session_id)], by=ADA)

    assert get("/api/racks/G-04/status", "supervisor")["open_conflicts"] == 1


def test_the_map_of_one_floor_leaves_out_the_others(get):
    assert ids(get("/api/racks", floor="First")) == ["F-01"]
    assert ids(get("/api/racks", floor="Nowhere")) == []


def test_pages_of_the_map_join_without_gap_or_double(get):
    seen, cursor, pages = [], {}, 0
    while cursor is not None:
        page = get("/api/racks", limit=2, **cursor)
        seen += ids(page)
        pages += 1
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None

    assert (seen, pages) == (["F-01", "G-01", "G-02", "G-03", "G-04"], 3)


def test_a_page_of_one_floor_goes_on_where_it_ended(get):
    first = get("/api/racks", floor="Ground", limit=3)

    rest = get("/api/racks", floor="Ground", limit=3, cursor=first["next_cursor"])

    assert ids(first) + ids(rest) == ["G-01", "G-02", "G-03", "G-04"]


def test_available_lists_what_the_caller_may_claim(get):
    assert ids(get("/api/racks/available")) == ["F-01", "G-04"]
    assert ids(get("/api/racks/available", floor="Ground")) == ["G-04"]


def test_available_leaves_out_passes_the_caller_took(get, warehouse):
    complete(warehouse, claim(warehouse, "G-04", ADA), ADA)
    warehouse.leases.recount("G-04", by=SUE, reason="again")
    warehouse.leases.recount("G-03", by=SUE, reason="again")

    assert ids(get("/api/racks/available", floor="Ground")) == ["G-03"]
    assert ids(get("/api/racks/available", "supervisor", floor="Ground")) == ["G-03", "G-04"]


def test_a_recount_is_marked_on_the_map(get, warehouse):
    warehouse.leases.recount("G-03", by=SUE, reason="again")

    shown = get("/api/racks/G-03/status")

    assert (shown["status"], shown["recount"], shown["pass"]) == ("available", True, 2)


def test_floors_count_their_racks_by_state(get):
    floors = {f.pop("floor"): f for f in get("/api/racks/floors")["floors"]}

    assert floors == {
        "First": {"racks": 1, "available": 1, "active": 0, "paused": 0, "completed": 0},
        "Ground": {"racks": 4, "available": 1, "active": 1, "paused": 1, "completed": 1},
    }


def test_a_counter_sees_progress_on_the_racks_they_hold(get):
    mine = get("/api/racks/user/active")["racks"]

    assert [(r["rack_id"], r["progress"]["records"]) for r in mine] == [("G-01", 1)]


def test_an_unknown_rack_is_a_404(app):
    client = app.test_client()

    answer = client.get("/api/racks/X-99/status", headers=signed_in(client))

    assert (answer.status_code, answer.json["code"]) == (404, "rack_unknown")


def test_nobody_sees_the_map_without_signing_in(app):
    for path in ("", "/available", "/floors", "/user/active", "/G-01/status"):
        assert app.test_client().get(f"/api/racks{path}").status_code == 401


def test_a_floor_plan_without_rows_adds_nothing(warehouse):
    assert warehouse.floor_plan.load([], "Main") == 0
    warehouse.floor_plan.expect({})


def test_loading_the_floor_plan_again_changes_no_rack(warehouse):
    plan_racks(warehouse, "G-01", "G-05")

    assert warehouse.rack_map.rack("G-01", SUE).rack.holder.name == "Counter"
