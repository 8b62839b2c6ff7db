"""A killed process says no farewell: its people are seen offline when their presence runs out."""

from __future__ import annotations

import time

import pytest

from app.services.roll_call import SILENT_S

HEARTBEAT_TTL = 3
SLACK_S = 3


@pytest.mark.soak
def test_people_of_a_killed_process_age_out_and_are_told_gone_once(depot):
    lasting = depot.start(HEARTBEAT_TTL=HEARTBEAT_TTL)
    dying = depot.start(HEARTBEAT_TTL=HEARTBEAT_TTL)
    boss, counter = depot.supervisor(lasting), depot.person(dying)
    with boss.screen() as desk:
        desk.watch()
        screen = counter.screen()
        desk.wait_for("presence", user_id=counter.user_id, online=True)
        dying.process.kill()
        gone = desk.wait_for(
            "presence", within=HEARTBEAT_TTL + SLACK_S, user_id=counter.user_id, online=False
        )
        assert gone["username"] == counter.username
        desk.wait_for("notification", within=SILENT_S + 5 * SLACK_S, type="live_gap")
        desk.settled()
        assert len(desk.heard("presence", user_id=counter.user_id, online=False)) == 1
        people = boss.get("/api/people").json()["people"]
        online = {p["user_id"] for p in people if p["online"]}
        assert counter.user_id not in online
        assert boss.user_id in online
        screen.close()


@pytest.mark.soak
def test_whoever_keeps_a_socket_stays_online_longer_than_the_time_to_live(depot):
    lasting = depot.start(HEARTBEAT_TTL=HEARTBEAT_TTL)
    boss, counter = depot.supervisor(lasting), depot.person(lasting)
    with boss.screen() as desk:
        desk.watch()
        with counter.screen():
            desk.wait_for("presence", user_id=counter.user_id, online=True)
            time.sleep(HEARTBEAT_TTL + SLACK_S)
            assert desk.heard("presence", user_id=counter.user_id, online=False) == []
        desk.wait_for("presence", user_id=counter.user_id, online=False)
