"""Looking back: from a base and the moves since, every moment of a stocktake can be drawn."""

from __future__ import annotations

import pytest


@pytest.fixture
def story(warehouse, clock, sue, ada, ben):
    """A stocktake, and its moments: a minute between two acts, and the log written after each."""
    moments = [clock.now()]
    session = {}

    def claim(who, rack_id):
        session[rack_id] = who.claim(rack_id)

    acts = [
        lambda: claim(ada, "G-01"),
        lambda: ada.count(session["G-01"], verified_qty=7),
        lambda: ada.finish(session["G-01"]),
        lambda: claim(ben, "G-02"),
        lambda: sue.post("/api/racks/G-01/recount", {"reason": "A test."}),
    ]
    for act in acts:
        clock.move(30)
        act()
        warehouse.activity.flush()
        clock.move(30)
        moments.append(clock.now())
    return moments


def iso(moment):
    return moment.isoformat().replace("+00:00", "Z")


def replay(sue, story, **query):
    answer = sue.get("/api/racks/replay", since=iso(story[0]), **query)
    assert answer.status_code == 200, answer.text
    return answer.json


def told(entries):
    return [(entry["action"], entry["rack_id"]) for entry in entries]


def test_the_moves_of_a_stocktake_come_in_order(sue, story):
    page = replay(sue, story)
    assert told(page["moves"]) == [
        ("rack_claimed", "G-01"), ("counted", "G-01"), ("rack_completed", "G-01"),
        ("rack_claimed", "G-02"), ("recount_asked", "G-01"),
    ]  # fmt: skip
    assert (page["base"], page["next_cursor"]) == ([], None)
    assert page["moves"][1]["details"]["pieces"] == 7


def test_a_later_beginning_brings_the_state_before_it(sue, story):
    page = replay(sue, story, **{"from": iso(story[3])})
    assert told(page["base"]) == [("rack_completed", "G-01"), ("counted", "G-01")]
    assert told(page["moves"]) == [("rack_claimed", "G-02"), ("recount_asked", "G-01")]


def test_what_a_recount_made_void_is_not_in_the_base(sue, story):
    page = replay(sue, story, **{"from": iso(story[5])})
    assert set(told(page["base"])) >= {("recount_asked", "G-01"), ("rack_claimed", "G-02")}
    assert page["moves"] == []


def test_pages_follow_each_other_without_a_gap(sue, story):
    moves, cursor, pages = [], {}, 0
    end = iso(story[-1])
    while cursor is not None:
        page = replay(sue, story, to=end, limit=2, **cursor)
        moves += page["moves"]
        cursor = page["next_cursor"] and {"cursor": page["next_cursor"]}
        pages += 1
    assert told(moves) == told(replay(sue, story, to=end)["moves"])
    assert pages == 3


def test_an_end_leaves_out_what_came_after(sue, story):
    assert told(replay(sue, story, to=iso(story[1]))["moves"]) == [("rack_claimed", "G-01")]


def test_only_who_sees_all_counts_looks_back(ada, story):
    assert ada.get("/api/racks/replay", since=iso(story[0])).status_code == 403


@pytest.mark.parametrize("query", [{}, {"since": "yesterday"}, {"cursor": "WyJhIiwxXQ"}])
def test_a_wish_that_does_not_fit_is_refused(sue, story, query):
    assert sue.get("/api/racks/replay", **query).status_code == 400
