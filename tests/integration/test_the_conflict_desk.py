"""The conflict desk as a supervisor reads it, and many conflicts settled at once."""

from __future__ import annotations

from functools import partial

import pytest

from app.auth.identity import Role
from app.clock import iso
from app.racks.lease_store import LeaseStore
from app.racks.recounts import Recounts
from app.racks.store import RackStore
from tests.support.builders import a_record_json, an_identity
from tests.support.catalogue import a_row
from tests.support.phones import holders, only_conflict, stored
from tests.support.together import at_once

DESK = "/api/sync/conflicts"
EARLIER = "2025-12-11T11:55:00Z"


@pytest.fixture
def supervisor(phone):
    return phone("supervisor")


def park(phone, session_id, **fields):
    """A count of one piece, of which two are damaged; the conflict's id."""
    odd = {"verified_qty": 1, "damage_qty": 2} | fields
    return only_conflict(phone.sync(a_record_json(session_id, **odd)))["conflict_id"]


def many(phone, conflict_ids, resolution="accept_server", note="Seen at the shelf."):
    wish = {"conflict_ids": conflict_ids, "resolution": resolution, "note": note}
    return phone.post(f"{DESK}/resolve", wish)


def shown(phone, **query):
    answer = phone.get(DESK, **query)
    assert answer.status_code == 200, answer.text
    return [c["conflict_id"] for c in answer.json["conflicts"]]


# The queue


def test_a_line_says_what_is_counted_where_by_whom_and_how_long_it_waits(
    ada, supervisor, session_id, warehouse, clock
):
    warehouse.imports.load_items([a_row("85123A", item_name="HEART HOLDER", rack="G-01")])
    park(ada, session_id, item_code="85123A")
    clock.move(90)
    (line,) = supervisor.get(DESK).json["conflicts"]
    told = {key: line[key] for key in ("item_name", "rack_id", "floor", "name", "age_s")}
    assert told == {
        "item_name": "HEART HOLDER",
        "rack_id": "G-01",
        "floor": "Ground",
        "name": "Ada",
        "age_s": 90,
    }
    assert (line["server"], line["differences"]) == (None, [])


def test_both_sides_stand_beside_each_other_with_what_differs(ada, supervisor, session_id):
    record = ada.count(session_id, serial_numbers=["SN1"], mrp=2.5)
    older = record | {"verified_qty": 12, "serial_numbers": ["SN2"], "updated_at": EARLIER}
    only_conflict(ada.sync(older))
    (line,) = supervisor.get(DESK).json["conflicts"]
    assert line["payload"]["verified_qty"] == 12
    assert line["server"]["verified_qty"] == 10
    assert line["differences"] == [
        {"field": "verified_qty", "client": 12, "server": 10},
        {"field": "serial_numbers", "client": ["SN2"], "server": ["SN1"]},
    ]


def test_the_servers_side_is_how_it_is_now(ada, supervisor, session_id):
    record = a_record_json(session_id, verified_qty=1, damage_qty=2)
    conflict_id = only_conflict(ada.sync(record))["conflict_id"]
    assert supervisor.get(f"{DESK}/{conflict_id}").json["server"] is None
    ada.sync(record | {"verified_qty": 4, "updated_at": "2025-12-11T12:05:00Z"})
    case = supervisor.get(f"{DESK}/{conflict_id}").json
    assert case["server"]["verified_qty"] == 4
    assert [d["field"] for d in case["differences"]] == ["verified_qty"]


def test_the_queue_is_of_one_rack_or_one_counter(ada, bob, supervisor, session_id):
    mine = park(ada, session_id)
    theirs = park(bob, bob.claim("G-02"))
    assert shown(supervisor, rack="G-01") == [mine]
    assert shown(supervisor, user=bob.user_id) == [theirs]
    assert shown(supervisor, user=bob.user_id, rack="G-01") == []
    assert shown(ada, user=bob.user_id) == [mine]


def test_the_queue_is_of_those_that_wait_too_long_the_longest_first(
    ada, supervisor, session_id, clock
):
    ids = []
    for _ in range(3):
        ids.append(park(ada, session_id))
        clock.move(600)
    assert shown(supervisor, sort="oldest") == ids
    assert shown(supervisor, older_than=1200, sort="oldest") == ids[:2]
    assert shown(supervisor, older_than=1201, sort="oldest") == ids[:1]


