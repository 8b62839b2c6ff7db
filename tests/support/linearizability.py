"""Whether a history of operations that ran side by side could have come from one after another.

The checker of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) with the memory of
Lowe ("Testing for Linearizability", 2017): it looks for an order of the operations in which each
takes effect at one moment between its invocation and its response, and the model allows its result.
An operation whose outcome nobody knows has no response: it may take effect at any time after its
invocation, or never.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

NEVER = math.inf


@dataclass(frozen=True)
class Operation:
    """One call: what was asked, what came of it (None: nobody knows), and between which moments."""

    asked: Any
    result: Any
    began: float
    ended: float = NEVER

    @property
    def is_open(self):
        """Whether its outcome is unknown."""
        return self.ended == NEVER


Step = Callable[[Hashable, Operation], Iterable[Hashable]]
"""The states that an operation may lead to from one; none where its result is impossible there."""


@dataclass(frozen=True)
class Verdict:
    """Whether there is such an order; else how far one gets, and what fits nowhere after that."""

    holds: bool
    order: tuple[Operation, ...] = ()
    stuck_at: Hashable = None
    misfits: tuple[Operation, ...] = ()

    def __str__(self):
        if self.holds:
            return "linearizable"
        lines = [
            "no order fits. The longest that does ends with:",
            *(f"  {_shown(op)}" for op in self.order[-8:]),
            f"in state {self.stuck_at}, and none of these may come next:",
            *(f"  {_shown(op)}" for op in self.misfits),
        ]
        return "\n".join(lines)


def check(history: Sequence[Operation], step: Step, start: Hashable) -> Verdict:
    """Look for an order; every state that was tried with the same operations done is tried once."""
    operations = sorted(history, key=lambda op: op.began)
    needed = sum(1 << i for i, op in enumerate(operations) if not op.is_open)
    tried = {(0, start)}
    paths: list[tuple[int, Hashable, tuple[int, ...]]] = [(0, start, ())]
    best = paths[0]
    while paths:
        done, state, order = path = paths.pop()
        if done & needed == needed:
            return Verdict(holds=True, order=tuple(operations[i] for i in order))
        if len(order) > len(best[2]):
            best = path
        for i in _next_of(operations, done):
            for after in step(state, operations[i]):
                key = (done | 1 << i, after)
                if key not in tried:
                    tried.add(key)
                    paths.append((*key, (*order, i)))
    done, state, order = best
    return Verdict(
        holds=False,
        order=tuple(operations[i] for i in order),
        stuck_at=state,
        misfits=tuple(operations[i] for i in _next_of(operations, done)),
    )


def _next_of(operations: Sequence[Operation], done: int) -> list[int]:
    """Which may be next: those that began before any other that is left had ended. The last to be
    tried first, so that operations with an outcome come before those without one.
    """
    left = [i for i in range(len(operations)) if not done >> i & 1]
    horizon = min((operations[i].ended for i in left), default=NEVER)
    ready = [i for i in left if operations[i].began <= horizon]
    return sorted(ready, key=lambda i: operations[i].ended, reverse=True)


def _shown(op: Operation) -> str:
    until = "?" if op.is_open else f"{op.ended:.3f}"
    return f"[{op.began:.3f} … {until}] {op.asked} → {op.result}"
