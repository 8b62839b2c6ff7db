"""What is told of a job, to who asked for it: `told(JobDone, job)`."""

from __future__ import annotations

from typing import TypeVar

from app.events import JobEvent
from app.jobs.job import Job

E = TypeVar("E", bound=JobEvent)


def told(kind: type[E], job: Job) -> E:
    """The event of that kind."""
    return kind(
        job_id=job.job_id,
        kind=job.kind,
        user_id=job.by.user_id,
        username=job.by.username,
        state=job.state.value,
        done=job.progress.done,
        total=job.progress.total,
        error=job.error,
        result=dict(job.result),
    )
