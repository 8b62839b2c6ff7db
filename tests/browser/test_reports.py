"""A supervisor asks, keeps the answer, and sees what changed; by keyboard where it counts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_everybody_can_use_the_screens import both_schemes, check

WORKER_MS = 30_000
"""A worker starts a process for each job, behind all requests."""


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def boss(signed_in, site, request):
    page = signed_in("supervisor1", request.param)
    page.wait_for_url("**/map")
    page.goto(f"{site.base_url}/reports")
    return page


def test_each_figure_of_the_dashboard_has_a_table_and_leads_to_its_records(boss):
    card = boss.locator("[data-figure=progress]")
    expect(card.locator("canvas")).to_be_visible()
    card.get_by_text("As a table").click()
    expect(card.get_by_role("columnheader", name="Floor")).to_be_visible()
    first = card.get_by_role("row").nth(1)
    floor = first.get_by_role("link").inner_text()
    lines = first.get_by_role("cell").nth(2).inner_text()
    first.get_by_role("link").click()
    expect(boss.get_by_role("heading", name="Ask")).to_be_visible()
    values = boss.get_by_label("Value; several")
    expect(values.nth(1)).to_have_value(floor)
    expect(boss.locator("#main [data-part=state]:visible")).to_contain_text(f"{lines} rows")


def test_a_query_is_built_and_kept_by_keyboard_alone(boss):
    boss.goto(f"{boss.url.partition('#')[0]}#ask")
    boss.get_by_label("What to look at").select_option("erp_items")
    for button, label, value in [
        ("Add a group", "Field", "floor"),
        ("Add a figure", "Figure", "sum"),
    ]:
        boss.get_by_role("button", name=button).press("Enter")
        row = boss.locator(".ask__row").last
        row.get_by_label(label, exact=True).select_option(value)
    boss.locator(".ask__row").last.get_by_label("Field").select_option("stock_qty")
    expect(boss.get_by_role("columnheader", name="Book, sum")).to_be_visible()
    boss.get_by_label("Name of the snapshot").fill("Stock by floor")
    boss.get_by_label("Tags").fill("friday, stock")
    boss.get_by_label("Tags").press("Enter")
    expect(boss.get_by_role("heading", name="Snapshots")).to_be_visible()
    kept = boss.locator(".kept__row").first
    expect(kept).to_contain_text("Stock by floor")
    expect(kept.get_by_role("button", name="stock", exact=True)).to_be_visible()


def test_a_snapshot_is_shown_and_downloaded(boss):
    boss.goto(f"{boss.url.partition('#')[0]}#ask")
    expect(boss.get_by_role("columnheader", name="Item")).to_be_visible()
    boss.get_by_label("Name of the snapshot").fill("Lines")
    boss.get_by_role("button", name="Keep as snapshot").click()
    boss.locator(".kept__row").first.get_by_role("button", name="Show rows").click()
    with boss.expect_download() as waiting:
        boss.get_by_role("link", name="CSV").click()
    assert waiting.value.path().read_text("utf-8-sig").startswith("Rack,Item")


def test_two_snapshots_are_compared(boss):
    boss.goto(f"{boss.url.partition('#')[0]}#ask")
    expect(boss.get_by_role("columnheader", name="Item")).to_be_visible()
    boss.get_by_label("What to look at").select_option("erp_items")
    expect(boss.get_by_role("columnheader", name="Status")).to_have_count(0)
    boss.get_by_label("Name of the snapshot").fill("Stock")
    boss.get_by_role("button", name="Keep as snapshot").click()
    row = boss.locator(".kept__row")
    expect(row.first).to_contain_text("Stock")
    row.first.get_by_role("button", name="Take anew").click()
    expect(row.first).to_contain_text("taken anew")
    for each in (0, 1):
        row.nth(each).get_by_role("checkbox").check()
    boss.get_by_role("button", name="Compare the two").click()
    expect(boss.get_by_label("Item", exact=True)).to_be_checked()
    boss.get_by_label("Item", exact=True).uncheck()
    expect(boss.get_by_role("button", name="Compare now")).to_be_disabled()
    boss.get_by_label("Item", exact=True).check()
    boss.get_by_role("button", name="Compare now").click()
    unchanged = boss.get_by_role("button", name="unchanged")
    expect(unchanged).to_contain_text("2,858", timeout=WORKER_MS)
    expect(boss.get_by_role("button", name="0 removed")).to_be_visible()
    unchanged.click()
    expect(boss.get_by_role("row").filter(has_text="unchanged")).to_have_count(100)
    boss.get_by_label("Files with the unchanged rows too").check()
    with boss.expect_download() as waiting:
        boss.get_by_role("link", name="CSV").click()
    assert waiting.value.path().read_text("utf-8-sig").count("\nunchanged,") == 2858


@both_schemes
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_report_screens_shut_nobody_out(signed_in, site, size, scheme):
    page = signed_in("supervisor1", size, color_scheme=scheme)
    page.wait_for_url("**/map")
    page.goto(f"{site.base_url}/reports")
    expect(page.locator("[data-figure=heat] a").nth(3)).to_be_visible()
    check(page)
    page.goto(f"{site.base_url}/reports#ask")
    expect(page.get_by_role("columnheader", name="Item")).to_be_visible()
    page.get_by_role("button", name="Add a filter").click()
    check(page)
    page.goto(f"{site.base_url}/reports#kept")
    expect(page.get_by_role("heading", name="Snapshots")).to_be_visible()
    check(page)
