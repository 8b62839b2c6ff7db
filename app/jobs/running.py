"""A job at work: taken by one worker, alive as long as it beats, ended once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from app.clock import Clock
from app.errors import DomainError
from app.events import JobDone, JobFailed, JobProgressed, Publisher
from app.jobs.ends import UNEXPECTED
from app.jobs.job import Job, JobStopped, Progress
from app.jobs.queue import Queue
from app.jobs.store import JobStore
from app.jobs.tidings import told

BEAT_S = 1.0
_log = structlog.get_logger("jobs")


class WorkerStops(BaseException):
    """The process is told to end: the job goes back, and another worker begins it again."""


class Work:
    """A taken job in the hands of its kind: `tell` as often as there is news, it costs nothing."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.progress = Progress()
        self.is_lost = False

    def tell(self, done: int, total: int | None = None) -> None:
        """Say how far it is. Raises JobStopped once the job is no longer this worker's."""
        self.progress = Progress(done=done, total=total)
        if self.is_lost:
            raise JobStopped


Kind = Callable[[Work], Mapping[str, Any]]
"""Does a job and says what it made. Safe to begin again after it was cut anywhere."""


class Running:
    """Runs one job after another, each of the kind that it says it is."""

    def __init__(
        self,
        store: JobStore,
        queue: Queue,
        publish: Publisher,
        clock: Clock,
        *,
        beat_s: float = BEAT_S,
    ) -> None:
        self._beat_s = beat_s
        self._store = store
        self._queue = queue
        self._publish = publish
        self._clock = clock

    def run(self, job_id: str, kinds: Mapping[str, Kind]) -> None:
        """Take the job and do it, unless somebody else has, or it was cancelled.

        Raises:
            WorkerStops: the process ends; the job was given back.
            PyMongoError: the database is away; the job is begun again later.
        """
        job = self._store.take(job_id, self._clock.now())
        if job is None:
            return
        work = Work(job)
        try:
            with self._alive(work):
                result = kinds[job.kind](work)
        except JobStopped:
            return
        except WorkerStops:
            self._give_back(job)
            raise
        except PyMongoError:
            raise  # nothing can be noted now; the job is taken up again when its silence is noticed
        except Exception as error:  # noqa: BLE001 — the edge of the process: a job ends all the same
            self._fail(job, error)
        else:
            if ended := self._store.finish(job, result, self._clock.now()):
                self._publish(told(JobDone, ended))

    def _fail(self, job: Job, error: Exception) -> None:
        code = error.code if isinstance(error, DomainError) else UNEXPECTED
        if code == UNEXPECTED:
            _log.error("job_failed", job_id=job.job_id, kind=job.kind, exc_info=error)
        if ended := self._store.fail(job, code, self._clock.now()):
            self._publish(told(JobFailed, ended))

    def _give_back(self, job: Job) -> None:
        if self._store.give_back(job, self._clock.now()):
            self._queue.send(job.job_id)

    @contextmanager
    def _alive(self, work: Work) -> Iterator[None]:
        """Beat while the block runs, whatever it does."""
        over = threading.Event()
        beating = threading.Thread(target=self._beat, args=(work, over), daemon=True)
        beating.start()
        try:
            yield
        finally:
            over.set()
            beating.join()

    def _beat(self, work: Work, over: threading.Event) -> None:
        last = Progress()
        while not over.wait(self._beat_s):
            progress = work.progress
            with suppress(PyMongoError):  # MongoDB is away: the next beat may come in time
                work.is_lost = not self._store.beat(work.job, progress, self._clock.now())
                if work.is_lost:
                    return
                if progress != last:
                    last = progress
                    self._publish(told(JobProgressed, replace(work.job, progress=progress)))
