"""Twenty devices sync real counts through a bad network while server, mongod and redis-server are
killed, stopped and filled.

    python -m tests.faults.storm --seed 4711          one run again, as it was chosen
    python -m tests.faults.storm --runs 50            as many with seeds of chance
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import requests
from redis import Redis

from app.processes import wait_until
from app.stocktakes.campaigns import MAIN_WAREHOUSE
from tests.support.builders import a_record_json
from tests.support.counting_device import CountingDevice
from tests.support.counts_kept import faults_of, faults_of_lines
from tests.support.depot import open_depot
from tests.support.ground import Ground, small_disk
from tests.support.weather import Weather

COUNTS = Path(__file__).parents[1] / "data" / "counts.csv"
DEVICES = 20
DRAINED_S = 120
ENVIRON = {"ACCESS_TOKEN_TTL": 86_400, "RACK_LOCK_TTL": 600, "RATE_LIMIT_PER_MINUTE": 1_000_000}
"""Leases are another test's: here no count may be late."""


@dataclass
class Scale:
    """How long a run is."""

    blows: int = 3
    between_s: float = 2.0
    away_s: tuple[float, float] = (0.5, 5.0)
    long_away_s: float = 60.0
    lines: int = 150


SHORT = Scale(blows=2, between_s=1.0, away_s=(0.3, 1.5), long_away_s=3.0, lines=60)
LONG = Scale()


@dataclass
class Run:
    """What a run did and found."""

    seed: int
    blows: list = field(default_factory=list)
    recoveries: dict = field(default_factory=dict)
    """For each blow the seconds from the return of what was struck until a batch was taken."""
    faults: list = field(default_factory=list)
    counts: int = 0
    versions: int = 0
    met: Counter = field(default_factory=Counter)

    def __str__(self):
        back = ", ".join(f"{each} {after:.1f} s" for each, after in self.recoveries.items())
        told = dict(sorted(self.met.items(), key=lambda each: str(each[0])))
        line = (
            f"seed {self.seed}: well again after {back}; {self.counts} counts, {self.versions} "
            f"versions; {told}"
        )
        return "\n".join([line, *(f"  FAULT {fault}" for fault in self.faults[:20])])