@pytest.mark.parametrize("same_time", [True, False])
def test_the_oldest_are_paged_without_gaps(ada, supervisor, session_id, clock, same_time):
    ids = []
    for _ in range(5):
        ids.append(park(ada, session_id))
        clock.move(0 if same_time else 1)
    seen, cursor = [], {}
    while cursor is not None:
        page = supervisor.get(DESK, limit=2, sort="oldest", status="open", **cursor).json
        seen += [c["conflict_id"] for c in page["conflicts"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert sorted(seen) == sorted(ids)
    assert same_time or seen == ids


def test_stats_sort_the_open_by_type_floor_and_age(ada, supervisor, session_id, clock):
    oldest = clock.now()
    settled = park(ada, session_id)
    park(ada, session_id)
    clock.move(3 * 3600)
    ada.sync(a_record_json(session_id, rack_id="X-99"))
    many(supervisor, [settled])
    clock.move(1800)
    assert supervisor.get(f"{DESK}/stats").json == {
        "by_status": {"open": 2, "resolved": 1},
        "open_by_type": {"invalid_quantity": 1, "wrong_rack": 1},
        "open_by_floor": {"Ground": 2},
        "open_by_age": {"up_to_15_min": 0, "up_to_1_h": 1, "up_to_4_h": 1, "longer": 0},
        "oldest_at": iso(oldest),
    }


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"status": "open"},
        {"type": "invalid_quantity"},
        {"status": "open", "floor": "Ground", "sort": "oldest"},
        {"rack": "G-01", "older_than": 60},
        {"user": "u-ada", "type": "invalid_quantity"},
    ],
)
@pytest.mark.parametrize("next_page", [False, True])
def test_no_page_of_the_queue_scans_or_sorts_all_conflicts(
    ada, supervisor, session_id, warehouse, query, next_page
):
    for _ in range(30):  # with a few, a plan that sorts them all is as good, and may win
        park(ada, session_id)
    more = {}
    if next_page:
        more = {"cursor": supervisor.get(DESK, limit=1, **query).json["next_cursor"] or None}
    seen = []
    conflicts = warehouse.db.sync_conflicts
    warehouse.db.command("planCacheClear", conflicts.name)  # of tests that had two conflicts
    warehouse.db.command("profile", 2)
    try:
        shown(supervisor, limit=1, **query, **{k: v for k, v in more.items() if v})
        seen = list(warehouse.db["system.profile"].find({"ns": conflicts.full_name, "op": "query"}))
    finally:
        warehouse.db.command("profile", 0)
        warehouse.db["system.profile"].drop()
    assert seen
    for query_run in seen:
        assert "COLLSCAN" not in query_run["planSummary"]
        assert not query_run.get("hasSortStage")


# One conflict


def test_a_case_shows_the_records_history_and_what_else_became_of_it(
    ada, supervisor, session_id, clock
):
    record = ada.count(session_id)
    newer = record | {"verified_qty": 11, "updated_at": "2025-12-11T12:05:00Z"}
    ada.sync(newer)
    first = only_conflict(ada.sync(newer | {"verified_qty": 1, "damage_qty": 2}))["conflict_id"]
    clock.move(1)
    late = record | {"verified_qty": 9, "updated_at": EARLIER}
    second = only_conflict(ada.sync(late))["conflict_id"]
    case = supervisor.get(f"{DESK}/{second}").json
    assert [(v["rev"], v["verified_qty"], v["username"]) for v in case["history"]] == [
        (1, 10, "ada"),
        (2, 11, "ada"),
    ]
    assert [other["conflict_id"] for other in case["others"]] == [first]


def test_a_case_names_the_fence_it_was_counted_under_and_who_has_the_rack_now(
    ada, bob, supervisor, session_id, warehouse, clock
):
    clock.move(61)
    warehouse.sweep.expire_due()
    bob.claim("G-01")
    conflict_id = only_conflict(ada.sync(a_record_json(session_id)))["conflict_id"]
    case = supervisor.get(f"{DESK}/{conflict_id}").json
    assert case["conflict_type"] == "stale_lease"
    session, rack = case["session"], case["rack"]
    assert (session["fence"], session["status"], session["name"]) == (1, "expired", "Ada")
    assert (rack["fence"], rack["status"], rack["holder"]) == (2, "active", "Bob")


def test_a_case_names_who_holds_the_serial_and_where(ada, bob, supervisor, session_id):
    first = ada.count(session_id, serial_numbers=["SN1", "SN2"])
    second = a_record_json(bob.claim("G-02"), serial_numbers=["SN2", "SN3"])
    conflict_id = only_conflict(bob.sync(second))["conflict_id"]
    case = supervisor.get(f"{DESK}/{conflict_id}").json
    (held,) = case["serials"]
    assert (held["serial_number"], held["name"], held["rack_id"]) == ("SN2", "Ada", "G-01")
    assert held["client_record_id"] == first["client_record_id"]
    assert case["server"]["client_record_id"] == first["client_record_id"]
    assert {"field": "serial_numbers", "client": ["SN2", "SN3"], "server": ["SN1", "SN2"]} in (
        case["differences"]
    )


