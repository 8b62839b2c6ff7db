"""Administration on real screens: users, devices, the floor plan, and the logs."""

from __future__ import annotations

import re
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.hands import tile
from tests.browser.test_everybody_can_use_the_screens import both_schemes, both_sizes, check

SECTIONS = ["users", "devices", "racks", "activity", "errors", "settings"]
_numbers = count(1)


@pytest.fixture
def admin(signed_in):
    """`admin("users")`: the administrator's page at that section."""

    def open_section(section, username="admin1", size=DESK, **options):
        page = signed_in(username, size, **options)
        page.goto(f"/admin#{section}")
        expect(page.locator(f"#{section}")).to_be_visible()
        return page

    return open_section


def row(page, text):
    return page.locator(".ledger__row:visible").filter(has_text=text)


def add_user(page, username, **fields):
    page.get_by_role("button", name="Add a user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User name").fill(username)
    dialog.get_by_label("Name", exact=True).fill(f"Name of {username}")
    for label, value in fields.items():
        dialog.get_by_label(label.replace("_", " ")).fill(value)
    dialog.get_by_role("button", name="Save").click()


def test_a_new_counter_signs_in_with_the_pin_that_the_administrator_set(admin, open_page):
    page = admin("users")
    add_user(page, "aaron", New_PIN="4711")
    expect(row(page, "aaron")).to_contain_text("has a PIN")
    phone = open_page(PHONE, "/sign-in")
    phone.get_by_label("User name").fill("aaron")
    phone.get_by_role("button", name=re.compile("PIN")).click()
    phone.get_by_label("PIN").fill("4711")
    phone.get_by_role("button", name="Sign in").click()
    expect(phone.get_by_role("heading", name="Choose a rack")).to_be_visible()
    row(page, "aaron").get_by_role("button", name="Edit").click()
    page.get_by_role("dialog").get_by_label("May sign in").uncheck()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(row(page, "aaron")).to_contain_text("May not sign in")
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_is_wrong_with_a_new_user_is_told_in_the_dialog(admin):
    page = admin("users")
    add_user(page, "a b", New_PIN="12")
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("username")
    expect(alert).to_contain_text("pin")


@pytest.mark.soak
def test_users_of_a_list_are_previewed_and_then_told_their_new_pins(admin):
    page = admin("users")
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog")
    rows = b"username,name,role\nabel,Abel,counter\nx y,Nobody,counter\ncounter1,Again,counter\n"
    dialog.get_by_label("CSV file").set_input_files(
        {"name": "users.csv", "mimeType": "text/csv", "buffer": rows}
    )
    expect(dialog.get_by_role("status")).to_have_text("1 of 3 rows is a new user.")
    expect(dialog.locator(".verdicts__row")).to_have_count(3)
    expect(dialog.locator(".verdicts__row").nth(1)).to_contain_text("username")
    dialog.get_by_role("button", name="Create these users").click()
    expect(dialog.locator(".verdicts__row").first).to_contain_text(re.compile(r"PIN \d{6}"))
    dialog.get_by_role("button", name="Close").click()
    expect(row(page, "abel")).to_contain_text("has a PIN")


def test_a_revoked_device_loses_access_at_once(admin, open_page, site):
    page = admin("devices")
    page.get_by_role("button", name="Enrol a device").click()
    dialog = page.get_by_role("dialog")
    name = f"Handheld {next(_numbers)}"
    dialog.get_by_label("Name of the device").fill(name)
    dialog.get_by_role("button", name="Enrol", exact=True).click()
    expect(dialog.get_by_label("Its token")).to_have_value(re.compile(r"\w{12}\.\S{43}"))
    token = dialog.get_by_label("Its token").input_value()
    dialog.get_by_role("button", name="Close").click()
    device = page.request.post("/api/auth/device", data={"token": token}).json()
    bearer = {"Authorization": f"Bearer {device['access_token']}"}
    racks = open_page().request.get(f"{site.base_url}/api/racks/floors", headers=bearer)
    assert racks.status == 200
    row(page, name).get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row(page, name)).to_contain_text("Revoked")
    gone = open_page().request.get(f"{site.base_url}/api/racks/floors", headers=bearer)
    assert gone.status == 401


def test_a_dragged_rack_stands_elsewhere_on_another_supervisors_map(admin, signed_in, api):
    api("admin1").post(
        "/api/racks", {"racks": [{"rack_id": "Z-01", "floor": "Annex", "row": 1, "column": 1}]}
    )
    map_page = signed_in("supervisor1")
    expect(tile(map_page, "Z-01")).to_be_visible()
    page = admin("racks")
    page.get_by_label("Floor", exact=True).first.select_option("Annex")
    start = page.get_by_role("button", name="Z-01, row 1, column 1")
    end = page.get_by_role("button", name="Free place, row 3, column 4")
    expect(start).to_be_visible()
    _drag(page, start, end)
    expect(page.get_by_role("button", name="Z-01, row 3, column 4")).to_be_visible()
    rack = api("supervisor1").get("/api/racks/Z-01/status")
    assert (rack["row"], rack["column"]) == (3, 4)
    page.get_by_role("button", name="Free place, row 1, column 1").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Rack id").fill("Z-02")
    dialog.get_by_label("How many in a row").fill("3")
    dialog.get_by_role("button", name="Add racks").click()
    for rack_id in ("Z-02", "Z-03", "Z-04"):
        expect(tile(map_page, rack_id)).to_be_visible()
    page.get_by_role("button", name="Z-04, row 1, column 3").click()
    page.get_by_role("button", name="Remove from the plan").click()
    expect(tile(map_page, "Z-04")).to_have_count(0)


