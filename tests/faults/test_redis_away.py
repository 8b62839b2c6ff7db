"""Redis is killed or hangs: counts are saved, claims wait, and all is well after its return."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.faults.conftest import ANSWER_S, RECOVERY_S, SLACK_S, recovers, within
from tests.support.builders import a_record_json
from tests.support.floor_picture import change, picture_of

HANG_S = 1
"""What the request limit waits for a Redis that hangs, on top of the claim itself."""


@pytest.fixture(autouse=True)
def all_is_well(depot, program, counter):
    """Start from a Redis that the program has found again."""
    assert recovers(lambda: counter.get("/api/health").json()["status"] == "ok", 10)


def claims(person, rack_id):
    return person.post(f"/api/racks/{rack_id}/claim", {})


def cpu_seconds(pid):
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_counts_are_saved_while_redis_is_away(ground, depot, counter, session_id):
    with ground.without(ground.redis):
        for _ in range(3):
            with within(ANSWER_S):
                record = a_record_json(session_id)
                assert counter.count(session_id, record)["ok"] == [record["client_record_id"]]
            assert depot.warehouse.db.verification_records.find_one(
                {"client_record_id": record["client_record_id"]}
            )


def test_heartbeats_keep_leases_while_redis_is_away(ground, counter, rack_id, session_id):
    before = counter.status(rack_id)["lease_expires_at"]
    with ground.without(ground.redis):
        news = {"session_id": session_id, "queue_length": 3}
        beat = counter.post("/api/sync/heartbeat", news).json()
        assert (beat["lease"], beat["rack_renewed"]) == ("held", True)
        assert counter.status(rack_id)["lease_expires_at"] > before


def test_claims_are_told_to_wait_while_redis_is_away(ground, depot, counter):
    rack_id = depot.rack()
    with ground.without(ground.redis):
        with within(ANSWER_S):
            answer = claims(counter, rack_id)
        assert (answer.status_code, answer.json()["code"]) == (503, "redis_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert counter.status(rack_id)["status"] == "available"
    assert recovers(lambda: claims(counter, rack_id).status_code == 200)


def test_the_holder_works_on_and_gives_back_without_redis(
    ground, depot, program, counter, rack_id, lease
):
    with ground.without(ground.redis):
        for move in ("pause", "resume", "release"):
            assert counter.move(rack_id, move)["success"]
    assert recovers(lambda: claims(depot.person(program), rack_id).status_code == 200)


def test_the_program_stays_ready_and_says_it_is_degraded(ground, counter):
    with ground.without(ground.redis):
        assert recovers(lambda: counter.get("/api/health").json()["status"] == "degraded", 1)
        health = counter.get("/api/health")
        assert (health.status_code, health.json()["parts"]["redis"]["healthy"]) == (200, False)
        assert counter.get("/readyz").status_code == 200
        assert recovers(lambda: 'breaker="redis"} 2' in counter.get("/metrics").text, 5)
    assert recovers(lambda: counter.get("/api/health").json()["status"] == "ok")
    assert recovers(lambda: 'breaker="redis"} 0' in counter.get("/metrics").text, 1)


def test_signing_in_and_out_works_without_redis(ground, depot, program):
    with ground.without(ground.redis), within(ANSWER_S):
        assert depot.person(program).post("/api/auth/logout").ok


def test_screens_are_told_that_they_are_behind_and_caught_up(ground, depot, boss, counter):
    rack_id = depot.rack()
    with boss.screen() as screen:
        screen.watch()
        with ground.without(ground.redis):
            screen.wait_for("notification", type="live_behind", within=2)
            assert screen.call("watch", {})["error"]["code"] == "redis_unavailable"
        screen.wait_for("notification", type="live_caught_up", within=RECOVERY_S)
        since = max(screen.ids, default=None) or screen.heard("snapshot")[0]["id"]
        screen.watch(since=since)
        counter.claim(rack_id)
        screen.wait_for("rack:update", type="claimed", rack_id=rack_id)


def test_a_screen_learns_what_happened_while_redis_was_away(
    ground, depot, boss, counter, rack_id, lease
):
    with boss.screen() as screen:
        screen.watch()
        with ground.without(ground.redis):
            counter.move(rack_id, "pause")
        screen.wait_for("notification", type="live_gap", within=RECOVERY_S)
        screen.watch()
        snapshots = screen.heard("snapshot")
        assert picture_of(snapshots[-1])[rack_id]["status"] == "paused"


def test_a_screen_that_was_away_meets_the_gap_too(ground, depot, boss, counter, rack_id, lease):
    with boss.screen() as screen:
        screen.watch()
        since = max(screen.ids, default=None) or screen.heard("snapshot")[0]["id"]
    with ground.without(ground.redis):
        counter.move(rack_id, "pause")
    assert recovers(lambda: claims(counter, depot.rack()).status_code in {200, 409})
    with boss.screen() as screen:
        screen.watch(since=since)
        if not screen.heard("snapshot"):
            screen.wait_for("notification", type="live_gap")


# ── Redis comes back empty ───────────────────────────────────────────────────────────────────────


def test_an_empty_redis_is_filled_again_by_itself(
    ground, depot, program, boss, counter, rack_id, lease
):
    rival, free = depot.person(program), depot.rack()
    with boss.screen() as screen:
        screen.watch()
        with ground.without(ground.redis, empty=True):
            screen.wait_for("notification", type="live_behind", within=2)
        back = time.monotonic()
        assert recovers(lambda: claims(rival, free).status_code == 200)
        screen.wait_for("notification", type="live_gap", within=RECOVERY_S)
        rival.move(free, "pause")
        screen.wait_for("rack:update", type="paused", rack_id=free)
        assert time.monotonic() - back < RECOVERY_S + SLACK_S
    answer = claims(rival, rack_id)
    assert (answer.status_code, answer.json()["holder"]["name"]) == (409, counter.name)
    beat = {"session_id": lease["session_id"], "queue_length": 0}
    counter.post("/api/sync/heartbeat", beat)
    locks = depot.warehouse.locks
    assert recovers(lambda: locks.get_rack_lock(rack_id) is not None)
    held = locks.get_rack_lock(rack_id)
    assert (held.session_id, held.fence) == (lease["session_id"], lease["fencing_token"])
    assert claims(rival, rack_id).status_code == 409


def test_a_since_from_before_the_loss_gets_a_snapshot(ground, depot, boss, counter):
    with boss.screen() as screen:
        screen.watch()
        counter.claim(depot.rack())
        since = screen.wait_for("session:update", type="started")["id"]
    with ground.without(ground.redis, empty=True):
        pass
    assert recovers(lambda: claims(counter, depot.rack()).status_code == 200)
    with boss.screen() as screen:
        screen.watch(since=since)
        assert len(screen.heard("snapshot")) == 1


def test_a_screen_through_a_loss_ends_with_the_true_picture(ground, depot, program, boss):
    """What a browser does: it takes every event, and a new snapshot where a gap is told."""
    people, racks = [depot.person(program) for _ in range(2)], depot.racks("G", 4)
    picture = {}
    with boss.screen() as screen:
        screen.watch()
        held = [(person, rack) for person, rack in zip(people, racks, strict=False)]
        for person, rack in held:
            person.claim(rack)
        with ground.without(ground.redis, empty=True):
            people[0].move(racks[0], "release")
        screen.wait_for("notification", type="live_gap", within=RECOVERY_S)
        screen.watch()
        people[1].move(racks[1], "pause")
        people[0].claim(racks[2])
        screen.wait_for("rack:update", type="claimed", rack_id=racks[2])
        for name, event in screen.settled():
            if name == "snapshot":
                picture = picture_of(event)
            else:
                change(picture, name, event)
    with boss.screen() as fresh:
        fresh.watch()
        assert picture == picture_of(fresh.heard("snapshot")[0])


# ── Redis hangs ──────────────────────────────────────────────────────────────────────────────────


def test_a_hung_redis_holds_nobody_up_for_long(ground, depot, counter, session_id, at_once):
    free = depot.rack()
    with ground.hung(ground.redis):
        answers = at_once(
            [lambda: counter.post("/api/sync/heartbeat", {"session_id": session_id})] * 5
            + [lambda: counter.count(session_id)] * 5
            + [lambda: claims(counter, free)] * 5
            + [lambda: counter.get("/api/racks")] * 15
        )
        assert max(seconds for _, seconds in answers) < ANSWER_S + HANG_S + SLACK_S
        assert all(len(answer["ok"]) == 1 for answer, _ in answers[5:10])
        assert {answer.status_code for answer, _ in answers[10:15]} == {503}
        with within(ANSWER_S + HANG_S):
            assert counter.count(session_id)["ok"]
        with within(1):
            assert counter.get("/healthz").ok
    assert recovers(lambda: claims(counter, free).status_code == 200)


def test_screens_hear_of_a_hung_redis_too(ground, depot, boss, counter):
    rack_id = depot.rack()
    with boss.screen() as screen:
        screen.watch()
        with ground.hung(ground.redis):
            screen.wait_for("notification", type="live_behind", within=6)
        screen.wait_for("notification", type="live_caught_up", within=RECOVERY_S)
        assert recovers(lambda: claims(counter, rack_id).status_code == 200)
        screen.wait_for("rack:update", type="claimed", rack_id=rack_id)


# ── what the outage costs ────────────────────────────────────────────────────────────────────────


@pytest.mark.soak
def test_an_outage_burns_no_processor_and_floods_no_log(ground, program, boss):
    with boss.screen() as screen:
        screen.watch()
        with ground.without(ground.redis):
            screen.wait_for("notification", type="live_behind", within=2)
            lines, burnt = program.output.count("\n"), cpu_seconds(program.process.pid)
            time.sleep(4)
            assert program.output.count("\n") - lines < 12
            assert cpu_seconds(program.process.pid) - burnt < 1
