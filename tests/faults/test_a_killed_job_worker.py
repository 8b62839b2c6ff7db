"""A job outlives its worker, however that dies, and a Redis that forgets everything."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest
from redis import Redis

from app.auth.identity import Identity, Role
from app.items.catalogue import ChangesQuery
from app.items.import_jobs import CHUNK
from app.items.item_import import ImportState, ImportWish
from app.jobs.job import State
from app.processes import wait_until
from tests.support.files import csv_file
from tests.support.servers import STOP_SECONDS, Program, children_of

BOSS = Identity(
    user_id="u-boss", username="boss", name="Boss", role=Role.SUPERVISOR, sign_in_id="s"
)
SOON_S = 45
"""For a worker to start, beside everything else on this machine."""
ROWS = 8 * CHUNK
TAKEN_UP_S = 30
"""15 s of silence, the sweep, and a worker that begins."""


@pytest.fixture
def start_worker(depot, program, tmp_path):
    """`start_worker()`: a job worker whose kind `slow` takes as long as it is told."""
    started = []

    def start():
        command = (sys.executable, "-m", "tests.support.slow_worker")
        log = tmp_path / f"worker-{len(started)}.log"
        started.append(Program(log, command, **depot.environ))
        return started[-1]

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.process.terminate()
    for worker in started:
        worker.process.wait(STOP_SECONDS + 5)


@pytest.fixture
def ask(depot):
    """`ask(steps)`: a new slow job, and what shows it."""
    asked = []

    def submit(steps):
        job = depot.warehouse.jobs.submit("slow", {"steps": steps}, by=BOSS)
        asked.append(job)
        return lambda: depot.warehouse.jobs.get(job.job_id, by=BOSS)

    yield submit
    for job in asked:
        now = depot.warehouse.jobs.get(job.job_id, by=BOSS)
        if now.state in (State.QUEUED, State.RUNNING):
            depot.warehouse.jobs.cancel(job.job_id, by=BOSS)


def becomes(job, state, within=SOON_S):
    return wait_until(lambda: time.sleep(0.1) or job().state is state, within)


@pytest.mark.soak
def test_a_job_that_is_waiting_is_done_once_a_worker_comes(start_worker, ask):
    job = ask(steps=3)
    assert job().state is State.QUEUED
    start_worker()
    assert becomes(job, State.DONE)
    assert job().result == {"steps": 3, "attempt": 1}


@pytest.mark.soak
def test_an_import_whose_worker_is_killed_goes_on_by_another(start_worker, ground, depot):
    desk, catalogue = depot.warehouse.import_desk, depot.warehouse.catalogue
    before = catalogue.changes(ChangesQuery(limit=5000), with_book=True).next
    file = csv_file(["Item Code", "Item Name"], *([f"K{n}", f"ITEM {n}"] for n in range(ROWS)))
    import_id = desk.upload(file, "items.csv", ImportWish(), by=BOSS).import_id
    worker = start_worker()
    assert is_import(desk, import_id, ImportState.PREVIEW, SOON_S)
    desk.commit(import_id, by=BOSS)
    assert wait_until(lambda: desk.get(import_id).done >= CHUNK, SOON_S)
    horses = children_of(worker.process.pid)
    worker.kill()
    assert wait_until(lambda: not any(map(alive, horses)), 10), "its child goes with it"
    assert desk.get(import_id).state is ImportState.RUNNING, "killed in the middle"
    start_worker()
    assert is_import(desk, import_id, ImportState.DONE, TAKEN_UP_S + SOON_S)
    assert depot.warehouse.jobs.get(desk.get(import_id).job_id, by=BOSS).attempts == 2
    after = catalogue.changes(ChangesQuery(since=before, limit=5000), with_book=True)
    assert len(after.items) == after.next - before == ROWS, "each item once, and no change twice"


def is_import(desk, import_id, state, within):
    return wait_until(lambda: time.sleep(0.1) or desk.get(import_id).state is state, within)


@pytest.mark.soak
def test_a_job_whose_child_process_is_killed_is_begun_again_by_the_same_worker(start_worker, ask):
    job, worker = ask(steps=60), start_worker()
    assert becomes(job, State.RUNNING)
    for horse in children_of(worker.process.pid):
        os.kill(horse, signal.SIGKILL)
    assert becomes(job, State.DONE, TAKEN_UP_S + SOON_S)
    assert job().attempts == 2
    assert worker.process.poll() is None


def test_a_worker_told_to_stop_is_gone_at_once_and_its_job_waits(start_worker, ask):
    job, worker = ask(steps=2_000), start_worker()
    assert becomes(job, State.RUNNING)
    code, took = worker.terminate()
    assert (code, took < 3) == (0, True)
    assert (job().state, job().attempts) == (State.QUEUED, 0)


def test_an_idle_worker_told_to_stop_is_gone_at_once(start_worker, ask):
    worker = start_worker()
    job = ask(steps=1)
    assert becomes(job, State.DONE), "it listens now"
    code, took = worker.terminate()
    assert (code, took < 3) == (0, True)


@pytest.mark.soak
def test_a_cancelled_job_frees_its_worker(start_worker, ask, depot):
    endless, worker = ask(steps=100_000), start_worker()
    assert becomes(endless, State.RUNNING)
    depot.warehouse.jobs.cancel(endless().job_id, by=BOSS)
    short = ask(steps=1)
    assert becomes(short, State.DONE)
    assert endless().state is State.CANCELLED
    assert worker.process.poll() is None


@pytest.mark.soak
def test_an_emptied_redis_loses_no_job(ground, start_worker, ask):
    running, worker = ask(steps=80), start_worker()
    assert becomes(running, State.RUNNING)
    waiting = ask(steps=2)
    with Redis.from_url(ground.redis_url) as redis:
        redis.flushall()
    assert becomes(running, State.DONE)
    assert becomes(waiting, State.DONE, TAKEN_UP_S + SOON_S)
    assert running().attempts == waiting().attempts == 1
    assert worker.process.poll() is None


@pytest.mark.soak
def test_a_job_asked_for_while_redis_is_away_is_done_when_it_is_back(ground, start_worker, ask):
    with ground.without(ground.redis, empty=True):
        job = ask(steps=2)
        assert job().state is State.QUEUED
    start_worker()
    assert becomes(job, State.DONE, TAKEN_UP_S + SOON_S)


@pytest.mark.soak
def test_two_workers_share_the_jobs_and_do_each_once(start_worker, ask):
    jobs = [ask(steps=10) for _ in range(4)]
    for _ in range(2):
        start_worker()
    for job in jobs:
        assert becomes(job, State.DONE)
    assert [job().attempts for job in jobs] == [1] * 4


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
