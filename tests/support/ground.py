"""A mongod and a redis-server that tests may kill, stop, fill and lose."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

from app.embedded import PrivateServers
from app.embedded.server import ServersUnavailable
from app.processes import wait_until

DISK_MB = 700
BALLAST = "ballast"
FULL_S = 30
"""For a server to notice that it cannot write."""


class Ground:
    """A mongod and a redis-server of these tests alone."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self._servers = PrivateServers(self.folder)
        self._servers.start()
        self.mongo_uri, self.redis_url = self._servers.mongo_uri, self._servers.redis_url
        self.mongod, self.redis = self._servers.mongod, self._servers.redis

    def end(self):
        for server in (self.mongod, self.redis):
            if not server.has_ended():
                os.kill(server.child.pid, signal.SIGCONT)
        self._servers.stop()

    @contextmanager
    def without(self, server, *, empty=False):
        """The server is killed for the block and comes back after it, on its old address."""
        server.child.kill()
        server.child.wait()
        try:
            yield
        finally:
            if empty:
                shutil.rmtree(server.folder)
            self._bring_back(server)

    @contextmanager
    def hung(self, server):
        """The server stands still for the block: it takes connections and never answers."""
        os.kill(server.child.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(server.child.pid, signal.SIGCONT)

    @contextmanager
    def full_disk(self):
        """No byte is left for the block; needs `small_disk`. mongod ends where it cannot write its
        journal, sooner or later, so it is begun again after the block; Redis lives on and refuses.
        """
        ballast = self.folder / BALLAST
        with ballast.open("wb") as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
                file.flush()
        try:
            yield
        finally:
            ballast.unlink()
            self.mongod.child.kill()
            self.mongod.child.wait()
            self._bring_back(self.mongod)

    def _bring_back(self, server):
        server.launch()
        try:
            server.wait()
        except ServersUnavailable:  # an aborted mongod may leave its port for a moment
            server.launch()
            server.wait()
        kept = self._servers.mongo_uri, self._servers.redis_url
        assert kept == (self.mongo_uri, self.redis_url)


@contextmanager
def small_disk(folder):
    """A file system of DISK_MB in memory at `folder` for the block; whether there is one: only root
    may mount.
    """
    size = ("-o", f"size={DISK_MB}m")
    mounted = _worked("mount", "-t", "tmpfs", *size, "stockverify-tests", folder)
    try:
        yield mounted
    finally:
        if mounted:
            wait_until(lambda: _worked("umount", folder), FULL_S)


def _worked(*command):
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False
