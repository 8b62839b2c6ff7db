from __future__ import annotations

import gzip
import json

import pytest
from flask import Flask

from app.pages import routes
from app.pages.kept import needed_by
from app.pages.modules import STATIC

SHELL_BUDGET = 250_000


@pytest.fixture(scope="module")
def client():
    """The pages alone: they need no server."""
    app = Flask(__name__, static_folder=STATIC, template_folder=STATIC.parent / "templates")
    app.register_blueprint(routes.blueprint)
    return app.test_client()


@pytest.fixture
def kept(client):
    first_line = client.get("/sw.js").text.split("\n", 1)[0]
    return json.loads(first_line.removeprefix("self.KEPT = ").removesuffix(";"))


def compressed(content):
    return len(gzip.compress(content))


def test_the_counters_screen_fits_the_budget(client):
    page = client.get("/count").text
    files = needed_by(page)
    size = compressed(page.encode()) + sum(compressed((STATIC / f).read_bytes()) for f in files)
    assert size < SHELL_BUDGET, f"{len(files)} files, {size / 1000:.0f} kB compressed"


def test_all_that_the_screens_name_and_import_is_kept(client, kept):
    for address in routes.SCREENS:
        assert {f"/static/{f}" for f in needed_by(client.get(address).text)} <= set(kept["files"])
    assert {"/static/js/core/sync.js", "/static/vendor/idb.js"} <= set(kept["files"])


def test_a_decoder_that_is_loaded_later_is_an_extra(kept):
    assert all(not file.endswith(".wasm") for file in kept["files"])
    assert not set(kept["files"]) & set(kept["extras"])


def test_the_worker_keeps_neither_itself_nor_the_documentation(kept):
    everything = [*kept["files"], *kept["extras"]]
    assert not [file for file in everything if "swagger" in file or file.endswith("sw.js")]


def test_a_page_tells_its_version_and_the_worker_may_serve_all_pages(client, kept):
    assert client.get("/count").headers["X-Shell-Version"] == kept["version"]
    answer = client.get("/sw.js")
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.mimetype == "text/javascript"


def test_scripts_come_by_one_policy_only(client):
    policy = client.get("/count").headers["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "trusted-types stockverify" in policy
    assert "'unsafe-inline'" not in policy
