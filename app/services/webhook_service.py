"""Sends a body to an address that a person typed: once, to the address that was checked, and no
further. Signed by Standard Webhooks (https://www.standardwebhooks.com).
"""

from __future__ import annotations

import hmac
import http.client
import secrets
import socket
import ssl
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus

from app.services.outward import Network, OutwardRefused, Target, check, literal_of, target_of

SECONDS = 10.0
"""For all of it: a receiver that answers a byte a second shall not hold a worker."""
SECRET_PREFIX = "whsec_"  # noqa: S105 — what secrets of the scheme begin with
SECRET_BYTES = 32
_SUCCESS = 2
_FINAL = frozenset({HTTPStatus.GONE})
"""By the scheme: the receiver wants no more of it."""
Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a message; `is_final`: to try again is of no use."""

    was_taken: bool
    detail: str
    is_final: bool = False


def new_secret() -> str:
    """A fresh secret to sign with."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of the header `webhook-signature`."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1," + b64encode(hmac.digest(key, signed, sha256)).decode()


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class WebhookService:
    """Posts to public addresses, and to those of the `allowed` networks."""

    def __init__(
        self,
        allowed: Sequence[Network],
        *,
        resolve: Resolve = resolve,
        seconds: float = SECONDS,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._seconds = seconds
        self._tls = tls

    def check(self, url: str) -> None:
        """Refuse what will never be called, as far as that is known without asking for the host's
        addresses: these are checked at each call. Raises OutwardRefused.
        """
        target = target_of(url)
        if literal := literal_of(target.host):
            check(target, [literal], self._allowed)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Told:
        """Send the body as JSON; it was taken if the answer is 2xx. Redirects are not followed, and
        of the answer nothing but its status is read.
        """
        try:
            target = target_of(url)
            addresses = self._resolve(target.host, target.port)
            check(target, addresses, self._allowed)
        except OutwardRefused as error:
            return Told(was_taken=False, detail=str(error), is_final=True)
        except OSError:
            return Told(was_taken=False, detail="The name of the host is not known.")
        try:
            status = self._send(target, addresses[0], body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Told(was_taken=False, detail=_in_words(error))
        return Told(
            was_taken=status // 100 == _SUCCESS,
            detail=f"HTTP {status}",
            is_final=status in _FINAL,
        )

    def _send(self, target: Target, address: str, body: bytes, headers: Mapping[str, str]) -> int:
        connection = _Pinned(target, address, self._seconds, self._tls)
        try:
            connection.request(
                "POST",
                target.path,
                body,
                {**headers, "Content-Type": "application/json", "User-Agent": "StockVerify"},
            )
            return connection.getresponse().status
        finally:
            connection.end()


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked, whatever the name means by now; all of it ends when
    its time is over.
    """

    def __init__(
        self, target: Target, address: str, seconds: float, tls: Callable[[], ssl.SSLContext]
    ) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self._target, self._address, self._tls = target, address, tls
        self.default_port = 443 if target.is_secure else 80
        self._watch = threading.Timer(seconds, self._cut)
        self._raw: socket.socket | None = None

    def connect(self) -> None:
        self._raw = socket.create_connection((self._address, self.port), self.timeout)
        self._watch.daemon = True
        self._watch.start()
        self.sock = self._raw
        if self._target.is_secure:
            self.sock = self._tls().wrap_socket(self._raw, server_hostname=self._target.host)

    def end(self) -> None:
        self._watch.cancel()
        self.close()

    def _cut(self) -> None:
        for end in (self.sock, self._raw):
            try:
                if end is not None:
                    socket.socket.shutdown(end, socket.SHUT_RDWR)
            except OSError:
                pass


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "No answer in time."
    if isinstance(error, ssl.SSLCertVerificationError):
        return "The certificate is not one that we trust."
    if isinstance(error, ConnectionRefusedError):
        return "Nothing listens there."
    return f"The connection broke ({type(error).__name__})."
