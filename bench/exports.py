"""`python -m bench exports`: a million rows of twelve columns in each format, and what counters
feel while a worker makes a workbook.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pymongo import MongoClient

from app.reports.columns import Column, ColumnType, Row
from app.reports.formats import FORMATS
from app.reports.formats.table import Table
from bench.client import Device
from bench.scenarios import Measured, side_by_side
from config import ROOT

ROWS = 1_000_000
PROBED_ROWS = 300_000
BATCH = 10_000
T = ColumnType
COLUMNS = tuple(
    Column(name=name, label=name.replace("_", " ").title(), type=kind)
    for name, kind in (
        *(("item_code", T.TEXT), ("item_name", T.TEXT), ("floor", T.TEXT), ("rack", T.TEXT)),
        *(("counted", T.INTEGER), ("damaged", T.INTEGER), ("book", T.INTEGER)),
        *(("variance", T.NUMBER), ("value", T.NUMBER), ("approved", T.BOOLEAN)),
        *(("counted_at", T.TIME), ("counter", T.TEXT)),
    )
)
BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)


def rows(number: int) -> Iterator[Row]:
    for n in range(number):
        variance = float(n % 300 - n * 7 % 300)
        yield (
            *(f"{85_123 + n % 5_000}A", f"WHITE HANGING HEART T-LIGHT HOLDER {n % 977}"),
            *("Ground", f"G-{n % 40:02d}", n % 300, n % 7, n * 7 % 300),
            *(variance, variance * 2.55, n % 3 == 0),
            *(BEGAN + timedelta(milliseconds=137 * n), f"counter{n % 20}"),
        )


def write_one(name: str, number: int) -> dict[str, float]:
    """Write one format in this process; seconds, CPU seconds, MB of memory more, MB of the file."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory(prefix="stockverify-bench-") as folder:
        path = Path(folder, "report")
        started, cpu = time.perf_counter(), time.process_time()
        FORMATS[name].write(Table(title="Bench", columns=COLUMNS, rows=rows(number)), path)
        seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu
        size = path.stat().st_size
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": seconds,
        "cpu_s": cpu_s,
        "memory_mb": (after - before) / 1024,
        "file_mb": size / 1e6,
    }


def each_format(number: int = ROWS) -> dict[str, dict[str, float]]:
    """All formats, each in a process of its own, so that memory is its own too."""
    found = {}
    for name in FORMATS:
        command = [sys.executable, "-m", "bench", "export", name, str(number)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        found[name] = json.loads(done.stdout)
    return found


def heartbeats_beside_a_workbook(
    mongo_uri: str, devices: list[Device], sessions: dict[str, str], boss: Device
) -> tuple[Measured, Measured, float]:
    """Heartbeats of all devices without and with a workbook of PROBED_ROWS in the making, and the
    seconds that it takes.
    """
    with MongoClient(mongo_uri) as client:
        items = client["stockverify"]["erp_items"]
        for at in range(0, PROBED_ROWS, BATCH):
            items.insert_many({"item_code": f"B{n:07}", **_item(n)} for n in range(at, at + BATCH))
    snapshot, _ = boss.ask("/api/reports/snapshots", {"name": "Bench", "query": _QUERY})
    before = side_by_side(devices, lambda device: _beats(device, sessions, time.monotonic() + 10))
    started = time.perf_counter()
    path = f"/api/reports/snapshots/{snapshot['snapshot_id']}/export"
    job, _ = boss.ask(path, {"format": "xlsx"})
    is_done = [False]

    def work(device: Device) -> list[float]:
        times = []
        while not is_done[0]:
            times += _beats(device, sessions, time.monotonic())
            if device is devices[0]:
                state, _ = boss.ask(f"/api/jobs/{job['job_id']}")
                is_done[0] = state["state"] not in ("queued", "running")
        return times

    found = side_by_side(devices, work)
    state, _ = boss.ask(f"/api/jobs/{job['job_id']}")
    if state["state"] != "done":
        raise RuntimeError(f"the export ended as {state['state']}: {state['error']}")
    return before, found, time.perf_counter() - started


def _beats(device: Device, sessions: dict[str, str], until: float) -> list[float]:
    """Heartbeats, two a second, at least one."""
    body, times = {"session_id": sessions[device.username]}, []
    while not times or time.monotonic() < until:
        times.append(device.ask("/api/sync/heartbeat", body)[1])
        time.sleep(0.5)
    return times


_QUERY = {
    "collection": "erp_items",
    "columns": ["item_code", "item_name", "category", "floor", "rack", "uom", "stock_qty", "mrp"],
}


def _item(number: int) -> dict[str, object]:
    return {
        "item_name": f"WHITE HANGING HEART T-LIGHT HOLDER {number % 977}",
        "category": "Holder",
        "floor": "Ground",
        "rack": f"G-{number % 40:02d}",
        "uom": "EA",
        "stock_qty": number % 300,
        "mrp": number % 900 / 100,
    }
