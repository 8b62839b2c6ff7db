"""Every answer tells a browser to take it for nothing else, to keep it nowhere, not to frame it."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from app import create_app
from app.warehouse import build
from tests.support.openapi import NOWHERE, application

EVERYWHERE = [
    "/", "/sign-in", "/count", "/static/css/base.css", "/sw.js", "/api/openapi.json", "/api/docs",
    "/api/racks", "/api/nothing", "/nothing", "/static/nothing", "/api/auth/me",
]  # fmt: skip


@pytest.fixture(scope="module")
def client():
    return application().test_client()


def test_no_answer_is_taken_for_something_else(client):
    for path in EVERYWHERE:
        assert client.get(path).headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", [path for path in EVERYWHERE if path.startswith("/api/")])
def test_nobody_keeps_or_frames_an_answer_of_the_api(client, path):
    headers = client.get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_the_documentation_runs_its_own_script_and_no_other(client):
    page = client.get("/api/docs")
    scripts = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert len(scripts) == 1
    digest = b64encode(sha256(scripts[0].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("only_https", [True, False])
def test_https_is_asked_for_where_cookies_need_it_and_only_there(only_https):
    settings = replace(NOWHERE, cookie_secure=only_https)
    client = create_app(build(settings), settings).test_client()
    asked = ["Strict-Transport-Security" in client.get(path).headers for path in EVERYWHERE]
    assert asked == [only_https] * len(EVERYWHERE)


@pytest.mark.parametrize("path", EVERYWHERE)
def test_pages_of_other_origins_read_nothing(client, path):
    headers = client.get(path, headers={"Origin": "https://elsewhere.example"}).headers
    assert not [name for name in headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND"])
def test_methods_that_nobody_needs_are_refused(client, method):
    for path in ("/", "/api/racks", "/healthz"):
        assert client.open(path, method=method).status_code == 405
