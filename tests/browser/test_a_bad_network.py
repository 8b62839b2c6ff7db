"""The network is cut at every step; after each the server has what was typed, nothing twice."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.processes import wait_until
from tests.browser.conftest import PHONE
from tests.browser.hands import cell, count_by_code, offline_ready, pieces_on, record_of

pytestmark = pytest.mark.installs

BATCH = "/api/sync/batch"
SENT = {"timeout": 25_000}
SKEWED = """
  const real = Date;
  Date = class extends real {{
    constructor(...parts) {{ parts.length ? super(...parts) : super(real.now() + {ms}); }}
    static now() {{ return real.now() + {ms}; }}
  }};
"""

FULL_DISK = """
  const told = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, "error").get;
  const full = new WeakSet();
  Object.defineProperty(IDBTransaction.prototype, "error", {
    get() {
      return full.has(this) ? new DOMException("full", "QuotaExceededError") : told.call(this);
    },
  });
  const add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = function (...parts) {
    const asked = add.apply(this, parts);
    const { transaction } = this;
    if (window.diskIsFull) full.add(transaction);
    if (window.diskIsFull) asked.addEventListener("success", () => transaction.abort());
    return asked;
  };
"""
"""Chromium's quota cannot be lowered from a test: this does what it does when there is no room."""


def sums_on(api, rack_id):
    """Pieces and records that the server has counted at a rack."""
    counted = record_of(api, rack_id)
    return counted["pieces"], counted["records"]


def count_three(page):
    """24 pieces in three counts."""
    for code, quantity in (("85123A", 7), ("71053", 5), ("22423", 12)):
        count_by_code(page, code, quantity)


@pytest.fixture
def phone_at_rack(open_page, network, claiming):
    """`phone_at_rack("counter1")`: a phone behind the network that can be cut."""

    def open_one(username, **options):
        page = open_page(PHONE, f"{network.base_url}/sign-in", **options)
        claiming(page, username)
        offline_ready(page)
        return page

    return open_one


def test_cut_before_the_count_is_saved(phone_at_rack, network, rack_id, api):
    page = phone_at_rack("counter1")
    network.down()
    count_three(page)
    expect(cell(page, "queue")).to_have_text(re.compile("3 to send"))
    network.up()
    expect(cell(page, "queue")).to_have_text("All sent", **SENT)
    assert sums_on(api, rack_id) == (24, 3)


@pytest.mark.parametrize("lose", ["request", "answer"])
def test_cut_while_a_batch_is_under_way(phone_at_rack, network, rack_id, api, lose):
    page = phone_at_rack("counter2")
    network.cut_next(BATCH, times=2, lose=lose)
    count_three(page)
    expect(cell(page, "queue")).to_have_text("All sent", **SENT)
    assert network.count(BATCH, lose) == 2
    assert sums_on(api, rack_id) == (24, 3)


def test_cut_while_the_sign_in_is_refreshed(phone_at_rack, network, rack_id, api):
    page = phone_at_rack("counter3")
    network.down()
    count_three(page)
    page.context.clear_cookies(name="access_token_cookie")
    page.context.clear_cookies(name="csrf_access_token")
    network.cut_next("/api/auth/refresh", lose="answer")
    network.up()
    expect(cell(page, "queue")).to_have_text("All sent", **SENT)
    assert network.count("/api/auth/refresh", "answer") == 1
    assert sums_on(api, rack_id) == (24, 3)


@pytest.mark.soak
def test_a_tab_that_is_killed_while_sending(phone_at_rack, network, rack_id, api):
    page = phone_at_rack("counter4")
    network.cut_next(BATCH, times=100, lose="answer")
    count_three(page)
    assert wait_until(lambda: network.count(BATCH, "answer") >= 1, 8)
    context = page.context
    page.close()
    network.forgive()
    page = context.new_page()
    page.goto(f"{network.base_url}/count")
    expect(cell(page, "queue")).to_have_text("All sent", **SENT)
    assert sums_on(api, rack_id) == (24, 3)


