"""Background Sync: the browser wakes the app when it thinks that the network is back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.processes import wait_until
from tests.browser.hands import cell, count_by_code, offline_ready, pieces_on

pytestmark = pytest.mark.installs

BATCH = "/api/sync/batch"
TAG = "send"
REGISTRATION = "ServiceWorker.workerRegistrationUpdated"
LOOK_MS = 10_000
AT_MOST = 12
"""Tries within that time: after 2 s, 4 s and 8 s, and a few for signs that the network is back."""


@pytest.fixture
def page(phone, network, claiming):
    """A phone at a rack, whose browser may wake the app."""
    page = phone.open(f"{network.base_url}/sign-in")
    page.context.grant_permissions(["background-sync"], origin=network.base_url)
    claiming(page, "counter6")
    offline_ready(page)
    page.reload()
    expect(cell(page, "live")).to_have_text("Live")
    return page


def wake(page, url):
    """Do what the browser does when a sync that was asked for is due."""
    chrome = page.context.new_cdp_session(page)
    known = []
    chrome.on(REGISTRATION, lambda told: known.extend(told["registrations"]))
    chrome.send("ServiceWorker.enable")
    while not known:
        page.wait_for_timeout(50)
    due = {"registrationId": known[0]["registrationId"], "tag": TAG, "lastChance": False}
    chrome.send("ServiceWorker.dispatchSyncEvent", {"origin": url, **due})


@pytest.mark.soak
def test_counts_are_tried_when_the_browser_wakes_the_app(page, network, rack_id, api):
    tries = []
    page.on("request", lambda asked: tries.append(asked) if BATCH in asked.url else None)
    network.down()
    count_by_code(page, "85123A", 7)
    assert wait_until(lambda: page.wait_for_timeout(100) or len(tries) >= 4, 20)
    before = len(tries)  # the next try by itself is seconds away
    wake(page, network.base_url)
    assert wait_until(lambda: page.wait_for_timeout(50) or len(tries) > before, 1.5)
    network.up()
    expect(cell(page, "queue")).to_have_text("All sent", timeout=25_000)
    assert pieces_on(api, rack_id) == 7


@pytest.mark.soak
def test_a_server_that_is_away_is_not_hammered(page, network):
    tries = []
    page.on("request", lambda asked: tries.append(asked) if BATCH in asked.url else None)
    network.down()
    count_by_code(page, "85123A", 7)
    page.wait_for_timeout(LOOK_MS)
    assert 1 <= len(tries) <= AT_MOST
