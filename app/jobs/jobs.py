"""Jobs for those who ask: submit, see, cancel; and the sweep that loses none.

MongoDB is the truth, the queue in Redis only wakes a worker: whatever it forgets is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from app.auth.identity import Identity
from app.auth.permissions import Action, may
from app.clock import Clock
from app.errors import JobEnded, JobUnknown, TooManyJobs
from app.events import JobAsked, JobCancelled, JobFailed, Publisher
from app.jobs.ends import ABANDONED
from app.jobs.job import Along, Asker, Job, State
from app.jobs.queue import Queue
from app.jobs.store import JobStore
from app.jobs.tidings import told

MOST_OPEN = 5
"""Jobs that a user may have queued or running: one person shall not keep all others waiting."""
MOST_ATTEMPTS = 3
SILENT_AFTER = timedelta(seconds=15)
"""A worker beats each second. One that is silent so long was killed, or stands still."""
SENT_AGAIN_AFTER = timedelta(seconds=15)
SWEPT_AT_ONCE = 100
LISTED = 20


class Jobs:
    """A job is done at least once: kinds of jobs must not mind being begun again."""

    def __init__(self, store: JobStore, queue: Queue, publish: Publisher, clock: Clock) -> None:
        self._store = store
        self._queue = queue
        self._publish = publish
        self._clock = clock

    def submit(
        self, kind: str, params: Mapping[str, Any], *, by: Identity, along: Along | None = None
    ) -> Job:
        """Ask for a job. It is safe from here on, even if Redis is away: then it begins later.
        What `along` writes, with the job's id, is written in the same act.

        Raises:
            TooManyJobs: `by` has MOST_OPEN of them waiting or running.
        """
        if self._store.count_open(by.user_id) >= MOST_OPEN:
            raise TooManyJobs(MOST_OPEN)
        now = self._clock.now()
        asker = Asker(user_id=by.user_id, username=by.username, name=by.name)
        job = Job(job_id=uuid4().hex, kind=kind, params=params, by=asker, at=now, heartbeat_at=now)
        self._store.add(job, along)
        self._queue.send(job.job_id)
        self._publish(told(JobAsked, job))
        return job

    def submit_once(self, job_id: str, kind: str, params: Mapping[str, Any], *, by: Asker) -> bool:
        """Ask for a job of the clock's, under an id that says what it is for: asked for again, by
        whichever process, nothing happens; False then. No person's limit counts here.
        """
        now = self._clock.now()
        job = Job(job_id=job_id, kind=kind, params=params, by=by, at=now, heartbeat_at=now)
        if not self._store.add_once(job):
            return False
        self._queue.send(job_id)
        self._publish(told(JobAsked, job))
        return True

    def named(self, job_ids: Sequence[str]) -> dict[str, Job]:
        """Those of the jobs that are remembered, by their ids."""
        return {job.job_id: job for job in self._store.named(job_ids)}

    def get(self, job_id: str, *, by: Identity) -> Job:
        """One job. Raises JobUnknown, for another's too."""
        job = self._store.get(job_id)
        if job is None or (job.by.user_id != by.user_id and not may(by, Action.SEE_ALL_JOBS)):
            raise JobUnknown(job_id)
        return job

    def latest(self, *, by: Identity) -> list[Job]:
        """One's own latest jobs, or everybody's for who may see them."""
        user_id = None if may(by, Action.SEE_ALL_JOBS) else by.user_id
        return self._store.newest(user_id=user_id, limit=LISTED)

    def cancel(self, job_id: str, *, by: Identity) -> Job:
        """End one's own job; its worker stops within a moment and what it made is thrown away.

        Raises:
            JobUnknown: there is none, or it is another's.
            JobEnded: it is over already.
        """
        job = self._store.get(job_id)
        if job is None or job.by.user_id != by.user_id:
            raise JobUnknown(job_id)
        ended = self.withdraw(job_id)
        if ended is None:
            raise JobEnded(job_id)
        return ended

    def withdraw(self, job_id: str) -> Job | None:
        """End a job whoever asked for it; None: it was over already."""
        ended = self._store.cancel(job_id, self._clock.now())
        if ended:
            self._publish(told(JobCancelled, ended))
        return ended

    def sweep(self) -> None:
        """Queue again what a dead worker left, and send again what Redis may have forgotten."""
        now = self._clock.now()
        for job in self._silent(State.RUNNING, SILENT_AFTER):
            if job.attempts >= MOST_ATTEMPTS:
                if given_up := self._store.give_up(job, ABANDONED, now):
                    self._publish(told(JobFailed, given_up))
            elif self._store.queue_again(job, now):
                self._queue.send(job.job_id)
        for job in self._silent(State.QUEUED, SENT_AGAIN_AFTER):
            if self._store.queue_again(job, now):
                self._queue.send(job.job_id)

    def close(self) -> None:
        """Give back the connection to the queue."""
        self._queue.close()

    def _silent(self, state: State, after: timedelta) -> list[Job]:
        since = self._clock.now() - after
        return self._store.silent(state, since=since, limit=SWEPT_AT_ONCE)
