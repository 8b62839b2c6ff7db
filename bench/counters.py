"""Twenty counters at work: claims, heartbeats, batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import perf_counter

from bench.figures import Figure, percentile, scenario, spread
from bench.load import Device, Refused, again_and_again, together
from bench.program import Program, program

SECONDS = 8.0
TENTH_S = 0.1
PACE_S = 2.0
CROWD = 50
RECORDS = 100

Act = Callable[[Device], Awaitable[float]]


@scenario(limit_s=90)
async def claims() -> AsyncIterator[Figure]:
    """Claims that are released again, and fifty at one rack."""
    async with program() as running:
        devices = running.people(CROWD)
        few = devices[:20]
        for device, rack in zip(devices, running.racks(CROWD), strict=True):
            device.rack_id = rack
        yield await _paced(running, "claim, 1 user, ten a second", few[:1], _claim_and_release)
        yield await _paced(
            running, "rack claim, 20 users, p95", few, _claim_and_release, first=200, aim=20
        )
        yield await _once_a_second(
            running,
            "rack claim, 20 users, each once a second, p95",
            few,
            _claim_and_release,
            first=200,
            aim=20,
        )
        yield await _unpaced(
            running, "claim and release, pairs a second", few, _claim_and_release, aim=1_000
        )
        yield await _crowd_at_one_rack(devices)


@scenario(limit_s=90)
async def heartbeats() -> AsyncIterator[Figure]:
    """Heartbeats: at ten a second a user, and as many as there can be."""
    async with program() as running:
        devices = await at_work(running, 20)
        one = devices[:1]
        yield await _paced(running, "heartbeat, 1 user, ten a second", one, Device.beat)
        yield await _paced(
            running, "heartbeat, 20 users, p95", devices, Device.beat, first=100, aim=10
        )
        yield await _once_a_second(
            running,
            "heartbeat, 20 users, each once a second, p95",
            devices,
            Device.beat,
            first=100,
            aim=10,
        )
        yield await beats_a_second(running, devices, "heartbeats a second", aim=3_000)


@scenario(limit_s=150)
async def batches() -> AsyncIterator[Figure]:
    """Batches of 100: alone, paced, as fast as they go, and a queue that drains."""
    async with program() as running:
        devices = await at_work(running, 20)
        yield await _single(running, devices[0])
        for serials in (0, 2):
            yield await _batches_in_turn(running, devices, serials)
        for serials, aim in ((0, 12_000), (2, 6_000)):
            what = f"sustained sync{_with(serials)}, 20 devices, records a second"
            wish = {"serials": serials, "first": 100, "aim": aim}
            yield await records_a_second(running, devices, what, **wish)
        yield await _queue(running, devices[0])


@scenario(limit_s=60)
async def redis() -> AsyncIterator[Figure]:
    """Redis' latency as the server's own library sees it, while twenty counters beat."""
    async with program() as running:
        devices = await at_work(running, 20)

        def ping() -> list[float]:
            times, end = [], perf_counter() + SECONDS
            while perf_counter() < end:
                started = perf_counter()
                running.warehouse.redis.exists("bench")
                times.append((perf_counter() - started) * 1000)
            return times

        with running.cpu() as used:
            beating = asyncio.create_task(_all(devices, Device.beat, TENTH_S))
            times = await asyncio.to_thread(ping)
            await beating
        what = "Redis latency beside 20 users' heartbeats, p99"
        p99 = percentile(times, 0.99)
        yield Figure(what=what, value=p99, first=5, aim=1, cpu=used, also=spread(times))


async def at_work(running: Program, number: int) -> list[Device]:
    """So many counters, each with a rack."""
    devices = running.people(number)
    for device, rack in zip(devices, running.racks(number), strict=True):
        await device.claim(rack)
    return devices


async def _claim_and_release(device: Device) -> float:
    took = await device.claim(device.rack_id)
    await device.release()
    return took


async def _all(devices: Sequence[Device], act: Act, pause_s: float = 0.0) -> list[float]:
    work = (again_and_again(lambda d=d: act(d), SECONDS, pause_s=pause_s) for d in devices)
    return [took for times in await together(work) for took in times]


async def _paced(
    running: Program,
    what: str,
    devices: Sequence[Device],
    act: Act,
    *,
    first: float | None = None,
    aim: float | None = None,
) -> Figure:
    with running.cpu() as used:
        times = await _all(devices, act, TENTH_S)
    return _p95(what, times, used, first=first, aim=aim)


def _p95(
    what: str,
    times: Sequence[float],
    used: dict[str, float],
    *,
    first: float | None,
    aim: float | None,
) -> Figure:
    p95, also = percentile(times, 0.95), spread(times)
    return Figure(what=what, value=p95, first=first, aim=aim, cpu=used, also=also)


async def beats_a_second(
    running: Program, devices: Sequence[Device], what: str, *, aim: float | None = None
) -> Figure:
    """Heartbeats as fast as they are answered."""
    return await _unpaced(running, what, devices, Device.beat, aim=aim)


async def _unpaced(
    running: Program, what: str, devices: Sequence[Device], act: Act, *, aim: float | None
) -> Figure:
    started = perf_counter()
    with running.cpu() as used:
        times = await _all(devices, act)
    rate, also = len(times) / (perf_counter() - started), spread(times)
    also["CPU µs of server and mongod an act"] = _share(used, len(times))
    kind = {"unit": "/s", "aim": aim, "more_is_better": True}
    return Figure(what=what, value=rate, cpu=used, also=also, **kind)


def _share(used: dict[str, float], acts: int) -> float:
    """Processor time of one act in µs: what holds on a busy machine too."""
    return 1e6 * (used["server"] + used["mongod"]) / acts


async def _crowd_at_one_rack(devices: Sequence[Device]) -> Figure:
    """Everybody wants one rack; how long until all have their answer. The middle of nine tries."""
    rack, took = devices[0].rack_id, []
    for _ in range(9):
        started = perf_counter()
        won = [d for d in await together(_tries(d, rack) for d in devices) if d]
        took.append((perf_counter() - started) * 1000)
        if len(won) != 1:
            raise Refused(f"{len(won)} have the rack")
        await won[0].release()
    what = f"{CROWD} claim one rack: all have their answer"
    return Figure(what=what, value=percentile(took, 0.5), aim=50, also=spread(took))


async def _tries(device: Device, rack: str) -> Device | None:
    try:
        await device.claim(rack)
    except Refused as refusal:
        if "rack_locked" not in str(refusal):
            raise
        return None
    return device


async def _single(running: Program, device: Device) -> Figure:
    with running.cpu() as used:
        times = await again_and_again(device.send, SECONDS)
    what, p50 = "batch of 100, one device, p50", percentile(times, 0.5)
    return Figure(what=what, value=p50, aim=15, cpu=used, also=spread(times))


async def _once_a_second(
    running: Program, what: str, devices: Sequence[Device], act: Act, *, first: float, aim: float
) -> Figure:
    """Far more often than people do it, and the server has time between two."""
    with running.cpu() as used:
        times = await _in_turn(devices, act, 1.0, times=20)
    return _p95(what, times, used, first=first, aim=aim)


async def _in_turn(
    devices: Sequence[Device], act: Act, pace_s: float, *, times: int
) -> list[float]:
    """The act once in `pace_s` a device, so many times, the devices spread over that time."""

    async def work(place: float, device: Device) -> list[float]:
        await asyncio.sleep(pace_s * place)
        took = []
        for _ in range(times):
            next_at = perf_counter() + pace_s
            took.append(await act(device))
            await asyncio.sleep(max(0.0, next_at - perf_counter()))
        return took

    found = await together(work(n / len(devices), d) for n, d in enumerate(devices))
    return [took for each in found for took in each]


async def _batches_in_turn(running: Program, devices: Sequence[Device], serials: int) -> Figure:
    """A batch every two seconds a device."""
    with running.cpu() as used:
        times = await _in_turn(devices, lambda d: d.send(serials=serials), PACE_S, times=6)
    what = f"batch of 100{_with(serials)}, 20 devices, one in 2 s, p95"
    return _p95(what, times, used, first=500, aim=60)


async def records_a_second(
    running: Program,
    devices: Sequence[Device],
    what: str,
    *,
    serials: int = 0,
    first: float | None = None,
    aim: float | None = None,
) -> Figure:
    """Batches of 100 as fast as they are answered."""
    started = perf_counter()
    with running.cpu() as used:
        times = await _all(devices, lambda device: device.send(serials=serials))
    rate, also = len(times) * RECORDS / (perf_counter() - started), spread(times)
    also["CPU µs of server and mongod a record"] = _share(used, len(times) * RECORDS)
    kind = {"unit": "/s", "first": first, "aim": aim, "more_is_better": True}
    return Figure(what=what, value=rate, cpu=used, also=also, **kind)


async def _queue(running: Program, device: Device) -> Figure:
    """2,000 records in batches of 100, two under way at a time, as a phone sends them."""

    async def half() -> list[float]:
        return [await device.send() for _ in range(10)]

    started = perf_counter()
    with running.cpu() as used:
        await together(half() for _ in range(2))
    took_s = perf_counter() - started
    what = "a queue of 2,000 records drains"
    return Figure(what=what, value=took_s, unit="s", first=300, aim=2, cpu=used)


def _with(serials: int) -> str:
    return f" with {serials} serials each" if serials else ""
