"""What is measured: figures with their targets, the scenarios that take them, and the table."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

FULL = os.environ.get("FULL") == "1"
"""The long form: ten minutes of a thousand counters, ten million records."""
Cpu = Mapping[str, float]
"""Seconds of processor time by who used it: server, mongod, redis, load; and `stolen`, what the
host of a virtual machine gave to others. `wall` is how long it took."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row: what came out, in which unit, and what it should come to."""

    what: str
    value: float
    unit: str = "ms"
    first: float | None = None
    aim: float | None = None
    more_is_better: bool = False
    cpu: Cpu = field(default_factory=dict)
    also: Mapping[str, float] = field(default_factory=dict)
    """Further figures of the same run, for the JSON and behind the table's last column."""

    @property
    def met(self) -> str:
        """Which target it meets; empty where it has none."""
        for name, target in (("aim", self.aim), ("first", self.first)):
            if target is not None and self._reaches(target):
                return name
        return "" if self.aim is None and self.first is None else "no"

    def _reaches(self, target: float) -> bool:
        return self.value >= target if self.more_is_better else self.value <= target


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A run that takes some figures; ended after `limit_s`."""

    name: str
    limit_s: float
    take: Callable[[], AsyncIterator[Figure]]
    by_name_only: bool


SCENARIOS: dict[str, Scenario] = {}


def scenario(limit_s: float, *, by_name_only: bool = False) -> Callable[..., Callable[..., object]]:
    """Register a scenario under its function's name; with `by_name_only` it must be asked for."""

    def keep(take: Callable[[], AsyncIterator[Figure]]) -> Callable[[], AsyncIterator[Figure]]:
        name = take.__name__
        SCENARIOS[name] = Scenario(name=name, limit_s=limit_s, take=take, by_name_only=by_name_only)
        return take

    return keep


def chosen(words: Sequence[str]) -> list[Scenario]:
    """The scenarios that these words name by their beginnings; without words the usual ones.

    Raises:
        KeyError: a word names none.
    """
    if not words:
        return [each for each in SCENARIOS.values() if not each.by_name_only]
    for word in words:
        if not any(name.startswith(word) for name in SCENARIOS):
            raise KeyError(word)
    return [each for each in SCENARIOS.values() if each.name.startswith(tuple(words))]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all stay under."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the greatest, in the unit of the values."""
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    found = {name: round(percentile(values, share), 2) for name, share in shares.items()}
    return found | {"most": round(max(values), 2), "of": len(values)}


HEAD = ("what", "first", "aim", "figure", "met", "server CPU s", "load CPU s", "stolen", "also")


def table(figures: Sequence[Figure]) -> str:
    """The figures as Markdown."""
    rule = "| --- |" + " ---: |" * 3 + " --- |" + " ---: |" * 3 + " --- |"
    lines = [f"| {' | '.join(HEAD)} |", rule]
    return "\n".join([*lines, *(f"| {' | '.join(_cells(each))} |" for each in figures)])


def as_json(figures: Sequence[Figure]) -> list[dict[str, object]]:
    """The figures with everything that is known of them."""
    return [{**asdict(each), "met": each.met} for each in figures]


def _cells(figure: Figure) -> list[str]:
    return [
        figure.what,
        *("–" if target is None else _shown(target) for target in (figure.first, figure.aim)),
        f"{_shown(figure.value)} {figure.unit}",
        figure.met,
        *(f"{figure.cpu[who]:.1f}" if who in figure.cpu else "–" for who in ("server", "load")),
        f"{stolen_share(figure.cpu):.0%}" if figure.cpu else "–",
        ", ".join(f"{name} {_shown(value)}" for name, value in figure.also.items()),
    ]


def stolen_share(used: Cpu) -> float:
    """The part of the machine's cores that others had."""
    return used["stolen"] / used["wall"] / (os.cpu_count() or 1)


def _shown(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 or number == int(number) else f"{number:.1f}"
