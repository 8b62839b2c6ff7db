"""Reports over a million records: previews, a snapshot, its files, a comparison."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

from app.auth.identity import Role
from app.db.client import Db
from bench.counters import at_work
from bench.figures import FULL, Figure, percentile, scenario, spread
from bench.load import Device, Refused, together
from bench.made import make_records
from bench.program import Peak, Program, program

RECORDS, CHANGED = 1_000_000, 10_000
MOST_WAIT_S = 200
LOOKS_EVERY_S = 0.2
BEAT_EVERY_S = 0.5
QUERY: dict[str, Any] = {
    "collection": "verification_records",
    "columns": [
        *("client_record_id", "rack_id", "floor", "item_code", "verified_qty", "damage_qty"),
        *("username", "created_at"),
    ],
}
_MEASURES = [{"measure": "count"}, {"measure": "sum", "field": "verified_qty"}]
PREVIEWS: dict[str, dict[str, Any]] = {
    "all records": QUERY,
    "newest first": {**QUERY, "sort": [{"column": "created_at", "descending": True}]},
    "by quantity, no index": {**QUERY, "sort": [{"column": "verified_qty"}]},
    "a rack": {**QUERY, "filters": [{"field": "rack_id", "op": "eq", "value": "R-7"}]},
    "a text in the item code": {
        **QUERY,
        "filters": [{"field": "item_code", "op": "contains", "value": "-12"}],
    },
    "sums by floor": {
        "collection": "verification_records",
        "groups": [{"field": "floor"}],
        "measures": _MEASURES,
    },
    "sums by item and day": {
        "collection": "verification_records",
        "groups": [{"field": "item_code"}, {"field": "created_at", "bucket": "day"}],
        "measures": _MEASURES,
    },
}
FILES = (("csv", 10), ("xlsx", 60))
MORE_FILES = (("ndjson", None), ("json", None), ("parquet", None), ("pdf", None))


@scenario(limit_s=900 if FULL else 330)
async def reports() -> AsyncIterator[Figure]:
    """Previews, snapshot, CSV and XLSX beside twenty counters, comparison; FULL=1: all files."""
    async with program(job_workers=1) as running:
        db = running.db
        await asyncio.to_thread(make_records, db, 0, RECORDS)
        boss, counters = running.people(1, Role.SUPERVISOR)[0], await at_work(running, 20)
        for name, query in PREVIEWS.items():
            yield await _preview(boss, name, query)
        peak = Peak(running)
        first = await boss.ask("/api/reports/snapshots", {"name": "First", "query": QUERY})
        yield _snapshot(first[0])
        for name, aim in FILES + (MORE_FILES if FULL else ()):
            for figure in await _file(running, boss, counters, first[0], name, aim):
                yield figure
        what = "snapshot and files: memory of the server process grown by, at most"
        yield Figure(what=what, value=peak.grown_mb(), unit="MB", aim=100)
        await asyncio.to_thread(_change, db)
        second = await boss.ask("/api/reports/snapshots", {"name": "Second", "query": QUERY})
        yield await _comparison(boss, first[0], second[0])


async def _preview(boss: Device, name: str, query: dict[str, Any]) -> Figure:
    """The slowest of five."""
    wish = {"query": query, "rows": 50}
    asked = [await boss.ask("/api/reports/query/preview", wish) for _ in range(5)]
    found = asked[0][0]
    kind = "all records" if found["complete"] else f"first {found['examined']:,} records"
    what = f"preview over {RECORDS:,} records: {name} ({kind})"
    return Figure(what=what, value=max(ms for _, ms in asked), aim=500)


def _snapshot(taken: dict[str, Any]) -> Figure:
    what, rows = f"snapshot of {RECORDS:,} records", taken["summary"]["rows"]
    return Figure(what=what, value=taken["took_ms"] / 1000, unit="s", aim=10, also={"rows": rows})


async def _file(
    running: Program,
    boss: Device,
    counters: list[Device],
    snapshot: dict[str, Any],
    name: str,
    aim: float | None,
) -> list[Figure]:
    """How long a worker takes for a file, and what twenty counters feel meanwhile."""
    job = asyncio.create_task(_done(boss, snapshot, name))

    async def beats(counter: Device) -> list[float]:
        times = []
        while not job.done():
            times.append(await counter.beat())
            await asyncio.sleep(BEAT_EVERY_S)
        return times

    with running.cpu() as used:
        times = [took for each in await together(map(beats, counters)) for took in each]
    what = f"{name.upper()} of {RECORDS:,} rows, beside 20 counters"
    made = Figure(what=what, value=await job, unit="s", aim=aim, cpu=used)
    what, p95 = f"heartbeat, 20 users, beside a {name.upper()} in the making, p95", 0.95
    felt = Figure(what=what, value=percentile(times, p95), first=100, also=spread(times))
    return [made, felt]


async def _done(boss: Device, snapshot: dict[str, Any], name: str) -> float:
    """Seconds until the file is there. Raises Refused."""
    started = perf_counter()
    path = f"/api/reports/snapshots/{snapshot['snapshot_id']}/export"
    job, _ = await boss.ask(path, {"format": name})
    while job["state"] in ("queued", "running"):
        await asyncio.sleep(LOOKS_EVERY_S)
        job, _ = await boss.ask(f"/api/jobs/{job['job_id']}")
    if job["state"] != "done":
        raise Refused(f"the export ended as {job['state']}: {job['error']}")
    return perf_counter() - started


async def _comparison(boss: Device, first: dict[str, Any], second: dict[str, Any]) -> Figure:
    wish = {"snapshot_a_id": first["snapshot_id"], "snapshot_b_id": second["snapshot_id"]}
    started = perf_counter()
    job, _ = await boss.ask("/api/reports/compare", wish)
    while job["status"] in ("queued", "running") and perf_counter() - started < MOST_WAIT_S:
        await asyncio.sleep(LOOKS_EVERY_S)
        job, _ = await boss.ask(f"/api/reports/compare/{job['job_id']}")
    if job["status"] != "done":
        raise Refused(f"the comparison ended as {job['status']}")
    took_s, what = perf_counter() - started, f"comparison of {RECORDS:,} with {RECORDS:,} rows"
    return Figure(what=what, value=took_s, unit="s", aim=30, also=job["counts"])


def _change(db: Db) -> None:
    records = db.verification_records
    records.update_many({"n": {"$lt": CHANGED}}, {"$inc": {"verified_qty": 1}})
    records.delete_many({"n": {"$gte": RECORDS - CHANGED}})
