"""A supervisor imports a catalogue: a file, its columns, what it changes, the commit, and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_everybody_can_use_the_screens import both_schemes, check

WALL = {"width": 3840, "height": 2160}
WORK_MS = 30_000


def check_from_the_top(page):
    """What the bar at the top covers by half, while one scrolls, is no small target."""
    page.evaluate("scrollTo(0, 0)")
    check(page)


def a_file(*lines):
    return {"name": "items.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}


def open_items(signed_in, size=DESK, username="supervisor1", **options):
    page = signed_in(username, size, **options)
    page.goto("/items")
    expect(page.locator("[data-part=items] tbody tr").first).to_be_visible()
    return page


def choose(page, *lines):
    page.locator("import-wizard input[type=file]").set_input_files(a_file(*lines))
    expect(page.locator("import-wizard")).to_have_attribute(
        "data-state", "preview", timeout=WORK_MS
    )


def rows(page):
    return page.locator("#import-rows tbody tr")


def test_a_catalogue_is_imported_and_taken_back(signed_in):
    page = open_items(signed_in)
    choose(
        page,
        "Artikel;Item Name;Preis;Balance Qty",
        "NEW-1;BLUE ZEPPELIN;3,50;4",
        "NEW-2;GREEN ZEPPELIN;cheap;4",
        "85123A;CREAM HANGING HEART T-LIGHT HOLDER;2,60;77",
    )
    wizard = page.locator("import-wizard")
    expect(wizard).to_contain_text("Say which column has the item code")
    wizard.get_by_label("Item code").select_option("Artikel")
    expect(wizard.get_by_role("tab", name=re.compile("New"))).to_contain_text("2", timeout=WORK_MS)
    wizard.get_by_label("Price").select_option("Preis")
    faulty = wizard.get_by_role("tab", name=re.compile("Faulty"))
    expect(faulty).to_contain_text("1", timeout=WORK_MS)
    faulty.click()
    expect(rows(page)).to_contain_text("Price is no number")
    expect(rows(page)).to_contain_text("cheap")
    faulty.press("ArrowLeft")
    faulty.press("Tab")
    wizard.get_by_role("tab", name=re.compile("Changed")).click()
    expect(rows(page)).to_contain_text("Book stock")
    expect(rows(page)).to_contain_text("77")
    wizard.get_by_role("button", name="Take over 2 rows").click()
    expect(wizard).to_contain_text("The catalogue is up to date", timeout=WORK_MS)
    page.get_by_role("searchbox").fill("zeppelin")
    item = page.get_by_role("button", name="NEW-1")
    item.click()
    expect(page.get_by_role("dialog")).to_contain_text("BLUE ZEPPELIN")
    expect(page.get_by_role("dialog")).to_contain_text("Nothing has moved yet")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    wizard.get_by_role("button", name="Take it back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    expect(wizard).to_contain_text("The import is taken back", timeout=WORK_MS)
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    expect(page.locator(".past li").first).to_contain_text("taken back")


@pytest.mark.soak
def test_an_import_is_stopped_on_its_way_and_taken_back(signed_in):
    page = open_items(signed_in)
    choose(page, "Item Code,Item Name", *(f"STOP-{n},DIRIGIBLE {n}" for n in range(1_500)))
    wizard = page.locator("import-wizard")
    wizard.get_by_role("button", name="Take over 1,500 rows").click()
    wizard.get_by_role("button", name="Stop").click()
    expect(wizard).to_have_attribute("data-state", "stopped", timeout=WORK_MS)
    expect(wizard).to_contain_text("The import was stopped on its way")
    expect(page.locator(".past li").first).to_contain_text("stopped")
    check_from_the_top(page)
    expect(wizard.get_by_role("button", name="Go on")).to_be_visible()
    wizard.get_by_role("button", name="Take it back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    expect(wizard).to_contain_text("The import is taken back", timeout=WORK_MS)
    page.get_by_role("searchbox").fill("dirigible")
    expect(page.get_by_text("Nothing fits")).to_be_visible()


def test_a_file_that_is_no_table_says_what_to_do(signed_in):
    page = open_items(signed_in)
    file = {"name": "x.xls", "mimeType": "application/x", "buffer": b"\xd0\xcf\x11\xe0old"}
    page.locator("import-wizard input[type=file]").set_input_files(file)
    expect(page.get_by_role("alert").filter(has_text="Save it as .xlsx")).to_be_visible()


@pytest.mark.soak
def test_deleting_what_a_whole_catalogue_lacks_is_asked_first(signed_in):
    page = open_items(signed_in)
    choose(page, "Item Code,Item Name", "85123A,CREAM HANGING HEART T-LIGHT HOLDER")
    page.get_by_label("The file is the whole catalogue").check()
    gone = page.get_by_role("tab", name=re.compile("Gone"))
    expect(gone).not_to_contain_text("0 ", timeout=WORK_MS)
    expect(rows(page)).not_to_have_count(0, timeout=WORK_MS)
    page.get_by_role("button", name=re.compile("^Take over")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile("Delete [0-9,]+ items"))
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator("import-wizard")).to_have_attribute("data-state", "preview")


@pytest.mark.soak
def test_movements_of_an_item_are_shown(signed_in, api):
    at = "2025-12-11T10:00:00Z"
    moves = [{"movement_id": "b1", "item_code": "10002", "kind": "issue", "qty": 5, "at": at}]
    api("supervisor1").post("/api/items/movements", {"movements": moves})
    page = open_items(signed_in)
    page.get_by_role("searchbox").fill("10002")
    page.get_by_role("button", name="10002", exact=True).click()
    expect(page.locator(".move")).to_contain_text("−5")


def test_an_auditor_looks_and_imports_nothing(signed_in):
    page = open_items(signed_in, username="auditor1")
    expect(page.locator("import-wizard")).to_be_hidden()
    expect(page.get_by_role("heading", name="Earlier imports")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK, WALL], ids=["phone", "desk", "wall"])
@both_schemes
def test_the_items_screen_shuts_nobody_out(signed_in, size, scheme):
    page = open_items(signed_in, size, color_scheme=scheme)
    check_from_the_top(page)
    choose(
        page, "Item Code,Item Name,Standard Selling Rate,Balance Qty", "85123A,HEART,2.60,77",
        "N1,LAMP,3,4", "N2,LAMP,x,4",
    )  # fmt: skip
    expect(rows(page)).to_have_count(1)
    page.locator("import-wizard summary").click()
    check_from_the_top(page)
    page.get_by_role("tab", name=re.compile("Changed")).click()
    expect(rows(page)).to_contain_text("Book stock")
    check_from_the_top(page)
    page.get_by_role("button", name="10002").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Book stock")
    check_from_the_top(page)
