"""The promises: for everybody who is signed in, with figures of now."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_everybody_can_use_the_screens import both_schemes, both_sizes, check

SLOW_MS = 20_000
"""The figures are looked at every five seconds."""


def card(page, title):
    return page.locator(".promise").filter(has=page.get_by_role("heading", name=title))


@pytest.mark.soak
def test_the_figures_are_of_now_and_each_names_its_tests(signed_in, api):
    page = signed_in("auditor1", DESK)
    page.goto("/promises")
    holder = card(page, "One rack, one counter")
    expect(holder).to_contain_text("Kept", timeout=SLOW_MS)
    held = int(holder.locator("[data-part=main]").inner_text())
    counter = api("counter20")
    free = counter.get("/api/racks/available")["racks"][0]["rack_id"]
    counter.post(f"/api/racks/{free}/claim")
    expect(holder.locator("[data-part=main]")).to_have_text(str(held + 1), timeout=SLOW_MS)
    tests = holder.get_by_text("2 tests attack it")
    tests.focus()
    page.keyboard.press("Enter")
    expect(holder.get_by_role("listitem").first).to_contain_text("claims are linearizable")
    counter.post(f"/api/racks/{free}/release")


def test_a_counter_finds_them_in_the_menu(signed_in):
    page = signed_in("counter19", PHONE)
    page.locator("[data-part=user-menu] summary").click()
    page.get_by_role("link", name="Promises").click()
    expect(card(page, "Nothing counts twice")).to_contain_text("Kept", timeout=SLOW_MS)
    expect(page.locator("[data-part=sum]")).to_contain_text("of 9 kept")


@both_sizes
@both_schemes
def test_the_promises_shut_nobody_out(signed_in, size, scheme):
    page = signed_in("supervisor1", size, color_scheme=scheme)
    page.goto("/promises")
    expect(card(page, "There is a backup")).to_be_visible(timeout=SLOW_MS)
    check(page)
