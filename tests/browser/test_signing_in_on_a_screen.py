from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.support.servers import DEMO_PASSWORD


@pytest.mark.parametrize(
    ("username", "home"),
    [
        ("counter1", "/count"),
        pytest.param("device1", "/count", marks=pytest.mark.soak),
        ("supervisor1", "/map"),
        pytest.param("auditor1", "/map", marks=pytest.mark.soak),
    ],
)
def test_everybody_lands_where_their_work_is(signed_in, site, username, home):
    page = signed_in(username, PHONE)
    expect(page).to_have_url(site.base_url + home)


def test_a_wrong_password_is_told_with_what_to_do(open_page):
    page = open_page(PHONE, "/sign-in")
    page.get_by_label("User name").fill("counter1")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Check both and try again")


def test_a_password_goes_into_no_address_before_the_screen_is_ready(open_page):
    page = open_page(PHONE, "/map")
    page.wait_for_url(re.compile("/sign-in"))
    page.route("**/screens/sign-in.js", lambda route: route.fulfill(content_type="text/javascript"))
    page.reload()
    expect(page.get_by_label("User name")).to_be_focused()
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    expect(page.get_by_role("button", name="Sign in")).to_be_disabled()
    page.keyboard.press("Enter")
    assert DEMO_PASSWORD not in page.url


def test_an_unknown_visitor_is_sent_to_sign_in_and_back(open_page):
    page = open_page(DESK, "/map")
    page.wait_for_url(re.compile(r"/sign-in\?next=%2Fmap$"))
    page.get_by_label("User name").fill("supervisor1")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/map$"))


def test_an_expired_access_cookie_is_refreshed_unseen(signed_in):
    page = signed_in("counter2", PHONE)
    page.context.clear_cookies(name="access_token_cookie")
    page.context.clear_cookies(name="csrf_access_token")
    page.reload()
    expect(page.get_by_role("heading", name="Choose a rack")).to_be_visible()


def test_signing_out_ends_the_session_of_this_browser(signed_in):
    page = signed_in("counter3", PHONE)
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/sign-in$"))
    page.goto("/count")
    page.wait_for_url(re.compile("/sign-in"))


def test_a_page_loads_nothing_that_its_policy_does_not_name(site, open_page):
    page = open_page(PHONE, "/sign-in")
    policy = page.request.get("/sign-in").headers["content-security-policy"]
    assert "unsafe" not in policy.replace("'wasm-unsafe-eval'", "")  # the camera's decoder
    assert "default-src 'none'" in policy
