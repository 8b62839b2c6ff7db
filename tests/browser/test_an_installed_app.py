"""The screens open without a network, and a new version never interrupts a count."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from app.processes import wait_until
from tests.browser.conftest import PHONE, sign_in, take_rack
from tests.browser.hands import cell, offline_ready

pytestmark = pytest.mark.installs

SHELLS = "caches.keys().then((names) => names.filter((name) => name.startsWith('shell-')))"
WAITS = "navigator.serviceWorker.getRegistration().then((r) => Boolean(r.waiting))"
UPDATE = """navigator.serviceWorker.getRegistration()
  .then((registration) => registration.update())
  .then(() => true, () => false)"""


def shells(page):
    """The versions on the device; none while a page is being left for another."""
    with suppress(Error):
        return page.evaluate(SHELLS)
    return []


def version_of(page):
    return page.request.get("/count").headers["x-shell-version"]


def release_a_version(page, network):
    """From now on the server serves another version; what it is called."""
    before = version_of(page)
    after = before[::-1]
    network.replaced[before.encode()] = after.encode()
    return after


@pytest.fixture
def installed(open_page, network):
    """A phone on which the app is installed: nobody is signed in."""
    page = open_page(PHONE, f"{network.base_url}/sign-in")
    offline_ready(page)
    return page


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/count", "Choose a rack"),
        ("/map", "Rack map"),
        ("/sign-in", "Sign in"),
        pytest.param("/", "Choose a rack", marks=pytest.mark.soak),
    ],
)
def test_a_screen_opens_without_a_network(installed, network, path, heading):
    if path != "/sign-in":
        sign_in(installed, "counter1")
        expect(installed.get_by_role("heading", name="Choose a rack")).to_be_visible()
    network.down()
    installed.goto(network.base_url + path)
    expect(installed.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    installed.reload()
    expect(installed.get_by_role("heading", name=heading, exact=True)).to_be_visible()


@pytest.mark.soak
def test_a_screen_opens_without_a_network_after_the_browser_was_killed(phone, network):
    page = phone.open(f"{network.base_url}/sign-in")
    sign_in(page, "counter1")
    expect(page.get_by_role("heading", name="Choose a rack")).to_be_visible()
    offline_ready(page)
    network.down()
    phone.kill()
    page = phone.open(f"{network.base_url}/count")
    expect(page.get_by_role("heading", name="Choose a rack")).to_be_visible()
    expect(page.locator("[data-part=user-name]")).to_have_text("Counter 1")


@pytest.mark.soak
def test_a_language_is_chosen_without_a_network(installed, network):
    sign_in(installed, "counter5")
    expect(installed.get_by_role("heading", name="Choose a rack")).to_be_visible()
    network.down()
    installed.locator(".user-menu summary").click()
    installed.locator(".user-menu").get_by_label("Language").select_option("hi")
    expect(installed.get_by_role("heading", name="रैक चुनें")).to_be_visible()
    installed.goto(f"{network.base_url}/count")
    expect(installed.locator("html")).to_have_attribute("lang", "hi")
    network.up()
    installed.reload()
    expect(installed.get_by_role("heading", name="रैक चुनें")).to_be_visible()


def test_no_answer_of_the_api_is_ever_cached(installed, network):
    sign_in(installed, "counter2")
    expect(cell(installed, "live")).to_have_text("Live")
    kept = installed.evaluate(
        """async () => {
          const names = await caches.keys();
          const keysOf = async (name) => (await caches.open(name)).keys();
          const all = await Promise.all(names.map(keysOf));
          return all.flat().map(({ url }) => new URL(url).pathname);
        }"""
    )
    assert {"/count", "/sign-in", "/map"} <= set(kept)
    ours = re.compile(r"/(static/|(count|map|sign-in|scanner-test)$)")
    assert [path for path in kept if not ours.match(path)] == []


@pytest.mark.soak
def test_a_new_version_begins_at_once_where_nobody_counts(installed, network):
    new = release_a_version(installed, network)
    assert installed.evaluate(UPDATE)
    assert wait_until(lambda: shells(installed) == [f"shell-{new}"], 8)


@pytest.mark.soak
def test_a_new_version_waits_until_the_rack_is_left(installed, network, rack_id):
    old = version_of(installed)
    sign_in(installed, "counter4")
    take_rack(installed, rack_id)
    new = release_a_version(installed, network)
    assert installed.evaluate(UPDATE)
    expect(installed.locator("toast-stack")).to_contain_text("A new version is ready")
    assert installed.evaluate(WAITS)
    assert f"shell-{old}" in shells(installed)
    installed.get_by_role("button", name="Other rack").click()
    expect(installed.get_by_role("heading", name="Choose a rack")).to_be_visible()
    assert wait_until(lambda: shells(installed) == [f"shell-{new}"], 8)


@pytest.mark.soak
def test_a_mixture_of_two_versions_is_not_installed(installed, network):
    old = version_of(installed)
    release_a_version(installed, network)
    network.replaced[b"--vest:"] = b"--best:"  # a file that its hash does not fit
    before = shells(installed)
    assert not installed.evaluate(UPDATE) or not installed.evaluate(WAITS)
    network.down()
    installed.reload()
    expect(installed.get_by_role("heading", name="Sign in")).to_be_visible()
    assert f"shell-{old}" in before


def test_a_phone_can_install_it(installed, network):
    manifest = installed.request.get("/static/manifest.webmanifest").json()
    sizes = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes
    assert manifest["display"] == "standalone"
    for picture in manifest["icons"] + manifest["screenshots"]:
        assert installed.request.get(picture["src"]).ok
    assert {shot["form_factor"] for shot in manifest["screenshots"]} == {"narrow", "wide"}
