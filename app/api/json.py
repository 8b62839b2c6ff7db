"""JSON at the edge: orjson, and the standard parser for what orjson refuses.

Devices written in Python or JavaScript libraries do send `NaN` and `Infinity`. A batch must name
the record and the field that holds one, so the body is still read and the field's check refuses it.
"""

from __future__ import annotations

import json
from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider

from app.errors import MalformedJson

MAX_DEPTH = 64
FLAT = 6
"""Levels that a body may have without a closer look; a batch has four."""
_NO_MARKS = bytes(set(range(256)) - set(b'[]{}"\\'))


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson: a tenth of the time for a batch of 500 records."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Any:
        body = dumps(self._prepare_response_obj(args, kwargs))
        return Response(body, mimetype="application/json")


class SocketJson:
    """JSON as Socket.IO asks for it."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return dumps(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        return orjson.loads(text)


def dumps(value: Any) -> bytes:
    """JSON bytes of a value made of plain types.

    A refusal echoes the names that a client sent, even halves of characters: those get escaped.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()


def loads(body: str | bytes) -> Any:
    """The value that a body holds.

    Raises:
        MalformedJson: it is no JSON, or nested deeper than MAX_DEPTH.
    """
    try:
        value = _parse(body)
    except (ValueError, RecursionError):
        raise MalformedJson("Send one JSON value in UTF-8, nested at most 64 deep.") from None
    if _may_be_deep(body) and _depth(value) > MAX_DEPTH:
        raise MalformedJson("Send one JSON value in UTF-8, nested at most 64 deep.")
    return value


def _parse(body: str | bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


def _may_be_deep(body: str | bytes) -> bool:
    """A cheap look at quotes and brackets alone. Texts leave pairs of quotes, and flat values pairs
    of brackets, a few turns of which leave nothing of a list of records. Whatever is left of
    anything else, as of a text with a bracket or an escape, has to be looked at closely.
    """
    raw = body.encode(errors="replace") if isinstance(body, str) else body
    marks = raw.translate(None, _NO_MARKS).replace(b'""', b"")
    for _ in range(FLAT):
        marks = marks.replace(b"[]", b"").replace(b"{}", b"")
    return bool(marks)


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [inner for outer in level for inner in _children(outer)]
    return depth


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [v for v in value.values() if isinstance(v, dict | list)]
    if isinstance(value, list):
        return [v for v in value if isinstance(v, dict | list)]
    return []
