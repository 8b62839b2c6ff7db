"""Fields that several schemas use: each checks its own value and says what is wrong with it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields

from app.clock import iso

MAX_QUANTITY = 1_000_000_000
"""Pieces in one count. Beyond it a scanner read a barcode into the quantity."""


class Moment(fields.AwareDateTime):
    """A time: ISO 8601 in, UTC without a zone; ISO 8601 with `Z` out."""

    def __init__(self, **more: Any) -> None:
        super().__init__(format="iso", default_timezone=UTC, **more)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise ValidationError("Give a time as text, such as 2025-12-11T10:00:00Z.")
        moment: datetime = super()._deserialize(value, *args, **kwargs)
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError("The time is out of range.") from None
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else iso(value)


class Number(fields.Field[float]):
    """A finite JSON number from `low` to `high`; a whole one stays whole. Text is no number."""

    def __init__(self, *, low: float = 0, high: float = MAX_QUANTITY, **more: Any) -> None:
        super().__init__(**more)
        self._low = low
        self._high = high

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Give a number.")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValidationError("Give a finite number.")
        if not self._low <= value <= self._high:
            raise ValidationError(f"Give a number from {self._low:,.0f} to {self._high:,.0f}.")
        return value


class Whole(Number):
    """A whole JSON number from 0 to `high`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        number = super()._deserialize(value, *args, **kwargs)
        if not isinstance(number, int):
            raise ValidationError("Give a whole number.")
        return number
