"""People who claim, keep and give back racks at two programs while both are struck, and the history
of all that they asked and were told.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import requests
from redis import Redis

from app.clock import iso
from tests.support.builders import a_record_json
from tests.support.lease_model import Ask, Got
from tests.support.linearizability import NEVER, Operation

ANSWER_S = 2.5
"""Whoever waits longer hangs up, and does not know what came of it."""
SKEWS_S = (0, -172_800, 172_800, -3, 3)
"""How wrong the clocks of the people's devices are."""
WITHOUT_A_LEASE = {"claim": 8, "renew": 1, "count": 1}
WITH_A_LEASE = {
    "renew": 6,
    "count": 3,
    "both": 3,
    "release": 2,
    "pause": 2,
    "resume": 2,
    "claim": 1,
    "rest": 1,
}


class Notes:
    """What was asked and told, by rack; what is known of each session."""

    def __init__(self):
        self._lock = threading.Lock()
        self.of_rack = defaultdict(list)
        self.fences = {}
        """Each session's rack and fence."""

    def take(self, rack_id, operation):
        with self._lock:
            self.of_rack[rack_id].append(operation)

    def learn(self, session_id, rack_id, fence):
        with self._lock:
            assert self.fences.setdefault(session_id, (rack_id, fence)) == (rack_id, fence)

    def fence_of(self, session_id):
        return self.fences.get(session_id, (None, None))[1]


class Claimant:
    """Somebody with a device whose clock is wrong. Asks either program, as a balancer would."""

    def __init__(self, people, notes, racks, seed, skew_s):
        self._people = people
        self.user = people[0].user_id
        self._notes = notes
        self._racks = racks
        self._rng = random.Random(seed)  # noqa: S311
        self._skew = timedelta(seconds=skew_s)
        self._leases = []
        """(rack, session, fence) of all that this one ever had, the newest last."""
        self._holds = False

    def work(self, over):
        while not over.is_set():
            acts = WITH_A_LEASE if self._holds else WITHOUT_A_LEASE
            (act,) = self._rng.choices(list(acts), list(acts.values()))
            if act == "rest":
                over.wait(self._rng.uniform(1, 3.5))
            elif act == "claim" or self._leases:
                getattr(self, f"_{act}")()
            over.wait(self._rng.uniform(0, 0.25))

    def _claim(self):
        rack_id = self._leases[-1][0] if self._holds else self._rng.choice(self._racks)

        def read(answer):
            if answer.status_code != 200:
                return Got(done=False)
            told = answer.json()
            self._notes.learn(told["session_id"], rack_id, told["fencing_token"])
            self._leases.append((rack_id, told["session_id"], told["fencing_token"]))
            self._holds = True
            return Got(done=True, fence=told["fencing_token"])

        self._ask("claim", rack_id, None, f"/api/racks/{rack_id}/claim", {}, read)

    def _both(self):
        """A device beats beside its batches, and both may find the lease expired."""
        beat = threading.Thread(target=self._renew, args=(self._people[0],))
        beat.start()
        self._count(self._people[1])
        beat.join()

    def _renew(self, by=None):
        rack_id, session_id, fence = self._lease()

        def read(answer):
            held = answer.json()["lease"] == "held"
            self._holds = self._holds and (held or fence != self._leases[-1][2])
            return Got(done=held)

        body = {"session_id": session_id}
        self._ask("renew", rack_id, fence, "/api/sync/heartbeat", body, read, by)

    def _count(self, by=None):
        rack_id, session_id, fence = self._lease()
        at = iso(datetime.now().astimezone() + self._skew)
        record = a_record_json(session_id, rack_id=rack_id, created_at=at, updated_at=at)

        def read(answer):
            told = answer.json()
            return None if told["errors"] else Got(done=bool(told["ok"]))

        body = {"records": [record]}
        self._ask("count", rack_id, fence, "/api/sync/batch", body, read, by)

    def _release(self):
        self._move("release")
        self._holds = False

    def _pause(self):
        self._move("pause")

    def _resume(self):
        self._move("resume")

    def _move(self, act):
        rack_id = self._leases[-1][0]
        path = f"/api/racks/{rack_id}/{act}"
        self._ask(act, rack_id, None, path, None, lambda answer: moved(answer, self._notes))

    def _lease(self):
        """The newest lease; now and then one from before, as a device that slept would."""
        return self._rng.choice(self._leases[-3:]) if self._rng.random() < 0.2 else self._leases[-1]

    def _ask(self, act, rack_id, fence, path, body, read, by=None):
        person = by or self._rng.choice(self._people)
        wanted = Ask(act=act, user=self.user, fence=fence)
        note(self._notes, person, rack_id, wanted, path, body, read)


