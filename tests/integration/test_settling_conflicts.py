"""The desk of conflicts: who sees which, and one decision on each that is kept with its reason."""

from __future__ import annotations

from functools import partial

import pytest

from app.clock import iso
from tests.support.builders import a_record_json
from tests.support.phones import holders, only_conflict, stored
from tests.support.together import at_once

LATER = "2025-12-11T12:05:00Z"
EARLIER = "2025-12-11T11:55:00Z"
DESK = "/api/sync/conflicts"


@pytest.fixture
def supervisor(phone):
    return phone("supervisor")


def park(phone, session_id, **fields):
    """Let a count of one piece, of which two are damaged, become a conflict; its id and the
    record's.
    """
    odd = {"verified_qty": 1, "damage_qty": 2} | fields
    conflict = only_conflict(phone.sync(a_record_json(session_id, **odd)))
    return conflict["conflict_id"], conflict["client_record_id"]


def settle(phone, conflict_id, resolution, **more):
    body = {"resolution": resolution, "note": "Seen at the shelf."} | more
    return phone.post(f"{DESK}/{conflict_id}/resolve", body)


# Decisions


def test_accepting_the_client_writes_their_count(ada, supervisor, session_id, warehouse, clock):
    conflict_id, record_id = park(ada, session_id, serial_numbers=["SN1"])
    clock.move(5)
    answer = settle(supervisor, conflict_id, "accept_client")
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["resolution"]) == ("resolved", "accept_client")
    kept = stored(warehouse, record_id)
    assert (kept["verified_qty"], kept["damage_qty"], kept["rev"]) == (1, 2, 1)
    assert (kept["username"], kept["fence"], kept["pass"]) == ("ada", 1, 1)
    assert kept["received_at"] == clock.now()
    assert holders(warehouse) == {"SN1": record_id}


def test_a_retry_of_what_was_accepted_is_ok(ada, supervisor, session_id):
    record = a_record_json(session_id, verified_qty=1, damage_qty=2)
    conflict_id = only_conflict(ada.sync(record))["conflict_id"]
    settle(supervisor, conflict_id, "accept_client")
    answer = ada.sync(record)
    assert answer["ok"] == [record["client_record_id"]]
    assert answer["revisions"] == {record["client_record_id"]: 1}


def test_accepting_a_stale_update_keeps_the_servers_side_whole(
    ada, supervisor, session_id, warehouse
):
    record = ada.count(session_id, serial_numbers=["SN1"], mrp=2.5, device_id="d1")
    before = stored(warehouse, record["client_record_id"])
    older = record | {"verified_qty": 12, "updated_at": EARLIER, "serial_numbers": ["SN2"]}
    conflict_id = only_conflict(ada.sync(older))["conflict_id"]
    settle(supervisor, conflict_id, "accept_client")
    kept = stored(warehouse, record["client_record_id"])
    assert (kept["rev"], kept["verified_qty"], kept["serial_numbers"]) == (2, 12, ["SN2"])
    del before["history"], before["client_record_id"]
    assert kept["history"] == [before]
    assert holders(warehouse) == {"SN2": record["client_record_id"]}


def test_accepting_a_duplicate_serial_moves_it(ada, bob, supervisor, session_id, warehouse):
    first = ada.count(session_id, serial_numbers=["SN1", "SN2"])
    before = stored(warehouse, first["client_record_id"])
    second = a_record_json(bob.claim("G-02"), serial_numbers=["SN2", "SN3"])
    conflict_id = only_conflict(bob.sync(second))["conflict_id"]
    settle(supervisor, conflict_id, "accept_client")
    assert holders(warehouse) == {
        "SN1": first["client_record_id"],
        "SN2": second["client_record_id"],
        "SN3": second["client_record_id"],
    }
    loser = stored(warehouse, first["client_record_id"])
    assert (loser["rev"], loser["serial_numbers"]) == (2, ["SN1"])
    del before["history"], before["client_record_id"]
    assert loser["history"] == [before]
    assert ada.sync(first)["ok"] == [first["client_record_id"]]
    assert bob.sync(second)["ok"] == [second["client_record_id"]]


