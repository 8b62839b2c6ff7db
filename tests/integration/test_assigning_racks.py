"""Assigned racks: kept for one counter, until the pass is over; told to whom it concerns."""

from __future__ import annotations

import pytest

from app.auth.identity import Role
from app.errors import RackAssigned
from app.racks.leases import ClaimWish
from tests.support.builders import an_identity, leases_on, rack
from tests.support.phones import Phone

SUE = "supervisor"


@pytest.fixture
def sue(app, phone):
    phone("counter")  # plans the racks
    return Phone(app, SUE, Role.SUPERVISOR)


def assign(sue, rack_id, to):
    return sue.post(f"/api/racks/{rack_id}/assign", {"user_id": to and to.user_id})


def offered(phone):
    return [each["rack_id"] for each in phone.get("/api/racks/available").json["racks"]]


def test_an_assigned_rack_is_claimed_by_its_counter_alone(sue, ada, ben):
    assert assign(sue, "G-02", ada).status_code == 200

    refused = ben.post("/api/racks/G-02/claim")
    assert (refused.status_code, refused.json["code"]) == (409, "rack_assigned")
    assert refused.json["assigned_to"]["name"] == "Ada"
    assert ada.claim("G-02")


def test_what_is_assigned_to_others_is_not_offered_and_ones_own_comes_first(sue, ada, ben):
    assign(sue, "G-04", ada)
    assign(sue, "G-02", ben)

    assert offered(ada) == ["G-04", "G-01", "G-03", "G-05"]
    assert offered(ben) == ["G-02", "G-01", "G-03", "G-05"]


def test_the_map_tells_supervisors_and_the_person_concerned_alone(sue, ada, ben):
    assign(sue, "G-02", ada)

    seen = [p.get("/api/racks/G-02/status").json["assigned_to"] for p in (sue, ada, ben)]
    person = {"user_id": ada.user_id, "username": "ada", "name": "Ada"}
    assert seen == [person, person, None]


def test_an_assignment_may_be_taken_back(sue, ada, ben):
    assign(sue, "G-02", ada)
    assert assign(sue, "G-02", None).status_code == 200

    assert ben.claim("G-02")


def test_a_completed_rack_is_assigned_to_nobody(warehouse, sue, ada):
    assign(sue, "G-02", ada)
    ada.finish(ada.claim("G-02"))

    assert rack(warehouse, "G-02").assigned_to is None


def test_a_recount_ends_the_assignment(warehouse, sue, ada, ben):
    assign(sue, "G-02", ada)
    sue.post("/api/racks/G-02/recount", {"reason": "A test."})

    assert rack(warehouse, "G-02").assigned_to is None
    assert ben.claim("G-02")


def test_an_assignment_outlives_a_released_and_a_forced_lease(warehouse, sue, ada):
    assign(sue, "G-02", ada)
    ada.claim("G-02")
    ada.post("/api/racks/G-02/release")
    ada.claim("G-02")
    sue.post("/api/racks/G-02/force-release", {"reason": "A test."})

    assert rack(warehouse, "G-02").assigned_to.user_id == ada.user_id


def test_a_rack_handed_over_is_no_longer_the_first_ones(warehouse, sue, ada, ben):
    assign(sue, "G-02", ada)
    ada.claim("G-02")
    ada.post("/api/racks/G-02/offer", {"username": "ben"})
    assert ben.post("/api/racks/G-02/accept").status_code == 200

    assert rack(warehouse, "G-02").assigned_to is None


def test_an_expired_lease_does_not_come_back_over_an_assignment(warehouse, clock, sue, ada, ben):
    session_id = ada.claim("G-02")
    clock.move(61)
    warehouse.sweep.expire_due()
    assign(sue, "G-02", ben)

    beat = ada.post("/api/sync/heartbeat", {"session_id": session_id}).json
    assert (beat["rack_renewed"], beat["lease"]) == (False, "lost")
    assert ben.claim("G-02")


def test_a_held_or_counted_rack_is_not_assigned(sue, ada, ben):
    ada.claim("G-01")
    ben.finish(ben.claim("G-02"))

    for rack_id in ("G-01", "G-02"):
        refused = assign(sue, rack_id, ada)
        assert (refused.status_code, refused.json["code"]) == (409, "illegal_move")


def test_a_recount_is_not_assigned_to_who_counted_it(sue, ada):
    ada.finish(ada.claim("G-02"))
    sue.post("/api/racks/G-02/recount", {"reason": "A test."})

    refused = assign(sue, "G-02", ada)
    assert (refused.status_code, refused.json["code"]) == (409, "cannot_assign")


def test_many_racks_are_assigned_at_once_and_the_others_named(sue, ada, ben):
    ben.claim("G-03")
    wish = {"rack_ids": ["G-01", "G-02", "G-03", "X-99"], "user_id": ada.user_id}

    answer = sue.post("/api/racks/assign", wish).json

    assert answer["assigned"] == ["G-01", "G-02"]
    assert {r["rack_id"]: r["code"] for r in answer["refused"]} == {
        "G-03": "illegal_move",
        "X-99": "rack_unknown",
    }
    assert offered(ada) == ["G-01", "G-02", "G-04", "G-05"]


@pytest.mark.parametrize("user_id", ["nobody", ""])
def test_nobody_unknown_gets_a_rack(sue, user_id):
    answer = sue.post("/api/racks/G-01/assign", {"user_id": user_id})
    assert answer.status_code in {400, 404}


def test_a_counter_assigns_nothing(ada, ben):
    assert assign(ada, "G-01", ben).status_code == 403


def test_supervisors_and_the_person_are_told(warehouse, sue, ada):
    assign(sue, "G-02", ada)

    (event,) = [e.data for e in warehouse.event_log.since(0) if e.data["type"] == "assigned"]
    assert (event["rack_id"], event["status"]) == ("G-02", "available")
    assert (event["assigned_to"]["name"], event["by"]["name"]) == ("Ada", "Supervisor")


def test_a_claim_that_an_assignment_overtook_is_refused(warehouse, sue, ada, ben):
    """The write decides, not the look before it."""

    class Overtaken:
        def __init__(self, store):
            self._store = store
            self._once = iter([1])

        def __getattr__(self, name):
            return getattr(self._store, name)

        def take(self, *args, **kwargs):
            if next(self._once, None):
                assign(sue, "G-02", ada)
            return self._store.take(*args, **kwargs)

    leases = leases_on(warehouse, Overtaken(warehouse.leases._leases))
    with pytest.raises(RackAssigned):
        leases.claim("G-02", by=an_identity("ben"), wish=ClaimWish())
    assert rack(warehouse, "G-02").holder is None
