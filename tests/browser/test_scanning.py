"""Scans: each saved by itself, none lost, none counted twice."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import DESK
from tests.browser.hands import GS, cell, comes_to, figure, scan

HEART, LANTERN = "85123A", "71053"


def total(page):
    return page.get_by_role("textbox", name="Quantity")


def row(page, code):
    own = page.locator("[data-part=code]").get_by_text(code, exact=True)
    return page.locator("count-list li").filter(has=own)


def note(page):
    return page.locator("scan-box [data-part=note]")


def more(page):
    page.get_by_text("More: damage, serials").click()


def test_each_scan_adds_one_and_is_saved_without_a_press(counting, rack_id, api):
    page = counting("counter1")
    page.locator(".rack-head").click()
    scan(page, HEART)
    expect(total(page)).to_have_value("1")
    scan(page, HEART)
    scan(page, LANTERN)
    expect(total(page)).to_have_value("1")
    scan(page, HEART)
    expect(total(page)).to_have_value("3")
    expect(page.locator("count-list li")).to_have_count(2)
    expect(cell(page, "queue")).to_have_text("All sent")
    assert comes_to(api, rack_id, records=2, pieces=4)


def test_a_number_before_a_scan_is_how_many(counting):
    page = counting("counter2")
    page.keyboard.type("5", delay=120)
    expect(page.locator("scan-box [data-part=said]")).to_contain_text("5 × the next scan")
    page.wait_for_timeout(200)
    scan(page, HEART)
    expect(total(page)).to_have_value("5")
    scan(page, HEART)
    expect(total(page)).to_have_value("6")
    expect(page.locator("count-card [data-part=formula]")).to_have_text("6 = 5 + 1")


def test_ten_scans_a_second_lose_none_and_drop_no_double(counting, rack_id, api):
    page = counting("counter3", DESK)
    codes = [HEART, HEART, LANTERN, HEART, LANTERN] * 6
    page.evaluate(
        """async codes => {
          const key = (key) => document.body.dispatchEvent(
            new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
          for (const code of codes) {
            for (const char of code) key(char);
            key('Enter');
            await new Promise(done => setTimeout(done, 100));
          }
        }""",
        codes,
    )
    expect(figure(page, "pieces")).to_have_text(str(len(codes)))
    expect(row(page, HEART)).to_contain_text("18")
    expect(cell(page, "queue")).to_have_text("All sent")
    assert comes_to(api, rack_id, pieces=len(codes))


def test_undo_takes_back_act_by_act_also_after_a_reload(counting, rack_id, api):
    page = counting("counter5")
    scan(page, HEART)
    scan(page, LANTERN)
    scan(page, HEART)
    expect(total(page)).to_have_value("2")
    page.reload()
    page.get_by_role("button", name="Undo").click()
    expect(note(page)).to_contain_text("Taken back: 1")
    expect(total(page)).to_have_value("1")
    page.get_by_role("button", name="Undo").click()
    expect(row(page, LANTERN)).to_have_attribute("data-taken-back", "")
    expect(cell(page, "queue")).to_have_text("All sent")
    assert comes_to(api, rack_id, records=1, items=1, pieces=1)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("dialog")).to_contain_text("Not counted is not zero")


def test_steps_on_a_scanned_count_are_saved_at_once(counting, rack_id, api):
    page = counting("counter6")
    scan(page, HEART)
    page.get_by_role("button", name="One more").click()
    page.get_by_role("button", name="+10").click()
    page.get_by_role("button", name="One less").click()
    expect(row(page, HEART)).to_contain_text("11")
    expect(page.get_by_role("button", name="Done")).to_be_visible()
    expect(cell(page, "queue")).to_have_text("All sent")
    assert comes_to(api, rack_id, pieces=11)


def test_an_earlier_count_is_opened_and_corrected(counting, rack_id, api):
    page = counting("counter7")
    scan(page, HEART)
    scan(page, LANTERN)
    expect(cell(page, "queue")).to_have_text("All sent")
    row(page, HEART).get_by_role("button").click()
    expect(page.locator("count-card [data-part=code]")).to_have_text(HEART)
    total(page).fill("12")
    more(page)
    page.get_by_label("Of these, damaged").fill("2")
    page.get_by_label("Condition").select_option("Worn or dirty")
    page.get_by_label("Made on").fill("01/2025")
    page.get_by_role("button", name="Save count").click()
    expect(row(page, HEART)).to_contain_text("2 damaged")
    expect(row(page, HEART)).to_have_attribute("data-state", "acked")
    expect(figure(page, "pieces")).to_have_text("13")
    assert comes_to(api, rack_id, records=2, items=2, pieces=13)


def test_a_typed_quantity_is_kept_when_the_next_scan_comes(counting):
    page = counting("counter8")
    scan(page, HEART)
    total(page).fill("7")
    scan(page, LANTERN)
    expect(row(page, HEART)).to_contain_text("7")
    expect(total(page)).to_have_value("1")


def test_an_unknown_code_is_counted_flagged_and_told(counting):
    page = counting("counter9")
    scan(page, "NOBODY-KNOWS-1")
    expect(note(page)).to_contain_text("Not in the catalogue")
    expect(page.locator("count-card")).to_contain_text("Not in catalogue")
    expect(row(page, "NOBODY-KNOWS-1")).to_have_attribute("data-state", "acked")
    expect(row(page, "NOBODY-KNOWS-1")).to_contain_text("Not in catalogue")


def test_a_gs1_code_gives_item_serial_and_day(counting):
    page = counting("counter10")
    scan(page, "]C10102014541667767" + "17290131" + "10LOT7" + GS + "21SN-77")
    expect(page.locator("count-card h2")).to_contain_text("INFLATABLE POLITICAL GLOBE")
    expect(page.locator("count-card [data-part=trace]")).to_have_text(
        "Lot LOT7 · Use by 2029-01-31"
    )
    expect(row(page, "10002")).to_contain_text("1 serial")
    more(page)
    expect(page.get_by_label("Lot")).to_have_value("LOT7")
    expect(page.get_by_label("Use by")).to_have_value("2029-01-31")
    scan(page, "(01)02014541667767(21)SN-77")
    expect(note(page)).to_contain_text("SN-77 is counted already")
    expect(total(page)).to_have_value("1")
    scan(page, "(01)02014541667767(21)SN-78")
    expect(total(page)).to_have_value("2")


def test_a_case_is_asked_for_once_and_then_counts_its_pieces(counting, rack_id, api):
    page = counting("counter11")
    scan(page, "(01)12014541667764")
    expect(page.locator("count-card")).to_contain_text("enter the pieces in one case")
    total(page).fill("10")
    page.get_by_role("button", name="Save count").click()
    scan(page, "(01)12014541667764")
    scan(page, "2014541667767")
    scan(page, "2014541667767")
    expect(total(page)).to_have_value("22")
    expect(page.locator("count-card [data-part=formula]")).to_have_text("22 = 2 × 10 + 2")
    expect(cell(page, "queue")).to_have_text("All sent")
    assert comes_to(api, rack_id, pieces=22)


def test_serials_come_as_run_paste_and_range(counting, rack_id, api):
    page = counting("counter12")
    scan(page, HEART)
    more(page)
    total(page).fill("3")
    page.get_by_label("Serial numbers").fill("SN001-SN003")
    expect(page.locator("count-card [data-part=serials-n]")).to_have_text("3 serial numbers")
    page.get_by_role("button", name="Scan serials").click()
    scan(page, "RUN-0001")
    scan(page, "RUN-0002")
    expect(total(page)).to_have_value("5")
    scan(page, "RUN-0001")
    expect(note(page)).to_contain_text("RUN-0001 is counted already")
    expect(total(page)).to_have_value("5")
    page.get_by_role("button", name="Serials: on. Stop").click()
    scan(page, LANTERN)
    more(page)
    page.get_by_label("Serial numbers").fill("SN002")
    page.get_by_role("button", name="Save count").click()
    expect(page.locator("count-card").get_by_role("alert").first).to_contain_text(
        "SN002 stands in another count"
    )
    expect(row(page, HEART)).to_contain_text("5 serials")


def test_a_scanner_that_ends_with_tab_is_understood(counting):
    page = counting("counter13")
    scan(page, HEART, end="Tab")
    expect(total(page)).to_have_value("1")


def test_sounds_are_switched_off_and_stay_off(counting):
    page = counting("counter14")
    button = page.get_by_role("button", name="Sound")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "false")
