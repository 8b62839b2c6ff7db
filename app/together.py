"""Together: what comes while a round trip is under way shares the next one.

Under load one command then serves many requests, and one flush of the journal makes all their
writes durable. Nobody waits for a time: where there was company lately, whoever can run at once may
come along, and a request that is alone goes at once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")
K = TypeVar("K")
V = TypeVar("V")

MOST = 32
"""Questions of one round, so that none of them grows without bound."""
LATELY = 8
"""Rounds after one that had company: their leaders let the others run once before they ask."""


class Together(Generic[Q, A]):
    """Calls of one kind, as few rounds of `ask`, which answers the questions in their order.

    A round begins after all of its questions were put, so that no answer is older than its
    question. What fails a round is raised to each of its callers, and to those who wait for the
    next one: they would wait for the same server as long once more.
    """

    def __init__(self, ask: Callable[[Sequence[Q]], Sequence[A]], most: int = MOST) -> None:
        self._ask = ask
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[_Call[Q, A]] = deque()
        self._busy = False
        self._company = 0

    def __call__(self, question: Q) -> A:
        """The answer. Raises what `ask` raised."""
        call: _Call[Q, A] = _Call(question)
        with self._lock:
            self._waiting.append(call)
            leads, self._busy = not self._busy, True
        if not leads:
            call.gate.acquire()  # until it is answered, or it is its turn to lead a round
        if not call.is_settled:
            self._lead()
        if call.failure is not None:
            raise call.failure
        return call.answer

    def _lead(self) -> None:
        """Ask for the caller and who waits with it, then let the next one lead."""
        if self._company:
            time.sleep(0)  # whoever can run now may come along
        with self._lock:
            number = min(len(self._waiting), self._most)
            calls = [self._waiting.popleft() for _ in range(number)]
        try:
            answers = self._ask([call.question for call in calls])
            for call, answer in zip(calls, answers, strict=True):
                call.answer, call.is_settled = answer, True
        except BaseException as failure:
            with self._lock:
                calls += self._waiting
                self._waiting.clear()
            for call in calls:
                call.failure, call.is_settled = failure, True
            raise
        finally:
            self._hand_on(calls)

    def _hand_on(self, calls: Collection[_Call[Q, A]]) -> None:
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._busy = following is not None
            had_company = self._busy or len(calls) > 1
            self._company = LATELY if had_company else max(0, self._company - 1)
        for call in calls:
            call.gate.release()
        if following is not None:
            following.gate.release()


class _Call(Generic[Q, A]):
    """A question on its way. `gate` opens when it is settled, or when it is to lead."""

    __slots__ = ("answer", "failure", "gate", "is_settled", "question")

    answer: A

    def __init__(self, question: Q) -> None:
        self.question = question
        self.failure: BaseException | None = None
        self.is_settled = False
        self.gate = threading.Lock()
        self.gate.acquire()


def joined(
    ask: Callable[[list[Q]], Iterable[A]], most: int = MOST
) -> Together[Sequence[Q], list[A]]:
    """`ask` for the questions of several callers, one list behind the other: each gets the answers
    to its own; none, where `ask` could give none.
    """

    def ask_all(lists: Sequence[Sequence[Q]]) -> list[list[A]]:
        answers = iter(ask(list(chain.from_iterable(lists))))
        return [list(islice(answers, len(questions))) for questions in lists]

    return Together(ask_all, most)


def lookup(read: Callable[[list[K]], Mapping[K, V]]) -> Together[Collection[K], dict[K, V]]:
    """`read` by several callers together: each gets what there is of the keys that it named."""

    def ask(wanted: Sequence[Collection[K]]) -> list[dict[K, V]]:
        found = read(list(set[K]().union(*wanted)))
        return [{key: found[key] for key in keys if key in found} for keys in wanted]

    return Together(ask)
