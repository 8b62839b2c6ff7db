"""What count lines come to: their totals, a digest of all of them, and who decided how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from app.custody.canonical import quick

SUMS = ("counted_qty", "damage_qty", "variance_qty", "variance_value")
DECIDED = ("agreed", "approved", "rejected")


class LineFigures:
    """Adds up count lines, in the order of the file."""

    def __init__(self) -> None:
        self._hash = sha256()
        self._sums = dict.fromkeys(SUMS, 0.0)
        self._by_status: Counter[str] = Counter()
        self._by: Counter[str] = Counter()

    def add(self, line: Mapping[str, Any]) -> None:
        self._hash.update(quick(line) + b"\n")
        self._by_status[line["status"]] += 1
        for name in SUMS:
            self._sums[name] += line[name] or 0
        if line["ruling"]:
            self._by[line["ruling"]["username"]] += 1

    def lines_json(self) -> dict[str, Any]:
        return {
            "digest": self._hash.hexdigest(),
            "count": self._by_status.total(),
            "by_status": dict(self._by_status),
            **self._sums,
        }

    def approvals_json(self) -> dict[str, Any]:
        return {
            **{status: self._by_status[status] for status in DECIDED},
            "by": dict(self._by),
        }
