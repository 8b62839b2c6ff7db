"""One serial number: who counted it where and when, how it moved, and who else wanted it."""

from __future__ import annotations

from tests.support.builders import a_record_json


def trail_of(sue, serial):
    answer = sue.get("/api/reports/serials", serial=serial)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_each_sighting_says_who_where_and_when_and_the_newest_holds_it(
    ada, ben, sue, warehouse, clock
):
    first = ada.claim("G-01")
    ada.count(first, serial_numbers=["SN1", "SN2"], item_code="85123A")
    ada.finish(first)
    sue.post("/api/racks/G-01/recount", {"reason": "look again"})
    clock.move(60)
    again = ben.claim("G-01")
    second = ben.count(again, serial_numbers=["SN1"], item_code="85123A")
    trail = trail_of(sue, "SN1")
    assert (trail["serial_number"], trail["moves"]) == ("SN1", 0)
    told = [(s["seen"], s["username"], s["rack_id"], s["pass"]) for s in trail["sightings"]]
    assert told == [("holds", "ben", "G-01", 2), ("counted", "ada", "G-01", 1)]
    newest = trail["sightings"][0]
    assert newest["client_record_id"] == second["client_record_id"]
    assert (newest["item_code"], newest["session_id"]) == ("85123A", again)


def test_a_number_that_was_at_another_rack_has_moved(ada, sue, warehouse, clock):
    at_first = ada.claim("G-01")
    ada.count(at_first, serial_numbers=["SN1"])
    warehouse.db.verification_records.update_many({}, {"$set": {"stocktake_id": "last-year"}})
    warehouse.db.item_serials.update_many({}, {"$set": {"stocktake_id": "last-year"}})
    clock.move(1)
    at_second = ada.claim("G-02")
    ada.count(at_second, serial_numbers=["SN1"])
    trail = trail_of(sue, "SN1")
    assert trail["moves"] == 1
    newest, oldest = trail["sightings"]
    assert (newest["rack_id"], newest["moved_from"]) == ("G-02", "G-01")
    assert (oldest["stocktake_id"], oldest["moved_from"]) == ("last-year", None)


def test_who_else_wanted_it_is_in_the_trail(ada, bob, sue, clock):
    ada.count(ada.claim("G-01"), serial_numbers=["SN1"])
    clock.move(1)
    bob.sync(a_record_json(bob.claim("G-02"), serial_numbers=["SN1"], item_code="84029G"))
    parked = trail_of(sue, "SN1")["sightings"][0]
    assert (parked["seen"], parked["conflict_type"]) == ("parked", "duplicate_serial")
    assert (parked["username"], parked["rack_id"], parked["status"]) == ("bob", "G-02", "open")
    assert parked["item_code"] == "84029G"
    assert (parked["moved_from"], trail_of(sue, "SN1")["moves"]) == (None, 0)


def test_an_unknown_number_has_an_empty_trail_and_counters_see_none(ada, sue):
    assert trail_of(sue, "nobody's")["sightings"] == []
    assert ada.get("/api/reports/serials", serial="SN1").status_code == 403
    assert sue.get("/api/reports/serials").status_code == 400
