"""Growth: what a request costs beside ten thousand records and beside a hundred times as many; and
searching a hundred thousand items. Data are made by the database itself.
"""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import cycle, islice
from random import Random
from urllib.parse import quote

from app.auth.identity import Role
from app.chunks import chunks
from app.items.item import Item
from app.items.search_words import SHORTEST, terms_of
from bench.figures import FULL, Figure, percentile, scenario, spread
from bench.load import Device
from bench.made import make_lines, make_racks, make_records
from bench.program import Program, program
from config import ROOT

SIZES = (10_000, 1_000_000, *((10_000_000,) if FULL else ()))
RACKS = (100, 10_000)
ITEMS, SEARCHES = 100_000, 400
TRIES = 60
FLAT = 1.25
"""What stays below this is flat: one time's noise on a machine of two cores."""

Asks = dict[str, Callable[[], Awaitable[object]]]
Costs = dict[str, float]
"""ms of processor time, of the server and mongod together, that one request takes."""


@scenario(limit_s=1_800 if FULL else 240)
async def growth() -> AsyncIterator[Figure]:
    """The same requests beside few and beside many records."""
    async with program() as running:
        costs: dict[int, Costs] = {}
        for size in SIZES:
            before, db = max(costs, default=0), running.db
            await asyncio.to_thread(make_records, db, before, size)
            await asyncio.to_thread(make_lines, db, before // 10, size // 10)
            costs[size] = await _costs(running, await _asks(running))
        for figure in _compared(costs, "records"):
            yield figure


@scenario(limit_s=150)
async def racks() -> AsyncIterator[Figure]:
    """The same requests beside few and beside many racks."""
    async with program() as running:
        costs: dict[int, Costs] = {}
        for number in RACKS:
            before = max(costs, default=0)
            await asyncio.to_thread(make_racks, running.db, before, number)
            costs[number] = await _costs(running, await _asks(running))
        for figure in _compared(costs, "racks"):
            yield figure


@scenario(limit_s=150)
async def search() -> AsyncIterator[Figure]:
    """Searches over 100,000 items: words, two words, codes, parts of codes."""
    async with program() as running:
        names = await asyncio.to_thread(_fill_catalogue, running)
        counter, chance = running.people(1)[0], Random(7)
        wishes = [_wish(chance, chance.choice(names)) for _ in range(SEARCHES)]
        with running.cpu() as used:
            times = [(await counter.ask(f"/api/items?search={quote(w)}"))[1] for w in wishes]
        what, p95 = f"item search over {ITEMS:,} items, p95", percentile(times, 0.95)
        yield Figure(what=what, value=p95, aim=30, cpu=used, also=spread(times))


async def _asks(running: Program) -> Asks:
    """What is asked again and again, by counters at racks of their own: what a session holds
    already must be the same at each size.
    """
    counter, other, third = running.people(3)
    boss = running.people(1, Role.SUPERVISOR)[0]
    number = counter.identity.username.rpartition("-")[2]
    first, other.rack_id, last = running.racks(3, prefix=f"N{number}")
    await counter.claim(first)
    await third.claim(last)
    await third.send(20)

    async def claim_and_release() -> None:
        await other.claim(other.rack_id)
        await other.release()

    return {
        "batch of 20": lambda: counter.send(20),
        "heartbeat": counter.beat,
        "claim and release": claim_and_release,
        "map, 100 racks": lambda: _get(boss, "/api/racks?limit=100"),
        "count lines, 50": lambda: _get(boss, "/api/count-lines?limit=50"),
        "progress of a session": lambda: _get(third, f"/api/sessions/{third.session_id}/stats"),
        "conflicts, 50": lambda: _get(boss, "/api/sync/conflicts?limit=50"),
    }


async def _get(device: Device, path: str) -> None:
    await device.ask(path)


async def _costs(running: Program, asks: Asks) -> Costs:
    """One after the other, so that what a request costs is told apart from what waits."""
    found = {}
    for name, ask in asks.items():
        await ask()
        with running.cpu() as used:
            for _ in range(TRIES):
                await ask()
        found[name] = 1000 * (used["server"] + used["mongod"]) / TRIES
    return found


def _compared(costs: dict[int, Costs], what: str) -> list[Figure]:
    """Each request's cost at the largest size, as times that at the smallest."""
    least, most = min(costs), max(costs)
    return [
        Figure(
            what=f"{name}: cost beside {most:,} {what}, times that beside {least:,}",
            value=costs[most][name] / costs[least][name],
            unit="×",
            aim=FLAT,
            also={f"CPU ms beside {size:,}": costs[size][name] for size in costs},
        )
        for name in costs[least]
    ]


def _fill_catalogue(running: Program) -> list[Item]:
    """So many items more, under the names of the demo catalogue; which they are."""
    with (ROOT / "data" / "items.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    numbered = enumerate(islice(cycle(rows), ITEMS - len(rows)))
    items = [
        Item.from_row({**row, "item_code": f"B{n:06}", "barcode": f"59{n:011}", "autobarcode": ""})
        for n, row in numbered
    ]
    db, now = running.db, running.warehouse.clock.now()
    for some in chunks(items, 5_000):
        db.erp_items.insert_many([item.as_document(now) for item in some], ordered=False)
        db.item_words.insert_many(
            [{"_id": item.item_code, "terms": terms_of(item)} for item in some], ordered=False
        )
    return items


def _wish(chance: Random, item: Item) -> str:
    """What somebody types who looks for this item."""
    words = [w for w in item.item_name.split() if w.isalpha() and len(w) >= SHORTEST]
    words = words or [item.item_code]
    return chance.choice(
        [
            chance.choice(words),
            " ".join(word[:3] for word in words[:2]),
            item.item_code,
            item.item_code[:5],
        ]
    )
