"""`python -m bench`: start the program in a folder of its own, measure, print a table and JSON.

`python -m bench reports` and `python -m bench exports` measure these over a million rows instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from app.embedded import settings_beside
from app.embedded.server import free_port
from bench import exports, reports, scenarios
from bench.client import Device
from bench.scenarios import Measured
from config import ROOT, Settings

PASSWORD = "counting-for-the-bench"
RESULTS = ROOT / "test-results" / "bench.json"
READY_S = 60
PREFIX = "stockverify-bench-"


@contextmanager
def program(given: str | None = None) -> Iterator[int]:
    """The whole program with the demo warehouse, in a folder of its own or a given one."""
    with nullcontext(given) if given else tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        port = free_port()
        environ = os.environ | {
            "PORT": str(port),
            "STOCKVERIFY_DATA_DIR": str(Path(folder, "var")),
            "STOCKVERIFY_DEMO_PASSWORD": PASSWORD,
            "RATE_LIMIT_PER_MINUTE": "1000000",
        }
        with Path(folder, "log").open("wb") as log:
            command = [sys.executable, ROOT / "wsgi.py"]
            server = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
            try:
                _wait_ready(port)
                yield port
            finally:
                server.terminate()
                server.wait(timeout=20)


def measure(port: int) -> dict[str, Measured]:
    """All scenarios, in an order that leaves each what it needs."""
    devices = [Device(port, f"counter{n}", PASSWORD) for n in range(1, 21)]
    one = devices[:1]
    racks = {d.username: f"G-{n:02d}" for n, d in enumerate(devices, start=1)}
    found = {
        "claim, 1 user": scenarios.claims(one, racks),
        "claim, 20 users": scenarios.claims(devices, racks),
    }
    sessions = {
        d.username: d.ask(f"/api/racks/{racks[d.username]}/claim", {})[0]["session_id"]
        for d in devices
    }
    found |= {
        "heartbeat, 1 user": scenarios.heartbeats(one, sessions),
        "heartbeat, 20 users": scenarios.heartbeats(devices, sessions),
        "batch of 100, 1 device, unpaced": scenarios.unpaced_batches(one, sessions),
        "batch of 100, 20 devices, one in 2 s": scenarios.paced_batches(devices, sessions),
        "batch of 100 with 2 serials each, 20 devices, one in 2 s": scenarios.paced_batches(
            devices, sessions, serials=2
        ),
        "batch of 100, 20 devices, unpaced": scenarios.unpaced_batches(devices, sessions),
        "batch of 100 with 2 serials each, 20 devices, unpaced": scenarios.unpaced_batches(
            devices, sessions, serials=2
        ),
    }
    twin = Device(port, "counter1", PASSWORD)
    found["queue of 2,000 records"] = scenarios.queue([one[0], twin], sessions["counter1"])
    return found


def table(found: dict[str, Measured]) -> str:
    """The figures as Markdown."""
    lines = [
        "| what | p50 ms | p95 ms | p99 ms | a second | seconds |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {name} | {m.percentile(0.5):.1f} | {m.percentile(0.95):.1f} | {m.percentile(0.99):.1f} "
        f"| {m.done / m.seconds:,.0f} | {m.seconds:.1f} |"
        for name, m in found.items()
    ]
    return "\n".join(lines)


def _wait_ready(port: int) -> None:
    deadline = time.monotonic() + READY_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def export_table(found: dict[str, dict[str, float]]) -> str:
    lines = [
        "| format | seconds | CPU s | memory + MB | file MB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {name} | {m['seconds']:.1f} | {m['cpu_s']:.1f} "
        f"| {m['memory_mb']:.0f} | {m['file_mb']:.1f} |"
        for name, m in found.items()
    ]
    return "\n".join(lines)


def measure_exports() -> None:
    """A million rows in each format; then heartbeats beside a workbook in the making."""
    print(export_table(exports.each_format()), flush=True)
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder, program(folder) as port:
        devices = [Device(port, f"counter{n}", PASSWORD) for n in range(1, 21)]
        boss = Device(port, "supervisor1", PASSWORD)
        sessions = {
            d.username: d.ask(f"/api/racks/G-{n:02d}/claim", {})[0]["session_id"]
            for n, d in enumerate(devices, start=1)
        }
        uri = settings_beside(Settings(data_dir=Path(folder, "var"))).mongo_uri
        alone, beside, took = exports.heartbeats_beside_a_workbook(uri, devices, sessions, boss)
    names = ("heartbeat, 20 users", "heartbeat, 20 users, beside a workbook in the making")
    print(table(dict(zip(names, (alone, beside), strict=True))))
    print(f"the workbook of {exports.PROBED_ROWS:,} rows took {took:.0f} s")


def measure_reports() -> None:
    """Previews, snapshots and a comparison over a million records."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder, program(folder) as port:
        data = Path(folder, "var")
        uri = settings_beside(Settings(data_dir=data)).mongo_uri
        print(reports.measure(port, int((data / "lock").read_text("ascii")), uri, PASSWORD))


def main() -> None:
    match sys.argv[1:]:
        case ["reports"]:
            measure_reports()
            return
        case ["exports"]:
            measure_exports()
            return
        case ["export", name, rows]:
            print(json.dumps(exports.write_one(name, int(rows))))
            return
    with program() as port:
        found = measure(port)
    print(table(found))
    RESULTS.parent.mkdir(exist_ok=True)
    figures = {
        name: {
            "p50_ms": m.percentile(0.5),
            "p95_ms": m.percentile(0.95),
            "p99_ms": m.percentile(0.99),
            "per_second": m.done / m.seconds,
            "seconds": m.seconds,
        }
        for name, m in found.items()
    }
    RESULTS.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
