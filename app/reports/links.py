"""Links to a file: signed, for one person, and with an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadData, URLSafeSerializer

from app.errors import ExportUnknown

SALT = "stockverify-export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Which file, for whom, until when."""

    file_id: str
    user_id: str
    until: datetime


class Links:
    """Makes tokens that nobody else can, and reads them."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(secret, salt=SALT)

    def token(self, link: Link) -> str:
        """The link as text that fits into an address."""
        until = int(link.until.timestamp() * 1000)
        return str(self._signer.dumps([link.file_id, link.user_id, until]))

    def read(self, token: str) -> Link:
        """The link of a token. Whether it has ended is not judged here.

        Raises:
            ExportUnknown: it is not one of ours.
        """
        try:
            file_id, user_id, until = self._signer.loads(token)
        except (BadData, ValueError):
            raise ExportUnknown from None
        return Link(
            file_id=file_id, user_id=user_id, until=datetime.fromtimestamp(until / 1000, UTC)
        )