def test_a_counter_learns_nothing_of_the_count_that_holds_their_serial(
    ada, bob, supervisor, session_id
):
    ada.count(session_id, serial_numbers=["SN1"], verified_qty=7_654_321)
    second = a_record_json(bob.claim("G-02"), serial_numbers=["SN1"])
    conflict_id = only_conflict(bob.sync(second))["conflict_id"]

    def look():
        return bob.get(DESK).text + bob.get(f"{DESK}/{conflict_id}").text

    before = look()
    supervisor.post(f"{DESK}/{conflict_id}/resolve", {"resolution": "accept_server", "note": "x"})
    for seen in (before, look()):
        assert "7654321" not in seen
        assert "Ada" not in seen
    case = bob.get(f"{DESK}/{conflict_id}").json
    assert (case["server"], case["serials"], case["differences"]) == (None, [], [])


def test_a_settled_case_keeps_the_side_that_stood_then(ada, supervisor, session_id):
    record = ada.count(session_id)
    late = record | {"verified_qty": 12, "updated_at": EARLIER}
    conflict_id = only_conflict(ada.sync(late))["conflict_id"]
    many(supervisor, [conflict_id], "accept_client")
    ada.sync(record | {"verified_qty": 99, "updated_at": "2025-12-11T12:30:00Z"})
    case = supervisor.get(f"{DESK}/{conflict_id}").json
    assert (case["payload"]["verified_qty"], case["server"]["verified_qty"]) == (12, 10)
    assert (case["settled_by"], case["settled_by_name"]) == ("supervisor", "Supervisor")


# What a decision does


def test_a_loser_of_its_only_serial_has_none(ada, bob, supervisor, session_id, warehouse):
    first = ada.count(session_id, serial_numbers=["SN1"])
    second = a_record_json(bob.claim("G-02"), serial_numbers=["SN1"])
    many(supervisor, [only_conflict(bob.sync(second))["conflict_id"]], "accept_client")
    loser = stored(warehouse, first["client_record_id"])
    assert "serial_numbers" not in loser
    assert loser["history"][-1]["serial_numbers"] == ["SN1"]
    assert holders(warehouse) == {"SN1": second["client_record_id"]}


def test_a_count_for_the_wrong_rack_is_stored_at_the_rack_that_was_held(
    ada, supervisor, session_id, warehouse
):
    record = a_record_json(session_id, rack_id="G-02")
    many(supervisor, [only_conflict(ada.sync(record))["conflict_id"]], "accept_client")
    kept = stored(warehouse, record["client_record_id"])
    assert (kept["rack_id"], kept["fence"]) == ("G-01", 1)


def test_a_count_after_the_end_joins_its_session(ada, supervisor, session_id, warehouse):
    ada.count(session_id)
    ada.finish(session_id)
    record = a_record_json(session_id, verified_qty=5)
    conflict = only_conflict(ada.sync(record))
    assert conflict["conflict_type"] == "session_closed"
    last = warehouse.event_log.last_id()
    many(supervisor, [conflict["conflict_id"]], "accept_client")
    stats = supervisor.get(f"/api/sessions/{session_id}/stats").json
    assert (stats["records"], stats["pieces"]) == (2, 15)
    progressed, settled = warehouse.event_log.since(last)
    assert progressed.data["progress"]["pieces"] == 15
    assert (settled.name, settled.data["note"]) == ("conflict:resolved", "Seen at the shelf.")
    rack = supervisor.get("/api/racks/G-01/status").json
    assert rack["progress"]["pieces"] == 15


def test_a_merged_quantity_is_still_the_sum_of_its_scans(ada, supervisor, session_id, warehouse):
    scans = [{"qty": 1, "at": EARLIER, "code": "85123A"}]
    record = a_record_json(session_id, verified_qty=1, damage_qty=2, scans=scans)
    conflict_id = only_conflict(ada.sync(record))["conflict_id"]
    wish = {"resolution": "merge", "merged": {"verified_qty": 5}, "note": "Five."}
    supervisor.post(f"{DESK}/{conflict_id}/resolve", wish)
    kept = stored(warehouse, record["client_record_id"])
    assert [scan["qty"] for scan in kept["scans"]] == [1, 4]


