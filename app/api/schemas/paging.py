"""Where the next page of a list begins, as text that a client hands back unread."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from marshmallow import ValidationError, fields

LARGEST = 2**63
LAST_MS = 253_402_300_799_999
"""The end of the year 9999 in ms since 1970: no time comes after it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Cursor(fields.String):
    """The sort key of a page's last entry: `Cursor(int, str)` is one of a number and a text.

    A client may send anything, so what is loaded has exactly these types: never an object, which
    MongoDB could take for an operator, and no number that it cannot keep.
    """

    def __init__(self, *types: type, **more: Any) -> None:
        super().__init__(**more)
        self.types = types

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        if value is None:
            return None
        return urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        try:
            key = orjson.loads(urlsafe_b64decode(f"{value}=="))
        except ValueError:
            key = None
        if not isinstance(key, list) or not self._fits(key):
            raise ValidationError("Send `next_cursor` of the page before, as it was.")
        return tuple(key)

    def _fits(self, key: list[Any]) -> bool:
        numbers = [part for part in key if isinstance(part, int)]
        return [type(part) for part in key] == list(self.types) and all(
            0 <= number < LARGEST for number in numbers
        )


class TimeCursor(Cursor):
    """The place of an entry in a list by time: (datetime, id)."""

    def __init__(self, **more: Any) -> None:
        super().__init__(int, str, **more)

    def _serialize(self, value: Any, *args: Any, **more: Any) -> str | None:
        place = value and ((value[0] - _EPOCH) // _MS, value[1])
        return super()._serialize(place, *args, **more)

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        ms, entry_id = super()._deserialize(value, *args, **more)
        if ms > LAST_MS:
            raise ValidationError("Send `next_cursor` of the page before, as it was.")
        return _EPOCH + ms * _MS, entry_id
