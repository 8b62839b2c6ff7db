"""Jobs: asked for, done once, seen live, cancelled, and none is lost."""

from __future__ import annotations

import threading

import pytest

from app.auth.identity import Identity, Role
from app.errors import ItemUnknown, JobEnded, JobUnknown, TooManyJobs
from app.events import Publisher
from app.jobs.job import JobStopped, State
from app.jobs.jobs import ABANDONED, MOST_ATTEMPTS, MOST_OPEN, SILENT_AFTER, Jobs
from app.jobs.running import Running, WorkerStops
from app.jobs.store import JobStore
from app.processes import wait_until
from tests.support.app import signed_in


class Sent:
    """A queue that remembers what was sent, and may forget it."""

    def __init__(self):
        self.ids = []

    def send(self, job_id):
        self.ids.append(job_id)


class Told:
    def __init__(self):
        self.events = []

    def append(self, events):
        self.events += [(data["type"], data) for _, _, data in events]
        return list(range(1, len(events) + 1))

    @property
    def types(self):
        return [kind for kind, _ in self.events]


def somebody(name="boss", role=Role.SUPERVISOR):
    return Identity(
        user_id=f"u-{name}", username=name, name=name.title(), role=role, sign_in_id="s"
    )


@pytest.fixture
def sent():
    return Sent()


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def store(warehouse):
    return JobStore(warehouse.db)


@pytest.fixture
def jobs(store, sent, told, clock):
    return Jobs(store, sent, Publisher(told, clock), clock)


@pytest.fixture
def worker(store, sent, told, clock):
    return Running(store, sent, Publisher(told, clock), clock, beat_s=0.02)


@pytest.fixture
def job(jobs):
    return jobs.submit("add", {"a": 1, "b": 2}, by=somebody())


def add(work):
    return {"sum": work.job.params["a"] + work.job.params["b"]}


def seen(jobs, job, by=None):
    return jobs.get(job.job_id, by=by or somebody())


def test_a_job_is_done_and_says_what_it_made(jobs, worker, job, sent, told):
    assert sent.ids == [job.job_id]
    worker.run(job.job_id, {"add": add})
    done = seen(jobs, job)
    assert (done.state, done.result, done.attempts) == (State.DONE, {"sum": 3}, 1)
    assert done.ended_at
    assert told.types == ["asked", "done"]
    assert told.events[-1][1]["result"] == {"sum": 3}
    assert told.events[-1][1]["user_id"] == "u-boss"


def test_a_job_that_is_sent_twice_is_done_once(jobs, worker, job):
    worker.run(job.job_id, {"add": add})
    worker.run(job.job_id, {"add": lambda _: pytest.fail("done again")})
    assert seen(jobs, job).attempts == 1


