"""Which secrets a person may choose. Pure. What is guessed at once is refused, and nothing else:
no signs are asked for, and no change after some months.

Passwords are judged by zxcvbn: it knows the tens of thousands that leaks brought to light, words
and names, and how people dress them up (`P@ssw0rd1`, `qwertz`, `aaaa`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from zxcvbn_rs_py import zxcvbn

from app.auth.identity import Role
from app.auth.permissions import PIN_ROLES

FEWEST_GUESSES = 1_000_000
"""What zxcvbn's score 2 begins with. Guessing here is limited to 50 tries an hour and account; all
of the well-known ones take fewer."""

OUR_WORDS = ("stockverify", "stocktake", "stockcount", "warehouse", "inventory", "supervisor")
"""What comes to mind in this place, beside the person's own names."""

_JUDGED = 40
"""Signs that are looked at: the time grows with more than their square, and nobody guesses more."""

_LEFT = 4
"""Letters and digits that a password must have beside names and words of this place: `ada-counter`
and `Warehouse26` have none, or two."""
_SHORTEST_WORD = 3

_UPWARD = "01234567890"


def password_misfit(password: str, *names: str) -> str | None:
    """Why nobody should have this password, who has these names; None: they may."""
    known = [*OUR_WORDS, *(word for name in names for word in (name, *name.split()))]
    judged = unicodedata.normalize("NFKC", password)[:_JUDGED]
    if zxcvbn(judged, known).guesses < FEWEST_GUESSES or _is_made_of(known, judged):
        return "Too easily guessed: take another, such as three words that do not belong together."
    return None


def pin_misfit(pin: str) -> str | None:
    """Why nobody should have this PIN; None: they may."""
    half = len(pin) // 2
    is_one_part_again = pin in {pin[0] * len(pin), pin[:half] * 2, pin[:2] * half}
    if is_one_part_again or pin in _UPWARD or pin[::-1] in _UPWARD:
        return "Too easily guessed: no row of digits, and no digits that repeat."
    return None


def _is_made_of(words: Iterable[str], password: str) -> bool:
    rest = whole = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            rest = rest.replace(word.casefold(), " ")
    return rest != whole and sum(sign.isalnum() for sign in rest) < _LEFT


def secret_misfits(
    *, role: Role, password: str | None, pin: str | None, names: tuple[str, ...]
) -> Mapping[str, list[str]]:
    """What is wrong with new secrets of somebody in this role, by field; empty where all fits."""
    wrong: dict[str, str | None] = {}
    if password is not None:
        wrong["password"] = password_misfit(password, *names)
    if pin is not None:
        fits_role = role in PIN_ROLES
        no_pin = f"The role {role} signs in with a password only."
        wrong["pin"] = pin_misfit(pin) if fits_role else no_pin
    return {field: [why] for field, why in wrong.items() if why}
