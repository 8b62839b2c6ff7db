"""The worker: a process of its own that does the jobs, `python -m app.job_worker`.

RQ's worker forks a child for each job, so that what a job took of memory goes back with its child,
and a job that dies takes nobody with it. It is started, watched and ended by app/serving.py.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any, NoReturn

from rq import Worker
from rq.serializers import JSONSerializer

from app import processes
from app.items.import_jobs import KINDS as IMPORTS
from app.jobs.queue import QUEUE
from app.jobs.running import Kind, Work, WorkerStops
from app.reports.comparisons import KIND as COMPARE
from app.reports.exports import KIND as EXPORT
from app.schedules.deliveries import KIND as DELIVERY
from app.schedules.schedules import KIND as SCHEDULED
from app.services.redis_address import client_of
from app.telemetry import configure_logs
from app.warehouse import Warehouse, build
from config import Settings

NICE = 10
"""Whoever counts goes first: a worker gets a tenth of a busy core."""
RECONNECT_S = 1.0
"""While Redis is away a worker tries again so often. By itself RQ waits up to a minute, and so long
would all jobs wait after Redis is back."""
IMPORT_BYTES = 2 * 1024**3
"""A file of a catalogue that needs more address space is not read."""


def kinds_of(warehouse: Warehouse) -> Mapping[str, Kind]:
    """What does a job of which kind: takes the `Work`, tells its progress, says what it made. Each
    must not mind being begun again.
    """
    return {
        **dict.fromkeys(IMPORTS, warehouse.import_jobs.work),
        EXPORT: warehouse.exports.make,
        COMPARE: warehouse.comparisons.work,
        SCHEDULED: warehouse.schedules.make,
        DELIVERY: warehouse.deliveries.deliver,
    }


def perform(job_id: str) -> None:
    """One job, in a child process of the worker. It never fails: the job itself says what became
    of it.
    """
    with closing(build(Settings.from_env())) as warehouse:
        kinds = kinds_of(warehouse)
        bounded = {kind: _bounded(kinds[kind]) for kind in kinds if kind in IMPORTS}
        warehouse.running.run(job_id, {**kinds, **bounded})
        warehouse.activity.flush()


def _bounded(do: Kind) -> Kind:
    """Does it in this process with a bound to its memory, as a file may be of any kind."""

    def bounded(work: Work) -> Mapping[str, Any]:
        resource.setrlimit(resource.RLIMIT_AS, (IMPORT_BYTES, IMPORT_BYTES))
        return do(work)

    return bounded


class JobWorker(Worker):
    """RQ's worker, that at SIGTERM has its job given back instead of waiting for its end."""

    max_connection_wait_time = RECONNECT_S

    def handle_warm_shutdown_request(self) -> None:
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)

    def setup_work_horse_signals(self) -> None:
        processes.die_with(self.pid)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, _stop)


def _stop(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise WorkerStops


def main() -> int:
    """Do jobs until SIGTERM."""
    settings = Settings.from_env()
    configure_logs(settings)
    os.nice(NICE)
    connection = client_of(settings.redis_url)
    worker = JobWorker([QUEUE], connection=connection, serializer=JSONSerializer)
    processes.spare_the_lasting()  # the children, who make millions of rows, inherit it
    worker.work(logging_level="WARNING")
    return 0


if __name__ == "__main__":
    sys.exit(main())
