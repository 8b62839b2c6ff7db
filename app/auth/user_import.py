"""Users from a list: what would become of each row, and then the users themselves."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.auth.accounts import Accounts, NewUser, misfits
from app.auth.identity import Identity, as_username
from app.auth.permissions import PIN_ROLES
from app.auth.rules import pin_misfit
from app.errors import UserExists

PIN_DIGITS = 6
PASSWORD_BYTES = 9


class RowVerdict(StrEnum):
    """NEW is, or would be, made; EXISTS stays as it is; INVALID has to be corrected."""

    NEW = "new"
    EXISTS = "exists"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A line of the list: the user that it describes, or why it describes none."""

    line: int
    username: str
    new: NewUser | None = None
    why: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """What became of a line. A secret that was made for the user is told here and never again."""

    line: int
    username: str
    verdict: RowVerdict
    why: Mapping[str, object] | None = None
    pin: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


class UserImport:
    """Judges and makes users row by row: one bad row never fails its neighbours."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def preview(self, rows: Sequence[UserRow]) -> list[RowOutcome]:
        """What would become of each row now. Changes nothing."""
        taken = self._accounts.taken(row.username for row in rows)
        outcomes = []
        for row in rows:
            outcomes.append(_judged(row, taken))
            taken.add(as_username(row.username))
        return outcomes

    def commit(self, rows: Sequence[UserRow], *, by: Identity) -> list[RowOutcome]:
        """Make the users of the good rows; whoever has no secret gets one, told once."""
        judged = zip(rows, self.preview(rows), strict=True)
        return [
            self._make(row, row.new, by)
            if row.new and outcome.verdict is RowVerdict.NEW
            else outcome
            for row, outcome in judged
        ]

    def _make(self, row: UserRow, wish: NewUser, by: Identity) -> RowOutcome:
        outcome = RowOutcome(line=row.line, username=row.username, verdict=RowVerdict.NEW)
        new, made = _with_secret(wish)
        try:
            self._accounts.create(new, by=by)
        except UserExists:  # somebody was faster
            return replace(outcome, verdict=RowVerdict.EXISTS)
        return replace(outcome, pin=made.get("pin"), password=made.get("password"))


def _judged(row: UserRow, taken: set[str]) -> RowOutcome:
    why = row.why or (row.new and misfits(row.new)) or None
    exists = as_username(row.username) in taken
    verdict = RowVerdict.INVALID if why else RowVerdict.EXISTS if exists else RowVerdict.NEW
    return RowOutcome(line=row.line, username=row.username, verdict=verdict, why=why)


def _with_secret(new: NewUser) -> tuple[NewUser, dict[str, str]]:
    """The user with a secret, and that secret where it was made here."""
    if new.password is not None or new.pin is not None:
        return new, {}
    if new.role in PIN_ROLES:
        pin = _new_pin()
        return replace(new, pin=pin), {"pin": pin}
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    return replace(new, password=password), {"password": password}


def _new_pin() -> str:
    while pin_misfit(pin := f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"):
        pass
    return pin
