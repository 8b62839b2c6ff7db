"""Whoever signed in last goes on for their shift; nobody's counts go under another name."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.processes import wait_until
from tests.browser.conftest import PHONE, sign_in
from tests.browser.hands import cell, count_by_code, offline_ready, pieces_on

pytestmark = pytest.mark.installs

LATER = "const then = Date.now.bind(Date); Date.now = () => then() + {hours} * 3600 * 1000;"


def sign_out(page, *, unsent=False):
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    if unsent:
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Sign out all the same").click()
    page.wait_for_url(re.compile("/sign-in"))


@pytest.mark.soak
def test_a_rack_goes_on_after_a_reload_without_a_network(
    open_page, network, claiming, rack_id, api
):
    page = claiming(open_page(PHONE, f"{network.base_url}/sign-in"), "counter5")
    offline_ready(page)
    network.down()
    page.reload()
    expect(page.locator(".rack-head [data-part=rack]")).to_have_text(rack_id)
    count_by_code(page, "85123A", 7)
    page.reload()
    count_by_code(page, "71053", 5)
    expect(cell(page, "queue")).to_have_text("2 to send")
    network.up()
    page.reload()
    expect(cell(page, "queue")).to_have_text("All sent", timeout=20_000)
    assert pieces_on(api, rack_id) == 12


def test_a_rack_goes_on_after_the_browser_was_killed(phone, network, claiming, rack_id, api):
    page = claiming(phone.open(f"{network.base_url}/sign-in"), "counter6")
    offline_ready(page)
    network.down()
    count_by_code(page, "85123A", 4)
    phone.kill()
    page = phone.open(f"{network.base_url}/count")
    expect(page.locator(".rack-head [data-part=rack]")).to_have_text(rack_id)
    count_by_code(page, "71053", 6)
    phone.kill()
    network.up()
    page = phone.open(f"{network.base_url}/count")
    expect(cell(page, "queue")).to_have_text(re.compile("All sent|Sign in to send"))
    if page.get_by_role("link", name="Sign in").is_visible():  # the cookies were not on disk yet
        page.get_by_role("link", name="Sign in").click()
        sign_in(page, "counter6")
    expect(cell(page, "queue")).to_have_text("All sent", timeout=20_000)
    assert pieces_on(api, rack_id) == 10


@pytest.mark.soak
def test_a_shift_ends_after_twelve_hours(open_page, network):
    page = open_page(PHONE, f"{network.base_url}/sign-in")
    sign_in(page, "counter8")
    offline_ready(page)
    network.down()
    page.goto(f"{network.base_url}/count")
    expect(page.get_by_role("heading", name="Choose a rack")).to_be_visible()
    page.add_init_script(LATER.format(hours=13))
    page.goto(f"{network.base_url}/count")
    expect(page.get_by_role("alert").filter(has_text="too long ago")).to_be_visible()


def test_counts_are_never_sent_under_another_name(open_page, network, claiming, rack_id, api):
    page = claiming(open_page(PHONE, f"{network.base_url}/sign-in"), "counter9")
    offline_ready(page)
    network.down()
    count_by_code(page, "85123A", 9)
    sign_out(page, unsent=True)
    expect(page.get_by_text("1 count on this device waits")).to_be_visible()
    network.up()
    page.goto(f"{network.base_url}/sign-in")
    sent = []
    page.on(
        "request", lambda asked: sent.append(asked.post_data) if "sync/batch" in asked.url else None
    )
    sign_in(page, "counter10")
    expect(cell(page, "live")).to_have_text("Live")
    expect(cell(page, "queue")).to_have_text("All sent")
    page.wait_for_timeout(1_500)
    assert sent == []
    assert pieces_on(api, rack_id) == 0
    sign_out(page)
    sign_in(page, "counter9")
    expect(cell(page, "queue")).to_have_text("All sent")
    assert len(sent) == 1
    assert pieces_on(api, rack_id) == 9


@pytest.mark.soak
def test_a_tab_of_the_one_who_left_sends_nothing_for_the_next(
    open_page, network, claiming, rack_id, api
):
    page = claiming(open_page(PHONE, f"{network.base_url}/sign-in"), "counter11")
    network.cut_next("/api/sync/batch", times=50, lose="request")
    count_by_code(page, "85123A", 3)
    other = page.context.new_page()
    other.goto(f"{network.base_url}/map")
    sign_out(other, unsent=True)
    sign_in(other, "counter12")
    expect(page.locator("[data-part=user-name]")).to_have_text("Counter 12")
    assert pieces_on(api, rack_id) == 0


@pytest.mark.soak
def test_who_leaves_without_a_network_is_signed_out_once_it_is_back(open_page, network):
    page = open_page(PHONE, f"{network.base_url}/sign-in")
    sign_in(page, "counter13")
    expect(cell(page, "live")).to_have_text("Live")
    offline_ready(page)
    network.down()
    sign_out(page)
    network.up()
    page.goto(f"{network.base_url}/sign-in")
    assert wait_until(lambda: page.request.get(f"{network.base_url}/api/auth/me").status == 401, 8)
    page.goto(f"{network.base_url}/count")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_in_again_resumes_the_rack(open_page, network, claiming, rack_id):
    page = claiming(open_page(PHONE, f"{network.base_url}/sign-in"), "counter14")
    sign_out(page)
    sign_in(page, "counter14")
    expect(page.locator(".rack-head [data-part=rack]")).to_have_text(rack_id)


@pytest.mark.soak
def test_racks_that_one_holds_are_offered_without_a_network(open_page, network, claiming, rack_id):
    page = claiming(open_page(PHONE, f"{network.base_url}/sign-in"), "counter15")
    offline_ready(page)
    page.get_by_role("button", name="Other rack").click()
    expect(page.get_by_role("heading", name="My open racks")).to_be_visible()
    network.down()
    page.reload()
    page.get_by_role("button", name="Go on").first.click()
    expect(page.locator(".rack-head [data-part=rack]")).to_have_text(rack_id)
