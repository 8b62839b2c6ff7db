"""The whole program in a folder of its own, what its processes use, and what is put into it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import jwt
from pymongo import MongoClient

from app import processes
from app.auth.identity import Account, Identity, Role
from app.auth.store import AuthStore
from app.db.client import Db
from app.embedded import settings_beside
from app.embedded.server import free_port
from app.stocktakes.layout import NewRack
from app.warehouse import Warehouse, build
from bench.load import Crowd, Device
from config import ROOT, Settings

LOG = ROOT / "test-results" / "bench-server.log"
"""What the last program said."""
READY_S = 180
STOP_S = 20
DAY_S = 86_400
TICKS = os.sysconf("SC_CLK_TCK")
KINDS = {"mongod": "mongod", "redis-server": "redis", "wsgi.py": "server", "app.job_worker": "jobs"}
RACKS_A_ROW = 50


@dataclass
class Program:
    """A running program. `warehouse` works on its servers from this process, to set things up;
    `db` is its database for what takes longer than a request may.
    """

    pid: int
    db: Db
    settings: Settings
    warehouse: Warehouse
    crowd: Crowd
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    def people(self, number: int, role: Role = Role.COUNTER) -> list[Device]:
        """New accounts, each signed in on a device of its own. Nobody has a password: a thousand
        of argon2's hashes would take longer than what is measured.
        """
        accounts = [self._account(next(self._numbers), role) for _ in range(number)]
        AuthStore(self.warehouse.db).add_missing(accounts)
        opened = [self.warehouse.sign_ins.open(account, None) for account in accounts]
        return [self.crowd.device(self._token(each.identity), each.identity) for each in opened]

    def racks(self, number: int, prefix: str = "B", floors: int = 4) -> list[str]:
        """New racks of these floors, `prefix-0000` and so on; their ids."""
        boss = self.people(1, Role.SUPERVISOR)[0].identity
        racks = [
            NewRack(
                rack_id=f"{prefix}-{n:04}",
                floor=f"{prefix}{n % floors}",
                zone="Bench",
                row=n // floors // RACKS_A_ROW + 1,
                column=n // floors % RACKS_A_ROW + 1,
            )
            for n in range(number)
        ]
        return self.warehouse.layout.add(racks, by=boss)

    def processes(self) -> dict[str, list[int]]:
        """The numbers of the program's processes, by what they are."""
        found: dict[str, list[int]] = {kind: [] for kind in KINDS.values()}
        for pid in (self.pid, *_children(self.pid)):
            words = Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
            for mark, kind in KINDS.items():
                if mark in words:
                    found[kind].append(pid)
                    break
        if len(found["server"]) > 1:
            found["server"].remove(self.pid)  # it only looks after the others
        return found

    def memory_mb(self) -> float:
        """Resident memory of the largest server process."""
        return max(resident_kb(pid) for pid in self.processes()["server"]) / 1024

    @contextmanager
    def cpu(self) -> Iterator[dict[str, float]]:
        """Seconds of processor time that each part uses in the block, and that the machine's host
        gave to others (`stolen`); filled at its end.
        """
        before, used, own, stolen = self._cpu(), {}, _load_s(), stolen_s()
        started = time.perf_counter()
        yield used
        used |= {kind: seconds - before[kind] for kind, seconds in self._cpu().items()}
        used |= {"load": _load_s() - own, "wall": time.perf_counter() - started}
        used["stolen"] = stolen_s() - stolen

    def _cpu(self) -> dict[str, float]:
        return {kind: sum(map(cpu_s, pids)) for kind, pids in self.processes().items()}

    def _account(self, number: int, role: Role) -> Account:
        name = f"bench-{role.value}-{number}"
        return Account(
            user_id=name,
            username=name,
            name=name.title(),
            role=role,
            active=True,
            created_at=self.warehouse.clock.now(),
        )

    def _token(self, identity: Identity) -> str:
        """An access token as `app/api/auth.py` makes it."""
        now = int(time.time())
        claims = {
            "iat": now,
            "nbf": now,
            "exp": now + DAY_S,
            "jti": uuid4().hex,
            "type": "access",
            "sub": identity.user_id,
            "username": identity.username,
            "name": identity.name,
            "role": identity.role.value,
            "sign_in": identity.sign_in_id,
            "device_id": None,
            "fresh": False,
        }
        return jwt.encode(claims, self.settings.jwt_secret, "HS256")


class Peak:
    """By how many MB the largest server process grew at its peak since now."""

    def __init__(self, running: Program) -> None:
        self._before = {pid: resident_kb(pid) for pid in running.processes()["server"]}
        for pid in self._before:
            Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")

    def grown_mb(self) -> float:
        return max(resident_kb(pid, "VmHWM") - kb for pid, kb in self._before.items()) / 1024


@asynccontextmanager
async def program(*, workers: int = 1, job_workers: int = 0) -> AsyncIterator[Program]:
    """The program with the demo warehouse, on loopback, ended with the block."""
    with tempfile.TemporaryDirectory(prefix="stockverify-bench-") as folder:
        port, data = free_port(), Path(folder, "var")
        environ = os.environ | {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "WORKERS": str(workers),
            "JOB_WORKERS": str(job_workers),
            "STOCKVERIFY_DATA_DIR": str(data),
            "STOCKVERIFY_DEMO_PASSWORD": uuid4().hex,
            "RATE_LIMIT_PER_MINUTE": "1000000",
        }
        LOG.parent.mkdir(exist_ok=True)
        LOG.write_text("")
        server = processes.start([sys.executable, ROOT / "wsgi.py"], output=LOG, env=environ)
        try:
            await asyncio.to_thread(_wait_ready, port, server)
            settings = settings_beside(Settings(data_dir=data))
            with closing(build(settings)) as warehouse, MongoClient(settings.mongo_uri) as mongo:
                async with Crowd(port) as crowd:
                    db = mongo[settings.mongo_db]
                    yield Program(server.pid, db, settings, warehouse, crowd)
        finally:
            processes.stop(server, within=STOP_S)


def _load_s() -> float:
    """What this process and those that it has for its screens have used."""
    return time.process_time() + sum(cpu_s(p.pid) for p in multiprocessing.active_children())


def stolen_s() -> float:
    """Seconds of the cores that the host of this virtual machine gave to others since its start:
    while it does, everything here waits, and no figure is the program's own.
    """
    cores = Path("/proc/stat").read_text("ascii").splitlines()[0].split()
    return int(cores[8]) / TICKS


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has used; 0 for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_kb(pid: int, name: str = "VmRSS") -> int:
    """Memory of a process in kB: VmRSS now, VmHWM at its peak."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def _children(pid: int) -> list[int]:
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [int(word) for word in words]


def _wait_ready(port: int, server: processes.Child) -> None:
    deadline = time.monotonic() + READY_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
        except OSError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise
            time.sleep(0.1)
        else:
            return
