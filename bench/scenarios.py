"""What is measured: each scenario drives devices and answers the times it saw, in milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.client import Device, batch_of

SECONDS = 8
PACE_S = 2


@dataclass(frozen=True)
class Measured:
    """A scenario's times in ms, and how many things it did in how many seconds."""

    times_ms: list[float]
    done: int
    seconds: float

    def percentile(self, share: float) -> float:
        """The time that `share` of all stay under."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def side_by_side(devices: Sequence[Device], work: Callable[[Device], list[float]]) -> Measured:
    """All devices at once, each on a thread."""
    started = time.perf_counter()
    with ThreadPoolExecutor(len(devices)) as pool:
        times = [took for device_times in pool.map(work, devices) for took in device_times]
    return Measured(times, len(times), time.perf_counter() - started)


def claims(devices: Sequence[Device], racks: dict[str, str]) -> Measured:
    """Claim one's rack and release it, again and again; only the claims are timed."""

    def work(device: Device) -> list[float]:
        rack, times = racks[device.username], []
        for _ in _for(SECONDS):
            times.append(device.ask(f"/api/racks/{rack}/claim", {})[1])
            device.ask(f"/api/racks/{rack}/release", {})
            time.sleep(0.1)
        return times

    return side_by_side(devices, work)


def heartbeats(devices: Sequence[Device], sessions: dict[str, str]) -> Measured:
    """Heartbeats, ten a second a device."""

    def work(device: Device) -> list[float]:
        body, times = {"session_id": sessions[device.username]}, []
        for _ in _for(SECONDS):
            times.append(device.ask("/api/sync/heartbeat", body)[1])
            time.sleep(0.1)
        return times

    return side_by_side(devices, work)


def paced_batches(
    devices: Sequence[Device], sessions: dict[str, str], *, serials: int = 0
) -> Measured:
    """A batch of 100 every two seconds a device, the devices spread over the two seconds."""
    places = {device.username: n / len(devices) for n, device in enumerate(devices)}

    def work(device: Device) -> list[float]:
        times = []
        time.sleep(PACE_S * places[device.username])
        for _ in range(SECONDS // PACE_S + 2):
            next_at = time.perf_counter() + PACE_S
            batch = batch_of(sessions[device.username], 100, serials=serials)
            times.append(device.ask("/api/sync/batch", batch)[1])
            time.sleep(max(0.0, next_at - time.perf_counter()))
        return times

    return side_by_side(devices, work)


def unpaced_batches(
    devices: Sequence[Device], sessions: dict[str, str], *, serials: int = 0
) -> Measured:
    """Batches of 100 as fast as they are answered; `done` counts records."""

    def work(device: Device) -> list[float]:
        session = sessions[device.username]
        return [
            device.ask("/api/sync/batch", batch_of(session, 100, serials=serials))[1]
            for _ in _for(SECONDS)
        ]

    found = side_by_side(devices, work)
    return Measured(found.times_ms, found.done * 100, found.seconds)


def queue(devices: Sequence[Device], session: str) -> Measured:
    """A queue of 2,000 records in batches of 100, two under way at a time."""
    batches = [batch_of(session, 100) for _ in range(20)]

    def work(device: Device) -> list[float]:
        return [device.ask("/api/sync/batch", batches.pop())[1] for _ in range(10)]

    found = side_by_side(devices[:2], work)
    return Measured(found.times_ms, 2000, found.seconds)


def _for(seconds: float):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        yield
