"""The check finds what disagrees, mends what it may, and finds nothing where all agrees."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from gridfs import GridFS

from app.care.check import CHECKS, findings
from app.clock import iso
from config import ROOT
from tests.support.builders import a_record_json, rack
from tests.support.phones import holders, stored

OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
LONG_AGO = datetime(2025, 12, 1, tzinfo=UTC)


@pytest.fixture
def found(warehouse):
    """`found()`: the codes of what disagrees; `found(mend=True)` mends it too."""

    def look(*, mend=False):
        seen = list(findings(warehouse.db, warehouse.locks))
        for each in seen:
            if mend and each.mend:
                assert each.mend() is True
        return [each.code for each in seen]

    return look


@pytest.fixture
def counted(ada, session_id):
    """A record of Ada's with two serials, in her session at G-01."""
    return ada.count(session_id, serial_numbers=["SN1", "SN2"])


def test_a_warehouse_at_work_agrees(ada, bob, sue, found, warehouse, counted, session_id):
    bob.count(bob.claim("G-02"), serial_numbers=["SN9"])
    assert bob.post("/api/racks/G-02/pause").status_code == 200
    ada.sync(a_record_json(session_id, verified_qty=1, damage_qty=2))
    assert ada.finish(session_id).status_code == 200
    warehouse.tally.catch_up()
    assert sue.post("/api/racks/G-02/force-release", {"reason": "shift"}).status_code == 200
    ben = bob.claim("G-03")
    assert found() == []
    assert ben


def check(found, code):
    """It is found, mended, and gone."""
    assert found() == [code]
    assert found(mend=True) == [code]
    assert found() == []


# ── racks, sessions, leases ──────────────────────────────────────────────────────────────────────


def test_a_rack_whose_session_is_gone_is_freed(counted, session_id, found, warehouse, bob):
    warehouse.db.verification_sessions.update_one(
        {"session_id": session_id}, {"$set": {"status": "released"}}
    )
    check(found, "rack_without_session")
    assert rack(warehouse, "G-01").status == "available"
    assert bob.claim("G-01")


def test_a_session_whose_rack_is_not_its_expires_and_may_come_back(
    ada, session_id, found, warehouse
):
    freed = {"$set": {"status": "available"}}
    held = dict.fromkeys(("session_id", "claimed_by", "holder", "lock_expires_at", "claimed_at"))
    warehouse.db.rack_registry.update_one({"rack_id": "G-01"}, {**freed, "$unset": held})
    check(found, "session_without_rack")
    beat = ada.post("/api/sync/heartbeat", {"session_id": session_id})
    assert beat.json["lease"] == "held"
    assert found() == []


def test_a_free_rack_that_names_a_holder_forgets_it(ada, session_id, found, warehouse):
    warehouse.db.verification_sessions.update_one(
        {"session_id": session_id}, {"$set": {"status": "completed"}}
    )
    warehouse.db.rack_registry.update_one({"rack_id": "G-01"}, {"$set": {"status": "completed"}})
    check(found, "rack_half_held")
    assert rack(warehouse, "G-01").holder is None


def test_a_lease_without_an_end_gets_one(ada, session_id, found, warehouse):
    warehouse.db.rack_registry.update_one({"rack_id": "G-01"}, {"$unset": {"lock_expires_at": ""}})
    check(found, "lease_without_end")
    assert rack(warehouse, "G-01").lease_expires_at is not None


def test_a_fence_that_fell_behind_goes_on_beyond_its_sessions(ada, session_id, found, warehouse):
    ada.post("/api/racks/G-01/release")
    warehouse.db.verification_sessions.update_one(
        {"session_id": session_id}, {"$set": {"fence": 7}}
    )
    check(found, "fence_behind")
    again = ada.claim("G-01")
    assert warehouse.standing.sessions([again])[again].fence == 8


def test_a_lock_of_another_session_is_removed(ada, session_id, found, warehouse, redis_client):
    redis_client.hset("rack:lock:G-01", "session_id", "other")
    check(found, "lock_of_another")
    ada.post("/api/sync/heartbeat", {"session_id": session_id, "queue_length": 0})
    warehouse.beats.follow_up()
    assert redis_client.hget("rack:lock:G-01", "session_id") == session_id


# ── records and serials ──────────────────────────────────────────────────────────────────────────


