"""Reports over a million records: `python -m bench reports`. Records are made by the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from bench.client import Device

RECORDS = 1_000_000
CHANGED = 10_000
MOST_WAIT_S = 120
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


def measure(port: int, pid: int, mongo_uri: str, password: str) -> str:
    """The figures as Markdown."""
    with MongoClient(mongo_uri) as client:
        records = client.stockverify.verification_records
        make_records(client.stockverify)
        boss = Device(port, "supervisor1", password)
        lines = ["| what | seconds | rows |", "| --- | ---: | ---: |"]
        for name, query in PREVIEWS.items():
            lines.append(preview(boss, name, query))
        with memory_of(pid) as grown:
            first = take(boss)
            lines.append(f"| snapshot, first | {first['took_ms'] / 1000:.1f} | {RECORDS:,} |")
            records.update_many({"n": {"$lt": CHANGED}}, {"$inc": {"verified_qty": 1}})
            records.delete_many({"n": {"$gte": RECORDS - CHANGED}})
            second = take(boss)
            rows = second["summary"]["rows"]
            lines.append(f"| snapshot, second | {second['took_ms'] / 1000:.1f} | {rows:,} |")
            lines += compare(boss, first, second)
        lines.append(f"| memory of the server process, grown by MB | {grown()} | – |")
    return "\n".join(lines)


def make_records(db: Any) -> None:
    """A million records of 400 racks, 5,000 items and 20 people, a second apart."""
    db.bench_numbers.insert_many([{"_id": n} for n in range(RECORDS // 1_000)])
    db.bench_numbers.aggregate([*_NUMBERS, {"$project": _record()}, _INTO])
    db.bench_numbers.drop()


def preview(boss: Device, name: str, query: dict[str, Any]) -> str:
    """The slowest of five."""
    asked = [boss.ask("/api/reports/query/preview", {"query": query, "rows": 50}) for _ in range(5)]
    found = asked[0][0]
    kind = "all records" if found["complete"] else f"first {found['examined']:,} records"
    return f"| preview: {name} ({kind}) | {max(ms for _, ms in asked) / 1000:.2f} | 50 |"


def take(boss: Device) -> dict[str, Any]:
    return boss.ask("/api/reports/snapshots", {"name": "All", "query": QUERY})[0]


def compare(boss: Device, first: dict[str, Any], second: dict[str, Any]) -> Sequence[str]:
    """How long the job took, with the indexes of the keys and, again, without."""
    wish = {"snapshot_a_id": first["snapshot_id"], "snapshot_b_id": second["snapshot_id"]}
    told = []
    for name in ("first time", "again"):
        started = time.perf_counter()
        job, _ = boss.ask("/api/reports/compare", wish)
        while job["status"] in {"queued", "running"}:
            if time.perf_counter() - started > MOST_WAIT_S:
                raise RuntimeError(job)
            time.sleep(0.2)
            job, _ = boss.ask(f"/api/reports/compare/{job['job_id']}")
        took_s = time.perf_counter() - started
        told.append(f"| comparison, {name}: {job['counts']} | {took_s:.1f} | {RECORDS:,} |")
    return told


@contextmanager
def memory_of(pid: int) -> Iterator[Callable[[], int]]:
    """By how many MB the process grew at its peak since now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")
    before = _kilobytes(pid, "VmRSS")
    yield lambda: (_kilobytes(pid, "VmHWM") - before) // 1024


def _kilobytes(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


_NUMBERS = [
    {"$set": {"k": {"$range": [0, 1_000]}}},
    {"$unwind": "$k"},
    {"$set": {"n": {"$add": [{"$multiply": ["$_id", 1_000]}, "$k"]}}},
]
_INTO = {"$merge": {"into": "verification_records", "whenMatched": "fail"}}


def _numbered(prefix: str, of: int) -> dict[str, Any]:
    return {"$concat": [prefix, {"$toString": {"$mod": ["$n", of]}}]}


def _record() -> dict[str, Any]:
    at = {"$dateAdd": {"startDate": "$$NOW", "unit": "second", "amount": "$n"}}
    return {
        "_id": 0,
        "n": 1,
        "client_record_id": _numbered("c-", RECORDS),
        "session_id": _numbered("s-", 400),
        "rack_id": _numbered("R-", 400),
        "floor": {"$arrayElemAt": [["Ground", "First", "Second"], {"$mod": ["$n", 3]}]},
        "item_code": _numbered("I-", 5_000),
        "verified_qty": {"$mod": [{"$multiply": ["$n", 7]}, 97]},
        "damage_qty": {"$cond": [{"$eq": [{"$mod": ["$n", 50]}, 0]}, 1, 0]},
        "username": _numbered("counter", 20),
        "category": _numbered("Category ", 30),
        "status": "finalized",
        "sync_status": "synced",
        "item_known": {"$literal": True},
        "stocktake_id": "bench",
        "fingerprint": _numbered("0123456789abcdef0123456789abcdef", RECORDS),
        "history": [],
        "evidence_photos": [],
        "created_at": at,
        "updated_at": at,
    }
