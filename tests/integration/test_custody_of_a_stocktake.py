"""The proof of custody of a real stocktake: sealed without a batch that waits, proved anywhere."""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from msgspec.structs import replace

from app.auth.identity import Role
from app.custody.checking import check, proves
from app.racks.rack import SessionStatus
from app.stocktakes.custody import SETTLE_S
from app.sync.documents import Draft
from app.sync.store import RecordStore
from config import ROOT
from tests.support.builders import NOON, a_record, a_record_json, an_identity
from tests.support.phones import Phone, stored

SUE = an_identity("supervisor", Role.SUPERVISOR)


@pytest.fixture
def sue(floor):
    return Phone(floor, "supervisor", Role.SUPERVISOR)


@pytest.fixture
def ada(floor):
    return Phone(floor, "ada")


@pytest.fixture
def stocktake_id(sue):
    sue.warehouse.clock.move(1)
    return sue.post("/api/stocktakes", {"name": "Year-end"}).json["stocktake_id"]


def counts(phone, rack_id="G-01", **quantities):
    """Claim a rack, count these items there, finish it."""
    session_id = phone.claim(rack_id)
    for item_code, quantity in quantities.items():
        phone.warehouse.clock.move(1)
        phone.count(session_id, item_code=item_code, verified_qty=quantity)
    assert phone.finish(session_id).status_code == 200
    return session_id


def close(sue, stocktake_id):
    """Approve what was counted, close, and let the seal be made."""
    sue.post("/api/count-lines/approve", {"stocktake": stocktake_id, "note": "seen"})
    closed = sue.post(f"/api/stocktakes/{stocktake_id}/close", {"note": "done"})
    assert closed.status_code == 200, closed.text
    sue.warehouse.clock.move(SETTLE_S + 1)
    sue.warehouse.proofs.catch_up()


def state(sue, stocktake_id):
    return sue.get(f"/api/stocktakes/{stocktake_id}/custody/state").json


def export(sue, stocktake_id):
    answer = sue.get(f"/api/stocktakes/{stocktake_id}/custody")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip"), answer.text
    return answer.data


def findings(sue, stocktake_id):
    content = io.BytesIO(export(sue, stocktake_id))
    return check(content, key=state(sue, stocktake_id)["key"])


def why(found):
    return next(each.detail for each in found if not each.holds)


@pytest.fixture
def sealed(sue, ada, stocktake_id):
    """A closed stocktake: A1 was corrected, 7.5 of it and 5 B2 at G-01, 20 C3 at F-01."""
    session_id = ada.claim("G-01")
    record = ada.count(session_id, item_code="A1", verified_qty=7)
    newer = {**record, "verified_qty": 7.5, "updated_at": "2025-12-11T12:05:00Z"}
    assert ada.sync(newer)["ok"] == [record["client_record_id"]]
    ada.count(session_id, item_code="B2", verified_qty=5, serial_numbers=["SN1"], device_id="d7")
    assert ada.finish(session_id).status_code == 200
    counts(ada, "F-01", C3=20)
    close(sue, stocktake_id)
    return stocktake_id


def test_a_closed_stocktake_is_sealed_and_its_export_proves_it(sue, sealed, tmp_path):
    now = state(sue, sealed)
    assert (now["state"], now["links"], now["racks"]) == ("sealed", 4, 2)
    found = findings(sue, sealed)
    assert proves(found), found
    file = tmp_path / "export.zip"
    file.write_bytes(export(sue, sealed))
    alone = [sys.executable, "-m", "app.custody", str(file), "--key", now["key"]]
    done = subprocess.run(
        alone, check=False, cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True
    )
    assert (done.returncode, "PROVED" in done.stdout) == (0, True), done.stderr


def test_what_is_changed_in_the_database_afterwards_is_named(sue, sealed, warehouse):
    records = warehouse.db.verification_records
    whole = list(records.find())

    def after(**change):
        records.delete_many({})
        records.insert_many(whole)
        for act, told in change.items():
            getattr(records, act)(*told)
        return why(findings(sue, sealed))

    a1, b2 = {"item_code": "A1"}, {"item_code": "B2"}
    lost = next(r["client_record_id"] for r in whole if r["item_code"] == "B2")
    assert lost in after(update_one=(b2, {"$set": {"verified_qty": 6}}))
    assert "is not what was sealed" in after(update_one=(a1, {"$set": {"username": "eve"}}))
    for field in ("fence", "received_at", "user_id", "verified_qty"):
        assert lost in after(update_one=(b2, {"$unset": {field: ""}}))
    assert f"of {lost} is lost" in after(delete_one=(b2,))
    assert "is lost" in after(update_one=(a1, {"$set": {"history": []}}))
    assert "rack G-01 comes to" in after(update_one=(b2, {"$set": {"sync_status": "parked"}}))
    twin = {**whole[0], "client_record_id": "twin", "_id": "twin"}
    assert "twin that was never sealed" in after(insert_one=(twin,))