class Storm:
    """The place of many runs: servers, one program, a depot."""

    def __init__(self, ground, depot, *, disk_is_small):
        self._ground, self._depot = ground, depot
        self._program = depot.start()
        self._disk_is_small = disk_is_small
        with COUNTS.open(encoding="utf-8", newline="") as lines:
            self._lines = defaultdict(list)
            for line in csv.DictReader(lines):
                self._lines[line["rack_id"]].append(line)
        self.blows = {
            "server killed": self._kill_program,
            "mongod killed": partial(self._without, ground.mongod),
            "redis killed": partial(self._without, ground.redis),
            "redis emptied": partial(self._without, ground.redis, empty=True),
            "mongod hung": partial(self._hung, ground.mongod),
            "redis hung": partial(self._hung, ground.redis),
            "server hung": self._hang_program,
            "disk full": self._full_disk,
            "redis long away": self._long_away,
            "all killed": self._kill_all,
        }
        if not disk_is_small:
            del self.blows["disk full"]

    def run(self, seed, scale, blows=None):
        """One run; what it did and found."""
        rng, run = random.Random(seed), Run(seed)  # noqa: S311
        run.blows = list(blows or rng.sample(sorted(self.blows), scale.blows))
        self._lay_out()
        weather = Weather(self._program.port, seed)
        devices = self._devices(weather, rng, scale)
        self._probe = self._depot.person(self._program)
        self._probe_session = self._probe.claim(self._depot.rack("F"))["session_id"]
        try:
            for device in devices:
                device.start()
            for blow in run.blows:
                time.sleep(rng.uniform(0.3, 1) * scale.between_s)
                self.blows[blow](rng, scale)
                run.recoveries[blow] = self._recovered()
            self._look_in_between(devices, run)
            weather.clear_up()
            self._look_at_the_end(devices, run)
        finally:
            for device in devices:
                device.end()
            weather.close()
        run.counts = sum(len(d.counts) for d in devices)
        run.versions = sum(len(c.versions) for d in devices for c in d.counts.values())
        run.met = sum((d.met for d in devices), Counter()) + weather.met
        return run

    # ── before, between, after ───────────────────────────────────────────────────────────────────

    def _lay_out(self):
        """An empty warehouse with the racks of the file."""
        db = self._depot.warehouse.db
        for name in ("verification_records", "item_serials", "count_lines", "sync_conflicts"):
            db[name].delete_many({})
        for name in ("rack_registry", "verification_sessions", "device_sequences"):
            db[name].delete_many({})
        with Redis.from_url(self._ground.redis_url) as redis:
            redis.flushall()
        rows = [
            {"rack_id": rack, "floor": lines[0]["floor"], "zone": "A", "row": 1, "column": column}
            for column, (rack, lines) in enumerate(self._lines.items(), start=1)
        ]
        self._depot.warehouse.floor_plan.load(rows, MAIN_WAREHOUSE)
        self._depot.warehouse.stocktakes.ensure_open()

    def _devices(self, weather, rng, scale):
        racks = list(self._lines)[:DEVICES]
        people = [self._depot.person(self._program) for _ in racks]
        return [
            CountingDevice(person, weather.base_url, self._lines[rack][: scale.lines], rng.random())
            for person, rack in zip(people, racks, strict=True)
        ]

    def _look_in_between(self, devices, run):
        """While some counts have no answer: what is acknowledged is there, and nothing is torn."""
        for device in devices:
            device.rest()
        self._until_still()
        run.faults += faults_of(self._depot.warehouse.db, devices, settled=False)
        for device in devices:
            device.go_on()

    def _look_at_the_end(self, devices, run):
        """Everything was sent: all of it is there, once, and the lines are its sums."""
        db = self._depot.warehouse.db
        if not wait_until(lambda: all(d.is_done for d in devices), DRAINED_S):
            run.faults.append("devices still have counts that nobody takes")
        for device in devices:
            device.rest()
            run.faults += [f"refused: {told}" for told in device.refused[:3]]
        run.faults += faults_of(db, devices, settled=True)
        for device in devices:
            answer = device.person.post(f"/api/sessions/{device.session_id}/complete", {})
            if answer.status_code != 200:
                run.faults.append(f"{device.rack_id} cannot be finished: {answer.text}")
        self._depot.warehouse.tally.catch_up()
        run.faults += faults_of_lines(db, devices)

    def _until_still(self):
        """Return when no request that was given up writes any more."""
        records, seen = self._depot.warehouse.db.verification_records, -1
        while seen != (now := records.count_documents({})):
            seen = now
            time.sleep(0.7)

    def _recovered(self):
        """Seconds until a batch of somebody without bad weather is taken; and a claim is."""
        started = time.monotonic()
        free = self._depot.rack("S")

        def is_well():
            with suppress(requests.RequestException, KeyError):
                records = {"records": [a_record_json(self._probe_session)]}
                stored = self._probe.post("/api/sync/batch", records, timeout=5)
                claimed = self._probe.post(f"/api/racks/{free}/claim", {}, timeout=5)
                if stored.ok and claimed.ok:
                    return self._probe.post(f"/api/racks/{free}/release").ok
            return False

        well = wait_until(lambda: is_well() or time.sleep(0.05), 30)
        return time.monotonic() - started if well else float("inf")

    # ── blows ────────────────────────────────────────────────────────────────────────────────────

    def _kill_program(self, *_):
        self._program.kill()
        self._program = self._depot.start(PORT=self._program.port)

    def _hang_program(self, rng, scale):
        os.kill(self._program.process.pid, signal.SIGSTOP)
        time.sleep(rng.uniform(*scale.away_s))
        os.kill(self._program.process.pid, signal.SIGCONT)

    def _without(self, server, rng, scale, **how):
        with self._ground.without(server, **how):
            time.sleep(rng.uniform(*scale.away_s))

    def _hung(self, server, rng, scale):
        with self._ground.hung(server):
            time.sleep(rng.uniform(*scale.away_s))

    def _long_away(self, _, scale):
        with self._ground.without(self._ground.redis):
            time.sleep(scale.long_away_s)

    def _full_disk(self, rng, scale):
        with self._ground.full_disk():
            time.sleep(2 + rng.uniform(*scale.away_s))

    def _kill_all(self, rng, scale):
        """A power cut, as far as one machine can play it."""
        self._program.kill()
        with self._ground.without(self._ground.redis), self._ground.without(self._ground.mongod):
            time.sleep(rng.uniform(*scale.away_s))
        self._program = self._depot.start(PORT=self._program.port)


@contextmanager
def open_storm(folder):
    """A place for runs; the folder should have a short path."""
    with ExitStack() as stack:
        disk, logs = folder / "disk", folder / "logs"
        disk.mkdir()
        logs.mkdir()
        is_small = stack.enter_context(small_disk(disk))
        ground = Ground(disk)
        stack.callback(ground.end)
        urls = ground.mongo_uri, ground.redis_url
        depot = stack.enter_context(open_depot(logs, *urls, **ENVIRON))
        yield Storm(ground, depot, disk_is_small=is_small)


def main():
    """Run as the command line says; 1 where anything was found."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seed", type=int)
    words.add_argument("--runs", type=int, default=1)
    words.add_argument("--short", action="store_true")
    words.add_argument("--blow", action="append", help="only these, in this order")
    given = words.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder, open_storm(Path(folder)) as storm:
        for number in range(given.runs):
            chance = secrets.randbits(32)
            seed = chance if given.seed is None else given.seed + number
            run = storm.run(seed, SHORT if given.short else LONG, given.blow)
            bad += bool(run.faults)
            sys.stdout.write(f"{number + 1}. {run}\n")
            sys.stdout.flush()
    return min(bad, 1)


if __name__ == "__main__":
    sys.exit(main())
