"""A CSV file of users as rows: each is a user, or says what is wrong with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from app.api.schemas.users import NewUserSchema
from app.auth.user_import import UserRow
from app.errors import InvalidRequest

MOST_ROWS = 100
"""Each new user costs an argon2 hash, so more of them would outlast a browser's patience."""
NEEDED = ("username", "name", "role")
KNOWN = (*NEEDED, "pin", "password")
_SHOWN = 64


def user_rows(content: bytes) -> list[UserRow]:
    """The rows of a CSV file.

    Raises:
        InvalidRequest: it is no such file, lacks a column, or has too many rows.
    """
    lines = list(_read(content))
    if not 0 < len(lines) <= MOST_ROWS:
        raise InvalidRequest({"file": [f"Give 1 to {MOST_ROWS} rows."]})
    return [_row(number, line) for number, line in enumerate(lines, start=2)]


def _read(content: bytes) -> list[dict[str, str]]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        missing = [name for name in NEEDED if name not in names]
        if missing:
            raise InvalidRequest({"file": [f"Lacks the column {', '.join(missing)}."]})
        return list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise InvalidRequest({"file": ["This is no CSV file in UTF-8."]}) from None


def _row(number: int, line: Mapping[str, Any]) -> UserRow:
    told = {
        name: value.strip()
        for name in KNOWN
        if isinstance(value := line.get(name), str) and value.strip()
    }
    username = told.get("username", "")[:_SHOWN]
    try:
        return UserRow(line=number, username=username, new=NewUserSchema().load(told))
    except ValidationError as error:
        why: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        return UserRow(line=number, username=username, why=why)