def test_accepting_late_work_takes_no_serial_from_the_newer_count(
    ada, bob, supervisor, session_id, warehouse, clock
):
    clock.move(61)
    warehouse.sweep.expire_due()
    newer = bob.count(bob.claim("G-01"), serial_numbers=["SN1"])
    late = a_record_json(session_id, serial_numbers=["SN1"])
    conflict_id = only_conflict(ada.sync(late))["conflict_id"]
    settle(supervisor, conflict_id, "accept_client")
    assert stored(warehouse, late["client_record_id"])["fence"] == 1
    kept = stored(warehouse, newer["client_record_id"])
    assert (kept["rev"], kept["fence"], kept["serial_numbers"]) == (1, 2, ["SN1"])
    assert holders(warehouse) == {"SN1": newer["client_record_id"]}


def test_accepting_the_server_leaves_the_count_as_it_is(ada, supervisor, session_id, warehouse):
    record = ada.count(session_id)
    before = stored(warehouse, record["client_record_id"])
    older = record | {"verified_qty": 12, "updated_at": EARLIER}
    conflict_id = only_conflict(ada.sync(older))["conflict_id"]
    assert settle(supervisor, conflict_id, "accept_server").status_code == 200
    assert stored(warehouse, record["client_record_id"]) == before
    told = only_conflict(ada.sync(older))
    assert told["conflict_id"] == conflict_id
    assert told["details"]["resolution"] == "accept_server"


def test_a_merge_changes_the_named_fields_only(ada, supervisor, session_id, warehouse):
    conflict_id, record_id = park(
        ada, session_id, condition_details="crushed", serial_numbers=["SN1"]
    )
    merged = {"verified_qty": 5, "serial_numbers": ["SN1", "SN2"]}
    answer = settle(supervisor, conflict_id, "merge", merged=merged)
    assert answer.json["merged"] == merged
    kept = stored(warehouse, record_id)
    assert (kept["verified_qty"], kept["damage_qty"]) == (5, 2)
    assert kept["condition_details"] == "crushed"
    assert set(holders(warehouse)) == {"SN1", "SN2"}


@pytest.mark.parametrize(
    ("resolution", "more", "field"),
    [
        ("merge", {}, "merged"),
        ("merge", {"merged": {}}, "merged"),
        ("merge", {"merged": {"verified_qty": -1}}, "merged"),
        ("merge", {"merged": {"verified_qty": None}}, "merged"),
        ("merge", {"merged": {"verified_qty": 0}}, "merged"),
        ("merge", {"merged": {"session_id": "s2"}}, "merged"),
        ("merge", {"merged": {"$set": {}}}, "merged"),
        ("accept_client", {"merged": {"verified_qty": 3}}, "merged"),
        ("forget", {}, "resolution"),
        ("accept_server", {"note": ""}, "note"),
    ],
)
def test_a_decision_that_does_not_fit_leaves_the_conflict_open(
    ada, supervisor, session_id, warehouse, resolution, more, field
):
    conflict_id, record_id = park(ada, session_id)
    answer = settle(supervisor, conflict_id, resolution, **more)
    assert answer.status_code == 400
    assert set(answer.json["errors"]) == {field}
    assert ada.get(f"{DESK}/{conflict_id}").json["status"] == "open"
    assert stored(warehouse, record_id) is None


def test_a_merge_may_empty_what_a_count_always_has(ada, supervisor, session_id, warehouse):
    conflict_id, record_id = park(ada, session_id, serial_numbers=["SN1"])
    merged = {"damage_qty": None, "serial_numbers": None}
    assert settle(supervisor, conflict_id, "merge", merged=merged).status_code == 200
    assert stored(warehouse, record_id)["damage_qty"] == 0
    assert holders(warehouse) == {}


def test_a_recount_frees_the_rack_for_its_next_pass(ada, bob, supervisor, session_id, warehouse):
    conflict_id, record_id = park(ada, session_id)
    assert settle(supervisor, conflict_id, "recount").status_code == 200
    rack = warehouse.db.rack_registry.find_one({"rack_id": "G-01"})
    assert (rack["status"], rack["recount"], rack["pass"]) == ("available", True, 2)
    assert rack["recount_reason"] == "Seen at the shelf."
    assert stored(warehouse, record_id) is None
    assert bob.claim("G-01")


