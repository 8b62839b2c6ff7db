"""What a screen hears of the floor, and that it makes the same picture as asking anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.auth.identity import Role
from tests.support.builders import a_record_json
from tests.support.floor_picture import picture_of, verify_act


@pytest.fixture
def counter(depot, program):
    return depot.person(program)


@pytest.fixture(scope="module")
def other(depot, program):
    return depot.person(program)


@pytest.fixture
def rack_id(depot):
    return depot.rack()


@pytest.fixture
def session_id(counter, rack_id):
    return counter.claim(rack_id)["session_id"]


def end_lease(depot, rack_id):
    """Make the rack's lease one that ended a second ago."""
    ended = depot.warehouse.clock.now() - timedelta(seconds=1)
    depot.warehouse.db.rack_registry.update_one(
        {"rack_id": rack_id}, {"$set": {"lock_expires_at": ended}}
    )


def park_one(counter, session_id, **fields):
    """Send a record that becomes a conflict; the conflict's id."""
    answer = counter.count(session_id, verified_qty=1, damage_qty=2, **fields)
    return answer["conflicts"][0]["conflict_id"]


def settle(boss, conflict_id):
    decision = {"resolution": "accept_server", "note": "Looked at it."}
    answer = boss.post(f"/api/sync/conflicts/{conflict_id}/resolve", decision)
    assert answer.status_code == 200, answer.text


# ── who hears what ───────────────────────────────────────────────────────────────────────────────


def test_a_counter_hears_who_took_a_rack_on_a_watched_floor(counter, other, rack_id):
    with other.screen() as screen:
        screen.watch(floors=["Ground"])
        lease = counter.claim(rack_id)
        event = screen.wait_for("rack:update", type="claimed", rack_id=rack_id)
    assert event["holder"]["name"] == counter.name
    assert (event["status"], event["fence"]) == ("active", lease["fencing_token"])


def test_a_counter_hears_nothing_of_other_floors(depot, counter, other):
    upstairs, here = depot.rack("F"), depot.rack("G")
    with other.screen() as screen:
        screen.watch(floors=["Ground"])
        counter.claim(upstairs)
        counter.claim(here)
        screen.wait_for("rack:update", rack_id=here)
        assert screen.heard(rack_id=upstairs) == []


def test_a_counter_may_watch_single_racks(depot, counter, other):
    wanted, unwanted = depot.racks("G", 2)
    with other.screen() as screen:
        screen.watch(racks=[wanted])
        counter.claim(unwanted)
        counter.claim(wanted)
        screen.wait_for("rack:update", rack_id=wanted)
        assert screen.heard(rack_id=unwanted) == []


def test_a_counter_hears_no_sessions_and_figures_of_others(counter, other, rack_id):
    with other.screen() as screen:
        screen.watch()
        session_id = counter.claim(rack_id)["session_id"]
        counter.count(session_id, verified_qty=7331.25)
        park_one(counter, session_id, item_code="OTHERS-ITEM")
        counter.post("/api/sync/heartbeat", {"session_id": session_id})
        counter.move(rack_id, "release")
        screen.wait_for("rack:update", type="released", rack_id=rack_id)
        heard = [name for name, _ in screen.settled()]
    assert set(heard) == {"snapshot", "rack:update"}
    assert "7331.25" not in str(screen.events)
    assert "OTHERS-ITEM" not in str(screen.events)


def test_the_map_of_a_counter_holds_no_figures_of_others(counter, other, session_id):
    counter.count(session_id)
    with other.screen() as screen:
        screen.watch()
        racks = screen.wait_for("snapshot")["racks"]
    assert {(rack["progress"], rack["open_conflicts"]) for rack in racks} == {(None, None)}


