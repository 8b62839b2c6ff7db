"""Live: from a claim to the last screen that shows it, and what a socket costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter

from app.auth.identity import Role
from bench.figures import Figure, percentile, scenario, spread
from bench.load import Heard, Refused, Screen, few_at_a_time
from bench.program import Program, program

PAUSE_S = 0.5
SETTLED_S = 1.5
ARRIVES_S = 10.0
CLAIMS = 40


@scenario(limit_s=150)
async def live() -> AsyncIterator[Figure]:
    """One process: 20 screens, then 1,000 of them."""
    async with program() as running:
        heard, screens = Heard(), []
        idle_mb = running.memory_mb()
        for number, aim in ((20, 30), (1_000, 150)):
            screens += await _open(running, heard, number - len(screens))
            if number == 1_000:
                yield _memory(running, idle_mb, number)
            what = f"claim until the last of {number:,} screens shows it, p95"
            yield await _claims_seen(running, heard, what, number, aim)
        await few_at_a_time([screen.close for screen in screens], 100)


@scenario(limit_s=240)
async def live_two() -> AsyncIterator[Figure]:
    """Two processes: 5,000 screens."""
    async with program(workers=2) as running:
        heard = Heard()
        screens = await _open(running, heard, 5_000)
        what = "claim until the last of 5,000 screens shows it, two processes, p95"
        yield await _claims_seen(running, heard, what, len(screens), None)
        what = "memory of the larger of two processes with 5,000 sockets together"
        yield Figure(what=what, value=running.memory_mb(), unit="MB")
        await few_at_a_time([screen.close for screen in screens], 100)


async def _open(running: Program, heard: Heard, number: int) -> list[Screen]:
    """Screens of the ground floor. They share a few people: who looks makes no difference."""
    people = running.people(min(number, 20))
    screens = [Screen(people[n % len(people)], heard) for n in range(number)]
    await few_at_a_time([lambda s=s: s.open(floors=["Ground"]) for s in screens], 50)
    await asyncio.sleep(SETTLED_S)
    return screens


async def _claims_seen(
    running: Program, heard: Heard, what: str, screens: int, aim: float | None
) -> Figure:
    """Two claims and two releases a second, four times what a thousand counters do; each claim
    until the last screen has it.
    """
    counter, last, all_arrivals = running.people(1, Role.COUNTER)[0], [], []
    before = heard.messages
    with running.cpu() as used:
        for _ in range(CLAIMS):
            heard.claims.clear()
            started = perf_counter()
            await counter.claim("G-01")
            arrivals = [1000 * (at - started) for at in await _arrivals(heard, screens)]
            last.append(max(arrivals))
            all_arrivals += arrivals
            await asyncio.sleep(PAUSE_S / 2)
            await counter.release()
            await asyncio.sleep(PAUSE_S / 2)
    sent = heard.messages - before
    also = spread(last) | {
        "any screen p95": percentile(all_arrivals, 0.95),
        "server CPU µs a message": 1e6 * used["server"] / sent,
        "load CPU µs a message": 1e6 * used["load"] / sent,
        "lost": heard.lost,
    }
    return Figure(what=what, value=percentile(last, 0.95), aim=aim, cpu=used, also=also)


async def _arrivals(heard: Heard, screens: int) -> list[float]:
    """When each screen heard of the one claim under way. Raises Refused."""
    deadline = perf_counter() + ARRIVES_S
    while perf_counter() < deadline:
        for moments in heard.claims.values():
            if len(moments) >= screens:
                return moments
        await asyncio.sleep(0.001)
    raise Refused(f"{[len(m) for m in heard.claims.values()]} of {screens} screens saw the claim")


def _memory(running: Program, idle_mb: float, sockets: int) -> Figure:
    used = running.memory_mb()
    also = {"without sockets": idle_mb, "kB a socket": (used - idle_mb) * 1024 / sockets}
    what = f"memory of one process with {sockets:,} sockets"
    return Figure(what=what, value=used, unit="MB", aim=200, also=also)
