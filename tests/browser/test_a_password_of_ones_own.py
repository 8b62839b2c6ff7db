"""A person's own password and PIN, changed in the menu of the top bar."""

from __future__ import annotations

import re
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_everybody_can_use_the_screens import both_schemes, both_sizes, check
from tests.support.servers import DEMO_PASSWORD

NEW = "tulip anvil harbour"
PIN = "4711"
_numbers = count(1)


@pytest.fixture
def dana(api):
    """A counter of this test alone."""
    name = f"dana{next(_numbers)}"
    new = {"username": name, "name": "Dana Iqbal", "role": "counter"}
    api("admin1").post("/api/users", {**new, "password": DEMO_PASSWORD, "pin": PIN})
    return name


def open_dialog(page):
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Change password").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def fill_in(dialog, current, new):
    dialog.get_by_label("Current").fill(current)
    dialog.get_by_label("New").fill(new)
    dialog.get_by_role("button", name="Change", exact=True).click()


def test_a_counter_changes_the_password_and_is_signed_out_elsewhere(signed_in, open_page, dana):
    page, elsewhere = signed_in(dana, PHONE), signed_in(dana, DESK)
    dialog = open_dialog(page)
    alert = dialog.get_by_role("alert")
    for current, new, told in (
        ("", NEW, "sign in with until now"),
        (DEMO_PASSWORD, "7 signs", "8 to 128"),
        (DEMO_PASSWORD, "Password1!", "too easily guessed"),
        (DEMO_PASSWORD, f"{dana} iqbal", "too easily guessed"),
        ("not the password", NEW, "current password is wrong"),
    ):
        fill_in(dialog, current, new)
        expect(alert).to_contain_text(told)
    fill_in(dialog, DEMO_PASSWORD, NEW)
    expect(page.locator("toast-stack")).to_contain_text("Your password is changed")
    expect(dialog).to_be_hidden()
    elsewhere.wait_for_url(re.compile("/sign-in"))
    page.reload()
    expect(page.get_by_role("heading", name="Choose a rack")).to_be_visible()
    again = open_page(PHONE, "/sign-in")
    again.get_by_label("User name").fill(dana)
    again.get_by_label("Password").fill(NEW)
    again.keyboard.press("Enter")
    expect(again.get_by_role("heading", name="Choose a rack")).to_be_visible()


def test_a_pin_is_changed_with_the_keyboard_alone(signed_in, dana):
    page = signed_in(dana, DESK)
    page.locator(".user-menu summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Change password").press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Change the PIN instead").press("Enter")
    expect(dialog.get_by_label("Current PIN")).to_be_focused()
    page.keyboard.type(PIN)
    page.keyboard.press("Tab")
    page.keyboard.type("1234")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("too easily guessed")
    expect(dialog.get_by_label("New PIN")).to_be_focused()
    page.keyboard.type("2580")
    page.keyboard.press("Enter")
    expect(page.locator("toast-stack")).to_contain_text("Your PIN is changed")
    open_dialog(page)
    expect(page.get_by_label("Current password")).to_have_value("")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


@both_sizes
@both_schemes
def test_the_change_of_a_password_shuts_nobody_out(signed_in, size, scheme):
    page = signed_in("counter4", size, color_scheme=scheme)
    dialog = open_dialog(page)
    dialog.get_by_role("button", name="Change", exact=True).click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    check(page)
