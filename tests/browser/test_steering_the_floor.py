"""A supervisor at the map and counters at their racks, at once: what one does the other sees."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, FLOORS, PHONE, sign_in
from tests.browser.hands import cell, count_by_code, tile
from tests.browser.test_everybody_can_use_the_screens import both_schemes, check


def open_rack(page, rack_id):
    tile(page, rack_id).get_by_role("button").click()
    return page.get_by_role("dialog")


def choose_floor(page, rack_id):
    page.get_by_role("button", name=re.compile(f"^{FLOORS[rack_id.partition('-')[0]]}")).click()


# ── finding and filtering ────────────────────────────────────────────────────────────────────────


def test_a_rack_is_found_and_opened_with_the_keyboard_alone(signed_in, rack_id):
    page = signed_in("supervisor1")
    tile(page, rack_id).wait_for()
    page.keyboard.press("/")
    expect(page.get_by_label("Find a rack or a person")).to_be_focused()
    page.keyboard.type(rack_id.replace("-", "").lower())
    expect(tile(page, rack_id)).not_to_have_attribute("data-dim", "")
    page.keyboard.press("Enter")
    expect(tile(page, rack_id).get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(rack_id)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(tile(page, rack_id).get_by_role("button")).to_be_focused()


def test_a_person_is_found_at_their_rack(signed_in, api, rack_id):
    api("counter17").post(f"/api/racks/{rack_id}/claim")
    page = signed_in("supervisor1")
    expect(tile(page, rack_id)).to_have_attribute("data-look", "active")
    page.get_by_label("Find a rack or a person").fill("counter 17")
    expect(page.locator("rack-tile:not([data-dim])")).to_have_count(1)
    page.get_by_label("Find a rack or a person").fill("nobody at all")
    expect(page.get_by_text("No rack matches")).to_be_visible()


def test_the_legend_filters_by_state_and_by_trait(signed_in, api, rack_id):
    user = api("supervisor1").get("/api/auth/me")
    api("supervisor1").post(f"/api/racks/{rack_id}/assign", {"user_id": user["user_id"]})
    page = signed_in("supervisor1")
    legend = page.get_by_role("group", name="Show racks by state")
    legend.get_by_role("button", name="Free").click()
    expect(tile(page, rack_id)).to_have_attribute("data-dim", "")
    legend.get_by_role("button", name="Free").click()
    legend.get_by_role("button", name="Assigned").click()
    expect(tile(page, rack_id)).not_to_have_attribute("data-dim", "")
    dimmed = page.locator("rack-tile[data-dim]").count()
    assert dimmed > 80
    api("supervisor1").post(f"/api/racks/{rack_id}/assign", {"user_id": None})


# ── the drawer ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.soak
def test_counts_come_into_the_drawer_as_they_are_saved(counting, signed_in, rack_id):
    supervisor = signed_in("supervisor1")
    counter = counting("counter18")
    drawer = open_rack(supervisor, rack_id)
    expect(drawer).to_contain_text("Nothing counted yet")
    count_by_code(counter, "85123A", 12)
    expect(drawer.get_by_role("listitem").filter(has_text="85123A")).to_contain_text("12")
    count_by_code(counter, "71053", 3)
    expect(drawer.get_by_role("listitem").first).to_contain_text("71053")
    drawer.get_by_text("Who had this rack").click()
    expect(drawer).to_contain_text(f"Counter 18 claimed {rack_id}")


def test_a_rack_is_assigned_and_offered_to_that_counter_alone(signed_in, open_page, rack_id, api):
    supervisor = signed_in("supervisor1")
    chosen = signed_in("counter19", PHONE)
    choose_floor(chosen, rack_id)
    drawer = open_rack(supervisor, rack_id)
    drawer.get_by_label("Person").select_option(label="Counter 19")
    drawer.get_by_role("button", name="Assign").click()
    expect(drawer).to_be_hidden()
    expect(tile(supervisor, rack_id)).to_contain_text("Counter 19")
    expect(tile(supervisor, rack_id).get_by_role("button")).to_be_focused()
    zones = chosen.locator("rack-picker [data-part=zones]")
    first = zones.locator(".zone").first
    expect(first).to_contain_text("Assigned to you")
    expect(first).to_contain_text(rack_id)
    other = open_page(PHONE, "/sign-in")
    sign_in(other, "counter20")
    choose_floor(other, rack_id)
    expect(other.locator("rack-picker [data-part=zones] button").first).to_be_visible()
    expect(other.locator("rack-picker").get_by_role("button", name=rack_id)).to_have_count(0)
    first.get_by_role("button", name=rack_id).click()
    expect(tile(supervisor, rack_id)).to_have_attribute("data-look", "active")


# ── messages ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.soak
def test_a_message_stays_with_the_counter_until_it_is_read(counting, signed_in, rack_id):
    counter = counting("counter16")
    supervisor = signed_in("supervisor1")
    other = signed_in("counter15", PHONE)
    row = supervisor.locator("people-panel li").filter(
        has=supervisor.get_by_text("Counter 16", exact=True)
    )
    expect(row).to_contain_text(rack_id)
    row.get_by_role("button", name="Write to Counter 16").click()
    supervisor.get_by_role("textbox", name="Message").fill("Please come to the desk.")
    supervisor.get_by_role("button", name="Send").click()
    letter = counter.locator(".toast--letter")
    expect(letter).to_contain_text("Supervisor 1: Please come to the desk.")
    expect(supervisor.locator("event-feed")).to_contain_text("You to Counter 16")
    letter.get_by_role("button", name="Read").click()
    expect(letter).to_have_count(0)
    expect(other.locator(".toast--letter")).to_have_count(0)


# ── behind, and caught up ────────────────────────────────────────────────────────────────────────


def test_a_map_that_was_away_says_so_and_catches_up_without_a_gap(open_page, network, api, rack_id):
    page = open_page(DESK, f"{network.base_url}/sign-in")
    sign_in(page, "supervisor1")
    expect(cell(page, "live")).to_have_text("Live")
    tile(page, rack_id).wait_for()
    network.down()
    notice = page.locator(".map__notice")
    expect(notice).to_contain_text("Not connected")
    counter = api("counter14")
    counter.post(f"/api/racks/{rack_id}/claim")
    expect(notice).to_contain_text(re.compile(r"is [2-9]"))
    expect(tile(page, rack_id)).to_have_attribute("data-look", "available")
    network.up()
    expect(tile(page, rack_id)).to_have_attribute("data-look", "active", timeout=20_000)
    expect(notice).to_be_hidden()
    expect(page.locator("toast-stack")).to_contain_text("Up to date again")
    counter.post(f"/api/racks/{rack_id}/release")
    expect(tile(page, rack_id)).to_have_attribute("data-look", "available")


# ── heat and time ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "layer",
    [
        "Progress",
        *(pytest.param(n, marks=pytest.mark.soak) for n in ("Pace", "Variance", "Damage")),
    ],
)
def test_a_heat_layer_says_its_figures_in_words_too(signed_in, layer):
    page = signed_in("supervisor1")
    page.locator("rack-tile").first.wait_for()
    page.get_by_role("radio", name=layer).check()
    expect(page.locator("heat-legend")).to_be_visible()
    expect(page.locator("rack-tile").first.locator("[data-part=heat]")).to_have_text(
        re.compile(r"\S")
    )
    page.get_by_role("radio", name="State").check()
    expect(page.locator("heat-legend")).to_be_hidden()


@pytest.mark.soak
def test_one_looks_back_and_returns_to_what_happened_meanwhile(signed_in, api, rack_id):
    counter = api("counter13")
    counter.post(f"/api/racks/{rack_id}/claim")
    page = signed_in("supervisor1")
    expect(tile(page, rack_id)).to_have_attribute("data-look", "active")
    page.wait_for_timeout(1_200)  # the activity log is written once a second
    page.get_by_role("button", name="Look back").click()
    bar = page.get_by_role("group", name="The stocktake as it went")
    expect(bar).to_contain_text(re.compile(r"You see \d\d:\d\d:\d\d, not now"))
    page.keyboard.press("Home")
    expect(tile(page, rack_id)).to_have_attribute("data-look", "available")
    page.keyboard.press("End")
    expect(tile(page, rack_id)).to_have_attribute("data-look", "active")
    api("supervisor1").post(f"/api/racks/{rack_id}/recount", {"reason": "A test."})
    page.wait_for_timeout(600)
    expect(tile(page, rack_id)).to_have_attribute("data-look", "active")
    drawer = open_rack(page, rack_id)
    expect(drawer).to_contain_text("Go back to live to act on it")
    expect(drawer.get_by_label("Reason")).to_be_hidden()
    page.keyboard.press("Escape")
    bar.get_by_role("button", name="Back to live").click()
    expect(tile(page, rack_id)).to_have_attribute("data-look", "recount")
    expect(bar).to_be_hidden()


@pytest.mark.soak
@both_schemes
def test_heat_messages_and_the_past_shut_nobody_out(signed_in, api, scheme, rack_id):
    api("counter12").post(f"/api/racks/{rack_id}/claim")
    page = signed_in("supervisor1", DESK, color_scheme=scheme)
    expect(tile(page, rack_id)).to_have_attribute("data-look", "active")
    page.get_by_text("Write a message").click()
    page.get_by_role("radio", name="Progress").check()
    check(page)
    page.get_by_role("radio", name="State").check()
    page.wait_for_timeout(1_200)
    page.get_by_role("button", name="Look back").click()
    expect(page.locator("time-bar")).to_be_visible()
    check(page)
