"""Child processes that are kept running: whoever dies is replaced, until all are told to end."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app import processes

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
HEALTHY_SECONDS = 10.0
"""A process that lived this long did not die of its start; it is replaced at once."""
LOOK_EVERY_S = 0.5
INHERITED = "STOCKVERIFY_LISTENER"
"""Names the descriptor of the listening socket that a process inherits."""
READY = "STOCKVERIFY_READY"
"""Names the descriptor that a process writes to once it serves."""


class Kept:
    """One process, and its successors. `name` is what people are told; `gift` is the descriptor
    that all of them inherit, told by INHERITED.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        environ: Mapping[str, str],
        gift: int | None = None,
    ) -> None:
        self._name = name
        self._command = command
        self._environ = environ
        self._gift = gift
        self._pause = 0.0
        self._next_start = 0.0
        self._news = _News(None)
        self.leaving: list[processes.Child] = []
        """Processes that were told to end, and still serve who is connected."""
        self._start()

    def _start(self) -> None:
        self._started = time.monotonic()
        self.child, news = self._another()
        self._news.replace(news)

    def wait_ready(self, within: float) -> bool:
        """Whether the process says in time that it serves."""
        return self._news.comes(within)

    def succeed(self, within: float) -> None:
        """Start a successor beside the process, and end that one once the other is ready. Where it
        does not get ready, all stays as it was.
        """
        successor, pipe = self._another()
        if not _News(pipe).comes(within):
            sys.stderr.write(f"{self._name} {successor.pid} does not get ready.\n")
            processes.stop(successor, within=within)
            return
        self.child.terminate()
        self.leaving.append(self.child)
        self.child, self._started = successor, time.monotonic()

    def _another(self) -> tuple[processes.Child, int | None]:
        """A process of this kind; and where to read that it is ready, if it has a gift to serve."""
        if self._gift is None:
            return processes.start(self._command, env=self._environ), None
        news, told = os.pipe()
        environ = {**self._environ, INHERITED: str(self._gift), READY: str(told)}
        gifts = (self._gift, told)
        try:
            return processes.start(self._command, env=environ, pass_fds=gifts), news
        finally:
            os.close(told)

    def replace_if_dead(self) -> None:
        """Start a dead one again; after longer and longer pauses if it dies at its start."""
        self.leaving = [child for child in self.leaving if child.poll() is None]
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
        gift: int | None = None,
    ) -> None:
        """`gift`: a descriptor that all of them inherit."""
        self._number = number
        self._making = (name, command, environ, gift)
        self._kept: list[Kept] = []
        self._stops = False

    def start(self) -> None:
        self._kept = [Kept(*self._making) for _ in range(self._number)]

    def look(self) -> None:
        """Replace whoever died."""
        for kept in self._kept:
            if not self._stops:
                kept.replace_if_dead()

    def wait_ready(self, within: float) -> bool:
        """Whether all of them serve in time."""
        return all(kept.wait_ready(within) for kept in self._kept)

    def renew(self, within: float) -> None:
        """Replace all, one after another, each by a successor that is ready before it goes."""
        for kept in self._kept:
            kept.succeed(within)

    def keep(self, sleep: Callable[[float], None]) -> None:
        """Start them, and look after them until `stop`."""
        self.start()
        while not self._stops:
            sleep(LOOK_EVERY_S)
            self.look()

    @property
    def children(self) -> list[processes.Child]:
        return [child for kept in self._kept for child in (kept.child, *kept.leaving)]

    def stop(self, within: float) -> None:
        """End all of them, and start no other."""
        self._stops = True
        processes.stop(*self.children, within=within)


class _News:
    """The end of a pipe at which a process says once that it is ready. None: it has nothing to say,
    or has said it.
    """

    def __init__(self, pipe: int | None) -> None:
        self._pipe = pipe

    def replace(self, pipe: int | None) -> None:
        """Listen to another process from now on."""
        if self._pipe is not None:
            os.close(self._pipe)
        self._pipe = pipe

    def comes(self, within: float) -> bool:
        """Whether it is said in time; a process that ends says nothing."""
        if self._pipe is None:
            return True
        try:
            heard = select.select([self._pipe], [], [], within)[0] and os.read(self._pipe, 1)
        finally:
            self.replace(None)
        return bool(heard)
