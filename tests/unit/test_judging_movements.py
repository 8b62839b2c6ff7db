"""What becomes of issues and receipts: each by itself, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.items.movement import (
    BadMovement,
    Booked,
    Kept,
    Movement,
    MovementError,
    MovementKind,
    Unbooked,
    judge,
    to_keep,
)
from tests.support.builders import NOON

ONE = Movement(movement_id="m1", item_code="85123A", qty=-5, at=NOON)


def judged(*sent, kept=(), book_moments=None, now=NOON):
    known = {one.movement_id: as_kept(one) for one in kept}
    moments = {"85123A": None} if book_moments is None else book_moments
    return judge(sent, kept=known, book_moments=moments, now=now)


def as_kept(movement, *, in_book=False):
    return Kept(movement=movement, in_book=in_book, received_at=NOON, moved_by="u1")


def verdicts(*sent, **more):
    return [verdict for _, verdict in judged(*sent, **more)]


def test_what_leaves_is_below_zero_and_keeps_its_amount():
    assert (ONE.kind, ONE.amount) == (MovementKind.ISSUE, 5)
    assert replace(ONE, qty=2).kind is MovementKind.RECEIPT


def test_the_same_movement_twice_in_one_request_is_kept_once():
    result = judged(ONE, ONE)
    assert [verdict for _, verdict in result] == [Booked(in_book=False), Booked(in_book=False)]
    assert list(to_keep(result, {})) == [(ONE, False)]


def test_a_movement_that_is_kept_already_is_booked_and_not_kept_again():
    result = judged(ONE, kept=[ONE])
    assert [verdict for _, verdict in result] == [Booked(in_book=False)]
    assert list(to_keep(result, {"m1": as_kept(ONE)})) == []


def test_a_retry_is_booked_though_its_item_is_gone_by_now():
    assert verdicts(ONE, kept=[ONE], book_moments={}) == [Booked(in_book=False)]


def test_an_id_with_other_content_is_refused_and_the_first_stays():
    other = replace(ONE, qty=-6)
    for refused in (verdicts(ONE, other)[1], verdicts(other, kept=[ONE])[0]):
        assert isinstance(refused, Unbooked)
        assert refused.error_type is MovementError.OTHER_CONTENT


def test_an_unknown_item_is_refused_by_name():
    (refused,) = verdicts(ONE, book_moments={})
    assert (refused.error_type, refused.details) == (
        MovementError.UNKNOWN_ITEM,
        {"item_code": "85123A"},
    )


def test_a_movement_of_next_week_has_not_happened():
    (refused,) = verdicts(replace(ONE, at=NOON + timedelta(days=7)))
    assert refused.error_type is MovementError.INVALID_MOVEMENT
    assert list(refused.details) == ["at"]


def test_a_figure_of_a_later_moment_has_the_movement_already():
    for moment, has_it in ((NOON, True), (NOON - timedelta(milliseconds=1), False)):
        assert verdicts(ONE, book_moments={"85123A": moment}) == [Booked(in_book=has_it)]


ANY = st.one_of(
    st.builds(
        Movement,
        movement_id=st.sampled_from("abc"),
        item_code=st.sampled_from(["1", "2", "unknown"]),
        qty=st.sampled_from([-1, 1, 2]),
        at=st.just(NOON),
    ),
    st.builds(BadMovement, movement_id=st.sampled_from("abc"), errors=st.just({"qty": ["…"]})),
)


@given(st.lists(ANY, max_size=12), st.lists(ANY, max_size=12))
def test_requests_in_any_order_book_each_id_once(first, second):
    moments = {"1": None, "2": None}
    kept = {}
    for sent in (first, second, first):
        result = judge(sent, kept=kept, book_moments=moments, now=NOON)
        assert [one for one, _ in result] == sent
        new = [one for one, _ in to_keep(result, kept)]
        assert len({one.movement_id for one in new}) == len(new)
        assert not kept.keys() & {one.movement_id for one in new}
        kept = kept | {one.movement_id: as_kept(one) for one in new}
        for one, verdict in result:
            if isinstance(verdict, Booked):
                assert kept[one.movement_id].movement == one
