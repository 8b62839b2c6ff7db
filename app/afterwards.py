"""Afterwards: what requests leave to be done is done for all of them together, a moment after they
were answered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Afterwards(Generic[T]):
    """What waits for the next turn of `do`, one a key: `as_one` makes one of two of the same key,
    the earlier first.
    """

    def __init__(
        self,
        do: Callable[[Sequence[T]], None],
        *,
        key: Callable[[T], str],
        as_one: Callable[[T, T], T],
        lasts: Callable[[T], bool],
    ) -> None:
        self._do = do
        self._key = key
        self._as_one = as_one
        self._lasts = lasts
        self._turn = threading.Lock()
        self._mutex = threading.Lock()
        self._waiting: dict[str, T] = {}

    def note(self, *some: T) -> None:
        """Let these wait for the others."""
        with self._mutex:
            for each in some:
                before = self._waiting.get(self._key(each))
                self._waiting[self._key(each)] = (
                    each if before is None else self._as_one(before, each)
                )

    def follow_up(self) -> None:
        """Do all that waits. What fails is tried again with the next, as long as it `lasts`. Raises
        what `do` raises.
        """
        with self._turn:  # so that a stop waits for a turn that is under way
            with self._mutex:
                waiting, self._waiting = list(self._waiting.values()), {}
            if not waiting:
                return
            try:
                self._do(waiting)
            except BaseException:
                self._put_back(waiting)
                raise

    def _put_back(self, some: Iterable[T]) -> None:
        with self._mutex:
            newer, self._waiting = self._waiting, {self._key(e): e for e in some if self._lasts(e)}
        self.note(*newer.values())
