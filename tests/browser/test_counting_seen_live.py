from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, take_rack
from tests.browser.hands import cell, count_by_code, scan, tile


def test_a_typed_count_shows_on_the_map(counting, signed_in, rack_id):
    supervisor = signed_in("supervisor1", DESK)
    expect(cell(supervisor, "live")).to_have_text("Live")
    counter = counting("counter4")
    expect(tile(supervisor, rack_id)).to_contain_text("Counter 4")
    counter.get_by_role("combobox").fill("85123A")
    counter.get_by_role("button", name="Take").click()
    counter.get_by_role("textbox", name="Quantity").fill("12")
    words = f"Counter 4 counts {rack_id}: 1 items, 12 pieces"
    line = supervisor.locator("event-feed").get_by_text(words)
    counter.get_by_role("button", name="Save count").click()
    expect(line).to_be_visible()
    expect(tile(supervisor, rack_id).locator("[data-part=figures]")).to_have_text(re.compile("^1/"))


def test_no_figure_falls_between_an_acknowledgement_and_the_progress_that_has_it(
    signed_in, rack_id
):
    page = signed_in("counter10", PHONE)
    page.route_web_socket(re.compile("/socket.io/"), _without_progress)
    page.reload()
    take_rack(page, rack_id)
    page.evaluate(NOTE_FIGURES)
    count_by_code(page, "85123A", 2)
    expect(cell(page, "queue")).to_have_text("All sent")
    page.wait_for_timeout(500)
    shown = page.evaluate("window.shown")
    counted = [at for at, queue, figures in shown if figures == "1 2"]
    sent = [at for at, queue, _ in shown if queue == "All sent" and at > counted[0]]
    fell = [at for at, _, figures in shown if figures != "1 2" and at > counted[0]]
    assert not fell or fell[0] > sent[0] + 500  # a slow machine looks later than after 500 ms


NOTE_FIGURES = """() => {
  const text = (place) => document.querySelector(place).textContent.trim();
  const figures = () => ["records", "pieces"].map((name) => text(`.rack-head [data-part=${name}]`));
  const queue = () => text("status-strip [data-part=queue-text]");
  const note = () => window.shown.push([performance.now(), queue(), figures().join(" ")]);
  window.shown = [];
  const everything = {subtree: true, childList: true, characterData: true};
  new MutationObserver(note).observe(document.body, everything);
}"""
"""From now on `window.shown` has each moment in ms, what the queue was then and the figures."""


def _without_progress(socket):
    server = socket.connect_to_server()
    server.on_message(lambda told: '"progress"' in str(told) or socket.send(told))


@pytest.mark.soak
def test_the_map_changes_only_the_tile_that_moved(counting, signed_in, rack_id):
    supervisor = signed_in("supervisor1", DESK)
    supervisor.locator("rack-tile").first.wait_for()
    supervisor.evaluate(
        "document.querySelectorAll('rack-tile').forEach(tile => tile.dataset.seen = '1')"
    )
    counting("counter5")
    expect(tile(supervisor, rack_id)).to_have_attribute("data-look", "active")
    assert supervisor.locator("rack-tile:not([data-seen])").count() == 0


def test_a_scanner_counts_without_any_field_in_focus(counting):
    page = counting("counter6")
    page.locator(".rack-head").click()
    scan(page, "85123A")
    expect(page.get_by_role("textbox", name="Quantity")).to_have_value("1")
    scan(page, "85123A")
    expect(page.get_by_role("textbox", name="Quantity")).to_have_value("2")
    scan(page, "71053")
    expect(page.locator("count-list li")).to_contain_text(["85123A"])
    expect(page.get_by_role("textbox", name="Quantity")).to_have_value("1")


def test_a_name_is_searched_while_it_is_typed(counting):
    page = counting("counter9")
    page.get_by_role("combobox").fill("hanging heart")
    expect(page.locator("#scan-hits").get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("count-card h2")).to_contain_text("HEART")
    expect(page.get_by_role("textbox", name="Quantity")).to_be_focused()


def test_what_cannot_be_counted_is_refused_in_words(counting):
    page = counting("counter10")
    scan(page, "85123A")
    page.get_by_text("More: damage").click()
    page.get_by_label("Of these, damaged").fill("2")
    page.get_by_role("button", name="Save count").click()
    expect(page.locator("count-card").get_by_role("alert")).to_contain_text("cannot be more")
    page.get_by_label("Of these, damaged").fill("0")
    page.get_by_label("Serial numbers").fill("SN1\nSN1")
    page.get_by_role("button", name="Save count").click()
    expect(page.locator("count-card").get_by_role("alert")).to_contain_text(
        "Twice in the list: SN1"
    )
    expect(page.locator("count-list li")).not_to_contain_text("damaged")


def test_finishing_asks_what_nobody_counted(counting, rack_id, api):
    page = counting("counter11")
    count_by_code(page, "85123A", 3)
    page.get_by_role("button", name="Finish").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Not counted is not zero")
    expect(dialog.get_by_role("button", name="Finish rack")).to_be_disabled()
    dialog.get_by_role("group", name="For all of them").get_by_label("Leave open").check()
    dialog.get_by_role("button", name="Finish rack").click()
    expect(page.get_by_role("heading", name=f"{rack_id} is finished")).to_be_visible()
    assert api("supervisor1").get(f"/api/racks/{rack_id}/status")["status"] == "completed"


def test_a_paused_session_takes_no_scan_until_resumed(counting, rack_id, api):
    page = counting("counter12")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("combobox")).to_be_disabled()
    assert api("supervisor1").get(f"/api/racks/{rack_id}/status")["status"] == "paused"
    page.get_by_role("button", name="Go on counting").click()
    expect(page.get_by_role("combobox")).to_be_enabled()


@pytest.mark.soak
def test_a_supervisor_must_give_a_reason_to_free_a_rack(counting, signed_in, rack_id):
    counter = counting("counter13")
    supervisor = signed_in("supervisor1", DESK)
    tile(supervisor, rack_id).get_by_role("button").click()
    drawer = supervisor.get_by_role("dialog")
    expect(drawer).to_contain_text("Counter 13")
    drawer.get_by_role("button", name="Free the rack").click()
    expect(drawer.get_by_role("alert")).to_contain_text("Give a reason")
    drawer.get_by_label("Reason").fill("Left for the day")
    drawer.get_by_role("button", name="Free the rack").click()
    expect(tile(supervisor, rack_id)).to_have_attribute("data-look", "available")
    expect(supervisor.locator("event-feed")).to_contain_text("Left for the day")
    expect(counter.get_by_role("alert").first).to_contain_text("stepped in: Left for the day")


def test_an_auditor_sees_the_drawer_without_actions(signed_in, rack_id):
    auditor = signed_in("auditor1", DESK)
    tile(auditor, rack_id).get_by_role("button").click()
    expect(auditor.get_by_role("dialog")).to_contain_text(rack_id)
    expect(auditor.get_by_label("Reason")).to_be_hidden()
