"""The conflict desk: two supervisors and a counter at once, the keyboard alone, a phone."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_everybody_can_use_the_screens import both_schemes, both_sizes, check

NOON = "2025-12-11T12:00:00Z"
EARLIER = "2025-12-11T11:55:00Z"


@pytest.fixture
def park(api, rack_id):
    """`park("counter5", n)`: conflicts of that counter at the test's rack, by the device's API."""

    def park_counts(username, number=1, **fields):
        counter = api(username)
        mine = counter.get("/api/racks/user/active")["racks"]
        held = next((r for r in mine if r["rack_id"] == rack_id), None)
        session = (held or counter.post(f"/api/racks/{rack_id}/claim"))["session_id"]
        odd = {"verified_qty": 1, "damage_qty": 2} | fields
        records = [a_count(session, **odd) for _ in range(number)]
        answer = counter.post("/api/sync/batch", {"records": records})
        return [c["conflict_id"] for c in answer["conflicts"]]

    return park_counts


def a_count(session_id, **fields):
    usual = {
        "client_record_id": uuid4().hex,
        "session_id": session_id,
        "item_code": "85123A",
        "verified_qty": 10,
        "status": "finalized",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return usual | fields


@pytest.fixture
def desk(signed_in, rack_id):
    """`desk("supervisor1")`: that person's conflict desk, with the conflicts of the test's rack."""

    def open_desk(username, size=DESK, **options):
        page = signed_in(username, size, **options)
        page.goto(f"/conflicts?rack={rack_id}")
        return page

    return open_desk


def rows(page):
    return page.locator("conflict-queue li")


def choose(page, choice, reason=None):
    page.get_by_role("radio", name=choice).check(force=True)
    if reason:
        page.get_by_label("Reason", exact=True).fill(reason)


def test_of_two_supervisors_the_second_is_told_who_was_first_and_the_counter_sees_it_vanish(
    counting, desk, park
):
    counter = counting("counter14")
    park("counter14")
    bar = counter.get_by_role("button", name="1 count needs a decision")
    expect(bar).to_be_visible()
    first, second = desk("supervisor1"), None
    second = desk("admin1")
    second.route_web_socket(re.compile("socket.io"), lambda _: None)  # no event comes before
    second.reload()
    for page, choice in ((first, "Keep the server's"), (second, "Accept the counter's")):
        expect(rows(page)).to_have_count(1)
        expect(page.get_by_role("heading", name="Both sides")).to_be_visible()
        choose(page, choice, "Looked at the shelf.")
    first.get_by_role("button", name="Keep the server's side").click()
    expect(rows(first)).to_have_count(0)
    expect(bar).to_be_hidden()
    second.get_by_role("button", name="Accept Counter 14's count").click()
    told = second.get_by_role("alert").filter(has_text="was first")
    expect(told).to_contain_text("Supervisor 1 was first")
    expect(told).to_contain_text("kept the server's side")
    expect(second.get_by_role("radio", name="Recount")).to_be_hidden()


@pytest.mark.soak
def test_a_colleagues_decision_and_a_new_conflict_show_without_a_reload(desk, park, api):
    (conflict_id,) = park("counter15")
    page = desk("supervisor1")
    expect(rows(page)).to_have_count(1)
    park("counter15")
    expect(rows(page)).to_have_count(2)
    wish = {"resolution": "accept_server", "note": "Sent by mistake."}
    api("admin1").post(f"/api/sync/conflicts/{conflict_id}/resolve", wish)
    expect(rows(page).first).to_contain_text("Administrator 1: kept the server's side")
    expect(page.get_by_role("alert").filter(has_text="was first")).to_be_visible()
    page.keyboard.press("j")
    expect(rows(page)).to_have_count(1, timeout=15_000)


def test_a_conflict_is_settled_with_the_keyboard_alone(desk, park, api):
    ids = park("counter16", 2)
    page = desk("supervisor1")
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("j")
    expect(rows(page).nth(1).get_by_role("button")).to_be_focused()
    expect(page.get_by_role("heading", name="Both sides")).to_be_visible()
    chosen = rows(page).nth(1).get_attribute("data-id")
    page.keyboard.press("a")
    expect(page.get_by_role("radio", name="Accept the counter's")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Reason", exact=True)).to_be_focused()
    page.keyboard.type("Two boxes are wet: j, k and a are letters here.")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    kept = api("supervisor1").get(f"/api/sync/conflicts/{chosen}")
    assert (kept["resolution"], kept["settled_by"]) == ("accept_client", "supervisor1")
    assert kept["note"].startswith("Two boxes are wet: j, k")
    expect(rows(page).first.get_by_role("button")).to_be_focused()
    page.keyboard.press("s")  # while the second conflict is still on its way
    page.keyboard.press("2")
    expect(page.get_by_label("Reason", exact=True)).to_have_value("Sent by mistake.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing matches the filter.")).to_be_visible()
    (other,) = set(ids) - {chosen}
    assert api("supervisor1").get(f"/api/sync/conflicts/{other}")["note"] == "Sent by mistake."


def test_a_merge_takes_a_side_for_each_field_or_a_typed_value(desk, park, api, rack_id):
    counter = api("counter17")
    session = counter.post(f"/api/racks/{rack_id}/claim")["session_id"]
    record = a_count(session, mrp=2.5, item_condition="good")
    late = record | {"verified_qty": 7, "mrp": 9, "updated_at": EARLIER}
    counter.post("/api/sync/batch", {"records": [record]})
    counter.post("/api/sync/batch", {"records": [late | {"item_condition": "worn"}]})
    page = desk("supervisor1")
    expect(page.locator(".diff-row[data-differs]")).to_have_count(3)
    expect(page.locator(".diff-row[data-field=verified_qty]")).to_contain_text("differs")
    choose(page, "Merge by field")
    page.get_by_role("radio", name="value of the server: MRP").check()
    page.get_by_label("Result: Quantity").fill("x")
    page.get_by_role("button", name="Asked the counter.").click()
    page.get_by_role("button", name="Store the merged count").click()
    expect(page.get_by_role("alert").filter(has_text="Correct: Quantity")).to_be_visible()
    page.get_by_label("Result: Quantity").fill("8")
    page.get_by_label("Result: Quantity").press("Enter")
    expect(rows(page)).to_have_count(0)
    page.get_by_label("Show", exact=True).select_option("resolved")
    expect(page.get_by_role("heading", name="The decision")).to_be_visible()
    expect(page.locator("conflict-history")).to_contain_text("Revision 2 on the server: 8")
    (kept,) = api("supervisor1").get(f"/api/sync/conflicts?rack={rack_id}")["conflicts"]
    assert kept["merged"] == {"verified_qty": 8, "mrp": 2.5}


@pytest.mark.soak
def test_many_are_settled_at_once_and_what_was_not_is_named(desk, park, api):
    ids = park("counter18", 4)
    page = desk("supervisor1")
    page.route_web_socket(re.compile("socket.io"), lambda _: None)
    page.reload()
    expect(rows(page)).to_have_count(4)
    boxes = page.locator("conflict-queue input[type=checkbox]")
    boxes.first.check()
    boxes.last.click(modifiers=["Shift"])
    expect(page.get_by_role("heading", name="4 selected")).to_be_visible()
    expect(page.get_by_role("radio", name="Merge by field")).to_be_hidden()
    shown = [row.get_attribute("data-id") for row in rows(page).all()]
    assert sorted(shown) == sorted(ids)
    wish = {"resolution": "accept_client", "note": "Mine."}
    api("admin1").post(f"/api/sync/conflicts/{ids[1]}/resolve", wish)
    choose(page, "Recount", "Nobody is sure.")
    page.get_by_role("button", name="Ask for recounts: 4").click()
    outcome = page.get_by_role("status").filter(has_text="were settled")
    expect(outcome).to_contain_text("3 were settled.")
    expect(outcome).to_contain_text("Administrator 1: accepted the counter's count")
    rack = api("supervisor1").get(f"/api/sync/conflicts/{ids[0]}")["rack"]
    assert (rack["pass"], rack["recount"]) == (2, True)


def test_a_phone_goes_from_the_queue_to_a_conflict_and_back(desk, park):
    park("counter19", 2)
    page = desk("supervisor1", PHONE)
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("heading", name="Both sides")).to_be_hidden()
    rows(page).first.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Both sides")).to_be_visible()
    expect(rows(page).first).to_be_hidden()
    page.go_back()
    expect(rows(page).first).to_be_visible()
    rows(page).first.get_by_role("button").click()
    choose(page, "Keep the server's")
    page.get_by_role("button", name="Checked at the shelf.").click()
    page.get_by_role("button", name="Keep the server's side").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page).first).to_be_visible()


def test_an_auditor_reads_the_desk_and_settles_nothing(desk, park):
    park("counter20")
    page = desk("auditor1")
    expect(page.get_by_role("heading", name="Both sides")).to_be_visible()
    expect(page.get_by_role("radio", name="Recount")).to_be_hidden()
    expect(page.locator("conflict-queue input[type=checkbox]")).to_be_hidden()
    page.keyboard.press("a")
    expect(page.get_by_label("Reason", exact=True)).to_be_hidden()


def test_the_top_bar_counts_open_conflicts_live(signed_in, park, api):
    page = signed_in("supervisor1", DESK)
    link = page.get_by_role("link", name="Conflicts")
    before = api("supervisor1").get("/api/sync/conflicts/stats")["by_status"].get("open", 0)
    park("counter13")
    expect(link.locator("b")).to_have_text(str(before + 1))


def test_a_counter_is_sent_back_to_the_count(signed_in):
    page = signed_in("counter12", PHONE)
    page.goto("/conflicts")
    page.wait_for_url(re.compile("/count$"))


@both_sizes
@both_schemes
def test_the_conflict_desk_shuts_nobody_out(desk, park, size, scheme):
    park("counter3", 2)
    page = desk("supervisor1", size, color_scheme=scheme)
    expect(rows(page)).to_have_count(2)
    check(page)
    rows(page).first.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Both sides")).to_be_visible()
    choose(page, "Merge by field")
    check(page)
    choose(page, "Recount")
    page.get_by_role("button", name="Ask for a recount").click()
    expect(page.get_by_role("alert").filter(has_text="Give a reason")).to_be_visible()
    check(page)