def test_a_line_or_a_decision_changed_afterwards_is_noticed(sue, sealed, warehouse):
    warehouse.db.count_lines.update_one({"item_code": "C3"}, {"$set": {"ruling.note": "other"}})
    assert why(findings(sue, sealed)) == "a line or a decision differs"


def test_a_chain_changed_afterwards_is_noticed(sue, sealed, warehouse):
    seals = warehouse.db.custody_seals
    seal = seals.find_one_and_delete({"rack_id": "G-01"})
    assert "never sealed" in why(findings(sue, sealed))
    seal["links"][0]["hash"] = "0" * 64
    seals.insert_one(seal)
    assert "rack G-01, link 1" in why(findings(sue, sealed))


def test_links_follow_ended_sessions_and_never_come_twice(floor, sue, ada, stocktake_id, warehouse):
    session_id = ada.claim("G-01")
    ada.count(session_id, item_code="A1", verified_qty=7)
    warehouse.proofs.catch_up()
    assert state(sue, stocktake_id)["links"] == 0  # a session at work is left alone
    ada.finish(session_id)
    with ThreadPoolExecutor(4) as at_once:
        list(at_once.map(lambda _: warehouse.proofs.catch_up(), range(8)))
    now = state(sue, stocktake_id)
    assert (now["state"], now["links"], now["racks"]) == ("growing", 1, 1)
    sue.post("/api/racks/G-01/recount", {"reason": "look again"})
    counts(Phone(floor, "bob"), A1=8, B2=5)
    warehouse.proofs.catch_up()
    assert state(sue, stocktake_id)["links"] == 3
    chain = list(warehouse.proofs._custody._seals.links(stocktake_id, "G-01"))
    assert [link.number for link in chain] == [1, 2, 3]
    assert [link.taken.fence for link in chain] == [1, 2, 2]


def test_a_late_write_that_was_withdrawn_stays_in_the_chain(sue, ada, stocktake_id, warehouse):
    session_id = ada.claim("G-01")
    record = ada.count(session_id, item_code="A1", verified_qty=7)
    ada.count(session_id, item_code="B2", verified_qty=5)
    store = RecordStore(warehouse.db)
    late = a_record(
        session_id,
        client_record_id=record["client_record_id"],
        item_code="A1",
        verified_qty=99,
        updated_at=NOON + timedelta(minutes=1),
    )
    draft = Draft(
        versions=[late],
        ground=store.known([late.client_record_id])[late.client_record_id],
        session=warehouse.standing.sessions([session_id])[session_id],
        known_items={"A1"},
        received_at=warehouse.clock.now(),
    )
    store.write([draft])
    warehouse.db.verification_sessions.update_one(
        {"session_id": session_id}, {"$set": {"status": SessionStatus.EXPIRED}}
    )
    warehouse.proofs.catch_up()  # sealed before it was found to be late
    warehouse.db.verification_sessions.update_one(
        {"session_id": session_id}, {"$set": {"status": SessionStatus.ACTIVE}}
    )
    store.take_back([draft])
    assert stored(warehouse, late.client_record_id)["verified_qty"] == 7
    again = replace(late, verified_qty=8, updated_at=NOON + timedelta(minutes=2))
    warehouse.clock.move(1)
    assert ada.sync(a_record_json(session_id, **_wire(again)))["ok"] == [late.client_record_id]
    ada.finish(session_id)
    counts(ada, "F-01", C3=20)
    close(sue, stocktake_id)
    found = findings(sue, stocktake_id)
    assert proves(found), found
    assert state(sue, stocktake_id)["links"] == 5


def _wire(record):
    return {
        "client_record_id": record.client_record_id,
        "item_code": record.item_code,
        "verified_qty": record.verified_qty,
        "updated_at": record.updated_at.isoformat(),
    }


def test_a_stocktake_that_is_not_sealed_has_no_export_yet(sue, ada, stocktake_id, warehouse):
    refused = sue.get(f"/api/stocktakes/{stocktake_id}/custody")
    assert (refused.status_code, refused.json["code"]) == (409, "not_sealed")
    counts(ada, A1=10, B2=5)
    counts(ada, "F-01", C3=20)
    sue.post("/api/count-lines/approve", {"stocktake": stocktake_id, "note": "seen"})
    sue.post(f"/api/stocktakes/{stocktake_id}/close", {"note": "done"})
    warehouse.proofs.catch_up()
    assert state(sue, stocktake_id)["state"] == "sealing"  # a batch may still be on its way
    assert ada.get(f"/api/stocktakes/{stocktake_id}/custody").status_code == 403


def test_a_stocktake_is_sealed_once_however_many_try(sue, sealed, warehouse, warehouse_on):
    of_it = {"stocktake_id": sealed}
    first = warehouse.db.custody_manifests.find_one(of_it)
    warehouse.db.sessions.update_one(
        {"session_id": sealed}, {"$set": {"seal_due": warehouse.clock.now()}}
    )
    warehouse.clock.move(SETTLE_S + 1)
    warehouse_on().proofs.catch_up()
    assert list(warehouse.db.custody_manifests.find(of_it)) == [first]
    assert proves(findings(sue, sealed))
