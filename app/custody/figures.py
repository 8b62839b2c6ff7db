"""What versions come to, and how they stand, in one number each: a manifest says both of a rack."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from math import fsum
from typing import Any

from app.custody.canonical import quick

_STANDS = "stands"


class Figures:
    """Adds up versions in the order of their links. `standing` is a digest of which of them stand:
    a count that leaves the figures, or comes into them, changes it.
    """

    def __init__(self) -> None:
        self._hash = sha256()
        self._pieces: list[float] = []
        self._damaged: list[float] = []

    def add(self, version: Mapping[str, Any] | None, state: str | None) -> None:
        told = version or {}
        of = [told.get("client_record_id"), told.get("rev"), state and str(state)]
        self._hash.update(quick({"of": of}))
        if state == _STANDS and not told.get("voided"):
            self._pieces.append(told["verified_qty"])
            self._damaged.append(told["damage_qty"])

    def as_json(self) -> dict[str, Any]:
        return {
            "standing": self._hash.hexdigest(),
            "records": len(self._pieces),
            "pieces": fsum(self._pieces),
            "damaged": fsum(self._damaged),
        }