def test_a_recount_after_an_unknown_rack_is_of_the_sessions_rack(
    ada, supervisor, session_id, warehouse
):
    record = a_record_json(session_id, rack_id="X-99")
    conflict_id = only_conflict(ada.sync(record))["conflict_id"]
    assert settle(supervisor, conflict_id, "recount").status_code == 200
    assert warehouse.db.rack_registry.find_one({"rack_id": "G-01"})["pass"] == 2


def test_decision_reason_and_both_sides_are_kept(ada, supervisor, session_id, clock):
    record = ada.count(session_id)
    older = record | {"verified_qty": 12, "updated_at": EARLIER}
    conflict_id = only_conflict(ada.sync(older))["conflict_id"]
    clock.move(60)
    settle(supervisor, conflict_id, "accept_client")
    kept = ada.get(f"{DESK}/{conflict_id}").json
    assert (kept["status"], kept["resolution"]) == ("resolved", "accept_client")
    assert (kept["note"], kept["settled_by"]) == ("Seen at the shelf.", "supervisor")
    assert kept["settled_at"] > kept["created_at"]
    assert kept["details"]["server"]["verified_qty"] == 10
    assert kept["payload"]["verified_qty"] == 12


def test_a_settled_conflict_is_told_once(ada, supervisor, session_id, warehouse):
    conflict_id, _ = park(ada, session_id)
    last = warehouse.event_log.last_id()
    settle(supervisor, conflict_id, "accept_server")
    settle(supervisor, conflict_id, "accept_server")
    (event,) = warehouse.event_log.since(last)
    assert (event.name, event.data["conflict_id"]) == ("conflict:resolved", conflict_id)
    assert (event.data["resolution"], event.data["settled_by"]) == ("accept_server", "supervisor")


# Once


def test_a_settled_conflict_stays_as_it_was_settled(ada, phone, session_id, warehouse):
    conflict_id, record_id = park(ada, session_id)
    settle(phone("supervisor"), conflict_id, "accept_server")
    answer = settle(phone("admin"), conflict_id, "accept_client")
    assert (answer.status_code, answer.json["code"]) == (409, "already_settled")
    facts = answer.json["settled_by"], answer.json["resolution"]
    assert facts == ("supervisor", "accept_server")
    assert stored(warehouse, record_id) is None


