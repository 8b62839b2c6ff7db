"""A job: what is to be done, for whom, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymongo.client_session import ClientSession


class State(StrEnum):
    """Where a job is. A running one whose worker died is queued again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.QUEUED, State.RUNNING)


class JobStopped(Exception):
    """The job is no longer this worker's: it was cancelled, or taken from a worker that was thought
    dead. What the job made is thrown away.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked for the job."""

    user_id: str
    username: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many of how many; None: the total is not known yet."""

    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`attempts` counts how often a worker took it; it fences off a worker that was thought dead.
    `error` is a code, `result` what the kind of job says it made.
    """

    job_id: str
    kind: str
    params: Mapping[str, Any]
    by: Asker
    at: datetime
    state: State = State.QUEUED
    progress: Progress = Progress()
    heartbeat_at: datetime
    attempts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)


Along = Callable[[str, ClientSession], object]
"""What is to be written in the act that asks for a job of that id."""
OnEnd = Callable[[Job, ClientSession], object]
"""Told of a job that failed or was cancelled, in the act that ends it."""
