"""A second factor: turned on in the account menu, asked for at the sign-in, forgotten by others."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import count

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_everybody_can_use_the_screens import both_schemes, both_sizes, check
from tests.support.servers import DEMO_PASSWORD

_numbers = count(1)


@pytest.fixture
def sia(api):
    """A supervisor of this test alone, among the first in every list."""
    name = f"a-sia{next(_numbers)}"
    new = {"username": name, "name": "Sia Rao", "role": "supervisor", "password": DEMO_PASSWORD}
    api("admin1").post("/api/users", new)
    return name


def open_dialog(page):
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Second factor").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def code_of(secret, steps=0):
    return pyotp.TOTP(secret).at(datetime.now(UTC), counter_offset=steps)


def show_secret(dialog):
    """Prove the password; the secret that is shown."""
    dialog.get_by_label("Current password").fill(DEMO_PASSWORD)
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog.get_by_role("img", name="QR code")).to_be_visible()
    return dialog.locator("[data-part=own-factor-key]").inner_text().replace(" ", "")


def turn_on(dialog):
    """The secret, and the recovery codes as they are shown."""
    secret = show_secret(dialog)
    dialog.get_by_label("Code").fill(code_of(secret))
    dialog.get_by_role("button", name="Turn on").click()
    expect(dialog.get_by_role("listitem")).to_have_count(8)
    codes = dialog.get_by_role("listitem").all_inner_texts()
    expect(dialog.get_by_role("button", name="I have kept them")).to_be_focused()
    dialog.page.keyboard.press("Escape")  # codes that are shown once are not lost by this
    dialog.page.keyboard.press("Enter")
    return secret, codes


def give_password(page, username):
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def give_code(page, code, label="Code"):
    page.get_by_label(label, exact=True).fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()


def expect_map(page):
    page.wait_for_url(re.compile("/map$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_person_turns_it_on_and_signs_in_with_it(signed_in, open_page, sia):
    page, elsewhere = signed_in(sia, PHONE), signed_in(sia, DESK)
    dialog = open_dialog(page)
    expect(dialog).to_contain_text("It is off")
    secret, codes = turn_on(dialog)
    expect(page.locator("toast-stack")).to_contain_text("The second factor is on")
    expect(dialog).to_be_hidden()
    elsewhere.wait_for_url(re.compile("/sign-in"))
    page.reload()
    expect(open_dialog(page)).to_contain_text("8 recovery codes are left")

    again = open_page(PHONE, "/sign-in")
    give_password(again, sia)
    expect(again.get_by_label("Code", exact=True)).to_be_focused()
    expect(again.get_by_label("User name")).to_be_hidden()
    give_code(again, "000000" if code_of(secret) != "000000" else "111111")
    expect(again.get_by_role("alert")).to_contain_text("does not fit")
    give_code(again, code_of(secret, steps=1))
    expect_map(again)

    lost = open_page(DESK, "/sign-in")
    give_password(lost, sia)
    lost.get_by_role("button", name="I do not have my phone").click()
    give_code(lost, codes[0].lower(), label="Recovery code")
    expect_map(lost)


def test_what_is_wrong_is_told_where_it_was_typed(signed_in, sia):
    page = signed_in(sia, DESK)
    dialog = open_dialog(page)
    alert, password = dialog.get_by_role("alert"), dialog.get_by_label("Current password")
    for typed, told in (("", "sign in with until now"), ("wrong", "current password is wrong")):
        password.fill(typed)
        page.keyboard.press("Enter")
        expect(alert).to_contain_text(told)
        expect(password).to_be_focused()
    secret = show_secret(dialog)
    for typed, told in (("12", "six digits"), ("000000", "does not fit")):
        dialog.get_by_label("Code").fill(typed if code_of(secret) != typed else "111111")
        page.keyboard.press("Enter")
        expect(alert).to_contain_text(told)
        expect(dialog.get_by_label("Code")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    dialog = open_dialog(page)
    expect(dialog).to_contain_text("It is off")
    expect(dialog.locator("[data-part=own-factor-key]")).to_have_text("")


def test_it_is_turned_off_by_the_password(signed_in, open_page, sia):
    page = signed_in(sia, DESK)
    turn_on(open_dialog(page))
    dialog = open_dialog(page)
    dialog.get_by_label("Current password").fill(DEMO_PASSWORD)
    dialog.get_by_role("button", name="Turn off").click()
    expect(page.locator("toast-stack")).to_contain_text("The second factor is off")
    again = open_page(DESK, "/sign-in")
    give_password(again, sia)
    expect_map(again)


def test_an_administrator_helps_who_lost_the_phone(signed_in, open_page, sia):
    turn_on(open_dialog(signed_in(sia, PHONE)))
    admin = signed_in("admin1", DESK)
    admin.goto("/admin#users")
    row = admin.locator(".ledger__row--user", has_text=sia)
    expect(row).to_contain_text("second factor")
    row.get_by_role("button").click()
    admin.get_by_label("Forget the second factor").check()
    admin.get_by_role("button", name="Save").click()
    expect(row).not_to_contain_text("second factor")
    again = open_page(PHONE, "/sign-in")
    give_password(again, sia)
    expect_map(again)


def test_who_must_have_it_is_led_to_turn_it_on(programs, open_page):
    program = programs.start(
        STOCKVERIFY_DATA_DIR=programs.folder / "var",
        STOCKVERIFY_DEMO_PASSWORD=DEMO_PASSWORD,
        SECOND_FACTOR_ROLES="supervisor",
        JOB_WORKERS=0,
    ).wait_ready()
    page = open_page(PHONE, "/sign-in", base_url=program.base_url)
    give_password(page, "supervisor1")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Your role needs a second factor")
    with page.expect_response("**/api/auth/logout"):  # or the next page leads there once more
        dialog.get_by_role("button", name="Cancel").click()
    page.goto("/map")
    page.wait_for_url(re.compile("/sign-in"))
    give_password(page, "supervisor1")
    turn_on(dialog)
    expect_map(page)
    expect(open_dialog(page).get_by_role("button", name="Turn off")).to_be_hidden()


@both_sizes
@both_schemes
def test_the_second_factor_shuts_nobody_out(signed_in, open_page, sia, size, scheme):
    page = signed_in(sia, size, color_scheme=scheme)
    dialog = open_dialog(page)
    secret = show_secret(dialog)
    check(page)
    dialog.get_by_label("Code").fill(code_of(secret))
    dialog.get_by_role("button", name="Turn on").click()
    expect(dialog.get_by_role("listitem")).to_have_count(8)
    check(page)
    again = open_page(size, "/sign-in", color_scheme=scheme)
    give_password(again, sia)
    expect(again.get_by_label("Code", exact=True)).to_be_visible()
    check(again)