def test_a_supervisor_hears_everything_of_a_count(counter, boss, rack_id):
    with boss.screen() as screen:
        screen.watch()
        session_id = counter.claim(rack_id)["session_id"]
        counter.post("/api/sync/heartbeat", {"session_id": session_id, "queue_length": 3})
        screen.wait_for("session:update", type="heartbeat")
        counter.count(session_id, verified_qty=7)
        heard = screen.wait_for("session:update", type="progress", session_id=session_id)
        conflict_id = park_one(counter, session_id)
        settle(boss, conflict_id)
        counter.move(rack_id, "pause")
        counter.move(rack_id, "resume")
        counter.move(rack_id, "release")
        screen.wait_for("session:update", type="released")
        told = [(name, e["type"]) for name, e in screen.settled() if e.get("rack_id") == rack_id]
    assert told == [
        ("rack:update", "claimed"), ("session:update", "started"),
        ("rack:update", "renewed"), ("session:update", "heartbeat"),
        ("session:update", "progress"), ("conflict:new", "new"), ("conflict:resolved", "resolved"),
        ("rack:update", "paused"), ("session:update", "paused"), ("rack:update", "resumed"),
        ("session:update", "resumed"), ("rack:update", "released"), ("session:update", "released"),
    ]  # fmt: skip
    assert (heard["progress"]["records"], heard["progress"]["pieces"]) == (1, 7)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_admins_and_auditors_hear_what_supervisors_hear(depot, program, role, counter, rack_id):
    with depot.person(program, role).screen() as screen:
        screen.watch(floors=["Second"])
        counter.count(counter.claim(rack_id)["session_id"])
        assert screen.wait_for("session:update", type="progress", rack_id=rack_id)["progress"]


def test_a_counter_hears_of_their_own_conflicts_and_progress(boss, counter, session_id):
    with counter.screen() as screen:
        screen.watch(floors=["Second"])
        counter.count(session_id)
        conflict_id = park_one(counter, session_id)
        settle(boss, conflict_id)
        screen.wait_for("session:update", type="progress", session_id=session_id)
        assert screen.wait_for("conflict:new")["conflict_id"] == conflict_id
        settled = screen.wait_for("conflict:resolved")
    assert (settled["conflict_id"], settled["resolution"]) == (conflict_id, "accept_server")
    assert settled["settled_by"] == boss.username


def test_an_offered_colleague_is_told_and_nobody_else(
    depot, program, counter, other, boss, rack_id
):
    colleague = depot.person(program)
    counter.claim(rack_id)
    with colleague.screen() as theirs, other.screen() as others:
        theirs.watch()
        others.watch()
        counter.move(rack_id, "offer", username=colleague.username)
        assert counter.name in theirs.wait_for("notification", type="rack_offered")["message"]
        others.settled()
        assert others.heard("notification") == []


def test_a_new_watch_takes_the_place_of_the_old(depot, counter, other):
    before, after = depot.rack("F"), depot.rack("G")
    with other.screen() as screen:
        screen.watch(floors=["First"])
        screen.watch(floors=["Ground"])
        counter.claim(before)
        counter.claim(after)
        screen.wait_for("rack:update", rack_id=after)
        assert screen.heard(rack_id=before) == []


def test_a_client_that_never_watches_hears_what_is_its_own(counter, boss, rack_id):
    with boss.screen() as lazy:
        counter.claim(rack_id)
        assert lazy.wait_for("rack:update", rack_id=rack_id)["type"] == "claimed"
        counter.move(rack_id, "release")
        assert lazy.wait_for("rack:update", type="released", rack_id=rack_id)


def test_an_event_comes_after_the_write_it_tells_of(counter, boss, depot):
    with boss.screen() as screen:
        screen.watch()
        for rack_id in depot.racks("G", 5):
            counter.post(f"/api/racks/{rack_id}/claim", {})
            event = screen.wait_for("rack:update", rack_id=rack_id)
            assert boss.status(rack_id)["fence"] == event["fence"]


def test_every_event_has_a_growing_id_a_type_and_a_time(counter, boss, rack_id):
    with boss.screen() as screen:
        screen.watch()
        counter.count(counter.claim(rack_id)["session_id"])
        screen.wait_for("session:update", type="progress", rack_id=rack_id)
        events = [event for _, event in screen.settled()]
    assert all({"id", "type", "at"} <= event.keys() for event in events)
    assert all(event["at"].endswith("Z") for event in events)
    assert screen.ids == sorted(set(screen.ids))


# ── old snapshot + events = new snapshot ─────────────────────────────────────────────────────────


@pytest.fixture
def verified(boss, counter, other):
    """Do an act and check the screens of a supervisor and of two counters."""
    return lambda act: verify_act(act, boss, counter, other)


