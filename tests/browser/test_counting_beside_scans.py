"""Camera, photographs, conflicts, languages, blind counts and the scanner page."""

from __future__ import annotations

import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ARGS, DESK, PHONE, sign_in, take_rack
from tests.browser.hands import GS, cell, figure, scan
from tests.browser.test_everybody_can_use_the_screens import both_schemes, both_sizes, check
from tests.support.pictures import film_of_ean13, png

HEART, GLOBE = "85123A", "2014541667767"
MARKER = 424_242
PHOTO_PX = 1_600


def row(page, code):
    own = page.locator("[data-part=code]").get_by_text(code, exact=True)
    return page.locator("count-list li").filter(has=own)


@pytest.fixture
def filmed(chromium, site, tmp_path):
    """`filmed(code)`: a page of a browser whose camera sees a label with this code."""
    browsers = []

    def open_filmed(code):
        film = tmp_path / "label.y4m"
        film.write_bytes(film_of_ean13(code))
        browser = chromium.browser_type.launch(
            executable_path=shutil.which("chromium"),
            args=[
                *ARGS,
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
            ],
        )
        browsers.append(browser)
        context = browser.new_context(viewport=PHONE, base_url=site.base_url)
        return context.new_page()

    yield open_filmed
    for browser in browsers:
        browser.close()


@pytest.mark.soak
def test_a_label_in_the_cameras_sight_is_one_scan(filmed, rack_id):
    page = filmed(GLOBE)
    page.goto("/sign-in")
    sign_in(page, "counter15")
    take_rack(page, rack_id)
    page.get_by_role("button", name="Camera", exact=True).click()
    expect(page.locator("count-card h2")).to_have_text("INFLATABLE POLITICAL GLOBE", timeout=30_000)
    page.wait_for_timeout(2_500)
    expect(page.get_by_role("textbox", name="Quantity")).to_have_value("1")
    page.get_by_role("button", name="Close the camera").click()
    expect(page.locator("camera-view")).to_be_hidden()


OWN_DETECTOR = """
  window.BarcodeDetector = class {
    static getSupportedFormats() { return Promise.resolve(["ean_13", "code_128"]); }
    detect() { return Promise.resolve([{ rawValue: "85123A", format: "code_128" }]); }
  };
  window.lit = [];
  const light = { torch: true };
  MediaStreamTrack.prototype.getCapabilities = () => light;
  MediaStreamTrack.prototype.applyConstraints = function (wish) {
    window.lit.push(wish.advanced[0].torch);
    return window.isBroken ? Promise.reject(new Error("no light")) : Promise.resolve();
  };
"""
"""A phone whose browser reads barcodes itself and whose camera has a light."""


@pytest.mark.soak
def test_the_browsers_own_reader_and_the_light_are_used(filmed, rack_id):
    page = filmed(GLOBE)
    page.add_init_script(OWN_DETECTOR)
    fetched = []
    page.on("request", lambda asked: fetched.append(asked.url))
    page.goto("/sign-in")
    sign_in(page, "counter11")
    take_rack(page, rack_id)
    page.get_by_role("button", name="Camera", exact=True).click()
    expect(page.locator("count-card [data-part=code]")).to_have_text(HEART)
    assert not any(url.endswith(".wasm") for url in fetched)
    torch = page.locator("[data-part=torch]")
    torch.click()
    expect(torch).to_have_attribute("aria-pressed", "true")
    torch.click()
    expect(torch).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("window.lit") == [True, False]
    page.evaluate("window.isBroken = true")
    torch.click()
    expect(torch).to_be_hidden()


def test_a_camera_that_is_refused_says_what_to_do(counting):
    page = counting("counter16")
    page.evaluate(
        """() => {
          navigator.mediaDevices.getUserMedia = () =>
            Promise.reject(new DOMException('no', 'NotAllowedError'));
        }"""
    )
    page.get_by_role("button", name="Camera", exact=True).click()
    expect(page.locator("scan-box [data-part=note]")).to_contain_text("camera is not allowed")
    expect(page.locator("camera-view")).to_be_hidden()


