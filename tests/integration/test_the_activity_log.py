"""What happened is kept: by whom, where and when, in the order in which it happened."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.activity.log import Filters
from app.auth.identity import Role
from app.events import Logged, RackRenewed, UserChanged
from tests.support.app import PASSWORD, log_in, signed_in
from tests.support.builders import a_record, an_identity, claim, plan_racks

ADA = an_identity()
BOSS = an_identity("supervisor", Role.SUPERVISOR)
SECRET = "an uncommon phrase 93"
NEW_SECRET = "tulip anvil harbour"


@pytest.fixture(autouse=True)
def racks(warehouse):
    plan_racks(warehouse, "G-01", "G-02", "F-01")


def actions(warehouse, **filters):
    """The actions in the log, the oldest first."""
    warehouse.activity.flush()
    found = warehouse.activity.search(Filters(**filters), limit=100).entries
    return [entry.action for entry in reversed(found)]


def test_the_log_tells_who_held_a_rack_and_what_became_of_it(warehouse, clock):
    lease = claim(warehouse, "G-01", ADA)
    clock.move(5)
    warehouse.batches.sync([a_record(lease.session_id)], by=ADA)
    warehouse.batches.news.follow_up()
    clock.move(5)
    warehouse.leases.release("G-01", by=ADA)
    warehouse.activity.flush()
    history = warehouse.activity.of_rack("G-01", limit=10)
    assert [(e.action, e.status, e.user) for e in history] == [
        ("rack_released", "available", "counter"),
        ("counted", "active", "counter"),
        ("rack_claimed", "active", "counter"),
    ]
    counted = history[1].details
    assert (counted["records"], counted["items"]) == (1, 1)


def test_a_supervisor_who_frees_a_rack_is_named_and_so_is_the_reason(warehouse, clock):
    claim(warehouse, "G-01", ADA)
    clock.move(1)
    warehouse.leases.force_release("G-01", by=BOSS, reason="Fire drill")
    warehouse.activity.flush()
    freed = warehouse.activity.of_rack("G-01", limit=1)[0]
    assert (freed.action, freed.user, freed.name) == ("rack_released", "supervisor", "Supervisor")
    assert freed.details["reason"] == "Fire drill"


def test_an_expiry_is_in_the_log_under_whose_lease_it_was(warehouse, clock):
    claim(warehouse, "G-01", ADA)
    clock.move(120)
    warehouse.sweep.expire_due()
    warehouse.activity.flush()
    expired = warehouse.activity.of_rack("G-01", limit=1)[0]
    assert (expired.action, expired.user, expired.name) == ("rack_expired", "counter", "Counter")


def test_signs_of_life_are_not_in_the_log(warehouse):
    lease = claim(warehouse, "G-01", ADA)
    for _ in range(3):
        warehouse.heartbeats.beat(lease.session_id, by=ADA)
        warehouse.beats.follow_up()
    assert actions(warehouse) == ["rack_claimed"]


def test_many_batches_of_a_session_are_one_entry_with_the_last_figures(warehouse):
    lease = claim(warehouse, "G-01", ADA)
    for _ in range(4):
        warehouse.batches.sync([a_record(lease.session_id)], by=ADA)
        warehouse.batches.news.follow_up()
    assert actions(warehouse) == ["rack_claimed", "counted"]
    (entry,) = warehouse.activity.search(Filters(action="counted"), limit=1).entries
    assert entry.details["records"] == 4


def test_an_event_written_twice_stands_once(warehouse):
    claim(warehouse, "G-01", ADA)
    again = list(warehouse.activity._waiting)
    warehouse.activity.flush()
    for event in again:
        warehouse.activity.heed(event)
    assert actions(warehouse) == ["rack_claimed"]


def test_what_happens_while_redis_is_away_is_in_the_log_too(own_redis, warehouse_on, clock):
    here = warehouse_on(own_redis.url)
    lease = claim(here, "G-01", ADA)
    own_redis.stop()
    clock.move(30)
    here.batches.sync([a_record(lease.session_id, verified_qty=1, damage_qty=2)], by=ADA)
    here.batches.news.follow_up()
    here.leases.recount("G-01", by=BOSS, reason="Twice")
    assert actions(here) == ["rack_claimed", "conflict_found", "recount_asked"]


def test_sign_ins_and_changes_of_users_are_in_the_log_without_any_secret(app, warehouse, db):
    client = app.test_client()
    admin = signed_in(client, "admin")
    new = {"username": "ada", "name": "Ada", "role": "counter", "password": SECRET}
    ada = client.post("/api/users", json=new, headers=admin).json
    wish = {"pin": "4711", "active": False}
    client.patch(f"/api/users/{ada['user_id']}", json=wish, headers=admin)
    assert log_in(client, "ada", password=SECRET).status_code == 401
    assert actions(warehouse) == [
        "signed_in", "user_added", "user_changed", "sign_ins_ended", "sign_in_refused",
    ]  # fmt: skip
    changed = warehouse.activity.search(Filters(action="user_changed"), limit=1).entries[0]
    assert (changed.user, changed.details["whom"]) == ("admin", "ada")
    assert set(changed.details["changed"]) == {"pin", "active:false"}
    kept = str(list(db.activity_logs.find()))
    assert SECRET not in kept
    assert PASSWORD not in kept
    assert "4711" not in kept


def test_a_change_of_ones_own_password_and_a_failed_one_are_in_the_log(app, warehouse, db):
    client = app.test_client()
    header = signed_in(client)
    for current in (SECRET, PASSWORD):
        wish = {"current": current, "new_password": NEW_SECRET}
        client.post("/api/auth/password", json=wish, headers=header)
    assert actions(warehouse) == [
        "signed_in", "sign_in_refused", "own_secret_changed", "sign_ins_ended",
    ]  # fmt: skip
    entry = warehouse.activity.search(Filters(action="own_secret_changed"), limit=1).entries[0]
    assert (entry.user, entry.details) == ("counter", {"changed": ["password"]})
    kept = str(list(db.activity_logs.find()))
    assert not [secret for secret in (SECRET, PASSWORD, NEW_SECRET) if secret in kept]


def test_an_unknown_user_name_is_refused_without_being_kept(app, warehouse, db):
    log_in(app.test_client(), SECRET, password=PASSWORD)
    assert actions(warehouse) == ["sign_in_refused"]
    assert SECRET not in str(list(db.activity_logs.find()))


def test_facts_of_an_entry_are_short_and_few(warehouse):
    event = {"type": "x", "at": "2026-01-01T00:00:00.000Z", "deep": {"a": 1}, "text": "x" * 9_000}
    many = {f"n{n}": n for n in range(99)}
    warehouse.activity.heed(Logged(id=1, name="thing", data={**event, **many, "password": "p"}))
    warehouse.activity.flush()
    entry = warehouse.activity.search(Filters(), limit=1).entries[0]
    assert len(entry.details["text"]) == 200
    assert len(entry.details) == 16
    assert "deep" not in entry.details
    assert "password" not in entry.details


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"user": "bob"}, ["rack_claimed", "rack_paused"]),
        ({"rack_id": "G-01"}, ["rack_claimed"]),
        ({"floor": "First"}, ["rack_claimed", "rack_paused"]),
        ({"status": "paused"}, ["rack_paused"]),
        ({"user": "bob", "action": "rack_paused", "floor": "Ground"}, []),
    ],
)
def test_the_log_is_searched_by_whom_what_and_where(warehouse, filters, found):
    bob = an_identity("bob")
    claim(warehouse, "G-01", ADA)
    claim(warehouse, "F-01", bob)
    warehouse.leases.pause("F-01", by=bob)
    assert actions(warehouse, **filters) == found


def test_a_span_of_time_includes_both_its_ends(warehouse, clock):
    for rack in ("G-01", "G-02", "F-01"):
        claim(warehouse, rack, ADA)
        clock.move(60)
    end = clock.now() - timedelta(seconds=60)
    span = {"start": end - timedelta(seconds=60), "end": end}
    warehouse.activity.flush()
    found = warehouse.activity.search(Filters(**span), limit=9).entries
    assert [entry.rack_id for entry in found] == ["F-01", "G-02"]


def test_pages_show_each_entry_once_also_of_one_and_the_same_moment(warehouse):
    """Time stands still in this test: all entries are of one moment."""
    for _ in range(7):
        warehouse.publish(UserChanged(user_id="u-admin", whom="ada", changed=["name"]))
    warehouse.activity.flush()
    shown, position = [], None
    while True:
        page = warehouse.activity.search(Filters(), limit=2, position=position)
        shown += [entry.event_id for entry in page.entries]
        position = page.next_position
        if position is None:
            break
    assert len(shown) == len(set(shown)) == 7


def test_moves_come_in_the_order_of_their_events_page_by_page(warehouse, clock):
    start = clock.now()
    claim(warehouse, "G-01", ADA)
    claim(warehouse, "G-02", ADA)
    clock.move(10)
    warehouse.publish(UserChanged(user_id="u-admin", whom="ada", changed=["name"]))
    warehouse.leases.pause("G-01", by=ADA)
    clock.move(10)
    warehouse.leases.resume("G-01", by=ADA)
    clock.move(10)
    end = clock.now()
    warehouse.leases.release("G-01", by=ADA)
    warehouse.activity.flush()
    moves, after = [], None
    while True:
        page = warehouse.activity.between(start, end, after=after, limit=3)
        moves += [(entry.action, entry.rack_id) for entry in page.entries]
        after = page.next_position
        if after is None:
            break
    assert moves == [
        ("rack_claimed", "G-01"), ("rack_claimed", "G-02"),
        ("rack_paused", "G-01"), ("rack_resumed", "G-01"),
    ]  # fmt: skip


def test_what_the_database_did_not_take_waits_for_the_next_turn(warehouse):
    class Broken:
        def add(self, _):
            raise ConnectionError

    store, warehouse.activity._store = warehouse.activity._store, Broken()
    claim(warehouse, "G-01", ADA)
    with pytest.raises(ConnectionError):
        warehouse.activity.flush()
    warehouse.activity._store = store
    assert actions(warehouse) == ["rack_claimed"]


def test_a_database_that_stays_away_costs_entries_but_never_memory(warehouse):
    event = RackRenewed(rack_id="G-01", floor="G", status="active", fence=1, pass_no=1)
    data = {"type": "claimed", "at": "2026-01-01T00:00:00.000Z", "rack_id": event.rack_id}
    for n in range(20_005):
        warehouse.activity.heed(Logged(id=n + 1, name="rack:update", data=data))
    assert len(warehouse.activity._waiting) == 20_000
    assert warehouse.activity.missed == 5


@pytest.mark.parametrize(
    "filters",
    [{}, {"user": "x"}, {"action": "x"}, {"status": "x"}, {"rack_id": "x"}, {"floor": "x"}],
)
def test_no_search_of_the_log_scans_or_sorts_it(warehouse, db, filters):
    claim(warehouse, "G-01", ADA)
    warehouse.activity.flush()
    plan = str(db.activity_logs.find(filters).sort("timestamp", -1).explain()["queryPlanner"])
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan
    assert "'SORT'" not in plan


# Over HTTP


def test_the_log_is_for_those_who_read_all(app):
    client = app.test_client()
    for role in ("supervisor", "admin", "auditor"):
        answer = client.get("/api/logs/activity", headers=signed_in(client, role))
        assert answer.status_code == 200
    for role in ("counter", "device"):
        header = signed_in(client, role)
        assert client.get("/api/logs/activity", headers=header).status_code == 403
        assert client.get("/api/racks/G-01/history", headers=header).status_code == 403
    assert client.get("/api/logs/activity").status_code == 401


def test_pages_of_the_log_follow_their_cursor(app, warehouse):
    client = app.test_client()
    boss = signed_in(client, "supervisor")
    for rack in ("G-01", "G-02", "F-01"):
        claim(warehouse, rack, ADA)
    warehouse.activity.flush()
    where = "/api/logs/activity?action=rack_claimed&limit=2"
    first = client.get(where, headers=boss).json
    second = client.get(f"{where}&cursor={first['next_cursor']}", headers=boss).json
    assert [e["rack_id"] for e in first["entries"] + second["entries"]].count("G-01") == 1
    assert (len(first["entries"]), len(second["entries"])) == (2, 1)
    assert second["next_cursor"] is None
    assert first["entries"][0]["timestamp"].endswith("Z")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "from=yesterday", "cursor=x", "user="])
def test_a_question_that_does_not_fit_is_refused(app, query):
    client = app.test_client()
    answer = client.get(f"/api/logs/activity?{query}", headers=signed_in(client, "admin"))
    assert answer.status_code == 400


def test_the_history_of_a_rack_is_told_newest_first(app, warehouse):
    client = app.test_client()
    claim(warehouse, "G-01", ADA)
    warehouse.leases.release("G-01", by=ADA)
    warehouse.activity.flush()
    told = client.get("/api/racks/G-01/history", headers=signed_in(client, "supervisor")).json
    assert [entry["action"] for entry in told["entries"]] == ["rack_released", "rack_claimed"]