def test_a_claim_makes_the_same_picture(verified, counter, rack_id):
    verified(lambda: counter.claim(rack_id))


@pytest.mark.parametrize("moves", [["pause"], ["pause", "resume"], ["release"]])
def test_the_holders_moves_make_the_same_picture(verified, counter, rack_id, session_id, moves):
    counter.count(session_id)
    verified(lambda: [counter.move(rack_id, move) for move in moves])


def test_counts_make_the_same_picture(verified, counter, rack_id, session_id):
    record = a_record_json(session_id, verified_qty=5)
    later = record | {"verified_qty": 8, "updated_at": "2025-12-11T13:00:00Z"}
    verified(lambda: counter.count(session_id, record, a_record_json(session_id, item_code="X1")))
    verified(lambda: counter.count(session_id, later))
    verified(lambda: counter.count(session_id, later))


def test_a_conflict_and_its_end_make_the_same_picture(verified, boss, counter, session_id):
    conflict_id, _ = verified(lambda: park_one(counter, session_id))
    verified(lambda: settle(boss, conflict_id))


def test_a_finished_rack_makes_the_same_picture(verified, counter, rack_id, session_id):
    counter.count(session_id)
    verified(lambda: counter.post(f"/api/sessions/{session_id}/complete", {}))
    assert counter.status(rack_id)["status"] == "completed"


@pytest.mark.parametrize("move", ["force-release", "recount"])
def test_a_supervisors_moves_make_the_same_picture(
    verified, boss, counter, rack_id, session_id, move
):
    counter.count(session_id)
    verified(lambda: boss.move(rack_id, move, reason="A test."))


def test_a_recount_by_somebody_else_makes_the_same_picture(
    verified, boss, counter, other, rack_id, session_id
):
    counter.count(session_id)
    counter.post(f"/api/sessions/{session_id}/complete", {})
    verified(lambda: boss.move(rack_id, "recount", reason="A test."))
    lease, _ = verified(lambda: other.claim(rack_id))
    verified(lambda: other.count(lease["session_id"]))
    other.move(rack_id, "release")


def test_a_lease_that_ends_and_comes_back_makes_the_same_picture(
    depot, verified, boss, counter, rack_id, session_id
):
    counter.count(session_id)
    with boss.screen() as screen:
        screen.watch()
        verified(
            lambda: [end_lease(depot, rack_id), screen.wait_for("rack:update", type="expired")]
        )
    verified(lambda: counter.post("/api/sync/heartbeat", {"session_id": session_id}))
    assert counter.status(rack_id)["session_id"] == session_id


def test_a_handed_over_rack_makes_the_same_picture(
    depot, program, verified, counter, rack_id, session_id
):
    colleague = depot.person(program)
    counter.count(session_id)
    counter.move(rack_id, "offer", username=colleague.username)
    verified(lambda: colleague.post(f"/api/racks/{rack_id}/accept", {}).raise_for_status())


def test_an_assignment_and_its_end_make_the_same_picture(verified, boss, counter, rack_id):
    to = {"user_id": counter.user_id}
    verified(lambda: boss.move(rack_id, "assign", **to))
    verified(lambda: boss.move(rack_id, "assign", user_id=None))
    verified(lambda: boss.move(rack_id, "assign", **to))
    lease, _ = verified(lambda: counter.claim(rack_id))
    verified(lambda: counter.post(f"/api/sessions/{lease['session_id']}/complete", {}))


def test_a_message_to_one_person_is_heard_by_them_alone(boss, counter, other):
    with counter.screen() as theirs, other.screen() as others:
        theirs.watch()
        others.watch()
        letter = {"message": "Come to the desk.", "user_id": counter.user_id}
        assert boss.post("/api/notifications", letter).status_code == 200
        heard = theirs.wait_for("notification", type="message")
        assert (heard["message"], heard["by"]["name"]) == ("Come to the desk.", boss.name)
        others.settled()
        assert others.heard("notification") == []


def test_the_picture_of_these_tests_shows_a_held_rack(boss, counter, rack_id, session_id):
    with boss.screen() as screen:
        screen.watch()
        rack = picture_of(screen.wait_for("snapshot"))[rack_id]
    assert (rack["status"], rack["session_id"]) == ("active", session_id)
    assert rack["holder"]["name"] == counter.name
