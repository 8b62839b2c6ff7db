"""A supervisor asks, keeps the answer, and sees what changed; by keyboard where it counts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from app.processes import wait_until
from app.services.webhook_service import signature
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_counting_beside_scans import hold_serial
from tests.browser.test_everybody_can_use_the_screens import both_schemes, check
from tests.support.receiver import running_receiver

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
    expect(boss.locator("#main [data-part=state]:visible")).to_contain_text(
        re.compile(f"{lines} rows|Very many rows")  # where a busy database had no time to count
    )


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
    key = boss.locator(".compare-wish").get_by_label("Item", exact=True)
    expect(key).to_be_checked()
    key.uncheck()
    expect(boss.get_by_role("button", name="Compare now")).to_be_disabled()
    key.check()
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


@pytest.mark.soak
def test_a_query_is_repeated_by_the_clock_and_sent_to_a_webhook(boss):
    with running_receiver() as receiver:
        repeat_the_catalogue(boss, receiver.url)
        shown = boss.get_by_label("Secret", exact=True)
        expect(shown).to_have_value(re.compile("^whsec_"))
        secret = shown.input_value()
        boss.get_by_role("button", name="I have it").press("Enter")
        card = boss.locator(".schedule").first
        expect(card).to_contain_text("Every Friday at 18:30, clocks of Europe/Berlin")
        expect(card).to_contain_text("never yet")
        card.get_by_role("button", name="Make it now").press("Enter")
        expect(card.locator("[data-part=last]")).to_contain_text("2,858 rows", timeout=WORKER_MS)
        wait_until(lambda: receiver.got, WORKER_MS / 1000)
    (message,) = receiver.got
    name = message.headers["webhook-id"]
    signed = signature(secret, name, int(message.headers["webhook-timestamp"]), message.body)
    assert message.headers["webhook-signature"] == signed
    card.get_by_text("What was sent").click()
    expect(card.locator(".delivery")).to_contain_text("delivered")
    card.get_by_role("button", name="Pause").press("Enter")
    expect(card).to_contain_text("not while it is paused")
    card.get_by_role("button", name="Remove").press("Enter")
    boss.locator("#ask").get_by_role("button", name="Remove").press("Enter")
    expect(boss.get_by_text("Nothing is made by the clock yet.")).to_be_visible()


def repeat_the_catalogue(page, url):
    """Every Friday evening in Berlin, by keyboard alone; what is wrong first is told."""
    page.goto(f"{page.url.partition('#')[0]}#ask")
    page.get_by_label("What to look at").select_option("erp_items")
    page.get_by_role("button", name="Repeat …").press("Enter")
    dialog = page.locator("#schedule-dialog")
    expect(dialog).to_contain_text("E-mail is not set up on this server.")
    dialog.get_by_label("When").select_option("4")
    dialog.get_by_label("Time of day").fill("18:30")
    dialog.get_by_label("Clocks of").select_option("Europe/Berlin")
    dialog.get_by_label("Webhook").fill("http://192.168.1.1/")
    dialog.get_by_label("Webhook").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("name:")
    dialog.get_by_label("Name").fill("Catalogue")
    dialog.get_by_label("Name").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("This server will not call that address.")
    dialog.get_by_label("Webhook").fill(url)
    dialog.get_by_label("Webhook").press("Enter")


def test_a_serial_number_is_followed_from_rack_to_rack(boss, site, api, rack_id):
    serial = f"SEEN-{rack_id}"
    hold_serial(api, rack_id, serial)
    boss.goto(f"{site.base_url}/reports#serial")
    boss.get_by_role("textbox", name="Serial number").fill(serial)
    boss.get_by_role("textbox", name="Serial number").press("Enter")
    step = boss.get_by_role("listitem").filter(has_text="is here now")
    expect(step).to_contain_text(rack_id)
    step.get_by_role("link", name="Show the count").click()
    expect(boss.get_by_role("heading", name="Ask")).to_be_visible()
    expect(boss.locator("#main [data-part=state]:visible")).to_contain_text("1 rows")


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
    page.get_by_role("button", name="Repeat …").click()
    expect(page.get_by_role("heading", name="Repeat by the clock")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Cancel").click()
    page.goto(f"{site.base_url}/reports#kept")
    expect(page.get_by_role("heading", name="Snapshots")).to_be_visible()
    check(page)
    page.goto(f"{site.base_url}/reports#schedules")
    expect(page.get_by_text("Nothing is made by the clock yet.")).to_be_visible()
    check(page)
