"""The load: devices that ask and screens that listen, thousands of them in one process."""

from __future__ import annotations

import asyncio
import resource
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any, Self
from uuid import uuid4

import aiohttp
import orjson

from app.auth.identity import Identity

TIMEOUT_S = 30
GOOD = (200, 201, 202)
MOMENT = "2026-01-05T08:00:00Z"


class Refused(RuntimeError):
    """The server said no, or nothing in time."""


class Crowd:
    """Everybody who uses one server, on one event loop."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    async def __aenter__(self) -> Self:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(20_000, hard)), hard))
        self.http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()

    def device(self, token: str, identity: Identity) -> Device:
        return Device(self, token, identity)


class Device:
    """Somebody signed in. `ask` answers the body and the milliseconds it took."""

    def __init__(self, crowd: Crowd, token: str, identity: Identity) -> None:
        self.crowd, self.token, self.identity = crowd, token, identity
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.session_id = ""
        self.rack_id = ""

    async def ask(self, path: str, body: Any = None, *, method: str = "") -> tuple[Any, float]:
        """POST a body, or GET without one. Raises Refused."""
        data = None if body is None else orjson.dumps(body)
        verb = method or ("GET" if data is None else "POST")
        started = perf_counter()
        try:
            async with self.crowd.http.request(
                verb, self.crowd.url + path, data=data, headers=self._headers
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Refused(f"{path}: {error!r}") from None
        took_ms = (perf_counter() - started) * 1000
        if answer.status not in GOOD:
            raise Refused(f"{path}: {answer.status} {content[:300]!r}")
        return orjson.loads(content) if content else None, took_ms

    async def claim(self, rack_id: str) -> float:
        """Claim a rack; the milliseconds it took."""
        lease, took = await self.ask(f"/api/racks/{rack_id}/claim", {})
        self.session_id, self.rack_id = lease["session_id"], rack_id
        return took

    async def release(self) -> float:
        return (await self.ask(f"/api/racks/{self.rack_id}/release", {}))[1]

    async def beat(self) -> float:
        return (await self.ask("/api/sync/heartbeat", {"session_id": self.session_id}))[1]

    async def send(self, size: int = 100, *, serials: int = 0) -> float:
        """Send a batch of new records, which must all be taken; the milliseconds it took."""
        batch = batch_of(self.session_id, size, serials=serials)
        answer, took = await self.ask("/api/sync/batch", batch)
        if len(answer["ok"]) != size:
            raise Refused(f"{size - len(answer['ok'])} of {size} records were not taken")
        return took


class Screen:
    """A Socket.IO connection that notes when each claim arrives. `heard` may be shared by all."""

    def __init__(self, device: Device, heard: Heard) -> None:
        self._device, self._heard = device, heard
        self._answer: asyncio.Future[Any] | None = None

    async def open(self, **wish: Any) -> None:
        """Connect and watch. Raises Refused."""
        url = self._device.crowd.url + "/socket.io/?EIO=4&transport=websocket"
        try:
            self._socket = await self._device.crowd.http.ws_connect(
                url, max_msg_size=0, compress=15, autoclose=True
            )
            await self._socket.receive_str()
            await self._socket.send_str(f'40{{"token":"{self._device.token}"}}')
            await self._socket.receive_str()
        except (aiohttp.ClientError, TypeError, TimeoutError) as error:
            raise Refused(f"socket: {error!r}") from None
        self._answer = asyncio.get_running_loop().create_future()
        self._listening = asyncio.create_task(self._listen())
        await self._socket.send_str("420" + orjson.dumps(["watch", wish]).decode())
        await asyncio.wait_for(self._answer, TIMEOUT_S)

    async def close(self) -> None:
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening
        await self._socket.close()

    async def _listen(self) -> None:
        async for message in self._socket:
            packet = message.data
            if packet == "2":
                await self._socket.send_str("3")
            elif packet.startswith("43"):
                self._take_answer(packet)
            else:
                self._heard.take(packet)
        self._heard.lost += 1

    def _take_answer(self, packet: str) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(packet)


class Heard:
    """When the screens heard of each claim: the moments of a rack and its fence."""

    def __init__(self) -> None:
        self.claims: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.messages = 0
        self.lost = 0

    def take(self, packet: str) -> None:
        self.messages += 1
        if '"claimed"' in packet[:200] and packet.startswith('42["rack:update"'):
            event = orjson.loads(packet[2:])[1]
            self.claims[event["rack_id"], event["fence"]].append(perf_counter())


async def together(work: Iterable[Awaitable[Any]]) -> list[Any]:
    """All at once; the first error ends them."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_run(each)) for each in work]
    return [task.result() for task in tasks]


async def few_at_a_time(work: Sequence[Callable[[], Awaitable[Any]]], width: int = 20) -> list[Any]:
    """All of them, `width` under way."""
    gate = asyncio.Semaphore(width)

    async def one(each: Callable[[], Awaitable[Any]]) -> Any:
        async with gate:
            return await each()

    return await together(one(each) for each in work)


async def again_and_again(
    act: Callable[[], Awaitable[float]], seconds: float, *, pause_s: float = 0.0
) -> list[float]:
    """The times of an act that is done for so long, with a pause after each."""
    end, times = perf_counter() + seconds, []
    while perf_counter() < end:
        times.append(await act())
        if pause_s:
            await asyncio.sleep(pause_s)
    return times


async def _run(work: Awaitable[Any]) -> Any:
    return await work


def batch_of(session_id: str, size: int, *, serials: int = 0) -> dict[str, Any]:
    """A batch of new records, each with so many serial numbers of its own."""
    records = [
        a_record(session_id, uuid4().hex, [uuid4().hex for _ in range(serials)])
        for _ in range(size)
    ]
    return {"records": records, "batch_id": uuid4().hex}


def a_record(session_id: str, record_id: str, serials: list[str]) -> dict[str, Any]:
    """A count as a device sends it."""
    return {
        "client_record_id": record_id,
        "session_id": session_id,
        "item_code": "85123A",
        "verified_qty": 12,
        "damage_qty": 1,
        "serial_numbers": serials,
        "mfg_date": "2025-01",
        "mrp": 2.55,
        "uom": "EA",
        "category": "Holder",
        "item_condition": "good",
        "status": "finalized",
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
