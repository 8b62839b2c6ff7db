"""Chromium before the whole program: real servers, real pages, two sizes."""

from __future__ import annotations

import re
from itertools import chain

import pytest
import requests
from playwright.sync_api import expect, sync_playwright

from tests.browser.profiles import a_phone, chromium_program
from tests.support.hangs import browser_ended_after
from tests.support.proxy import running_proxy
from tests.support.servers import DEMO_PASSWORD, Programs

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
LEASE_SECONDS = 8
SETTLE_MS = 15_000
CLOSING_S = 60
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
EXPECTED = re.compile(r"Failed to load resource|WebSocket connection to|ERR_INTERNET_DISCONNECTED")
"""What Chromium itself prints of answers and cuts that a test means to happen."""

LOOKS = {"light", "dark", "phone", "desk", "wall"}
IN_SHORT = ({"light", "phone"}, {"light"}, {"desk"})
"""Of the sizes and colour schemes that a test is asked in; `make soak` takes all of them."""

expect.set_options(timeout=SETTLE_MS)


def pytest_collection_modifyitems(items):
    for item in items:
        looks = LOOKS.intersection(re.split(r"[\[\]-]", item.name))
        if looks and looks not in IN_SHORT:
            item.add_marker(pytest.mark.soak)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The program, with a short lease so that one can run out within a test."""
    programs = Programs(tmp_path_factory.mktemp("site"))
    program = programs.start(
        STOCKVERIFY_DATA_DIR=programs.folder / "var",
        STOCKVERIFY_DEMO_PASSWORD=DEMO_PASSWORD,
        RACK_LOCK_TTL=LEASE_SECONDS,
        JOB_WORKERS=1,
        WEBHOOK_NETWORKS="127.0.0.0/8",
    )
    try:
        yield program.wait_ready()
    finally:
        programs.end_all()


@pytest.fixture(scope="session")
def browsers():
    """The browser of the session, and whoever took the place of one that was killed."""
    with sync_playwright() as playwright:
        launched = []

        def running():
            if not launched or not launched[-1].is_connected():
                launched.append(
                    playwright.chromium.launch(executable_path=chromium_program(), args=ARGS)
                )
            return launched[-1]

        yield running
        running().close()


@pytest.fixture
def chromium(browsers):
    """One browser for many tests; each gets contexts of its own."""
    return browsers()


@pytest.fixture
def service_workers(request):
    """Whether pages install the app. Its 113 files cost every fresh profile half a second of a
    core: only tests marked `installs` pay for it.
    """
    return "allow" if request.node.get_closest_marker("installs") else "block"


@pytest.fixture
def open_page(chromium, site, service_workers):
    """`open_page(size)`: a page of a fresh browser profile. What it complains of fails the test."""
    contexts, complaints = [], []

    def open_one(size=DESK, path="/", **options):
        options = {"base_url": site.base_url, "service_workers": service_workers} | options
        context = chromium.new_context(viewport=size, **options)
        contexts.append(context)
        context.set_default_timeout(SETTLE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: _listen(said, complaints))
        page.goto(path)
        return page

    yield open_one
    with browser_ended_after(CLOSING_S):
        for context in contexts:
            context.close()
    assert complaints == []


def _listen(said, complaints):
    if said.type == "error" and not EXPECTED.search(said.text):
        complaints.append(said.text)


@pytest.fixture
def signed_in(open_page):
    """`signed_in("counter1", PHONE)`: the first page that this person sees."""

    def open_signed_in(username, size=DESK, **options):
        page = open_page(size, "/sign-in", **options)
        sign_in(page, username)
        return page

    return open_signed_in


FLOORS = {"G": "Ground", "S": "Second", "UG": "Upper Godown", "F": "First"}
_racks = chain(
    (f"G-{n:02d}" for n in range(1, 31)),
    (f"S-{n:02d}" for n in range(1, 25)),
    (f"UG-{n:02d}" for n in range(1, 19)),
    (f"F-{n:02d}" for n in range(11, 31)),
)


@pytest.fixture
def rack_id():
    """A rack that no other test uses."""
    return next(_racks)


@pytest.fixture
def another_rack_id():
    """A second rack that no other test uses."""
    return next(_racks)


@pytest.fixture
def counting(signed_in, rack_id):
    """`counting("counter1")`: a phone whose person has claimed the test's rack."""

    def claim(username, size=PHONE, **options):
        page = signed_in(username, size, **options)
        take_rack(page, rack_id)
        return page

    return claim


@pytest.fixture
def api(site):
    """`api("supervisor1").post(path, body)`: another person, by the JSON API."""
    return lambda username: _Caller(site.base_url, username)


class _Caller:
    def __init__(self, base_url, username):
        self._base_url = base_url
        self._session = requests.Session()
        who = {"username": username, "password": DEMO_PASSWORD, "device_id": f"test-{username}"}
        token = self.post("/api/auth/login", who)["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path):
        return self._checked(self._session.get(self._base_url + path, timeout=10))

    def post(self, path, body=None):
        return self._checked(self._session.post(self._base_url + path, json=body or {}, timeout=10))

    @staticmethod
    def _checked(answer):
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def network(site):
    """The way between browser and program, to be cut. Its address: `network.base_url`."""
    with running_proxy(site.port) as proxy:
        yield proxy


@pytest.fixture
def phone(chromium, tmp_path):
    """A phone that can be killed and opened again."""
    with a_phone(chromium.browser_type, tmp_path / "profile", ARGS, PHONE) as phone:
        yield phone


@pytest.fixture
def claiming(rack_id):
    """`claiming(page, "counter1")`: sign in on that page and claim the test's rack."""

    def claim(page, username):
        sign_in(page, username)
        take_rack(page, rack_id)
        return page

    return claim


def sign_in(page, username):
    """On the page where one signs in."""
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/(count|map)$"))


def take_rack(page, rack_id):
    """On the page where one chooses a rack."""
    page.get_by_role("button", name=re.compile(f"^{FLOORS[rack_id.partition('-')[0]]}")).click()
    page.locator("rack-picker [data-part=zones]").get_by_role("button", name=rack_id).click()
    expect(page.locator("lease-clock")).to_have_attribute("data-state", re.compile("held|ending"))
