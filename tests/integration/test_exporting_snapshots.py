"""A snapshot becomes a file: small ones at once, large ones by a job and a link that ends."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
from pypdf import PdfReader

from app.auth.identity import Identity, Role
from app.errors import ExportGone, ExportUnknown
from app.job_worker import kinds_of
from app.reports.exports import KEPT, STREAMED_ROWS, TOLD_EVERY
from app.reports.formats import FORMATS
from app.reports.links import Link, Links
from tests.support.app import signed_in

ITEMS = {
    "collection": "erp_items",
    "columns": ["item_code", "item_name", "stock_qty"],
    "sort": [{"column": "item_code"}],
}
LARGE = STREAMED_ROWS + 1
BOSS = Identity(
    user_id="u-supervisor", username="supervisor", name="", role=Role.SUPERVISOR, sign_in_id="s"
)
"""For what comes after the end of every token."""


@pytest.fixture
def client_of(app):
    """`client_of(username)`: requests of that user."""

    def sign_in(username):
        client, header = app.test_client(), signed_in(app.test_client(), username)
        return lambda method, path, body=None: client.open(
            path, method=method, json=body, headers=header
        )

    return sign_in


@pytest.fixture
def boss(client_of):
    return client_of("supervisor")


@pytest.fixture
def snapshot_of(boss, warehouse):
    """`snapshot_of(rows)`: the path of a snapshot of so many items."""

    def take(rows, name="Stock, ground floor"):
        warehouse.db["erp_items"].delete_many({})
        warehouse.db["erp_items"].insert_many(an_item(n) for n in range(rows))
        answer = boss("POST", "/api/reports/snapshots", {"name": name, "query": ITEMS})
        assert answer.status_code == 201, answer.text
        return f"/api/reports/snapshots/{answer.json['snapshot_id']}"

    return take


@pytest.fixture
def work(warehouse):
    """`work(job)`: what a worker does with the job; the job as it is afterwards."""

    def run(job):
        warehouse.running.run(job["job_id"], kinds_of(warehouse))
        return warehouse.db["jobs"].find_one({"job_id": job["job_id"]})

    return run


def an_item(number):
    name = "=1+1" if number == 0 else f"ITEM {number}"
    return {"item_code": f"{number:06}", "item_name": name, "stock_qty": number}


def test_a_small_snapshot_is_answered_at_once(boss, snapshot_of):
    answer = boss("GET", f"{snapshot_of(7)}/export?format=csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith("Stock-ground-floor.csv")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    _, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    assert rows[:2] == [["000000", "'=1+1", "0"], ["000001", "ITEM 1", "1"]]
    assert len(rows) == 7


@pytest.mark.parametrize("name", ["ndjson", "json"])
def test_small_text_of_any_format_is_answered_at_once(boss, snapshot_of, name):
    answer = boss("POST", f"{snapshot_of(7)}/export", {"format": name})
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    rows = json.loads(answer.text)["rows"] if name == "json" else [json.loads(x) for x in lines]
    assert [row["item_code"] for row in rows] == [f"{n:06}" for n in range(7)]


@pytest.mark.parametrize("name", ["xlsx", "parquet", "pdf"])
def test_what_must_be_written_whole_is_made_by_a_job(boss, snapshot_of, work, name):
    answer = boss("POST", f"{snapshot_of(7)}/export", {"format": name})
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/jobs/{answer.json['job_id']}"
    done = work(answer.json)
    assert (done["state"], done["result"]["rows"]) == ("done", 7)
    file = boss("GET", done["result"]["url"])
    assert file.status_code == 200
    assert file.headers["Content-Type"] == FORMATS[name].media_type
    assert len(file.data) == done["result"]["size"] == int(file.headers["Content-Length"])
    assert file.data.startswith({"xlsx": b"PK", "parquet": b"PAR1", "pdf": b"%PDF"}[name])


def test_a_workbook_has_the_rows_and_says_what_they_come_to(boss, snapshot_of, work):
    done = work(boss("POST", f"{snapshot_of(5)}/export", {"format": "xlsx"}).json)
    book = openpyxl.load_workbook(io.BytesIO(boss("GET", done["result"]["url"]).data))
    rows = list(book["Rows"].iter_rows(min_row=2, values_only=True))
    assert rows == [
        (i["item_code"], i["item_name"], i["stock_qty"]) for i in map(an_item, range(5))
    ]
    summary = dict(book["Summary"].iter_rows(min_row=3, max_col=2, values_only=True))
    assert summary["Rows"] == 5
    assert summary["Taken by"] == "Supervisor"
    assert 10 in summary.values(), "the sum of the stock"


def test_a_pdf_is_titled_by_the_snapshot(boss, snapshot_of, work):
    done = work(boss("POST", f"{snapshot_of(5)}/export", {"format": "pdf"}).json)
    pages = PdfReader(io.BytesIO(boss("GET", done["result"]["url"]).data)).pages
    assert pages[0].extract_text().startswith("Stock, ground floor")


def test_a_large_snapshot_is_made_by_a_job_in_every_format(boss, snapshot_of, work):
    answer = boss("POST", f"{snapshot_of(LARGE)}/export", {"format": "csv"})
    assert answer.status_code == 202
    done = work(answer.json)
    assert done["progress"]["done"] in (0, LARGE) or done["progress"]["done"] % TOLD_EVERY == 0
    file = boss("GET", done["result"]["url"])
    assert file.data.count(b"\r\n") == LARGE + 1


def test_a_job_that_is_begun_again_keeps_one_file(boss, snapshot_of, work, warehouse):
    job = boss("POST", f"{snapshot_of(7)}/export", {"format": "xlsx"}).json
    first = work(job)
    warehouse.db["jobs"].update_one({"job_id": job["job_id"]}, {"$set": {"state": "queued"}})
    again = work(job)
    assert again["attempts"] == first["attempts"] + 1
    assert warehouse.db["exports.files"].count_documents({}) == 1
    assert boss("GET", again["result"]["url"]).status_code == 200


def test_a_link_ends_after_an_hour_and_its_file_goes(boss, snapshot_of, work, warehouse, clock):
    url = work(boss("POST", f"{snapshot_of(7)}/export", {"format": "pdf"}).json)["result"]["url"]
    clock.move(KEPT.total_seconds() - 1)
    assert warehouse.exports.sweep() == 0
    clock.move(2)
    with pytest.raises(ExportGone):
        warehouse.exports.fetch(url.rpartition("/")[2], by=BOSS)
    clock.move(600)
    assert warehouse.exports.sweep() == 1
    assert warehouse.db["exports.chunks"].count_documents({}) == 0


def test_another_persons_link_is_refused(boss, client_of, snapshot_of, work):
    url = work(boss("POST", f"{snapshot_of(7)}/export", {"format": "pdf"}).json)["result"]["url"]
    for other in ("admin", "auditor"):
        answer = client_of(other)("GET", url)
        assert (answer.status_code, answer.json["code"]) == (404, "export_unknown")
    assert client_of("counter")("GET", url).status_code == 403


def test_a_forged_link_is_refused(boss, snapshot_of, work, warehouse):
    url = work(boss("POST", f"{snapshot_of(7)}/export", {"format": "pdf"}).json)["result"]["url"]
    for forged in (url[:-1], url + "x", url.replace(".", ".x"), "/api/exports/none"):
        assert boss("GET", forged).json["code"] == "export_unknown", forged
    other = Links("another secret, as long as it takes").token(
        Link(file_id="f", user_id="u-supervisor", until=warehouse.clock.now())
    )
    with pytest.raises(ExportUnknown):
        warehouse.exports.fetch(other, by=BOSS)


@pytest.mark.parametrize("username", ["counter", "device"])
def test_who_counts_exports_nothing(client_of, snapshot_of, username):
    path = snapshot_of(7)
    who = client_of(username)
    assert who("GET", f"{path}/export?format=csv").status_code == 403
    assert who("POST", f"{path}/export", {"format": "csv"}).status_code == 403


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_the_activity_log_says_who_exported_what(boss, snapshot_of, warehouse, client_of, name):
    boss("POST", f"{snapshot_of(7)}/export", {"format": name})
    warehouse.activity.flush()
    found = client_of("auditor")("GET", "/api/logs/activity?action=report_exported").json
    (entry,) = found["entries"]
    assert entry["user"] == "supervisor"
    told = {name: entry["details"][name] for name in ("title", "format", "rows")}
    assert told == {"title": "Stock, ground floor", "format": name, "rows": 7}


def test_what_does_not_fit_is_named(boss, snapshot_of):
    path = snapshot_of(1)
    assert "format" in boss("POST", f"{path}/export", {"format": "docx"}).json["errors"]
    assert boss("POST", "/api/reports/snapshots/none/export", {"format": "csv"}).status_code == 404


def test_a_snapshot_removed_before_its_job_begins_fails_the_job(boss, snapshot_of, work):
    path = snapshot_of(3)
    job = boss("POST", f"{path}/export", {"format": "xlsx"}).json
    boss("DELETE", path)
    failed = work(job)
    assert (failed["state"], failed["error"]) == ("failed", "snapshot_unknown")
