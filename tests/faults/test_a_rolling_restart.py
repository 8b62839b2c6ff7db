"""Workers that are replaced or told to stop under load: no request fails, no event is missed."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from app.processes import wait_until
from tests.support.builders import a_record_json
from tests.support.servers import children_of
from tests.support.sockets import Gone

PEOPLE = 3
WORKERS = 2
RENEWED_S = 240
BACK_S = 0.5
"""A browser's socket comes back after this at the soonest."""


@pytest.fixture(scope="module")
def program(depot):
    return depot.start(WORKERS=WORKERS, RATE_LIMIT_PER_MINUTE=1_000_000)


class Busy:
    """Somebody who beats and counts again and again, over connections that are kept."""

    def __init__(self, depot, program):
        self.person = depot.person(program)
        self.session_id = self.person.claim(depot.rack())["session_id"]
        self.answers = []

    def work(self, over):
        while not over.is_set():
            record = a_record_json(self.session_id)
            batch = self.person.post("/api/sync/batch", {"records": [record]})
            beat = self.person.post("/api/sync/heartbeat", {"session_id": self.session_id})
            self.answers += [batch.status_code, beat.status_code]
            assert batch.json()["ok"] == [record["client_record_id"]]
            over.wait(0.05)


class Watcher:
    """A screen that comes back as a browser does, and keeps the ids of all that it heard."""

    def __init__(self, boss):
        self._boss = boss
        self.ids = []
        self.comings = self.snapshots = 0
        self.since = None
        self.is_watching = threading.Event()

    def work(self, over):
        while not over.is_set():
            with suppress(Gone), self._boss.screen() as screen:
                try:
                    self._look(screen, over)
                finally:
                    self._note(screen)
            over.wait(BACK_S)

    def _look(self, screen, over):
        told = screen.watch(**({} if self.since is None else {"since": self.since}))
        self.comings += 1
        self.since = self.since or told["since"]
        self.is_watching.set()
        while screen.is_open and not over.wait(0.05):
            pass
        screen.settled()

    def _note(self, screen):
        self.ids += [each for each in screen.ids if each > (self.since or 0)]
        self.since = max([self.since or 0, *self.ids])
        self.snapshots += len(screen.heard("snapshot"))


def workers_of(program):
    return set(children_of(program.process.pid))


def test_workers_are_replaced_under_load_and_nobody_notices(depot, program):
    busy = [Busy(depot, program) for _ in range(PEOPLE)]
    watcher = Watcher(depot.supervisor(program))
    over, before = threading.Event(), workers_of(program)
    assert len(before) == WORKERS
    with ThreadPoolExecutor(PEOPLE + 1) as pool:
        work = [pool.submit(one.work, over) for one in (watcher, *busy)]
        try:
            assert watcher.is_watching.wait(10)
            os.kill(program.process.pid, signal.SIGHUP)
            renewed = wait_until(
                lambda: (
                    any(w.done() for w in work)
                    or (workers_of(program).isdisjoint(before) and time.sleep(1) is None)
                ),
                RENEWED_S,
            )
            assert renewed, program.output[-3000:]
        finally:
            over.set()
        for each in work:
            each.result()

    answers = [status for one in busy for status in one.answers]
    assert len(workers_of(program)) == WORKERS
    assert set(answers) == {200}
    assert len(answers) > 10 * PEOPLE
    assert watcher.comings > 1, "its worker was replaced, so it came back"
    assert watcher.snapshots == 1, "the one of its first look"
    log = depot.warehouse.event_log
    told = [e.id for e in log.since(watcher.ids[0] - 1, watcher.ids[-1]) if e.name in SEEN]
    assert watcher.ids == told, "every event once, in order"


SEEN = {"rack:update", "session:update", "presence"}


def test_a_killed_worker_lets_nobody_fail_who_comes_after_it(depot, program):
    """The listening socket is the parent's: who comes meanwhile is the other worker's."""
    busy = [Busy(depot, program) for _ in range(2)]
    victim = min(workers_of(program))
    os.kill(victim, signal.SIGKILL)
    time.sleep(0.1)
    for one in busy:
        fresh = depot.person(program)
        assert fresh.get("/api/racks/floors").status_code == 200
        assert one.person.at(program).post("/api/sync/heartbeat", {"session_id": one.session_id}).ok
    assert wait_until(lambda: len(workers_of(program) - {victim}) == WORKERS, RENEWED_S)


@pytest.mark.eventlet("Werkzeug's server ends every connection with its answer")
def test_an_answer_during_a_stop_says_that_it_is_the_last_of_its_connection(depot):
    program = depot.start()
    somebody = depot.person(program)
    answers, over = [], threading.Event()

    def ask():
        while not over.is_set():
            answer = somebody.get("/healthz")
            answers.append(answer.headers.get("Connection"))
            if answers[-1] == "close":
                return

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        assert wait_until(lambda: len(answers) > 5, 10)
        code, _ = program.terminate()
        over.set()
        asking.result()
    assert code == 0
    assert answers[-1] == "close"
    assert set(answers[:-1]) != {"close"}
