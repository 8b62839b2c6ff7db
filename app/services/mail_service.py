"""Sends letters by the SMTP server that the settings name."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from app.services.webhook_service import Told

SECONDS = 20.0
PORTS = {"smtp": 25, "smtps": 465}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PERMANENT = 500


class MailService:
    """One letter a call. Without a server it is off."""

    def __init__(self, url: str, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = sender

    @property
    def is_on(self) -> bool:
        return bool(self._url.hostname)

    def send(self, letter: EmailMessage) -> Told:
        """Send the letter, from the settings' sender. Encrypted where the server can, and a
        password never goes out in the open.
        """
        if not self.is_on:
            return Told(was_taken=False, detail="E-mail is not set up.", is_final=True)
        letter["From"] = self._sender
        try:
            with self._connected() as server:
                server.send_message(letter)
        except smtplib.SMTPRecipientsRefused as error:
            ((code, said),) = list(error.recipients.values())[:1]
            return _refused(code, said)
        except smtplib.SMTPResponseException as error:
            return _refused(error.smtp_code, error.smtp_error)
        except _NoTls:
            return Told(was_taken=False, detail="The server offers no encryption.", is_final=True)
        except (OSError, smtplib.SMTPException) as error:
            detail = f"The mail server cannot be reached ({type(error).__name__})."
            return Told(was_taken=False, detail=detail)
        return Told(was_taken=True, detail="The mail server took it.")

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """The server, signed in at where it asks for that; closed whatever it says."""
        host = self._url.hostname or ""
        port = self._url.port or PORTS[self._url.scheme]
        if self._url.scheme == "smtps":
            tls = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=tls)
        else:
            server = smtplib.SMTP(host, port, timeout=SECONDS)
        try:
            if self._url.scheme == "smtp":
                self._encrypt(server, host)
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
            yield server
        finally:
            with suppress(OSError, smtplib.SMTPException):  # a letter that was taken stays taken
                server.quit()
            server.close()

    def _encrypt(self, server: smtplib.SMTP, host: str) -> None:
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        elif self._url.username and host not in LOOPBACK:
            raise _NoTls


class _NoTls(smtplib.SMTPException):
    """The password would be readable on its way."""


def _refused(code: int, said: bytes | str) -> Told:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Told(
        was_taken=False,
        detail=f"SMTP {code}: {text[:160]}",
        is_final=code >= _PERMANENT,
    )
