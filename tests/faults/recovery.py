"""How long each part takes to be back, from the moment that its server answers again.

python -m tests.faults.recovery --times 10
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

import requests

from app.processes import wait_until
from tests.support.builders import a_record_json
from tests.support.depot import open_depot
from tests.support.ground import Ground

AWAY_S = (1.0, 4.0)
GIVEN_UP_S = 60
HEARD_S = 0.5
ROUNDS = 5
"""In good times, to learn how long a round of questions takes on this machine just now."""


class Signs:
    """Somebody who counts, and a screen that looks on: by them one sees which part works."""

    def __init__(self, counter, screen, *, session_id, free):
        self._counter, self._screen = counter, screen
        self._session_id, self._free = session_id, free
        self.parts = {
            "counts": self._counts_are_taken,
            "leases": self._leases_are_kept,
            "claims and screens": self._claims_are_taken_and_seen,
            "breakers": self._breakers_are_closed,
        }

    def all_are_good(self):
        return all(is_good() for is_good in self.parts.values())

    def usual_s(self):
        """How long asking for all of them takes where nothing is wrong."""
        took = []
        for _ in range(ROUNDS):
            began = time.monotonic()
            assert self.all_are_good()
            took.append(time.monotonic() - began)
        return median(took)

    def back(self):
        """For each part the seconds until it was well; of one that never was, infinitely many."""
        began, missing, found = time.monotonic(), dict(self.parts), {}
        while missing and time.monotonic() - began < GIVEN_UP_S:
            for part in [name for name, is_good in missing.items() if is_good()]:
                found[part] = time.monotonic() - began
                del missing[part]
            time.sleep(0.02)
        return found | dict.fromkeys(missing, float("inf"))

    def _counts_are_taken(self):
        return self._ok("/api/sync/batch", {"records": [a_record_json(self._session_id)]})

    def _leases_are_kept(self):
        return self._ok("/api/sync/heartbeat", {"session_id": self._session_id})

    def _claims_are_taken_and_seen(self):
        seen = len(self._seen())
        path = f"/api/racks/{self._free}"
        if not (self._ok(f"{path}/claim", {}) and self._ok(f"{path}/release", None)):
            return False
        return wait_until(lambda: len(self._seen()) > seen, HEARD_S)

    def _breakers_are_closed(self):
        with suppress(requests.RequestException, KeyError):
            states = self._counter.get("/api/health", timeout=5).json()["breakers"]
            return states.keys() >= {"redis", "mongodb"} and set(states.values()) == {"closed"}
        return False

    def _seen(self):
        return self._screen.heard("rack:update", rack_id=self._free, type="released")

    def _ok(self, path, body):
        with suppress(requests.RequestException):
            return self._counter.post(path, body, timeout=5).ok
        return False


def struck(ground, name, how):
    """The block during which that server is killed, or stands still."""
    server = getattr(ground, name)
    return ground.without(server) if how == "killed" else ground.hung(server)


def until_it_shows(signs):
    """Return once something is amiss: a server that hangs is not noticed at once."""
    wait_until(lambda: not signs.all_are_good(), 5)


def main():
    """Measure and print: least, middle, most."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--times", type=int, default=5)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder))
        try:
            with open_depot(Path(folder), ground.mongo_uri, ground.redis_url) as depot:
                _measure(ground, depot, given.times)
        finally:
            ground.end()


def _measure(ground, depot, times):
    program = depot.start()
    counter, boss = depot.person(program), depot.supervisor(program)
    with boss.screen() as screen:
        screen.watch()
        session_id = counter.claim(depot.rack())["session_id"]
        signs = Signs(counter, screen, session_id=session_id, free=depot.rack())
        sys.stdout.write(f"a round of questions: {signs.usual_s():.3f} s\n")
        for name in ("redis", "mongod"):
            for how in ("killed", "hung"):
                taken = [_one(ground, signs, name, how) for _ in range(times)]
                for part in signs.parts:
                    of_part = [each[part] for each in taken]
                    least, middle, most = min(of_part), median(of_part), max(of_part)
                    told = f"{least:.2f} {middle:.2f} {most:.2f} s"
                    sys.stdout.write(f"{name} {how}, {part}: {told}\n")
                sys.stdout.flush()


def _one(ground, signs, name, how):
    with struck(ground, name, how):
        until_it_shows(signs)
        time.sleep(random.uniform(*AWAY_S))  # noqa: S311 — chance for measuring
    found = signs.back()
    time.sleep(1)
    return found


if __name__ == "__main__":
    sys.exit(main())
