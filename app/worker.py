"""Work in a process of its own: `python -m app.worker import <import_id>`.

Reading 100,000 rows takes seconds of pure Python. In the server's process they would hold up every
heartbeat, and their memory would stay; here they end with the work.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Sequence
from contextlib import closing

from app import processes
from app.warehouse import build
from config import ROOT, Settings

MEMORY_BYTES = 2 * 1024**3
"""A file that needs more is not read; the server never feels it."""
NICENESS = 10
"""Counters' requests come first."""
MAX_WORKERS = 2
"""Of one server process; what is not started now, is at the next turn of the loop."""


class Workers:
    """Starts workers beside a server process, and buries those that ended."""

    def __init__(self, settings: Settings) -> None:
        self._environ = {**os.environ, **settings.as_env()}
        self._children: list[processes.Child] = []

    def start(self, import_id: str) -> None:
        """Have an import worked on. Where too many run, the import waits."""
        self._children = [child for child in self._children if child.poll() is None]
        if len(self._children) >= MAX_WORKERS:
            return
        command = [sys.executable, "-m", "app.worker", "import", import_id]
        self._children.append(processes.start(command, env=self._environ))


def main(words: Sequence[str]) -> int:
    """Do what the words say, and end."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    what, import_id = words
    if what != "import":
        return 2
    with closing(build(Settings.from_env())) as warehouse:
        warehouse.import_jobs.work(import_id)
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
