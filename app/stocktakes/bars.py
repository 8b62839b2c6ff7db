"""Bar codes as bars: which of the modules of a printed code are dark. Pure.

The code that stands on a product is printed as the product carries it: EAN-13 or EAN-8 where it is
one to its check digit, Code 128 for all else that its letters allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from barcode import EAN8, EAN13, Code128

_EAN = {13: EAN13, 8: EAN8}
LONGEST = 32
"""Characters of a Code 128 that still fits a sheet's column at a width that scanners read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """`modules`: one character a module, `1` is dark; quiet zones are not in it."""

    kind: str
    code: str
    modules: str


@lru_cache(maxsize=4096)
def bars_of(code: str) -> Bars | None:
    """The bars of a code; None where no bar code could be printed that a scanner reads."""
    if not code or len(code) > LONGEST or not code.isascii() or not code.isprintable():
        return None
    ean = _EAN.get(len(code)) if code.isdigit() else None
    if ean is not None and _check_digit(code[:-1]) == code[-1]:
        return Bars(kind=f"ean{len(code)}", code=code, modules=ean(code).build()[0])
    return Bars(kind="code128", code=code, modules=Code128(code).build()[0])


def _check_digit(digits: str) -> str:
    """The last digit of an EAN: weights 3 and 1 from its end."""
    total = sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)