def test_a_serial_of_no_record_is_freed_once_no_batch_can_be_at_it(counted, found, warehouse):
    claim = warehouse.db.item_serials.find_one({"serial_number": "SN1"}, {"_id": 0})
    orphan = {**claim, "serial_number": "SN3", "created_at": datetime.now(UTC)}
    warehouse.db.item_serials.insert_one(orphan)
    assert found() == []
    warehouse.db.item_serials.update_one(
        {"serial_number": "SN3"}, {"$set": {"created_at": LONG_AGO}}
    )
    check(found, "serial_without_record")
    assert set(holders(warehouse)) == {"SN1", "SN2"}


def test_a_serial_that_nobody_holds_goes_to_its_record(counted, found, warehouse):
    before = warehouse.db.item_serials.find_one({"serial_number": "SN2"}, {"_id": 0})
    warehouse.db.item_serials.delete_one({"serial_number": "SN2"})
    check(found, "serial_not_held")
    assert warehouse.db.item_serials.find_one({"serial_number": "SN2"}, {"_id": 0}) == before


def test_a_serial_counted_twice_is_left_to_a_person(counted, ada, session_id, found, warehouse):
    other = ada.count(session_id)
    warehouse.db.verification_records.update_one(
        {"client_record_id": other["client_record_id"]}, {"$set": {"serial_numbers": ["SN1"]}}
    )
    assert found(mend=True) == ["serial_held_twice"]
    assert found() == ["serial_held_twice"]


def test_a_serial_counted_again_by_the_next_pass_is_no_finding(
    counted, ada, bob, sue, session_id, found, warehouse
):
    ada.finish(session_id)
    assert sue.post("/api/racks/G-01/recount", {"reason": "again"}).status_code == 200
    bob.count(bob.claim("G-01"), serial_numbers=["SN1"])
    warehouse.tally.catch_up()
    assert found() == []


def test_a_record_under_anothers_fence_is_left_to_a_person(counted, found, warehouse):
    warehouse.db.verification_records.update_one({}, {"$set": {"fence": 9}})
    assert found(mend=True) == ["record_off_its_session"]


def test_a_parked_record_without_a_conflict_comes_into_the_queue_its_sender_would_meet(
    counted, ada, found, warehouse, bob, clock
):
    warehouse.db.item_serials.delete_many({})
    warehouse.db.verification_records.update_one(
        {}, {"$set": {"sync_status": "parked", "received_at": LONG_AGO}}
    )
    check(found, "parked_without_conflict")
    kept = warehouse.db.sync_conflicts.find_one({})
    assert kept["payload"]["serial_numbers"] == ["SN1", "SN2"]
    answer = ada.sync(counted)
    assert [each["conflict_id"] for each in answer["conflicts"]] == [kept["conflict_id"]]


def test_a_settled_conflict_without_its_record_is_left_to_a_person(
    ada, sue, session_id, found, warehouse
):
    record = a_record_json(session_id, verified_qty=1, damage_qty=2)
    conflict = ada.sync(record)["conflicts"][0]["conflict_id"]
    settled = sue.post(
        f"/api/sync/conflicts/{conflict}/resolve", {"resolution": "accept_client", "note": "so"}
    )
    assert settled.status_code == 200, settled.text
    assert stored(warehouse, record["client_record_id"])
    assert found() == []
    warehouse.db.verification_records.delete_many({})
    assert found(mend=True) == ["conflict_without_record"]


def test_a_line_that_is_not_what_was_counted_is_made_anew(
    counted, ada, session_id, found, warehouse
):
    assert ada.finish(session_id).status_code == 200
    warehouse.tally.catch_up()
    warehouse.db.count_lines.update_one(
        {"item_code": counted["item_code"]}, {"$set": {"passes.0.counted": 99}}
    )
    assert found() == ["line_behind_records"]
    found(mend=True)
    warehouse.tally.catch_up()
    assert found() == []
    line = warehouse.db.count_lines.find_one({"item_code": counted["item_code"]})
    assert line["passes"][0]["counted"] == counted["verified_qty"]


