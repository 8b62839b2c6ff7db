"""A thousand counters at once, each with a socket, heartbeats and batches; and how many are too
many for one process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from random import Random
from time import perf_counter

from bench.audience import audience
from bench.figures import FULL, Figure, percentile, scenario, spread, stolen_share
from bench.load import Device, few_at_a_time, together
from bench.program import Program, program
from bench.shift import LOOK_EVERY_S, UNDISTURBED, Shift

COUNTERS = 1_000
BEAT_S, BATCH_S, BATCH = 25.0, 30.0, 20
RUN_S = 600.0 if FULL else 75.0
WARM_UP_S = 30.0
"""Not measured: the leases of those who claimed first ended while the last ones came in, and what
brings one back takes more than a beat that keeps it."""
BREAK_S = 45.0
TRIES = 4
STEPS = (500, 1_000, 1_250, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000)
CLAIMED = "Ground"
"""The floor of the racks that are claimed: every screen shows it, so each claim goes to all."""
CLAIMERS = 10
CLAIM_EVERY_S = 6.0
"""Ten people claim and release a rack so often: as many claims as of a thousand counters who take
ten minutes for a rack."""


@scenario(limit_s=RUN_S + 180)
async def crowd() -> AsyncIterator[Figure]:
    """1,000 connected counters in one process: p99, errors, memory over time."""
    async for figure in _a_thousand(workers=1):
        yield figure


@scenario(limit_s=RUN_S + 180, by_name_only=True)
async def two_processes() -> AsyncIterator[Figure]:
    """The same 1,000 counters, shared by two processes."""
    async for figure in _a_thousand(workers=2):
        yield figure


async def _a_thousand(*, workers: int) -> AsyncIterator[Figure]:
    crowd = f"{COUNTERS:,} counters at once, {workers} server process{'es' * (workers > 1)}"
    async with program(workers=workers) as running:
        counters, claimers = await _connected(running, COUNTERS), await _claimers(running)
        async with audience(counters, CLAIMED) as screens:
            await _work(running, Shift(), counters, claimers, WARM_UP_S)
            shift = Shift()
            with running.cpu() as used:
                await _work(running, shift, counters, claimers, RUN_S)
            await screens.leave()
        for what, limit in Shift.LIMITS.items():
            yield Figure(
                what=f"{crowd}: {what}, p99",
                value=shift.p99(what),
                first=limit,
                cpu=used,
                also=spread(shift.times[what]),
            )
        for figure in _undisturbed(shift, crowd):
            yield figure
        lost = {"sockets lost": screens.lost, "seconds": used["wall"]}
        what = f"{crowd}: acts that were refused or lost"
        yield Figure(what=what, value=len(shift.errors) + screens.lost, unit="", aim=0, also=lost)
        yield _memory(shift, crowd)
        share = 100 * used["server"] / used["wall"]
        also = {f"{who} of a core %": 100 * used[who] / used["wall"] for who in _PARTS}
        yield Figure(
            also=also,
            what=f"{crowd}: of one core",
            value=share,
            unit="%",
            cpu=used,
        )


@scenario(limit_s=1_800, by_name_only=True)
async def breaking() -> AsyncIterator[Figure]:
    """More and more counters in one process, until a limit of the first column is passed."""
    async with program() as running, AsyncExitStack() as screens:
        counters: list[Device] = []
        kept, broke = 0, ""
        claimers = await _claimers(running)
        for number in STEPS:
            more = await _connected(running, number - len(counters))
            await screens.enter_async_context(audience(more, CLAIMED))
            counters += more
            await _work(running, Shift(), counters, claimers, WARM_UP_S)
            shift, used = await _undisturbed_shift(running, counters, claimers)
            also = {f"{what} p99 ms": shift.p99(what) for what in Shift.LIMITS}
            also |= {"errors": len(shift.errors), "MB": running.memory_mb()}
            also |= {f"{who} of a core %": 100 * used[who] / used["wall"] for who in _PARTS}
            what = f"{number:,} counters: heartbeat, p99"
            yield Figure(what=what, value=shift.p99("heartbeat"), first=100, cpu=used, also=also)
            if not shift.is_in_limits:
                broke = ", ".join(_passed(shift))
                break
            kept = number
        what = f"counters that one process keeps inside the first column; then: {broke or 'none'}"
        yield Figure(what=what, value=kept, unit="", first=20, aim=1_000, more_is_better=True)


async def _undisturbed_shift(
    running: Program, counters: list[Device], claimers: list[Device]
) -> tuple[Shift, dict[str, float]]:
    """A shift, and who used which processor time. One that passed a limit while the host took its
    part does not count: another one is measured, TRIES in all.
    """
    for _ in range(TRIES):
        shift = Shift()
        with running.cpu() as used:
            await _work(running, shift, counters, claimers, BREAK_S)
        if shift.is_in_limits or stolen_share(used) < UNDISTURBED:
            break
    return shift, used


_PARTS = ("server", "mongod", "redis", "load")


async def _connected(running: Program, number: int) -> list[Device]:
    """New counters, each with a rack of their own."""
    counters = running.people(number)
    first = counters[0].identity.username.rpartition("-")[2]
    racks = running.racks(number, prefix=f"C{first}", floors=max(1, number // 250))
    pairs = zip(counters, racks, strict=True)
    await few_at_a_time([lambda c=c, r=r: c.claim(r) for c, r in pairs], 10)
    return counters


async def _claimers(running: Program) -> list[Device]:
    people = running.people(CLAIMERS)
    for number, person in enumerate(people, start=1):
        person.rack_id = f"G-{number:02}"
    return people


async def _work(
    running: Program, shift: Shift, counters: list[Device], claimers: list[Device], seconds: float
) -> None:
    """Everybody at work for so long, each from a moment of their own on."""
    end, chance = perf_counter() + seconds, Random(7)
    lives = [_beats(shift, c, chance.uniform(0, BEAT_S), end) for c in counters]
    lives += [_batches(shift, c, chance.uniform(0, BATCH_S), end) for c in counters]
    lives += [_claims(shift, c, chance.uniform(0, CLAIM_EVERY_S), end) for c in claimers]
    await together([*lives, _watch(running, shift, end)])


async def _beats(shift: Shift, counter: Device, start: float, end: float) -> None:
    await _every(BEAT_S, start, end, lambda: shift.note("heartbeat", counter.beat()))


async def _batches(shift: Shift, counter: Device, start: float, end: float) -> None:
    await _every(BATCH_S, start, end, lambda: shift.note("batch of 20", counter.send(BATCH)))


async def _claims(shift: Shift, counter: Device, start: float, end: float) -> None:
    async def claim_and_release() -> None:
        await shift.note("claim", counter.claim(counter.rack_id))
        await shift.note("release", counter.release())

    await _every(CLAIM_EVERY_S, start, end, claim_and_release)


async def _watch(running: Program, shift: Shift, end: float) -> None:
    async def look() -> None:
        shift.look(running)

    await _every(LOOK_EVERY_S, 0, end, look)


async def _every(pace_s: float, start: float, end: float, act) -> None:
    """Do it at `start` seconds from now, and every `pace_s` from then on, until `end`."""
    due = perf_counter() + start
    while due < end:
        await asyncio.sleep(max(0.0, due - perf_counter()))
        await act()
        due += pace_s


def _undisturbed(shift: Shift, crowd: str) -> Iterator[Figure]:
    """The same figures without what the host of the machine did to them."""
    times, seconds = shift.undisturbed()
    for what, limit in Shift.LIMITS.items():
        if times[what]:
            yield Figure(
                what=f"{crowd}: {what}, p99 while the host took less than {UNDISTURBED:.0%}",
                value=percentile(times[what], 0.99),
                first=limit,
                also={"seconds": seconds, **spread(times[what])},
            )


def _memory(shift: Shift, crowd: str) -> Figure:
    """How much the last third of the run has more than the first: flat is what stays."""
    third = max(1, len(shift.memory_mb) // 3)
    first, last = shift.memory_mb[:third], shift.memory_mb[-third:]
    grown = sum(last) / len(last) - sum(first) / len(first)
    also = {"at the start": shift.memory_mb[0], "at the end": shift.memory_mb[-1]}
    return Figure(what=f"{crowd}: memory grown", value=grown, unit="MB", also=also)


def _passed(shift: Shift) -> list[str]:
    """Which limits a shift passed, in words."""
    over = [f"{what} p99" for what, ms in Shift.LIMITS.items() if shift.p99(what) > ms]
    return over + ([f"{len(shift.errors)} errors: {shift.errors[0][:80]}"] if shift.errors else [])
