"""Long rows of things, a handful at a time, so that no more of them is held in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunks(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """The things in lists of at most `size`, as they come."""
    rest = iter(things)
    while chunk := list(islice(rest, size)):
        yield chunk
