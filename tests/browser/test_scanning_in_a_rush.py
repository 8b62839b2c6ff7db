"""No scan is lost, torn or multiplied, whatever the screen is busy with while its keys come."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.hands import cell, comes_to, figure, scan

CODES = ["85123A", "71053", "22423", "20725", "21733", "84879", "22720", "47566", "20727", "22197"]
PIECE = "71053"
BUSY = """() => {
  const work = () => {
    const end = performance.now() + 180;
    while (performance.now() < end);
    window.busy = setTimeout(work, 25);
  };
  work();
}"""
"""A phone that does something else seven eighths of the time."""


def quantity(page):
    return page.get_by_role("textbox", name="Quantity")


def counted(page):
    """What stands in the list: each item with its quantity."""
    rows = page.locator("count-list li")
    return {
        row.locator("[data-part=code]").inner_text(): row.locator("[data-part=qty]").inner_text()
        for row in rows.all()
    }


def test_scans_in_a_rush_are_all_counted(counting, rack_id, api):
    page = counting("counter7")
    for code in CODES * 2:
        scan(page, code)
    expect(figure(page, "pieces")).to_have_text(str(2 * len(CODES)))
    assert counted(page) == dict.fromkeys(CODES, "2")
    expect(cell(page, "queue")).to_have_text("All sent")
    figures = {"records": len(CODES), "items": len(CODES), "pieces": 2 * len(CODES)}
    assert comes_to(api, rack_id, **figures)


@pytest.mark.parametrize(
    "focus",
    [
        "condition",
        pytest.param("nothing", marks=pytest.mark.soak),
        pytest.param("quantity", marks=pytest.mark.soak),
    ],
)
@pytest.mark.soak
def test_a_busy_screen_loses_no_scan(counting, focus):
    page = counting("counter8")
    scan(page, CODES[0])
    expect(quantity(page)).to_have_value("1")
    page.get_by_text("More: damage").click()
    page.evaluate(BUSY)
    for code in CODES:
        if focus == "quantity":
            page.evaluate("document.querySelector('[data-part=pad] input').focus()")
        elif focus == "condition":
            page.evaluate("document.querySelector('[data-part=condition]').focus()")
        else:
            page.evaluate("document.activeElement.blur()")
        scan(page, code)
    page.evaluate("clearTimeout(window.busy)")
    expect(figure(page, "pieces")).to_have_text(str(len(CODES) + 1))
    assert counted(page) == {**dict.fromkeys(CODES, "1"), CODES[0]: "2"}
    expect(page.locator("count-list")).not_to_contain_text("Worn")


@pytest.mark.parametrize("where", ["the scan box", "the quantity"])
def test_a_code_that_stalls_half_way_is_one_scan(counting, where):
    page = counting("counter9")
    scan(page, PIECE)
    expect(quantity(page)).to_have_value("1")
    if where == "the quantity":
        quantity(page).focus()
    scan(page, "2014541667767", hole=(4, 0.6))
    expect(page.locator("count-card h2")).to_have_text("INFLATABLE POLITICAL GLOBE")
    expect(figure(page, "pieces")).to_have_text("2")
    assert counted(page) == {PIECE: "1", "10002": "1"}


def test_a_scan_presses_no_button_of_a_window_and_is_counted(counting):
    page = counting("counter10")
    scan(page, PIECE)
    expect(quantity(page)).to_have_value("1")
    page.get_by_role("button", name="Finish").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("group", name="For all of them").get_by_label("Leave open").check()
    dialog.get_by_role("button", name="Finish rack").focus()
    scan(page, PIECE)
    expect(dialog).to_be_hidden()
    expect(quantity(page)).to_have_value("2")
    expect(page.locator("[data-part=hud]")).to_be_visible()
