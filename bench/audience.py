"""An audience: screens in a process of their own, so that what they hear does not keep the devices'
own process from noting when its answers came.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from bench.load import Crowd, Device, Heard, Screen, few_at_a_time

OPENED_AT_ONCE = 20


@dataclass
class Audience:
    """`lost` is, once they left, how many connections the server ended."""

    line: Connection
    lost: int = 0

    async def leave(self) -> None:
        """Close all screens."""
        self.line.send("leave")
        self.lost = await asyncio.to_thread(self.line.recv)


@asynccontextmanager
async def audience(devices: Sequence[Device], floor: str) -> AsyncIterator[Audience]:
    """A screen for each device, that watches a floor until it leaves. Raises EOFError where they
    could not all come.
    """
    apart = multiprocessing.get_context("spawn")
    ours, theirs = apart.Pipe()
    told = [(device.token, device.identity) for device in devices]
    port = int(devices[0].crowd.url.rpartition(":")[2])
    process = apart.Process(target=_listen, args=(theirs, port, told, floor), daemon=True)
    process.start()
    theirs.close()
    try:
        await asyncio.to_thread(ours.recv)
        yield Audience(ours)
    finally:
        process.kill()


def _listen(line: Connection, port: int, told: Sequence[tuple], floor: str) -> None:
    asyncio.run(_watch(line, port, told, floor))


async def _watch(line: Connection, port: int, told: Sequence[tuple], floor: str) -> None:
    heard = Heard()
    async with Crowd(port) as crowd:
        screens = [Screen(crowd.device(*each), heard) for each in told]
        await few_at_a_time([lambda s=s: s.open(floors=[floor]) for s in screens], OPENED_AT_ONCE)
        line.send("here")
        await asyncio.to_thread(line.recv)
        line.send(heard.lost)
        await few_at_a_time([screen.close for screen in screens], 100)
