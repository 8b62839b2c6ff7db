"""Child processes that are kept running: whoever dies is replaced, until all are told to end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app import processes

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
HEALTHY_SECONDS = 10.0
"""A process that lived this long did not die of its start; it is replaced at once."""
LOOK_EVERY_S = 0.5


class Kept:
    """One process, and its successors. `name` is what people are told."""

    def __init__(
        self, name: str, command: Sequence[str | Path], environ: Mapping[str, str]
    ) -> None:
        self._name = name
        self._command = command
        self._environ = environ
        self._pause = 0.0
        self._next_start = 0.0
        self._start()

    def _start(self) -> None:
        self._started = time.monotonic()
        self.child = processes.start(self._command, env=self._environ)

    def replace_if_dead(self) -> None:
        """Start a dead one again; after longer and longer pauses if it dies at its start."""
        code, now = self.child.poll(), time.monotonic()
        if code is None:
            return
        if not self._next_start:
            healthy = now - self._started > HEALTHY_SECONDS
            self._pause = 0.0 if healthy else min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
            self._next_start = now + self._pause
            told = f"{self._name} {self.child.pid} ended with code {code}; another starts."
            sys.stderr.write(f"{told}\n")
        if now >= self._next_start:
            self._next_start = 0.0
            self._start()


class Keeper:
    """Keeps a number of processes running. Start them from the main thread: they end with it."""

    def __init__(
        self,
        number: int,
        name: str,
        command: Sequence[str | Path],
        environ: Mapping[str, str],
    ) -> None:
        self._number = number
        self._making = (name, command, environ)
        self._kept: list[Kept] = []
        self._stops = False

    def start(self) -> None:
        self._kept = [Kept(*self._making) for _ in range(self._number)]

    def look(self) -> None:
        """Replace whoever died."""
        for kept in self._kept:
            if not self._stops:
                kept.replace_if_dead()

    def keep(self, sleep: Callable[[float], None]) -> None:
        """Start them, and look after them until `stop`."""
        self.start()
        while not self._stops:
            sleep(LOOK_EVERY_S)
            self.look()

    @property
    def children(self) -> list[processes.Child]:
        return [kept.child for kept in self._kept]

    def stop(self, within: float) -> None:
        """End all of them, and start no other."""
        self._stops = True
        processes.stop(*self.children, within=within)