def test_of_two_supervisors_at_once_one_settles(ada, phone, session_id, warehouse):
    conflict_id, record_id = park(ada, session_id)
    desks = {"supervisor": phone("supervisor"), "admin": phone("admin")}
    answers = at_once(
        partial(settle, desks["supervisor"], conflict_id, "accept_client"),
        partial(settle, desks["admin"], conflict_id, "merge", merged={"verified_qty": 7}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert lost.json["settled_by"] == won.json["settled_by"]
    kept = stored(warehouse, record_id)
    assert kept["rev"] == 1
    assert kept["verified_qty"] == (1 if won.json["resolution"] == "accept_client" else 7)


def test_a_sync_beside_a_settlement_loses_neither(ada, supervisor, session_id, warehouse):
    record = ada.count(session_id)
    older = record | {"verified_qty": 12, "updated_at": EARLIER}
    conflict_id = only_conflict(ada.sync(older))["conflict_id"]
    newer = record | {"verified_qty": 13, "updated_at": LATER}
    settled, answer = at_once(
        partial(settle, supervisor, conflict_id, "accept_client"), partial(ada.sync, newer)
    )
    assert settled.status_code == 200
    assert answer["ok"] == [record["client_record_id"]]
    kept = stored(warehouse, record["client_record_id"])
    assert [v["rev"] for v in [*kept["history"], kept]] == [1, 2, 3]
    assert {v["verified_qty"] for v in [*kept["history"], kept]} == {10, 12, 13}


# Who may


def test_a_counter_sees_their_own_conflicts_only(ada, bob, supervisor, session_id, clock):
    mine, _ = park(ada, session_id)
    theirs, _ = park(bob, bob.claim("G-02"))
    assert [c["conflict_id"] for c in ada.get(DESK).json["conflicts"]] == [mine]
    assert ada.get(f"{DESK}/{mine}").status_code == 200
    hidden = ada.get(f"{DESK}/{theirs}")
    nothing = ada.get(f"{DESK}/{'0' * 32}")
    assert (hidden.status_code, hidden.json["code"]) == (404, "conflict_unknown")
    assert nothing.json["code"] == hidden.json["code"]
    assert ada.get(f"{DESK}/stats").json == {
        "by_status": {"open": 1},
        "open_by_type": {"invalid_quantity": 1},
        "open_by_floor": {"Ground": 1},
        "open_by_age": {"up_to_15_min": 1, "up_to_1_h": 0, "up_to_4_h": 0, "longer": 0},
        "oldest_at": iso(clock.now()),
    }
    assert supervisor.get(f"{DESK}/stats").json["by_status"] == {"open": 2}


def test_an_auditor_reads_all_conflicts_and_settles_none(ada, phone, session_id):
    conflict_id, _ = park(ada, session_id)
    auditor = phone("auditor")
    assert [c["conflict_id"] for c in auditor.get(DESK).json["conflicts"]] == [conflict_id]
    assert auditor.get(f"{DESK}/{conflict_id}").json["payload"]["verified_qty"] == 1
    assert settle(auditor, conflict_id, "accept_server").status_code == 403
    assert ada.get(f"{DESK}/{conflict_id}").json["status"] == "open"


@pytest.mark.parametrize("role", ["ada", "device"])
def test_who_counts_may_not_settle(ada, phone, session_id, role):
    conflict_id, _ = park(ada, session_id)
    answer = settle(phone(role), conflict_id, "accept_client")
    assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")


def test_a_conflict_that_is_none_is_not_found(supervisor):
    answer = settle(supervisor, "0" * 32, "accept_client")
    assert (answer.status_code, answer.json["code"]) == (404, "conflict_unknown")


# The desk


def test_the_desk_filters_by_status_type_and_floor(ada, supervisor, session_id):
    settled, _ = park(ada, session_id)
    settle(supervisor, settled, "accept_server")
    odd, _ = park(ada, session_id)
    wrong = only_conflict(ada.sync(a_record_json(session_id, rack_id="X-99")))["conflict_id"]

    def shown(**query):
        return {c["conflict_id"] for c in supervisor.get(DESK, **query).json["conflicts"]}

    assert shown() == {settled, odd, wrong}
    assert shown(status="open") == {odd, wrong}
    assert shown(status="resolved") == {settled}
    assert shown(type="wrong_rack") == {wrong}
    assert shown(status="open", type="invalid_quantity", floor="Ground") == {odd}
    assert shown(floor="First") == set()


@pytest.mark.parametrize("same_time", [True, False])
def test_the_desk_is_paged_newest_first_without_gaps(ada, supervisor, session_id, clock, same_time):
    ids = []
    for _ in range(5):
        ids.append(park(ada, session_id)[0])
        clock.move(0 if same_time else 1)
    seen, cursor = [], {}
    while cursor is not None:
        page = supervisor.get(DESK, limit=2, **cursor).json
        seen += [c["conflict_id"] for c in page["conflicts"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert sorted(seen) == sorted(ids)
    assert same_time or seen == ids[::-1]


@pytest.mark.parametrize(
    "query",
    [
        {"status": "new"},
        {"type": "odd"},
        {"limit": 0},
        {"cursor": "x"},
        {"cursor": "WzkyMjMzNzIwMzY4NTQ3NzU4MDcsInh4Il0"},  # [2**63 - 1, "xx"]
    ],
)
def test_a_desk_query_that_does_not_fit_is_refused_by_name(supervisor, query):
    answer = supervisor.get(DESK, **query)
    assert answer.status_code == 400
    assert set(answer.json["errors"]) == set(query)
