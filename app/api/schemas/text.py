"""Texts that people and scanners type: bounded, and free of what no screen or database can keep."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, fields, validate

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters (Unicode category Cc), and halves of characters (Cs)."""


def plain_text(value: str) -> None:
    """Refuse control characters, and halves of characters that no database can keep."""
    if UNPRINTABLE.search(value):
        raise ValidationError("No control characters.")


def text(*, high: int, low: int = 1, **more: Any) -> fields.String:
    """A required field of `low` to `high` plain characters; `more` as marshmallow takes it."""
    extra = more.pop("validate", None)
    checks: list[Callable[[str], Any]] = [validate.Length(min=low, max=high), plain_text]
    return fields.String(
        validate=[*checks, extra] if extra else checks, **{"required": True, **more}
    )
