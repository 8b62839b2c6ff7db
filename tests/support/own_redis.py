"""A redis-server of a test's own, which it may stop, start again and empty."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app import processes
from app.embedded.redis_server import RedisServer
from app.embedded.server import STOP_SECONDS
from app.services.redis_service import RedisService

BREAKER_SECONDS = 5


class OwnRedis:
    """`url` stays the same over restarts."""

    def __init__(self, folder: Path):
        self.server = RedisServer(folder)
        self.start()

    @property
    def url(self):
        return self.server.url

    def start(self):
        self.server.launch()
        self.server.wait()

    def stop(self):
        if not self.server.has_ended():
            processes.stop(self.server.child, within=STOP_SECONDS)


@contextmanager
def own_redis():
    """The server for the block. Its end waits until this process asks Redis again: the circuit
    breaker is the process's, so it would refuse the next test's first calls.
    """
    with TemporaryDirectory(prefix="sv-") as folder:  # a short path, so that a Unix socket fits
        server = OwnRedis(Path(folder))
        try:
            yield server
            if server.server.has_ended():
                server.start()
            service = RedisService(server.url)
            assert processes.wait_until(service.connect, BREAKER_SECONDS)
            service.disconnect()
        finally:
            server.stop()
