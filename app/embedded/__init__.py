"""Private, real servers for when nothing is configured: a mongod and a redis-server.

Both keep their data in one folder, listen on loopback or a Unix socket only, and end with the
process that started them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app import processes
from app.embedded.addresses import settings_beside, told
from app.embedded.folder import kept_secret, only_user_of
from app.embedded.mongod import Mongod
from app.embedded.redis_server import RedisServer
from app.embedded.server import STOP_SECONDS, ServersUnavailable
from app.embedded.watch import Watch
from config import Settings

__all__ = [
    "PrivateServers",
    "ServersUnavailable",
    "Watch",
    "private_servers",
    "running",
    "settings_beside",
]


@contextmanager
def private_servers(settings: Settings, watch: Watch | None = None) -> Iterator[Settings]:
    """Run both servers for the block, which gets the settings that lead to them; who has a `watch`
    looks after them by it.

    Raises:
        ServersUnavailable: another process uses the folder, or a server is missing or fails.
    """
    folder = settings.data_dir.resolve()
    with only_user_of(folder), running(folder) as servers:
        reachable = replace(
            settings,
            data_dir=folder,
            mongo_uri=servers.mongo_uri,
            redis_url=servers.redis_url,
            jwt_secret=kept_secret(folder / "secret.key"),
            cookie_secure=settings.tls_certificate is not None,  # plain HTTP on this machine
        )
        watch = watch or Watch()
        watch.over(servers.mongod, servers.redis)
        with told(reachable):
            try:
                yield reachable
            finally:
                watch.stop()


@contextmanager
def running(folder: Path) -> Iterator[PrivateServers]:
    """Run both servers on `folder` for the block; nobody else may use the folder meanwhile."""
    servers = PrivateServers(folder)
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()


class PrivateServers:
    """A mongod and a redis-server whose data live in `folder`.

    Does not guard the folder, `only_user_of` does. Start it from the main thread: the servers end
    when the thread that started them ends.
    """

    def __init__(self, folder: Path) -> None:
        folder = folder.resolve()
        self.mongod = Mongod(folder / "mongo")
        self.redis = RedisServer(folder / "redis")

    @property
    def mongo_uri(self) -> str:
        return self.mongod.uri

    @property
    def redis_url(self) -> str:
        return self.redis.url

    def start(self) -> None:
        """Start both side by side; return when mongod takes writes and Redis has its data.

        Raises:
            ServersUnavailable: a program is missing or does not start.
        """
        self.mongod.launch()
        self.redis.launch()
        self.redis.wait()
        self.mongod.wait()

    def stop(self) -> None:
        """End both, within STOP_SECONDS and a moment. What they acknowledged is on disk."""
        children = [server.child for server in (self.mongod, self.redis) if server.child]
        processes.stop(*children, within=STOP_SECONDS)
        for server in (self.mongod, self.redis):
            server.pid_file.unlink(missing_ok=True)
