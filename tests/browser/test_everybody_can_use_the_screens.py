from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from config import ROOT
from tests.browser.conftest import DESK, PHONE
from tests.browser.hands import scan, tile

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TARGET_PX = 44

both_sizes = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])

_SMALL = """px => [...document.querySelectorAll('button, summary, select, input, textarea, nav a')]
  .filter(e => e.checkVisibility({opacityProperty: true}) && !e.closest('label'))
  .map(e => [e.getBoundingClientRect(), e.outerHTML.slice(0, 90)])
  .filter(([box]) => box.width && (box.width < px || box.height < px))
  .map(([box, html]) => `${Math.round(box.width)}×${Math.round(box.height)} ${html}`)"""


_VIOLATIONS = """async asked => (await axe.run(document, asked)).violations.map(
  rule => [rule.id, rule.nodes.map(node => node.html.slice(0, 120))])"""
"""Of what axe tells, all else is large: each element that passed each rule."""


def violations(page):
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    only = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    return page.evaluate(_VIOLATIONS, only)


def check(page):
    page.evaluate("scrollTo(0, 0)")  # what is scrolled half under the header is no small target
    page.wait_for_timeout(300)  # what fades in has no contrast yet
    assert violations(page) == []
    assert page.evaluate(_SMALL, TARGET_PX) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"


@both_sizes
@both_schemes
def test_the_sign_in_screen_shuts_nobody_out(open_page, size, scheme):
    page = open_page(size, "/sign-in", color_scheme=scheme)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)


@both_sizes
@both_schemes
def test_the_choice_of_a_rack_shuts_nobody_out(signed_in, size, scheme):
    page = signed_in("counter1", size, color_scheme=scheme)
    page.get_by_role("button", name=re.compile("^First")).click()
    expect(page.get_by_role("button", name="F-01")).to_be_visible()
    check(page)


@both_sizes
@both_schemes
def test_the_counting_screen_shuts_nobody_out(counting, size, scheme):
    page = counting("counter2", size, color_scheme=scheme)
    scan(page, "85123A")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("count-list li")).to_have_attribute("data-state", "acked")
    page.get_by_role("combobox").fill("heart")
    expect(page.locator("#scan-hits").get_by_role("option").first).to_be_visible()
    check(page)
    scan(page, "NOBODY-KNOWS-2")
    page.get_by_text("More: damage").click()
    check(page)
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("dialog")).to_contain_text("Not counted is not zero")
    check(page)
    page.get_by_role("dialog").get_by_role("button", name="Go on counting").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on counting")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Release").click()
    page.get_by_role("dialog").get_by_role("button", name="Release the rack").click()
    expect(page.get_by_role("heading", name="Choose a rack")).to_be_visible()


@both_sizes
@both_schemes
def test_the_rack_map_shuts_nobody_out(signed_in, api, size, scheme, rack_id):
    counter = api("counter3")
    counter.post(f"/api/racks/{rack_id}/claim")
    page = signed_in("supervisor1", size, color_scheme=scheme)
    expect(tile(page, rack_id)).to_have_attribute("data-look", "active")
    check(page)
    counter.post(f"/api/racks/{rack_id}/claim")  # a check may take longer than a lease lasts here
    tile(page, rack_id).get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_contain_text("Counter 3")
    check(page)


def test_the_map_is_walked_with_arrow_keys(signed_in):
    page = signed_in("supervisor1", DESK)
    first = tile(page, "F-01").get_by_role("button")
    first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(tile(page, "F-08").get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("F-08")


def test_a_count_is_taken_with_the_keyboard_alone(counting):
    page = counting("counter4", DESK)
    page.keyboard.type("85123A", delay=120)  # a person, not a scanner
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Quantity")).to_be_focused()
    page.keyboard.type("6", delay=120)
    page.keyboard.press("Enter")
    expect(page.locator("count-list li").first).to_contain_text("6")
    expect(page.get_by_role("combobox")).to_be_focused()
