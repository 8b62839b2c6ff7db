"""Acts at the same moment, by threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier


def at_once(*acts):
    """What the acts return, in their order; all start together. The first error is raised."""
    start = Barrier(len(acts))

    def run(act):
        start.wait(10)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
