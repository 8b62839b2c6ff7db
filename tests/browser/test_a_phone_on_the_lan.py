"""`make run LAN=1` before a browser of its own that took the authority from the trust page."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
import requests
from playwright.sync_api import Error, expect

from tests.browser.conftest import ARGS, PHONE, SETTLE_MS, sign_in, take_rack
from tests.browser.hands import cell, count_by_code, offline_ready
from tests.browser.profiles import chromium_program
from tests.support.servers import LAN_ADDRESS, start_on_the_lan


@pytest.fixture
def lan(programs, tmp_path):
    """The program as phones reach it, by HTTPS on the LAN's address."""
    return start_on_the_lan(programs, tmp_path)


@pytest.fixture
def trusting(lan, tmp_path):
    """The home folder of somebody who installed the authority that the trust page hands out."""
    page = f"http://{LAN_ADDRESS}:{lan.port + 1}"
    handed = tmp_path / "handed.crt"
    handed.write_bytes(requests.get(f"{page}/stockverify-authority.crt", timeout=5).content)
    store = tmp_path / "home" / ".pki" / "nssdb"
    store.mkdir(parents=True)
    certutil = ["certutil", "-d", f"sql:{store}"]
    subprocess.run([*certutil, "-N", "--empty-password"], check=True)
    trusted = ["-A", "-t", "C,,", "-n", "StockVerify", "-i", str(handed)]
    subprocess.run([*certutil, *trusted], check=True)
    return tmp_path / "home"


@pytest.fixture
def browser(chromium, trusting):
    """A second Chromium, of that person."""
    home = {**os.environ, "HOME": str(trusting), "XDG_DATA_HOME": str(trusting / "share")}
    launch = chromium.browser_type.launch
    second = launch(executable_path=chromium_program(), args=ARGS, env=home)
    yield second
    second.close()


@pytest.mark.soak
def test_a_phone_that_trusts_the_authority_installs_the_app_and_counts_offline(lan, browser):
    page = browser.new_page(viewport=PHONE, base_url=lan.base_url)
    page.set_default_timeout(SETTLE_MS)
    page.goto("/sign-in")
    assert page.evaluate("isSecureContext")
    sign_in(page, "counter1")
    take_rack(page, "G-01")
    offline_ready(page)
    page.context.set_offline(True)
    page.reload()
    count_by_code(page, "85123A", 4)
    expect(cell(page, "queue")).to_have_text(re.compile("^1 "))
    page.context.set_offline(False)
    expect(cell(page, "queue")).to_have_text("All sent")


@pytest.mark.soak
def test_a_phone_that_does_not_is_warned_before_it_types_a_password(lan, chromium):
    page = chromium.new_page(viewport=PHONE)
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(f"{lan.base_url}/sign-in")
    page.close()
