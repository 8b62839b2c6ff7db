"""Punctuality: how soon after its end a lease is told to have ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuality:
    """The leases that ended in the last day, the latest of them to be told in seconds, and racks
    that are still taken by a lease that ended more than two seconds ago.
    """

    ended: int
    worst_s: float
    overdue: int