def test_a_photo_is_made_small_kept_and_named_in_its_count(counting, tmp_path):
    page = counting("counter17")
    picture = tmp_path / "damage.png"
    picture.write_bytes(png(2_400, 1_200))
    scan(page, HEART)
    expect(cell(page, "queue")).to_have_text("All sent")
    page.get_by_text("More: damage").click()
    page.context.set_offline(True)
    page.locator("[data-part=photo-take]").set_input_files(picture)
    expect(page.locator(".photo")).to_have_attribute("data-state", "waits")
    size = page.locator(".photo img").evaluate("async i => (await i.decode(), i.naturalWidth)")
    assert size == PHOTO_PX
    page.context.set_offline(False)
    expect(page.locator(".photo")).to_have_attribute("data-state", "sent", timeout=30_000)
    expect(row(page, HEART)).to_contain_text("1 photo")
    expect(row(page, HEART)).to_have_attribute("data-state", "acked", timeout=15_000)
    named = page.evaluate(
        """async () => {
          const db = await new Promise(done => {
            const open = indexedDB.open('stockverify'); open.onsuccess = () => done(open.result);
          });
          const all = await new Promise(done => {
            const ask = db.transaction('outbox').objectStore('outbox').getAll();
            ask.onsuccess = () => done(ask.result);
          });
          db.close();
          return all[0].record.evidence_photos;
        }"""
    )
    assert len(named) == 1
    kept = page.request.get(f"/api/evidence/{named[0]}")
    assert kept.ok
    assert kept.headers["content-type"] in {"image/webp", "image/jpeg"}


def hold_serial(api, rack_id, serial):
    """Another counter counts an item with this serial number."""
    other = api("counter19")
    claim = other.post(f"/api/racks/{rack_id}/claim")
    at = "2026-01-01T10:00:00Z"
    record = {
        "client_record_id": f"held-{serial}",
        "session_id": claim["session_id"],
        "item_code": "71053",
        "verified_qty": 1,
        "serial_numbers": [serial],
        "status": "finalized",
        "created_at": at,
        "updated_at": at,
    }
    assert other.post("/api/sync/batch", {"records": [record]})["ok"]


@both_schemes
def test_a_conflict_is_told_in_plain_words_and_vanishes_when_settled(
    counting, api, another_rack_id, scheme
):
    serial = f"CLASH-{scheme}"
    hold_serial(api, another_rack_id, serial)
    page = counting("counter18", color_scheme=scheme)
    scan(page, f"(01)02014541667767(21){serial}")
    bar = page.locator("[data-part=conflicts-open]")
    expect(bar).to_have_text("1 count needs a decision")
    bar.click()
    window = page.get_by_role("dialog")
    expect(window).to_contain_text("Serial number counted twice")
    expect(window).to_contain_text(f"Serial {serial} is in another count already")
    expect(window).to_contain_text("Look at the label once more")
    check(page)
    supervisor = api("supervisor1")
    mine = [
        conflict
        for conflict in supervisor.get("/api/sync/conflicts?status=open")["conflicts"]
        if conflict["details"].get("serial_number") == serial
    ]
    path = f"/api/sync/conflicts/{mine[0]['conflict_id']}/resolve"
    supervisor.post(path, {"resolution": "accept_server", "note": "Seen both."})
    expect(window).to_contain_text("Nothing to decide")
    window.get_by_role("button", name="Close").click()
    expect(bar).to_be_hidden()


def test_a_misread_serial_is_corrected_from_the_conflict(counting, api, another_rack_id):
    hold_serial(api, another_rack_id, "MISREAD-1")
    page = counting("counter20")
    scan(page, "(01)02014541667767(21)MISREAD-1")
    page.locator("[data-part=conflicts-open]").click()
    page.get_by_role("dialog").get_by_role("button", name="Correct the count").click()
    page.get_by_text("More: damage").click()
    page.get_by_label("Serial numbers").fill("MISREAD-7")
    page.get_by_role("button", name="Save count").click()
    expect(row(page, "10002")).to_have_attribute("data-state", "acked")


