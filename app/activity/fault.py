"""What went wrong unexpectedly, in a form that may be kept: never a payload, never a secret. Pure.

The same fault again has the same `fingerprint`: it says where it comes from, not what was sent.
"""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import PurePath

SEVERITIES = ("error", "warning")
LONGEST = 200
_SIGNS = 24
_LONG_WORD = re.compile(r"[\w+/=.@-]{25,}")
_NUMBER = re.compile(r"\d{3,}")
_QUOTED = re.compile(r"(['\"`])(?:(?!\1).){1,400}\1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault at one place. `endpoint` is a route, a loop or a screen."""

    severity: str
    error_type: str
    endpoint: str
    message: str
    request_id: str | None = None
    username: str | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same fault, whatever was sent."""
        told = f"{self.severity}\n{self.error_type}\n{self.endpoint}\n{self.message}"
        return sha256(told.encode()).hexdigest()[:_SIGNS]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFault:
    """A fault as kept: how often it came, when first and last (`timestamp`), and who took care."""

    error_id: str
    severity: str
    error_type: str
    endpoint: str
    message: str
    request_id: str | None
    username: str | None
    count: int
    first_seen: datetime
    timestamp: datetime
    resolved: bool
    note: str | None
    resolved_by: str | None
    resolved_at: datetime | None


def fault_of(error: BaseException, *, endpoint: str, severity: str, **more: str | None) -> Fault:
    """The fault that an exception is. Its text stays out, as that may quote what was sent: the log
    line of the same request has it, with the whole trace.
    """
    return Fault(
        severity=severity,
        error_type=type(error).__name__[:LONGEST],
        endpoint=endpoint[:LONGEST],
        message=_place_of(error),
        **more,
    )


def masked(text: str) -> str:
    """A browser's message without what a person may have typed: quoted texts, numbers, codes."""
    for pattern, instead in ((_QUOTED, "“…”"), (_LONG_WORD, "…"), (_NUMBER, "#")):
        text = pattern.sub(instead, text)
    return text[:LONGEST]


def _place_of(error: BaseException) -> str:
    """Where it was raised, and from where of ours that was called."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "site-packages" not in f.filename] or frames
    places = dict.fromkeys(_place(frame) for frame in [*ours[-1:], *frames[-1:]])
    return ("at " + ", in ".join(places))[:LONGEST] if places else "at an unknown place"


def _place(frame: traceback.FrameSummary) -> str:
    return f"{frame.name} ({PurePath(frame.filename).name}:{frame.lineno})"
