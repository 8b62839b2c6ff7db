"""The queue in Redis, by RQ: it wakes a worker, no more. See docs/decisions."""

from __future__ import annotations

from contextlib import suppress

import redis
import rq
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.serializers import JSONSerializer

from app.services.redis_address import client_of

QUEUE = "stockverify-jobs"
PERFORM = "app.job_worker.perform"
"""What the worker calls, by name: who sends a job does not import the worker."""
LONGEST_S = 2 * 3600
"""A job that runs longer is ended, and fails."""
WAITS_S = 3600
"""How long an entry stays in Redis; the job itself waits on in MongoDB and is sent again."""
MOST_WAITING = 1_000
TIMEOUT_S = 2


class Queue:
    """Sends jobs to the workers. Losing an entry loses no job, and a second one does nothing."""

    def __init__(self, url: str) -> None:
        self._queue = rq.Queue(QUEUE, connection=_client(url), serializer=JSONSerializer)

    def send(self, job_id: str) -> None:
        """Wake a worker for the job. Without Redis nothing happens, until the sweep comes by."""
        with suppress(redis.RedisError):
            if self._queue.count < MOST_WAITING:
                self._queue.enqueue(
                    PERFORM,
                    job_id,
                    job_timeout=LONGEST_S,
                    ttl=WAITS_S,
                    result_ttl=0,
                    failure_ttl=1,
                )

    def close(self) -> None:
        self._queue.connection.close()


def _client(url: str) -> redis.Redis:
    """A client of its own: RQ keeps bytes. One short try, as a request waits for it."""
    return client_of(
        url,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
