"""A counter hands the rack to a colleague, who goes on counting it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.hands import cell, count_by_code


def offer(page, username):
    page.get_by_role("button", name="Hand over").click()
    dialog = page.get_by_role("dialog", name="Hand this rack over")
    dialog.get_by_label("Colleague’s user name").fill(username)
    dialog.get_by_role("button", name="Offer the rack").click()
    return dialog


def test_a_colleague_takes_the_rack_over_and_both_are_told(counting, signed_in, rack_id, api):
    ada = counting("counter11")
    count_by_code(ada, "85123A", 4)
    expect(cell(ada, "queue")).to_have_text("All sent")
    bob = signed_in("counter12")
    expect(bob.get_by_role("heading", name="Choose a rack")).to_be_visible()

    offer(ada, "counter12")
    expect(ada.locator("toast-stack")).to_contain_text(f"{rack_id} is offered to counter12")
    expect(bob.locator("toast-stack")).to_contain_text(f"Counter 11 offers you rack {rack_id}")

    bob.get_by_role("button", name=rack_id).click()
    expect(bob.locator("[data-part=rack].plate--big")).to_have_text(rack_id)
    expect(ada.locator("toast-stack")).to_contain_text(f"Counter 12 has taken {rack_id} over")
    expect(ada.get_by_role("heading", name="Choose a rack")).to_be_visible()

    count_by_code(bob, "71053", 6)
    expect(cell(bob, "queue")).to_have_text("All sent")
    held = api("supervisor1").get(f"/api/racks/{rack_id}/status")
    assert held["holder"]["username"] == "counter12"


def test_an_offer_to_nobody_says_what_to_do(counting):
    page = counting("counter13")
    dialog = offer(page, "nobody-of-that-name")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()


def test_what_waits_to_be_sent_is_sent_before_the_rack_goes_on(counting):
    page = counting("counter14")
    page.context.set_offline(True)
    count_by_code(page, "85123A", 4)
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator("toast-stack")).to_contain_text("1 count still waits to be sent")
