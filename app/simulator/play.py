"""A play: every rule against one server, and the sheet that comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.simulator.client import Unreachable
from app.simulator.rules import RULES, Rule
from app.simulator.stage import Failed, Stage


class Mark(StrEnum):
    """What came of a rule."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_PLAYED = "not played"


@dataclass(frozen=True, slots=True)
class Played:
    """A rule and what came of it; `found` is what the server did instead."""

    rule: Rule
    mark: Mark
    found: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.rule.number,
            "name": self.rule.name,
            "expected": self.rule.expected,
            "mark": self.mark.value,
            "found": self.found or None,
        }


def play(stage: Stage, *, flood: bool) -> list[Played]:
    """Play every rule. Raises Failed or Unreachable where the stage cannot be set or cleared."""
    stage.set_up()
    calm = [_played(rule, stage) for rule in RULES if not rule.wanted]
    stage.tear_down()
    last = [
        _played(rule, stage) if flood else Played(rule, Mark.NOT_PLAYED)
        for rule in RULES
        if rule.wanted
    ]
    return calm + last


def passed(played: Sequence[Played]) -> bool:
    """Whether no rule failed."""
    return all(each.mark is not Mark.FAILED for each in played)


def sheet(url: str, played: Sequence[Played]) -> str:
    """The plays as lines of text, the verdict last."""
    lines = [f"Conformance of {url}", ""]
    for each in played:
        lines.append(f"{each.rule.number:>3}  {each.mark.value:<10}  {each.rule.name}")
        lines.append(f"{'':17}{each.rule.expected}")
        if each.found:
            lines.append(f"{'':17}Found: {each.found}")
    marks = [each.mark for each in played]
    sums = ", ".join(f"{marks.count(mark)} {mark.value}" for mark in Mark if mark in marks)
    return "\n".join([*lines, "", f"{len(played)} rules: {sums}."])


def _played(rule: Rule, stage: Stage) -> Played:
    try:
        rule.play(stage)
    except (Failed, Unreachable) as failure:
        return Played(rule, Mark.FAILED, str(failure))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return Played(rule, Mark.FAILED, f"an answer had another shape: {error!r}")
    return Played(rule, Mark.PASSED)