def test_of_two_workers_one_takes_a_job(worker, job):
    turns, begin = [], threading.Barrier(2)

    def work():
        begin.wait()
        worker.run(job.job_id, {"add": lambda w: turns.append(1) or add(w)})

    both = [threading.Thread(target=work) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert turns == [1]


def test_a_job_that_fails_says_why_by_a_code(jobs, worker, job, told):
    def breaks(_):
        raise ItemUnknown("85123A")

    worker.run(job.job_id, {"add": breaks})
    failed = seen(jobs, job)
    assert (failed.state, failed.error) == (State.FAILED, "item_unknown")
    assert told.types == ["asked", "failed"]


def test_an_unexpected_error_fails_the_job_and_tells_nothing_of_the_inside(jobs, worker, job):
    def breaks(_):
        raise ZeroDivisionError("secret path")

    worker.run(job.job_id, {"add": breaks})
    assert seen(jobs, job).error == "job_failed"


def test_a_kind_that_nobody_knows_fails(jobs, worker, job):
    worker.run(job.job_id, {})
    assert seen(jobs, job).state is State.FAILED


def test_progress_is_seen_while_the_job_runs(jobs, worker, job, told):
    def slow(work):
        work.tell(3, 7)
        assert wait_until(lambda: "progressed" in told.types, 5)
        running_now = seen(jobs, job)
        assert (running_now.progress.done, running_now.progress.total) == (3, 7)
        return {}

    worker.run(job.job_id, {"add": slow})
    assert seen(jobs, job).state is State.DONE
    assert dict(told.events)["progressed"]["done"] == 3


def test_a_cancelled_job_stops_its_worker_and_stays_cancelled(jobs, worker, job, told):
    def endless(work):
        jobs.cancel(job.job_id, by=somebody())
        while True:
            work.tell(1)

    worker.run(job.job_id, {"add": endless})
    assert seen(jobs, job).state is State.CANCELLED
    assert told.types[-1] == "cancelled"


def test_a_job_cancelled_before_it_began_never_begins(jobs, worker, job):
    jobs.cancel(job.job_id, by=somebody())
    worker.run(job.job_id, {"add": lambda _: pytest.fail("begun")})
    with pytest.raises(JobEnded):
        jobs.cancel(job.job_id, by=somebody())


def test_a_worker_that_is_told_to_stop_gives_its_job_back_at_once(jobs, worker, job, sent):
    def interrupted(_):
        raise WorkerStops

    with pytest.raises(WorkerStops):
        worker.run(job.job_id, {"add": interrupted})
    assert (seen(jobs, job).state, seen(jobs, job).attempts) == (State.QUEUED, 0)
    assert sent.ids == [job.job_id] * 2
    worker.run(job.job_id, {"add": add})
    assert seen(jobs, job).state is State.DONE


def test_a_silent_job_is_queued_again_and_one_that_beats_is_not(jobs, store, job, sent, clock):
    taken = store.take(job.job_id, clock.now())
    clock.move(SILENT_AFTER.total_seconds() - 1)
    store.beat(taken, taken.progress, clock.now())
    clock.move(2)
    jobs.sweep()
    assert seen(jobs, job).state is State.RUNNING
    clock.move(SILENT_AFTER.total_seconds())
    jobs.sweep()
    assert seen(jobs, job).state is State.QUEUED
    assert sent.ids == [job.job_id] * 2


def test_a_worker_thought_dead_can_end_nothing_any_more(jobs, store, job, clock):
    thought_dead = store.take(job.job_id, clock.now())
    clock.move(SILENT_AFTER.total_seconds() + 1)
    jobs.sweep()
    alive = store.take(job.job_id, clock.now())
    assert not store.beat(thought_dead, thought_dead.progress, clock.now())
    assert store.finish(thought_dead, {"from": "the dead"}, clock.now()) is None
    assert store.fail(thought_dead, "dead", clock.now()) is None
    assert store.give_back(thought_dead, clock.now()) is None
    assert store.finish(alive, {"from": "the living"}, clock.now())
    assert seen(jobs, job).result == {"from": "the living"}


def test_a_job_whose_workers_all_die_is_given_up(jobs, store, job, told, clock):
    for _ in range(MOST_ATTEMPTS):
        assert store.take(job.job_id, clock.now())
        clock.move(SILENT_AFTER.total_seconds() + 1)
        jobs.sweep()
    given_up = seen(jobs, job)
    assert (given_up.state, given_up.error) == (State.FAILED, ABANDONED)
    assert told.types == ["asked", "failed"]


def test_two_servers_that_sweep_queue_a_silent_job_once(jobs, store, job, sent, clock):
    taken = store.take(job.job_id, clock.now())
    clock.move(SILENT_AFTER.total_seconds() + 1)
    assert store.queue_again(taken, clock.now())
    assert store.queue_again(taken, clock.now()) is None


def test_what_redis_forgot_is_sent_again(jobs, worker, job, sent, clock):
    sent.ids.clear()
    jobs.sweep()
    assert sent.ids == []
    clock.move(SILENT_AFTER.total_seconds() + 1)
    jobs.sweep()
    jobs.sweep()
    assert sent.ids == [job.job_id]
    worker.run(job.job_id, {"add": add})
    assert seen(jobs, job).state is State.DONE


def test_one_person_does_not_keep_all_others_waiting(jobs, worker, job):
    more = [jobs.submit("add", {}, by=somebody()) for _ in range(MOST_OPEN - 1)]
    with pytest.raises(TooManyJobs):
        jobs.submit("add", {}, by=somebody())
    jobs.submit("add", {}, by=somebody("colleague"))
    jobs.cancel(more[0].job_id, by=somebody())
    jobs.submit("add", {}, by=somebody())


def test_another_persons_job_is_unknown_but_to_who_may_see_all(jobs, job):
    with pytest.raises(JobUnknown):
        seen(jobs, job, by=somebody("colleague"))
    with pytest.raises(JobUnknown):
        jobs.cancel(job.job_id, by=somebody("root", Role.ADMIN))
    for role in (Role.ADMIN, Role.AUDITOR):
        assert seen(jobs, job, by=somebody("other", role)) == job


def test_lists_show_ones_own_jobs_and_all_to_who_may_see_all(jobs, job, clock):
    clock.move(1)
    theirs = jobs.submit("add", {}, by=somebody("colleague"))
    assert jobs.latest(by=somebody()) == [job]
    assert jobs.latest(by=somebody("root", Role.ADMIN)) == [theirs, job]


def test_a_job_over_http(app, client_of):
    boss, counter = client_of("supervisor"), client_of("counter")
    jobs = app.extensions["warehouse"].jobs
    job = jobs.submit("add", {"a": 1}, by=somebody("supervisor"))
    path = f"/api/jobs/{job.job_id}"
    shown = boss.get(path)
    assert shown.status_code == 200
    assert (shown.json["state"], shown.json["progress"]) == ("queued", {"done": 0, "total": None})
    assert boss.get("/api/jobs").json["jobs"] == [shown.json]
    assert client_of("auditor").get(path).status_code == 200
    assert counter.get(path).status_code == 403
    assert counter.post(f"{path}/cancel").status_code == 403
    assert client_of("admin").post(f"{path}/cancel").json["code"] == "job_unknown"
    assert boss.post(f"{path}/cancel").json["state"] == "cancelled"
    assert boss.post(f"{path}/cancel").json["code"] == "job_ended"
    assert boss.get("/api/jobs/none").json["code"] == "job_unknown"


@pytest.fixture
def client_of(app):
    def make(username):
        client = app.test_client()
        header = signed_in(client, username)

        class Client:
            @staticmethod
            def get(path):
                return client.get(path, headers=header)

            @staticmethod
            def post(path):
                return client.post(path, headers=header)

        return Client

    return make


def test_a_stopped_job_is_no_error():
    assert issubclass(JobStopped, Exception)
    assert not issubclass(WorkerStops, Exception), "a kind that suppresses errors must not hold it"
