"""The collection `jobs`: the truth about every job. Each change says from which state it goes, so
that of two who want it one gets it.

A kind of job may keep something of its own, such as a comparison that says how it stands. Where its
job ends without being done, by whomever and wherever, that is put right in the same act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pymongo import DESCENDING, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from app.db.client import Db, Document, in_one_act
from app.jobs.job import OPEN, Along, Asker, Job, OnEnd, Progress, State

KEPT = timedelta(days=30)
"""After its end a job is forgotten."""


class JobStore:
    """Jobs by their id, their asker, and by who was silent for too long. `on_end` by kind."""

    def __init__(self, db: Db, on_end: Mapping[str, OnEnd] | None = None) -> None:
        self._jobs = db["jobs"]
        self._client = db.client
        self._on_end = on_end or {}

    def add(self, job: Job, along: Along | None = None) -> None:
        """Keep a new job, and what `along` writes with it, or neither."""
        if along is None:
            self._jobs.insert_one(_document(job))
            return

        def act(session: ClientSession) -> None:
            along(job.job_id, session)
            self._jobs.insert_one(_document(job), session=session)

        in_one_act(self._client, act)

    def add_once(self, job: Job) -> bool:
        """Add it, unless there is one of that id; whether it was added."""
        try:
            self.add(job)
        except DuplicateKeyError:
            return False
        return True

    def named(self, job_ids: Sequence[str]) -> list[Job]:
        return [_job(d) for d in self._jobs.find({"job_id": {"$in": list(job_ids)}})]

    def get(self, job_id: str) -> Job | None:
        found = self._jobs.find_one({"job_id": job_id})
        return _job(found) if found else None

    def newest(self, *, user_id: str | None, limit: int) -> list[Job]:
        """The latest jobs of a user, or with None of everybody."""
        where = {} if user_id is None else {"by.user_id": user_id}
        return [_job(d) for d in self._jobs.find(where).sort("at", DESCENDING).limit(limit)]

    def count_open(self, user_id: str) -> int:
        return self._jobs.count_documents({"by.user_id": user_id, "state": {"$in": list(OPEN)}})

    def silent(self, state: State, *, since: datetime, limit: int) -> list[Job]:
        """Jobs in a state of which nothing was heard since then, the longest silent first."""
        where = {"state": state, "heartbeat_at": {"$lt": since}}
        return [_job(d) for d in self._jobs.find(where).sort("heartbeat_at").limit(limit)]

    def take(self, job_id: str, now: datetime) -> Job | None:
        """The queued job as a running one of the caller; None: somebody else has it, or had."""
        return self._change(
            {"job_id": job_id, "state": State.QUEUED},
            {
                "$set": {
                    "state": State.RUNNING,
                    "started_at": now,
                    "heartbeat_at": now,
                    "progress": asdict(Progress()),
                },
                "$inc": {"attempts": 1},
            },
        )

    def beat(self, job: Job, progress: Progress, now: datetime) -> bool:
        """Note that the taken job is alive; False: it is no longer the taker's."""
        news = {"$set": {"heartbeat_at": now, "progress": asdict(progress)}}
        return self._change(_taken(job), news) is not None

    def finish(self, job: Job, result: Mapping[str, Any], now: datetime) -> Job | None:
        """The taken job as a done one; None: it is no longer the taker's."""
        return self._change(_taken(job), _ended(State.DONE, now, result=dict(result)))

    def fail(self, job: Job, error: str, now: datetime) -> Job | None:
        """The taken job as a failed one; None: it is no longer the taker's."""
        return self._end(_taken(job), State.FAILED, now, error=error)

    def give_back(self, job: Job, now: datetime) -> Job | None:
        """The taken job as a queued one, as if it had not been taken."""
        back = {"$set": {"state": State.QUEUED, "heartbeat_at": now}, "$inc": {"attempts": -1}}
        return self._change(_taken(job), back)

    def queue_again(self, job: Job, now: datetime) -> Job | None:
        """A silent job as a queued one; None: it was heard of meanwhile."""
        back = {"$set": {"state": State.QUEUED, "heartbeat_at": now}}
        return self._change(_silent(job), back)

    def give_up(self, job: Job, error: str, now: datetime) -> Job | None:
        """A silent job as a failed one; None: it was heard of meanwhile."""
        return self._end(_silent(job), State.FAILED, now, error=error)

    def cancel(self, job_id: str, now: datetime) -> Job | None:
        """The open job as a cancelled one; None: it has ended already."""
        return self._end({"job_id": job_id, "state": {"$in": list(OPEN)}}, State.CANCELLED, now)

    def _end(self, where: Document, state: State, now: datetime, **facts: Any) -> Job | None:
        """End a job that is not done, and tell its kind."""

        def act(session: ClientSession) -> Job | None:
            ended = self._change(where, _ended(state, now, **facts), session)
            if ended and (tell := self._on_end.get(ended.kind)):
                tell(ended, session)
            return ended

        return in_one_act(self._client, act)

    def _change(
        self, where: Document, change: Document, session: ClientSession | None = None
    ) -> Job | None:
        found = self._jobs.find_one_and_update(
            where, change, return_document=ReturnDocument.AFTER, session=session
        )
        return _job(found) if found else None


def _ended(state: State, now: datetime, **facts: Any) -> Document:
    return {"$set": {"state": state, "ended_at": now, "expires_at": now + KEPT, **facts}}


def _taken(job: Job) -> Document:
    return {"job_id": job.job_id, "state": State.RUNNING, "attempts": job.attempts}


def _silent(job: Job) -> Document:
    return {"job_id": job.job_id, "state": job.state, "heartbeat_at": job.heartbeat_at}


def _document(job: Job) -> Document:
    return {**asdict(job), "state": job.state.value}


def _job(document: Document) -> Job:
    fields = {name: document[name] for name in Job.__dataclass_fields__ if name in document}
    return Job(
        **{
            **fields,
            "state": State(fields["state"]),
            "by": Asker(**fields["by"]),
            "progress": Progress(**fields["progress"]),
        }
    )