def test_many_recounts_of_one_rack_are_one_pass(ada, bob, supervisor, session_id, warehouse):
    ids = [park(ada, session_id) for _ in range(3)]
    answer = many(supervisor, ids, "recount").json
    assert len(answer["settled"]) == 3
    rack = warehouse.db.rack_registry.find_one({"rack_id": "G-01"})
    assert (rack["pass"], rack["recount"], rack["status"]) == (2, True, "available")
    assert bob.claim("G-01")


def test_two_recounts_of_one_rack_at_once_are_one_pass(ada, phone, session_id, warehouse):
    ids = [park(ada, session_id) for _ in range(2)]
    desks = phone("supervisor"), phone("admin")
    answers = at_once(
        *(partial(many, desk, [i], "recount") for desk, i in zip(desks, ids, strict=True))
    )
    assert [len(answer.json["settled"]) for answer in answers] == [1, 1]
    assert warehouse.db.rack_registry.find_one({"rack_id": "G-01"})["pass"] == 2


def test_a_recount_of_some_items_is_widened_by_the_conflicts(
    ada, supervisor, session_id, warehouse
):
    conflict_id = park(ada, session_id, item_code="A1")
    ada.finish(session_id)
    by = an_identity("supervisor", Role.SUPERVISOR)
    stores = RackStore(warehouse.db), LeaseStore(warehouse.db)
    recounts = Recounts(*stores, warehouse.publish, warehouse.clock)
    recounts.of_items("G-01", ["B2"], by=by, reason="Looks odd.")
    many(supervisor, [conflict_id], "recount")
    rack = warehouse.db.rack_registry.find_one({"rack_id": "G-01"})
    assert (rack["pass"], rack["recount_items"]) == (2, ["B2", "A1"])


def test_a_recount_is_told_once_it_is_decided(ada, supervisor, session_id, warehouse):
    conflict_id = park(ada, session_id)
    last = warehouse.event_log.last_id()
    many(supervisor, [conflict_id], "recount")
    told = [(event.name, event.data["type"]) for event in warehouse.event_log.since(last)]
    assert told == [
        ("rack:update", "recount"),
        ("session:update", "released"),
        ("conflict:resolved", "resolved"),
    ]


# Many at once


def test_every_id_of_a_request_is_settled_or_refused(ada, phone, session_id):
    mine, theirs = park(ada, session_id), park(ada, session_id)
    many(phone("admin"), [theirs], "accept_client", "Mine was first.")
    answer = many(phone("supervisor"), [mine, theirs, mine, "0" * 32])
    assert answer.status_code == 200
    assert [c["conflict_id"] for c in answer.json["settled"]] == [mine]
    first, second = answer.json["refused"]
    assert (first["conflict_id"], first["code"]) == (theirs, "already_settled")
    assert (first["settled_by"], first["settled_by_name"]) == ("admin", "Admin")
    assert first["resolution"] == "accept_client"
    assert first["settled_at"]
    assert (second["conflict_id"], second["code"]) == ("0" * 32, "conflict_unknown")


def test_two_desks_at_once_settle_each_conflict_once(ada, phone, session_id):
    ids = [park(ada, session_id) for _ in range(12)]
    desks = phone("supervisor"), phone("admin")
    answers = at_once(*(partial(many, desk, ids) for desk in desks))
    settled = [c["conflict_id"] for answer in answers for c in answer.json["settled"]]
    assert sorted(settled) == sorted(ids)
    for answer in answers:
        assert {r["code"] for r in answer.json["refused"]} <= {"already_settled"}
        assert len(answer.json["settled"]) + len(answer.json["refused"]) == len(ids)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"conflict_ids": []}, "conflict_ids"),
        ({"conflict_ids": ["a"] * 201}, "conflict_ids"),
        ({"resolution": "merge"}, "resolution"),
        ({"note": ""}, "note"),
        ({"note": None}, "note"),
    ],
)
def test_a_request_for_many_that_does_not_fit_settles_none(
    ada, supervisor, session_id, change, field
):
    conflict_id = park(ada, session_id)
    wish = {"conflict_ids": [conflict_id], "resolution": "accept_server", "note": "x"} | change
    answer = supervisor.post(f"{DESK}/resolve", wish)
    assert answer.status_code == 400
    assert set(answer.json["errors"]) == {field}
    assert ada.get(f"{DESK}/{conflict_id}").json["status"] == "open"


@pytest.mark.parametrize("role", ["ada", "device", "auditor"])
def test_who_may_not_settle_one_may_not_settle_many(ada, phone, session_id, role):
    conflict_id = park(ada, session_id)
    answer = many(phone(role), [conflict_id])
    assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")
    assert ada.get(f"{DESK}/{conflict_id}").json["status"] == "open"
