"""Canonical JSON (RFC 8785) and its SHA-256: the same content is the same bytes everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
import rfc8785

WHOLE_BELOW = 2.0**53
_PLAIN_FROM, _PLAIN_BELOW = 1e-4, 1e15
"""Between these, ECMAScript and orjson write a fraction the same way."""


def canonical(value: Any) -> bytes:
    """The one form of a JSON value. Raises rfc8785.CanonicalizationError for what has none."""
    return rfc8785.dumps(value)


def quick(value: Mapping[str, Any]) -> bytes:
    """The same bytes in a tenth of the time, for objects whose names are all ASCII."""
    try:
        return orjson.dumps(_written_alike(value), option=orjson.OPT_SORT_KEYS)
    except ValueError:
        return canonical(value)


def digest(value: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form of an object whose names are all ASCII, in hexadecimal."""
    return sha256(quick(value)).hexdigest()


def _written_alike(value: Any) -> Any:
    """The value with its numbers as both write them. Raises ValueError where they differ."""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return {name: _written_alike(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_written_alike(inner) for inner in value]
    if isinstance(value, int) and abs(value) >= WHOLE_BELOW:
        raise ValueError
    return value


def _number(value: float) -> float:
    if value.is_integer() and abs(value) < WHOLE_BELOW:
        return int(value)
    if not _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        raise ValueError
    return value
