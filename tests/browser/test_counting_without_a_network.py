from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.processes import wait_until
from tests.browser.hands import cell, count_by_code, figure, pieces_on, scan, tile

pytestmark = pytest.mark.installs

EXPIRY_SECONDS = 5
SYNC = re.compile(r"/api/sync/batch")


def status_of(caller, rack_id):
    return caller.get(f"/api/racks/{rack_id}/status")["status"]


def test_counts_taken_offline_survive_a_reload_and_arrive(counting, rack_id, api):
    page = counting("counter14")
    page.context.set_offline(True)
    expect(cell(page, "network")).to_have_text("Offline")
    scan(page, "85123A")
    page.get_by_role("textbox", name="Quantity").fill("7")
    page.get_by_role("button", name="Save count").click()
    expect(cell(page, "queue")).to_have_text("1 to send")
    expect(page.locator("count-list li")).to_have_attribute("data-state", "queued")
    page.context.route(
        SYNC, lambda route: route.abort()
    )  # the pages come back before the sync does
    page.context.set_offline(False)
    page.reload()
    expect(cell(page, "queue")).to_have_text("1 to send")
    expect(page.locator("count-list li")).to_contain_text("85123A")
    page.context.unroute(SYNC)
    page.context.set_offline(True)
    page.context.set_offline(False)
    expect(cell(page, "queue")).to_have_text("All sent")
    expect(figure(page, "pieces")).to_have_text("7")
    assert pieces_on(api, rack_id) == 7


def test_a_lost_answer_does_not_count_twice(counting, rack_id, api):
    page = counting("counter15")
    answers = []

    def lose_the_first(route):
        answers.append(route.fetch())
        if len(answers) == 1:
            route.abort()
        else:
            route.fulfill(response=answers[-1])

    page.context.route(SYNC, lose_the_first)
    count_by_code(page, "85123A", 5)
    expect(page.locator("count-list li")).to_have_attribute("data-state", "acked")
    assert len(answers) == 2
    assert pieces_on(api, rack_id) == 5


@pytest.mark.soak
def test_two_tabs_of_one_counter_send_each_count_once(counting, rack_id, api):
    page = counting("counter16")
    other = page.context.new_page()
    other.goto("/count")
    expect(figure(other, "pieces")).to_have_text("0")
    count_by_code(other, "85123A", 2)
    count_by_code(page, "71053", 3)
    expect(cell(page, "queue")).to_have_text("All sent")
    expect(cell(other, "queue")).to_have_text("All sent")
    assert pieces_on(api, rack_id) == 5


def test_a_counter_who_signs_out_keeps_the_queue(counting, open_page):
    page = counting("counter17")
    page.context.route(SYNC, lambda route: route.abort())
    count_by_code(page, "85123A", 1)
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 count has not reached the server")
    dialog.get_by_role("button", name="Sign out all the same").click()
    expect(page.get_by_text("1 count on this device waits")).to_be_visible()


def test_a_lease_lost_while_away_is_told_and_the_count_parked(counting, rack_id, api):
    page = counting("counter18")
    page.context.set_offline(True)
    count_by_code(page, "85123A", 4)
    supervisor = api("supervisor1")
    supervisor.post(f"/api/racks/{rack_id}/force-release", {"reason": "No answer from the phone"})
    api("counter19").post(f"/api/racks/{rack_id}/claim")
    page.context.set_offline(False)
    alert = page.locator("[data-part=banner]")
    expect(alert).to_contain_text(f"You no longer hold {rack_id}")
    expect(alert).to_contain_text("Counter 19 has the rack now")
    expect(page.locator("lease-clock")).to_have_attribute("data-state", "lost")
    expect(cell(page, "queue")).to_have_text("1 parked")
    expect(page.locator("count-list li .count__why")).to_be_visible()
    assert pieces_on(api, rack_id) == 0


def test_a_lease_that_ran_out_comes_back_with_the_network(counting, rack_id, api):
    page = counting("counter20")
    page.context.set_offline(True)
    expect(page.locator("lease-clock")).to_have_attribute("data-state", "ended", timeout=15_000)
    supervisor = api("supervisor1")
    assert wait_until(lambda: status_of(supervisor, rack_id) == "available", EXPIRY_SECONDS)
    page.context.set_offline(False)
    expect(page.locator("lease-clock")).to_have_attribute("data-state", "held")
    assert status_of(supervisor, rack_id) == "active"


def test_the_map_catches_up_after_a_drop(signed_in, rack_id, api):
    supervisor = signed_in("supervisor1")
    expect(cell(supervisor, "live")).to_have_text("Live")
    supervisor.context.set_offline(True)
    expect(cell(supervisor, "live")).to_have_text("Not live", timeout=60_000)
    api("admin1").post(f"/api/racks/{rack_id}/recount", {"reason": "Looks odd"})
    supervisor.context.set_offline(False)
    expect(cell(supervisor, "live")).to_have_text("Live", timeout=20_000)
    expect(tile(supervisor, rack_id)).to_have_attribute("data-look", "recount")
    expect(supervisor.locator("event-feed")).to_contain_text("Looks odd")
