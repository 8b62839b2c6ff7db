"""`python -m bench.paired BEFORE KIND [ROUNDS]`: two trees of the program, measured in turns.

BEFORE is the root of another checkout. Both run, each by its own `.venv` and in a folder of its own
with private servers of its own, and take turns under the same load; so what else the machine does
meets both. Beside the times stand the CPU seconds that server, mongod and redis-server took for
each operation: these hold on a busy machine too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from app.embedded.server import free_port
from bench.lean import KINDS, Crew, Taken
from config import ROOT

PASSWORD = "counting-for-the-bench"
ROUNDS = 4
READY_S = 120
PARTS = {"server": "wsgi.py", "mongod": "mongod", "redis": "redis-server"}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Side:
    """A running program, its crew of devices, and what was measured so far."""

    name: str
    crew: Crew
    pids: dict[str, int]
    taken: list[Taken] = field(default_factory=list)
    cpu_s: dict[str, list[float]] = field(default_factory=dict)

    def turn(self, kind: str) -> None:
        """One turn of the load."""
        before = {part: _cpu_s(pid) for part, pid in self.pids.items()}
        taken = KINDS[kind](self.crew)
        self.taken.append(taken)
        for part, pid in self.pids.items():
            each = (_cpu_s(pid) - before[part]) / taken.done
            self.cpu_s.setdefault(part, []).append(each)

    def row(self) -> str:
        """The medians over all turns."""
        times = sorted(t for taken in self.taken for t in taken.times_ms)
        shares = [times[int(len(times) * share)] for share in (0.5, 0.95)]
        rate = median(taken.done / taken.seconds for taken in self.taken)
        cpu = [median(self.cpu_s[part]) * 1e6 for part in PARTS]
        told = [*(f"{t:.1f}" for t in shares), f"{rate:,.0f}", *(f"{c:,.0f}" for c in cpu)]
        return f"| {self.name} | {' | '.join(told)} |"


def compare(roots: dict[str, Path], kind: str, rounds: int) -> str:
    """Both sides' figures as a table."""
    with _running("before", roots["before"]) as before, _running("after", roots["after"]) as after:
        for turn in range(rounds):
            for side in (before, after) if turn % 2 else (after, before):
                side.turn(kind)
    heads = ["p50 ms", "p95 ms", "a second", *(f"{part} CPU µs each" for part in PARTS)]
    lines = [f"| {kind} | {' | '.join(heads)} |", "| --- |" + " ---: |" * len(heads)]
    return "\n".join([*lines, before.row(), after.row()])


@contextmanager
def _running(name: str, root: Path) -> Iterator[Side]:
    with tempfile.TemporaryDirectory(prefix="stockverify-bench-") as folder:
        port = free_port()
        environ = os.environ | {
            "PORT": str(port),
            "STOCKVERIFY_DATA_DIR": folder,
            "STOCKVERIFY_DEMO_PASSWORD": PASSWORD,
            "RATE_LIMIT_PER_MINUTE": "1000000",
            "JOB_WORKERS": "0",
        }
        with Path(folder, "log").open("wb") as log:
            command = [root / ".venv/bin/python", "wsgi.py"]
            server = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=root)
            try:
                _wait_ready(port)
                yield Side(name, Crew(port, PASSWORD), _pids(server.pid))
            finally:
                server.terminate()
                server.wait(timeout=20)


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


def _pids(server: int) -> dict[str, int]:
    """The server and its two private servers."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text("ascii").split()
    found = {"server": server}
    for pid in children:
        name = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
        found |= {part: int(pid) for part, program in PARTS.items() if name.endswith(program)}
    return found


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process so far, of the user and of the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    trees = {"before": Path(sys.argv[1]).resolve(), "after": ROOT}
    print(compare(trees, sys.argv[2], int(sys.argv[3]) if sys.argv[3:] else ROUNDS))
