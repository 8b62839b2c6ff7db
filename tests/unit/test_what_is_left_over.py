"""What is seen without an owner for long enough is left over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.leftovers import Unowned

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
GRACE = timedelta(hours=1)


def test_what_is_seen_for_the_first_time_may_still_be_in_the_making():
    unowned = Unowned(GRACE)
    assert unowned.left_over(["a"], NOON) == []
    assert unowned.left_over(["a", "b"], NOON + GRACE) == ["a"]


def test_what_had_an_owner_in_between_waits_anew():
    unowned = Unowned(GRACE)
    unowned.left_over(["a"], NOON)
    unowned.left_over([], NOON + GRACE / 2)
    assert unowned.left_over(["a"], NOON + GRACE) == []
    assert unowned.left_over(["a"], NOON + 2 * GRACE) == ["a"]
