"""A device's HTTP: one connection a request, so that each may be cut where a rule wants it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

TIMEOUT_S = 30


class Unreachable(Exception):
    """The server did not answer a request that nobody cut, or cannot be asked at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `body` is empty where it was no JSON object."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]

    def __str__(self) -> str:
        code = self.body.get("code")
        return f"{self.status}{f' {code}' if code else ''}"


class Client:
    """Speaks to one server. `token` goes with every request that is given none of its own. Raises
    Unreachable for what is no address, or no file of an authority.
    """

    def __init__(self, url: str, *, authority: str | None = None) -> None:
        self._parts, self._port = _address(url)
        try:
            self._tls = ssl.create_default_context(cafile=authority)
        except OSError as error:
            raise Unreachable(f"{authority} has no certificate to trust: {error}") from None
        self.token: str | None = None

    def get(self, path: str, **query: Any) -> Answer:
        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.ask("POST", path, {} if body is None else body, **more)

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Answer:
        """A request and its answer. Raises Unreachable."""
        try:
            connection = self._sent(method, path, body, token)
            try:
                return _answer(connection.getresponse())
            finally:
                connection.close()
        except (OSError, HTTPException) as error:
            raise Unreachable(f"{self._parts.netloc} does not answer: {error}") from None

    def hang_up(self, method: str, path: str, body: Any) -> None:
        """Send a request whole, and be gone before its answer. Raises Unreachable."""
        try:
            self._sent(method, path, body, None).close()
        except (OSError, HTTPException) as error:
            raise Unreachable(f"{self._parts.netloc} does not answer: {error}") from None

    def _sent(self, method: str, path: str, body: Any, token: str | None) -> HTTPConnection:
        headers = {"Accept": "application/json"}
        if bearer := token or self.token:
            headers["Authorization"] = f"Bearer {bearer}"
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        connection = self._connection()
        connection.request(method, self._parts.path.rstrip("/") + path, content, headers)
        return connection

    def _connection(self) -> HTTPConnection:
        host = self._parts.hostname or ""
        if self._parts.scheme == "https":
            return HTTPSConnection(host, self._port, timeout=TIMEOUT_S, context=self._tls)
        return HTTPConnection(host, self._port, timeout=TIMEOUT_S)


def _address(url: str) -> tuple[SplitResult, int | None]:
    """The parts of an address, and its port where it names one. Raises Unreachable."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unreachable(f"{url} is no address: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unreachable(f"{url} is no http or https address")
    return parts, port


def _answer(response: HTTPResponse) -> Answer:
    content = response.read()
    try:
        body = json.loads(content)
    except ValueError:
        body = {}
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, body if isinstance(body, dict) else {})
