"""`wsgi.py` keeps a worker beside it: exports are made, a killed one is replaced, and all ends."""

from __future__ import annotations

import io
import os
import signal
import time
from pathlib import Path

import openpyxl
import pytest

from app.auth.identity import Role
from app.processes import wait_until
from tests.support.servers import STOP_SECONDS, children_of

SOON_S = 20
QUERY = {"collection": "erp_items", "columns": ["item_code", "stock_qty"]}
ROWS = 30_000


@pytest.fixture(scope="module")
def program(depot):
    depot.warehouse.db["erp_items"].insert_many(
        {"item_code": f"{n:06}", "stock_qty": n} for n in range(ROWS)
    )
    return depot.start(JOB_WORKERS=1)


@pytest.fixture
def snapshot(boss):
    answer = boss.post("/api/reports/snapshots", {"name": "Stock", "query": QUERY})
    assert answer.status_code == 201, answer.text
    return f"/api/reports/snapshots/{answer.json()['snapshot_id']}"


def worker_of(program):
    """The number of the program's job worker, once it is there."""
    found = []

    def look():
        found[:] = [pid for pid in children_of(program.process.pid) if is_worker(pid)]
        return found

    assert wait_until(look, SOON_S)
    return found[0]


def is_worker(pid):
    try:
        return b"app.job_worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def ended(boss, job, within=SOON_S):
    def look():
        time.sleep(0.2)
        return boss.get(f"/api/jobs/{job['job_id']}").json()["ended_at"]

    assert wait_until(look, within)
    return boss.get(f"/api/jobs/{job['job_id']}").json()


def test_a_workbook_is_made_by_the_worker_and_told_live(boss, snapshot):
    with boss.screen() as desk:
        desk.watch()
        job = boss.post(f"{snapshot}/export", {"format": "xlsx"}).json()
        told = desk.wait_for("job:update", within=SOON_S * 2, type="done", job_id=job["job_id"])
        assert told["result"]["rows"] == ROWS
    book = openpyxl.load_workbook(
        io.BytesIO(boss.get(told["result"]["url"]).content), read_only=True
    )
    rows = list(book["Rows"].iter_rows(min_row=2, values_only=True))
    assert rows == [(f"{n:06}", n) for n in range(ROWS)]


def test_one_request_waits_for_the_file(boss, snapshot):
    answer = boss.get(f"{snapshot}/export?format=parquet")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"PAR1")


@pytest.mark.soak
def test_colleagues_hear_nothing_of_ones_jobs(depot, program, boss, snapshot):
    colleague = depot.supervisor(program)
    with colleague.screen() as desk:
        desk.watch()
        job = boss.post(f"{snapshot}/export", {"format": "pdf"}).json()
        done = ended(boss, job, SOON_S * 2)
        desk.settled()
        assert desk.heard("job:update") == []
    assert colleague.get(f"/api/jobs/{job['job_id']}").status_code == 404
    assert colleague.get(done["result"]["url"]).status_code == 404
    counter = depot.person(program, Role.COUNTER)
    assert counter.get(done["result"]["url"]).status_code == 403


def test_a_killed_worker_is_replaced_and_the_next_job_is_done(boss, program, snapshot):
    before = worker_of(program)
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: worker_of(program) != before, SOON_S)
    job = boss.post(f"{snapshot}/export", {"format": "csv"}).json()
    assert ended(boss, job, SOON_S * 2)["state"] == "done"


def test_the_worker_gives_way_to_the_server(program):
    assert os.getpriority(os.PRIO_PROCESS, worker_of(program)) == 10
    assert os.getpriority(os.PRIO_PROCESS, program.process.pid) == 0


@pytest.mark.soak
def test_server_and_worker_end_in_time_with_a_job_under_way(depot, snapshot, boss):
    other = depot.start(JOB_WORKERS=1)
    worker = worker_of(other)
    jobs = [boss.post(f"{snapshot}/export", {"format": "xlsx"}).json() for _ in range(2)]
    code, took = other.terminate()
    assert (code, took < STOP_SECONDS) == (0, True)
    assert not is_worker(worker)
    assert [ended(boss, job, SOON_S * 3)["state"] for job in jobs] == ["done"] * 2