@both_sizes
def test_everything_is_there_in_hindi_and_stays(open_page, size, rack_id):
    page = open_page(size, "/sign-in")
    page.get_by_label("Language").select_option("hi")
    expect(page.get_by_role("heading", name="साइन इन")).to_be_visible()
    page.get_by_label("यूज़र नाम").fill("counter1")
    page.get_by_label("पासवर्ड").fill("correct horse battery")
    page.get_by_role("button", name="साइन इन करें", exact=True).click()
    page.wait_for_url(re.compile("/count"))
    take_rack(page, rack_id)
    scan(page, HEART)
    expect(page.locator("scan-box [data-part=note]")).to_contain_text("+1")
    expect(page.get_by_role("button", name="हो गया")).to_be_visible()
    page.get_by_text("और: टूट-फूट").click()
    page.evaluate("scrollTo(0, 0)")
    check(page)
    page.reload()
    expect(page.get_by_role("button", name="पूरा करें")).to_be_visible()
    page.locator(".user-menu summary").click()
    page.locator(".user-menu").get_by_label("भाषा").select_option("en")
    expect(page.get_by_role("button", name="Finish")).to_be_visible()


@pytest.mark.soak
def test_no_book_figure_shows_or_stays_even_if_one_came(counting):
    page = counting("counter2", DESK)

    def leak(route):
        answer = route.fetch()
        body = answer.json()
        for item in body.get("items", [body]):
            item["stock_qty"] = MARKER
        route.fulfill(response=answer, json=body)

    page.context.route(re.compile("/api/items"), leak)
    page.get_by_role("combobox").fill("regency")
    expect(page.locator("#scan-hits").get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Quantity").fill("3")
    page.get_by_text("More: damage").click()
    page.get_by_role("button", name="Save count").click()
    expect(figure(page, "pieces")).to_have_text("3")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("dialog")).to_contain_text("Not counted is not zero")
    seen = page.content().replace(",", "")
    assert str(MARKER) not in seen
    kept = page.evaluate(
        """async () => {
          const db = await new Promise(done => {
            const open = indexedDB.open('stockverify'); open.onsuccess = () => done(open.result);
          });
          const all = await Promise.all([...db.objectStoreNames].map(name => new Promise(done => {
            const ask = db.transaction(name).objectStore(name).getAll();
            ask.onsuccess = () => done(ask.result);
          })));
          db.close();
          return JSON.stringify(all);
        }"""
    )
    assert str(MARKER) not in kept
    assert "stock_qty" not in kept


def test_a_blind_count_says_that_it_is_one(signed_in, rack_id):
    page = signed_in("counter4")

    def blind(route):
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"blind": True})

    page.context.route(re.compile("/api/sessions/"), blind)
    take_rack(page, rack_id)
    expect(page.locator(".rack-head [data-part=blind]")).to_have_text("Blind count")


@both_sizes
@both_schemes
def test_the_scanner_page_shows_what_a_scan_sends(open_page, size, scheme):
    page = open_page(size, "/scanner-test", color_scheme=scheme)
    scan(page, "]C10102014541667767" + "17290131" + "10LOT7" + GS + "21SN-77")
    report = page.locator("[data-part=report]")
    expect(report).to_contain_text("]C1")
    expect(report).to_contain_text("2014541667767")
    expect(report.get_by_role("row", name="SN-77")).to_be_visible()
    expect(report).to_contain_text("2029-01-31")
    expect(report).to_contain_text("Enter")
    check(page)


def test_the_end_of_a_rack_tells_what_is_still_open(counting):
    page = counting("counter3")
    scan(page, HEART)
    expect(cell(page, "queue")).to_have_text("All sent")
    page.get_by_role("button", name="Finish").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("group", name="For all of them").get_by_label("Leave open").check()
    dialog.get_by_role("button", name="Finish rack").click()
    done = page.locator("[data-part=done]")
    expect(done).to_contain_text("1 items, 1 pieces in 1 counts.")
    expect(done).to_contain_text("Time: 1 min")
    expect(done).to_contain_text("Everything has reached the server")
    check(page)
