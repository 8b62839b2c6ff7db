"""A rack that a new stocktake takes over is nobody's: what an earlier lease sends is parked."""

from __future__ import annotations

import pytest

from app.racks.enrolment import Enrolment
from app.racks.enrolment_store import EnrolmentStore
from tests.support.builders import a_record_json
from tests.support.phones import only_conflict, stored


@pytest.fixture
def left(ada, session_id, warehouse, clock):
    """Ada's session at G-01, which counted nothing and expired."""
    clock.move(61)
    assert warehouse.sweep.expire_due() == 1
    return session_id


@pytest.fixture
def begin_anew(sue):
    """`begin_anew()`: the next stocktake takes all racks over."""

    def begin():
        answer = sue.post("/api/stocktakes", {"name": "Year-end"})
        assert answer.status_code == 201, answer.text
        return answer.json["stocktake_id"]

    return begin


def state_of(phone, rack_id="G-01"):
    return phone.get(f"/api/racks/{rack_id}/status").json["status"]


def test_a_heartbeat_does_not_bring_an_earlier_lease_into_the_new_stocktake(ada, left, begin_anew):
    begin_anew()
    beat = ada.post("/api/sync/heartbeat", {"session_id": left}).json
    assert (beat["lease"], beat["rack_renewed"]) == ("lost", False)
    assert state_of(ada) == "available"


def test_a_late_count_of_the_earlier_stocktake_is_parked_whole(ada, left, begin_anew, warehouse):
    begin_anew()
    late = a_record_json(left)
    assert only_conflict(ada.sync(late))["conflict_type"] == "stale_lease"
    assert stored(warehouse, late["client_record_id"]) is None
    assert state_of(ada) == "available"


def test_who_left_a_rack_counts_it_in_the_new_stocktake(ada, left, sue, begin_anew):
    stocktake_id = begin_anew()
    again = ada.claim("G-01")
    record = ada.count(again)
    assert ada.finish(again).status_code == 200
    (line,) = sue.get("/api/count-lines", stocktake=stocktake_id).json["lines"]
    assert (line["item_code"], line["counted_qty"]) == (record["item_code"], 10)


def test_a_count_parked_for_a_recount_stays_the_one_conflict_when_the_passes_begin_anew(
    ada, left, sue, warehouse
):
    """Its answer was lost, and meanwhile the rack is back at the pass that it was counted in."""
    assert sue.post("/api/racks/G-01/recount", {"reason": "pallets moved"}).status_code == 200
    record = a_record_json(left)
    parked = only_conflict(ada.sync(record))["conflict_id"]
    enrolment = Enrolment(EnrolmentStore(warehouse.db))
    (rack,) = (r for r in enrolment.racks_on("Main") if r.rack_id == "G-01")
    enrolment.enrol([rack], stocktake_id="the next", blind=False)
    assert only_conflict(ada.sync(record))["conflict_id"] == parked
    assert stored(warehouse, record["client_record_id"]) is None
    assert warehouse.db.sync_conflicts.count_documents({}) == 1


def test_a_rack_that_nobody_claimed_begins_with_the_first_token(ada, warehouse):
    """Only who had a lease has to be told apart from who comes."""
    answer = ada.post("/api/racks/G-02/claim").json
    assert answer["fencing_token"] == 1
