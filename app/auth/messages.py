"""Messages: what a supervisor writes to one person or to everybody on the floor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import uuid4

from app.auth.accounts import Accounts
from app.auth.identity import Identity, named
from app.errors import UserUnknown
from app.events import MessageSent, Publisher


class Level(StrEnum):
    """How pressing a message is."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What shall be told; `user_id` None: to everybody."""

    message: str
    level: Level
    user_id: str | None


class Messages:
    """Tells people something. It is an event: whoever is away hears it when they come back, as long
    as the event log reaches; nobody is promised to have read it.
    """

    def __init__(self, accounts: Accounts, publish: Publisher) -> None:
        self._accounts = accounts
        self._publish = publish

    def send(self, letter: Letter, *, by: Identity) -> str:
        """Tell it; the message's id. Raises UserUnknown where nobody of that id may sign in."""
        if letter.user_id is not None and not self._accounts.of_id(letter.user_id).active:
            raise UserUnknown(letter.user_id)
        message_id = uuid4().hex
        self._publish(
            MessageSent(
                message_id=message_id,
                level=letter.level.value,
                message=letter.message,
                by=named(by),
                user_id=letter.user_id,
            )
        )
        return message_id