# ── files, jobs, indexes ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("bucket", ["evidence", "exports", "item_import_files"])
def test_pieces_of_no_file_are_removed_once_no_upload_can_be_at_them(found, warehouse, bucket):
    chunks = warehouse.db[f"{bucket}.chunks"]
    chunks.insert_one({"files_id": "f1", "n": 0, "data": b"x"})
    assert found() == []
    chunks.insert_one({"_id": ObjectId.from_datetime(LONG_AGO), "files_id": "f2", "n": 3})
    check(found, "chunks_without_file")
    assert chunks.distinct("files_id") == ["f1"]


def test_a_file_whose_pieces_are_gone_is_told(found, warehouse):
    files = GridFS(warehouse.db, "evidence")
    files.put(io.BytesIO(b"x" * 600_000), _id="f1")
    files.put(b"", _id="empty")
    assert found() == []
    warehouse.db["evidence.chunks"].delete_one({"n": 1})
    assert found(mend=True) == ["file_without_chunks"]


def test_an_export_whose_file_is_gone_fails_instead_of_leading_nowhere(found, warehouse):
    until = datetime.now(UTC) + timedelta(hours=1)
    done = {"job_id": "j1", "kind": "export", "state": "done", "result": {"until": iso(until)}}
    warehouse.db.jobs.insert_one(done)
    over = {**done, "_id": "j2", "job_id": "j2", "result": {"until": iso(LONG_AGO)}}
    warehouse.db.jobs.insert_one(over)
    check(found, "export_without_file")
    failed = warehouse.db.jobs.find_one({"job_id": "j1"})
    assert (failed["state"], failed["error"]) == ("failed", "export_gone")
    assert warehouse.db.jobs.find_one({"job_id": "j2"})["state"] == "done"


def test_an_import_whose_file_is_gone_is_told(found, warehouse):
    warehouse.db.item_imports.insert_one({"import_id": "i1", "state": "preview"})
    assert found() == ["import_without_file"]


def test_reports_and_rows_that_miss_each_other_are_told(found, warehouse):
    warehouse.db.report_snapshots.insert_one({"snapshot_id": "s1", "summary": {"rows": 2}})
    warehouse.db["report_rows.s2"].insert_one({})
    try:
        assert found() == ["report_without_rows", "rows_without_report"]
        warehouse.db.report_snapshots.update_one({}, {"$set": {"snapshot_id": "s2"}})
        assert found() == []
    finally:
        warehouse.db.drop_collection("report_rows.s2")


def test_missing_indexes_are_made_and_extra_ones_told(found, warehouse):
    warehouse.db.item_serials.drop_index("rack_id_1")
    warehouse.db.item_serials.create_index("colour")
    try:
        assert found(mend=True) == ["index_missing", "index_extra"]
        assert found() == ["index_extra"]
    finally:
        warehouse.db.item_serials.drop_index("colour_1")


# ── how ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_mended_meanwhile_is_not_mended_again(ada, session_id, found, warehouse):
    sessions = warehouse.db.verification_sessions
    sessions.update_one({"session_id": session_id}, {"$set": {"status": "released"}})
    (seen,) = findings(warehouse.db, warehouse.locks)
    sessions.update_one({"session_id": session_id}, {"$set": {"status": "active"}})
    assert seen.mend() is False
    assert rack(warehouse, "G-01").session_id == session_id


def test_the_command_changes_nothing_unless_told_and_says_so_by_its_code(
    app, ada, session_id, warehouse
):
    runner = app.test_cli_runner()
    assert runner.invoke(args=["check"]).output == "All agrees.\n"
    ended = {"$set": {"status": "released"}}
    warehouse.db.verification_sessions.update_one({"session_id": session_id}, ended)
    for _ in range(2):
        told = runner.invoke(args=["check"])
        assert told.exit_code == 1
        assert told.output.startswith("rack_without_session: rack G-01 is held by")
        assert told.output.splitlines()[0].endswith("--mend frees the rack.")
    mended = runner.invoke(args=["check", "--mend"])
    assert (mended.exit_code, mended.output.splitlines()[0][-8:]) == (0, " Mended.")
    assert runner.invoke(args=["check"]).exit_code == 0


def test_every_code_is_explained_to_the_operator():
    known = {check.code for check in CHECKS}
    source = "".join(path.read_text("utf-8") for path in (ROOT / "app" / "care").glob("of_*.py"))
    known |= {line.split('"')[1] for line in source.splitlines() if line.strip()[:6] == 'code="'}
    for code in known:
        assert f"| `{code}` |" in OPERATIONS, code
