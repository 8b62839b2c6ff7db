"""How Redis is reached: by the URL of a server, or of Sentinels that know which one leads.

A Sentinel's URL is that of python-socketio: `redis+sentinel://[:password@]host:port,…/db/service`.
"""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.connection import DefaultParser
from redis.sentinel import Sentinel

SENTINEL = "redis+sentinel"
SENTINEL_TIMEOUT_S = 1
"""A Sentinel that does not answer is passed over for the next one."""


class Parser(DefaultParser):  # type: ignore[misc, valid-type]
    """The usual parser of answers, that tells at once whether something waits to be read.

    redis-py asks that before each command, to find a connection that Redis has closed. It does by
    `select`, for which eventlet goes twice around its loop even where nothing may be waited for: on
    a busy server that took longer than the command.
    """

    def can_read(self, timeout: float = 0) -> bool:
        """Whether something came, or comes within `timeout` seconds. Raises ConnectionError."""
        if timeout == 0 and self._reader and not self._reader.has_data() and _is_silent(self._sock):
            return False
        return bool(super().can_read(timeout))


def client_of(url: str, **options: Any) -> redis.Redis:
    """A client of the server, which behind Sentinels is always the one that leads now.

    It connects at the first use. `options` are those of a redis-py connection.
    """
    options = {"parser_class": Parser, **options}
    if not is_sentinel(url):
        return redis.Redis.from_url(url, **options)
    hosts, service, of_server = _parts(url)
    asked = {"socket_timeout": SENTINEL_TIMEOUT_S, "socket_connect_timeout": SENTINEL_TIMEOUT_S}
    sentinel = Sentinel(hosts, sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
    leader: redis.Redis = sentinel.master_for(service, **of_server, **options)  # type: ignore[no-untyped-call]
    return leader


def is_sentinel(url: str) -> bool:
    """Whether the URL names Sentinels."""
    return url.startswith(f"{SENTINEL}://")


def for_limiter(url: str) -> tuple[str, dict[str, Any]]:
    """The same address as the `limits` library takes it: its URL, and what that cannot say."""
    if not is_sentinel(url):
        return url.replace("unix://", "redis+unix://", 1), {}
    hosts, service, of_server = _parts(url)
    password = f":{of_server['password']}@" if "password" in of_server else ""
    where = ",".join(f"{host}:{port}" for host, port in hosts)
    # A replica is behind by a moment, in which a guesser would guess once more.
    options = {"db": of_server["db"], "use_replicas": False}
    return f"{SENTINEL}://{password}{where}/{service}", options


def _parts(url: str) -> tuple[list[tuple[str, int]], str, dict[str, Any]]:
    """The Sentinels, the service they watch, and what a connection to its leader needs."""
    parts = urlsplit(url)
    where = parts.netloc.rpartition("@")[2]
    hosts = [(host, int(port)) for host, _, port in (h.rpartition(":") for h in where.split(","))]
    _, db, service = parts.path.split("/")
    of_server: dict[str, Any] = {"db": int(db)}
    if parts.password:
        of_server["password"] = parts.password
    return hosts, service, of_server


def _is_silent(line: socket.socket) -> bool:
    """Whether nothing has arrived, not the end either. What is packed for TLS cannot be told."""
    patience = line.gettimeout()
    line.settimeout(0)
    try:
        line.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except (OSError, ValueError):
        return False
    finally:
        line.settimeout(patience)
    return False