def _box(place):
    """Where it is; a plan that is drawn anew at this moment has it nowhere."""
    while (box := place.bounding_box()) is None:
        expect(place).to_be_visible()
    return box


def _drag(page, start, end):
    start.hover(position={"x": 20, "y": 20})  # waits until the plan stands still
    a, b = _box(start), _box(end)
    page.mouse.down()
    page.mouse.move(a["x"] + 60, a["y"] + 40, steps=4)
    page.mouse.move(b["x"] + 20, b["y"] + 20, steps=8)
    expect(end).to_have_attribute("data-target", "")
    page.mouse.up()


@pytest.mark.soak
def test_a_rack_is_moved_with_the_keyboard_alone(admin, api):
    api("admin1").post(
        "/api/racks", {"racks": [{"rack_id": "Y-01", "floor": "Yard", "row": 1, "column": 1}]}
    )
    page = admin("racks", "supervisor1")
    page.get_by_label("Floor", exact=True).first.select_option("Yard")
    page.get_by_role("button", name="Y-01, row 1, column 1").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Y-01 is picked up")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Y-01, row 2, column 2")).to_be_focused()


def test_an_auditor_sees_all_and_has_nothing_to_change_it_with(admin, api):
    page = admin("users", "auditor1")
    expect(page.get_by_text("change nothing")).to_be_visible()
    for section in SECTIONS:
        page.goto(f"/admin#{section}")
        expect(page.locator(f"#{section}")).to_be_visible()
        for name in ("Add", "Edit", "Import", "Enrol", "Revoke", "Resolve"):
            expect(page.get_by_role("button", name=re.compile(f"^{name}"))).to_have_count(0)
    page.goto("/admin#racks")
    page.locator(".place[data-rack]").first.click()
    expect(page.locator("[data-picked]")).to_have_count(0)
    csrf = {c["name"]: c["value"] for c in page.context.cookies()}["csrf_access_token"]
    refused = page.request.post("/api/devices", data={"name": "x"}, headers={"X-CSRF-TOKEN": csrf})
    assert refused.status == 403


@pytest.mark.soak
def test_a_supervisor_sees_racks_and_logs_but_neither_users_nor_devices(admin):
    page = admin("activity", "supervisor1")
    links = page.get_by_role("navigation", name="Sections").get_by_role("link")
    expect(links).to_have_text(["Racks", "Activity", "Errors"])
    page.goto("/admin#users")
    expect(page.locator("#users")).to_be_hidden()


@pytest.mark.soak
def test_what_happens_comes_to_the_top_of_the_activity_log(admin, api, rack_id):
    page = admin("activity")
    page.get_by_label("Rack", exact=True).fill(rack_id)
    page.get_by_role("button", name="Filter").first.click()
    expect(page.locator("#activity .empty")).to_be_visible()
    counter = api("counter5")
    counter.post(f"/api/racks/{rack_id}/claim")
    expect(row(page, rack_id)).to_contain_text("Rack claimed")
    expect(row(page, rack_id)).to_contain_text("Counter 5")
    counter.post(f"/api/racks/{rack_id}/release")
    expect(page.locator(".ledger__row:visible").first).to_contain_text("Rack released")


@pytest.mark.soak
def test_an_error_of_a_screen_is_listed_and_resolved_with_a_note(admin, api):
    kind = f"TestError{next(_numbers)}"
    told = {"error_type": kind, "message": "x is undefined", "screen": "/count"}
    api("counter6").post("/api/logs/errors/report", told)
    page = admin("errors")
    expect(page.locator(".ledger__row:visible, .empty:visible").first).to_be_visible()
    for _ in range(10):
        page.get_by_role("button", name="Filter").last.click()
        page.wait_for_timeout(300)
        if row(page, kind).count():
            break
    row(page, kind).get_by_role("button", name="Resolve").click()
    page.get_by_role("dialog").get_by_label("Note").fill("A cable was loose.")
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(row(page, kind)).to_have_count(0)
    page.locator("#errors").get_by_label("State").select_option("true")
    page.locator("#errors").get_by_role("button", name="Filter").click()
    expect(row(page, kind)).to_contain_text("A cable was loose.")


@pytest.mark.soak
def test_a_counter_is_sent_back_to_work(signed_in):
    page = signed_in("counter7", PHONE)
    page.goto("/admin")
    page.wait_for_url(re.compile(r"/count$"))


def test_an_error_that_no_screen_caught_is_reported_by_itself(signed_in, api):
    page = signed_in("counter8", PHONE)
    with page.expect_request("**/api/logs/errors/report") as sent:
        page.evaluate(
            """() => dispatchEvent(new PromiseRejectionEvent("unhandledrejection", {
                promise: Promise.resolve(), reason: new RangeError("boom") }))"""
        )
    told = sent.value.post_data_json
    assert (told["error_type"], told["screen"]) == ("RangeError", "/count")


@both_sizes
@both_schemes
def test_administration_shuts_nobody_out(admin, size, scheme):
    page = admin("users", size=size, color_scheme=scheme)
    for section in SECTIONS:
        page.goto(f"/admin#{section}")
        expect(page.locator(f"#{section}")).to_be_visible()
        page.wait_for_timeout(300)
        check(page)
    page.goto("/admin#users")
    page.get_by_role("button", name="Add a user").click()
    check(page)