@pytest.mark.soak
def test_a_browser_that_is_killed_while_sending(phone, network, claiming, rack_id, api):
    page = claiming(phone.open(f"{network.base_url}/sign-in"), "counter5")
    offline_ready(page)
    page.wait_for_timeout(31_000)  # what the browser takes to write its cookies to disk
    network.cut_next(BATCH, times=100, lose="answer")
    count_three(page)
    assert wait_until(lambda: network.count(BATCH, "answer") >= 1, 8)
    phone.kill()
    network.forgive()
    page = phone.open(f"{network.base_url}/count")
    expect(cell(page, "queue")).to_have_text("All sent", **SENT)
    assert sums_on(api, rack_id) == (24, 3)


@pytest.mark.soak
def test_two_tabs_that_lose_the_network_together(phone_at_rack, network, rack_id, api):
    page = phone_at_rack("counter6")
    other = page.context.new_page()
    other.goto(f"{network.base_url}/count")
    expect(cell(other, "live")).to_have_text("Live")
    network.down()
    count_three(page)
    count_by_code(other, "20725", 6)
    network.cut_next(BATCH, lose="answer")
    network.up()
    for each in (page, other):
        expect(cell(each, "queue")).to_have_text("All sent", **SENT)
    assert sums_on(api, rack_id) == (30, 4)


@pytest.mark.soak
@pytest.mark.parametrize("days", [pytest.param(-2, marks=pytest.mark.soak), 2])
def test_a_clock_that_is_two_days_wrong(open_page, network, claiming, rack_id, api, days):
    page = open_page(PHONE, f"{network.base_url}/sign-in")
    page.add_init_script(SKEWED.format(ms=days * 86_400_000))
    page.reload()
    claiming(page, "counter7")
    offline_ready(page)
    network.cut_next(BATCH, lose="answer")
    count_three(page)
    network.down()
    page.reload()
    count_by_code(page, "20725", 6)
    network.up()
    expect(cell(page, "queue")).to_have_text("All sent", **SENT)
    assert sums_on(api, rack_id) == (30, 4)


@pytest.mark.soak
def test_a_sign_in_page_of_the_wifi_answers_in_our_place(phone_at_rack, network, rack_id, api):
    page = phone_at_rack("counter8")
    portal = {"status": 200, "content_type": "text/html", "body": "<h1>Welcome to our Wi-Fi</h1>"}
    page.context.route(f"**{BATCH}", lambda route: route.fulfill(**portal))
    count_three(page)
    expect(page.locator("count-list li[data-state=queued]")).to_have_count(3)
    page.context.unroute(f"**{BATCH}")
    expect(cell(page, "queue")).to_have_text("All sent", **SENT)
    assert sums_on(api, rack_id) == (24, 3)


def test_a_full_disk_is_told_and_nothing_is_called_saved(
    open_page, network, claiming, rack_id, api
):
    page = open_page(PHONE, f"{network.base_url}/sign-in")
    page.add_init_script(FULL_DISK)
    page.reload()
    claiming(page, "counter9")
    count_by_code(page, "85123A", 7)
    expect(cell(page, "queue")).to_have_text("All sent", **SENT)
    page.evaluate("window.diskIsFull = true")
    page.get_by_role("combobox").first.fill("71053")
    page.get_by_role("button", name="Take").click()
    page.get_by_role("textbox", name="Quantity").fill("5")
    save = page.locator("count-card").get_by_role("button", name=re.compile("^(Save count|Done)$"))
    save.click()
    expect(page.get_by_text("NOT SAVED").first).to_be_visible()
    expect(page.locator("count-card")).to_be_visible()
    expect(page.locator("count-list li")).to_have_count(1)
    page.evaluate("window.diskIsFull = false")
    save.click()
    expect(page.locator("count-list li")).to_have_count(2)
    expect(cell(page, "queue")).to_have_text("All sent", **SENT)
    assert pieces_on(api, rack_id) == 12
