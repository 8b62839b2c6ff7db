"""More server processes on one port: what a second one brings."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bench.counters import at_work, beats_a_second, records_a_second
from bench.figures import Figure, scenario
from bench.program import program


@scenario(limit_s=120)
async def workers() -> AsyncIterator[Figure]:
    """Sync and heartbeats by one process and by two, on the same two cores."""
    for number in (1, 2):
        async with program(workers=number) as running:
            devices = await at_work(running, 20)
            name = f"{number} process{'es' if number > 1 else ''}"
            yield await beats_a_second(running, devices, f"heartbeats a second, {name}")
            yield await records_a_second(running, devices, f"sync, {name}, records a second")
