"""A shift: what a crowd at work saw, act by act, and what the machine did meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable
from dataclasses import dataclass, field
from itertools import pairwise
from time import perf_counter
from typing import ClassVar

from bench.figures import percentile, stolen_share
from bench.load import Refused
from bench.program import Program, stolen_s

LOOK_EVERY_S = 5.0
SLICE_S = 20.0
UNDISTURBED = 0.02
"""A slice of the run in which the host took less than this of the cores is the program's own."""


@dataclass
class Shift:
    """What a crowd saw: times in ms by act, with the moments when they began; refusals; and over
    time the memory of the server and what the host stole.
    """

    LIMITS: ClassVar = {"claim": 200, "heartbeat": 100, "batch of 20": 500}

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    began: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    stolen: list[tuple[float, float]] = field(default_factory=list)

    async def note(self, what: str, act: Awaitable[float]) -> None:
        began = perf_counter()
        try:
            self.times[what].append(await act)
        except Refused as refusal:
            self.errors.append(str(refusal))
        else:
            self.began[what].append(began)

    def look(self, running: Program) -> None:
        """Note the memory and what was stolen so far."""
        self.memory_mb.append(running.memory_mb())
        self.stolen.append((perf_counter(), stolen_s()))

    def undisturbed(self) -> tuple[dict[str, list[float]], float]:
        """The times of the acts that began while the host took next to nothing, and for how many
        seconds it did. What a disturbed slice left in the queues may still slow the next one.
        """
        own: dict[str, list[float]] = defaultdict(list)
        looks = self.stolen[:: round(SLICE_S / LOOK_EVERY_S)]
        seconds = 0.0
        for (start, before), (end, after) in pairwise(looks):
            if stolen_share({"stolen": after - before, "wall": end - start}) > UNDISTURBED:
                continue
            seconds += end - start
            for what, moments in self.began.items():
                own[what] += [
                    took
                    for moment, took in zip(moments, self.times[what], strict=True)
                    if start <= moment < end
                ]
        return own, seconds

    def p99(self, what: str) -> float:
        return percentile(self.times[what], 0.99)

    @property
    def is_in_limits(self) -> bool:
        return not self.errors and all(self.p99(what) <= ms for what, ms in self.LIMITS.items())