def note(notes, person, rack_id, wanted, path, body, read):
    """Ask, and note what came of it. One that nobody got is no operation."""
    began = time.time()
    try:
        answer = person.post(path, body, timeout=ANSWER_S)
        ended = time.time()
        result = read(answer) if answer.status_code < 500 else None
    except requests.ConnectionError as error:
        if "refused" in str(error):
            time.sleep(0.1)
            return
        result, ended = None, NEVER
    except requests.RequestException:
        result, ended = None, NEVER
    ended = NEVER if result is None else ended
    notes.take(rack_id, Operation(wanted, result, began, ended))


def moved(answer, notes):
    """What the answer to a move of a rack says."""
    if answer.status_code != 200:
        assert answer.status_code in {403, 409}, answer.text
        return Got(done=False)
    return Got(done=True, fence=notes.fence_of(answer.json()["session_id"]))


class Supervisor:
    """Ends a lease now and then."""

    def __init__(self, people, notes, racks, seed):
        self._people, self._notes, self._racks = people, notes, racks
        self._rng = random.Random(seed)  # noqa: S311

    def work(self, over):
        while not over.wait(self._rng.uniform(1, 3)):
            rack_id = self._rng.choice(self._racks)
            note(
                self._notes,
                self._rng.choice(self._people),
                rack_id,
                Ask(act="force", user="boss"),
                f"/api/racks/{rack_id}/force-release",
                {"reason": "x"},
                lambda answer: moved(answer, self._notes),
            )


class Nemesis:
    """Strikes one of the programs, or Redis, again and again. `struck` says what it did."""

    def __init__(self, depot, programs, redis_url, seed, *, longer_than_a_lease_s):
        self._depot, self._programs = depot, programs
        self._redis_url = redis_url
        self._pause_s = longer_than_a_lease_s
        self._rng = random.Random(seed)  # noqa: S311
        self.struck = []

    def work(self, over):
        blows = []
        while not over.wait(self._rng.uniform(0.3, 1)):
            blows = blows or self._rng.sample([self.stop, self.stop, self.kill, self.flush], 4)
            blow = blows.pop()
            blow()
            self.struck.append(blow.__name__)

    def stop(self):
        """A process stands still for longer than a lease lasts, and knows nothing of it."""
        pid = self._rng.choice(self._programs).process.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(self._pause_s)
        finally:
            os.kill(pid, signal.SIGCONT)

    def kill(self):
        number = self._rng.randrange(len(self._programs))
        dead = self._programs[number]
        dead.kill()
        self._programs[number] = self._depot.start(PORT=dead.port)

    def flush(self):
        with Redis.from_url(self._redis_url) as redis:
            redis.flushall()


def play(workers, seconds):
    """Let all work side by side for so long; the first error is raised."""
    over = threading.Event()
    with ThreadPoolExecutor(len(workers)) as pool:
        work = [pool.submit(worker.work, over) for worker in workers]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not any(w.done() and w.exception() for w in work):
            time.sleep(0.1)
        over.set()
        for each in work:
            with suppress(requests.RequestException):
                each.result()
