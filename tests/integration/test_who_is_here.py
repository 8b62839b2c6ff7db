"""People: presence, racks, pace, idleness; messages to one and to all; a session's records."""

from __future__ import annotations

import pytest

from tests.support.builders import a_record_json


def person(sue, username):
    people = sue.get("/api/people").json["people"]
    return next(each for each in people if each["username"] == username)


def test_a_person_is_shown_at_their_rack_with_pace_and_last_count(clock, sue, ada):
    session_id = ada.claim("G-01")
    clock.move(600)
    ada.count(session_id, verified_qty=30)
    counted_at = clock.now()
    clock.move(600)
    ada.post("/api/sync/heartbeat", {"session_id": session_id})

    shown = person(sue, "ada")
    assert [r["rack_id"] for r in shown["racks"]] == ["G-01"]
    assert shown["racks"][0]["progress"]["pieces"] == 30
    assert shown["pace_per_hour"] == 90
    assert shown["idle_since"] == counted_at.isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )


def test_a_heartbeat_shows_somebody_online_and_their_farewell_ends_it(warehouse, sue, ada):
    assert person(sue, "ada")["online"] is False
    ada.post("/api/sync/heartbeat", {"session_id": ada.claim("G-01")})
    assert person(sue, "ada")["online"] is True

    warehouse.locks.end_user_presence(ada.user_id)
    assert person(sue, "ada")["online"] is False


def test_who_holds_no_rack_has_neither_pace_nor_idleness(sue, ada):
    shown = person(sue, "ada")
    assert (shown["racks"], shown["pace_per_hour"], shown["idle_since"]) == ([], None, None)


def test_people_come_in_pages(sue, ada, ben):
    page = sue.get("/api/people", limit=2).json
    rest = sue.get("/api/people", limit=500, cursor=page["next_cursor"]).json
    names = [p["username"] for p in page["people"] + rest["people"]]
    assert names == sorted(names)
    assert {"ada", "ben", "counter", "supervisor"} <= set(names)


def test_a_counter_sees_no_people(ada):
    assert ada.get("/api/people").status_code == 403


# ── messages ─────────────────────────────────────────────────────────────────────────────────────


def sent(warehouse):
    return [e.data for e in warehouse.event_log.since(0) if e.data["type"] == "message"]


def test_a_message_names_its_sender_and_to_whom_it_goes(warehouse, sue, ada):
    answer = sue.post(
        "/api/notifications", {"message": "Come to the desk.", "user_id": ada.user_id}
    )

    (told,) = sent(warehouse)
    assert told["message_id"] == answer.json["message_id"]
    assert (told["message"], told["level"]) == ("Come to the desk.", "info")
    assert (told["user_id"], told["by"]["name"]) == (ada.user_id, "Supervisor")


def test_a_message_without_a_person_is_for_everybody(warehouse, sue):
    sue.post("/api/notifications", {"message": "Break.", "level": "warning"})
    assert [(m["user_id"], m["level"]) for m in sent(warehouse)] == [(None, "warning")]


@pytest.mark.parametrize(
    "letter",
    [{}, {"message": ""}, {"message": "x" * 281}, {"message": "a\x00b"},
     {"message": "Hi.", "level": "panic"}],
)  # fmt: skip
def test_a_message_that_does_not_fit_is_refused(warehouse, sue, letter):
    assert sue.post("/api/notifications", letter).status_code == 400
    assert sent(warehouse) == []


def test_a_message_to_nobody_known_is_refused(sue):
    answer = sue.post("/api/notifications", {"message": "Hi.", "user_id": "nobody"})
    assert (answer.status_code, answer.json["code"]) == (404, "user_unknown")


def test_a_counter_sends_no_messages(ada):
    assert ada.post("/api/notifications", {"message": "Hi."}).status_code == 403


def test_more_messages_than_anybody_reads_are_refused(sue):
    answers = [sue.post("/api/notifications", {"message": f"{n}"}) for n in range(31)]
    assert {a.status_code for a in answers[:30]} == {200}
    assert (answers[30].status_code, answers[30].json["code"]) == (429, "too_many_requests")
    assert answers[30].headers["Retry-After"]


# ── a session's records ──────────────────────────────────────────────────────────────────────────


def test_a_supervisor_reads_a_sessions_counts_newest_first_in_pages(sue, ada):
    session_id = ada.claim("G-01")
    for n in range(5):
        ada.count(session_id, item_code=f"X{n}", created_at=f"2025-12-11T10:0{n // 2}:00Z")

    address = f"/api/sessions/{session_id}/records"
    first = sue.get(address, limit=3).json
    second = sue.get(address, limit=3, cursor=first["next_cursor"]).json
    shown = first["records"] + second["records"]
    assert {r["item_code"] for r in shown} == {f"X{n}" for n in range(5)}
    times = [r["created_at"] for r in shown]
    assert times == sorted(times, reverse=True)
    assert second["next_cursor"] is None


def test_a_counter_reads_their_own_counts_and_nobody_elses(ada, ben):
    session_id = ada.claim("G-01")
    ada.count(session_id)
    address = f"/api/sessions/{session_id}/records"
    assert len(ada.get(address).json["records"]) == 1
    assert ben.get(address).status_code == 403


def test_a_record_holds_no_book_figure(ada, sue):
    session_id = ada.claim("G-01")
    ada.sync(a_record_json(session_id))
    (record,) = ada.get(f"/api/sessions/{session_id}/records").json["records"]
    assert not {"stock_qty", "book_qty", "variance", "expected"} & record.keys()


def test_a_forged_cursor_is_refused(ada):
    session_id = ada.claim("G-01")
    answer = ada.get(f"/api/sessions/{session_id}/records", cursor="WzEsMl0")
    assert answer.status_code == 400
