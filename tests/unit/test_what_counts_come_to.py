"""Agreement of passes, variance from the book, and what may be decided: the rules, without I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import LineFrozen, LineNotCounted, NoSuchPass, StocktakeClosed
from app.items.movement import Kept, Movement
from app.stocktakes.line import (
    SETTLED,
    Book,
    CountLine,
    LineItem,
    LineKey,
    LineStatus,
    Outcome,
    PassCount,
    Ruling,
)
from app.stocktakes.rules import Approval, approved, judge, wants_another_pass
from app.stocktakes.stocktake import Stocktake, StocktakeStatus, Tolerance
from app.stocktakes.what_if import judged
from tests.support.builders import NOON

MINUTE = timedelta(minutes=1)
EXACT = Tolerance()


def a_stocktake(**fields):
    usual = {
        "stocktake_id": "st1",
        "name": "Year-end",
        "warehouse": "Main",
        "floors": (),
        "status": StocktakeStatus.OPEN,
        "blind": False,
        "double_count": False,
        "tolerance": EXACT,
        "created_by": "sue",
        "created_at": NOON,
        "book_at": NOON,
    }
    return Stocktake(**usual | fields)


def a_line(*passes, book=10, price=2, **fields):
    usual = {
        "key": LineKey("st1", "G-01", "A1"),
        "floor": "Ground",
        "item": LineItem(
            item_name="A ONE",
            category=None,
            uom="EA",
            price=price,
            item_known=True,
            expected_here=True,
        ),
        "book": Book(qty=book, at=NOON),
        "passes": passes,
        "outcome": Outcome(status=LineStatus.UNCOUNTED),
        "said": None,
        "recount_after": None,
        "ruling": None,
        "rev": 0,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return CountLine(**usual | fields)


def a_pass(counted, *, by="ada", fence=1, minutes=10, damaged=0):
    return PassCount(
        fence=fence,
        pass_no=fence,
        session_id=f"s{fence}",
        user_id=by,
        name=by.title(),
        counted=counted,
        damaged=damaged,
        records=1,
        at=NOON + minutes * MINUTE,
    )


def moved(qty, *, minutes, heard=None):
    at = NOON + minutes * MINUTE
    return Kept(
        movement=Movement(movement_id=f"m{minutes}", item_code="A1", qty=qty, at=at),
        in_book=False,
        received_at=at if heard is None else NOON + heard * MINUTE,
        moved_by="erp",
    )


def result(line, *movements, stocktake=None):
    return judge(line, line.passes, movements, stocktake or a_stocktake())


def status_of(line, **stocktake):
    return result(line, stocktake=a_stocktake(**stocktake))[1].status


def test_what_nobody_counted_has_no_figure_and_no_variance():
    _, outcome = result(a_line())
    assert outcome.status is LineStatus.UNCOUNTED
    assert (outcome.counted, outcome.variance, outcome.within_tolerance) == (None, None, None)


def test_the_variance_is_in_units_and_in_money():
    _, outcome = result(a_line(a_pass(7), book=10, price=2.5))
    assert (outcome.status, outcome.counted) == (LineStatus.COUNTED, 7)
    assert (outcome.variance, outcome.variance_value) == (-3, -7.5)
    assert not outcome.within_tolerance


@pytest.mark.parametrize(
    ("tolerance", "variance", "allowed"),
    [
        (Tolerance(), 0, True),
        (Tolerance(), 1, False),
        (Tolerance(pieces=2), -2, True),
        (Tolerance(pieces=2), 3, False),
        (Tolerance(percent=10), 10, True),
        (Tolerance(percent=10), 11, False),
        (Tolerance(value=5), 2, True),
        (Tolerance(value=5), 3, False),
        (Tolerance(pieces=50, percent=10, value=1000), 11, False),
        (Tolerance(pieces=50, percent=50, value=5), 3, False),
    ],
)
def test_a_difference_must_keep_every_limit_that_is_set(tolerance, variance, allowed):
    assert tolerance.admits(variance, of=100, price=2) is allowed


def test_a_limit_in_money_says_nothing_of_goods_without_a_price():
    assert Tolerance(value=5, pieces=100).admits(50, of=100, price=0)


def test_two_people_who_agree_settle_a_line_without_a_signature():
    line = a_line(a_pass(7), a_pass(7, by="bob", fence=2))
    assert status_of(line, double_count=True) is LineStatus.AGREED


def test_one_person_cannot_agree_with_themself():
    line = a_line(a_pass(7), a_pass(7, fence=2))
    assert status_of(line, double_count=True) is LineStatus.DISPUTED


def test_a_second_pass_within_tolerance_agrees_and_the_newer_figure_stands():
    line = a_line(a_pass(100), a_pass(102, by="bob", fence=2), book=100)
    _, outcome = result(line, stocktake=a_stocktake(tolerance=Tolerance(pieces=2)))
    assert (outcome.status, outcome.counted) == (LineStatus.AGREED, 102)


def test_a_third_person_decides_what_two_disagree_on():
    passes = [a_pass(7), a_pass(9, by="bob", fence=2), a_pass(7, by="cid", fence=3)]
    _, outcome = result(a_line(*passes))
    assert (outcome.status, outcome.counted) == (LineStatus.AGREED, 7)


def test_three_who_disagree_are_left_to_a_supervisor():
    passes = [a_pass(7), a_pass(9, by="bob", fence=2), a_pass(8, by="cid", fence=3)]
    assert status_of(a_line(*passes)) is LineStatus.DISPUTED


def test_damage_has_to_agree_too():
    line = a_line(a_pass(7, damaged=0), a_pass(7, by="bob", fence=2, damaged=3))
    assert status_of(line, double_count=True) is LineStatus.DISPUTED


def test_the_first_pass_of_a_double_count_waits_for_the_second():
    assert status_of(a_line(a_pass(10)), double_count=True) is LineStatus.WAITING


def test_what_was_issued_before_the_count_is_no_variance():
    book, outcome = result(a_line(a_pass(7)), moved(-3, minutes=5))
    assert (book.qty, book.moved, book.expected) == (10, -3, 7)
    assert outcome.variance == 0


def test_what_was_issued_after_the_count_does_not_change_its_variance():
    book, outcome = result(a_line(a_pass(7)), moved(-3, minutes=30))
    assert (book.moved, outcome.variance) == (0, -3)


def test_a_movement_that_the_book_had_at_the_start_counts_once():
    book, _ = result(a_line(a_pass(7)), moved(-3, minutes=-5, heard=-1))
    assert book.moved == 0


def test_a_movement_from_before_the_start_that_was_told_later_is_taken_off():
    book, outcome = result(a_line(a_pass(7)), moved(-3, minutes=-5, heard=8))
    assert (book.moved, outcome.variance) == (-3, 0)


def test_two_passes_around_a_movement_agree():
    passes = [a_pass(10, minutes=10), a_pass(8, by="bob", fence=2, minutes=30)]
    _, outcome = result(a_line(*passes), moved(-2, minutes=20))
    assert (outcome.status, outcome.variance) == (LineStatus.AGREED, 0)


def test_only_a_later_pass_ends_a_recount():
    asked = a_line(a_pass(7), recount_after=1)
    assert status_of(asked) is LineStatus.RECOUNT
    again = replace(asked, passes=(a_pass(7), a_pass(7, by="bob", fence=2)))
    assert status_of(again) is LineStatus.AGREED


# ── what a double count asks for ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("double", "pass_no", "status", "wanted"),
    [
        (False, 1, LineStatus.DISPUTED, False),
        (True, 1, LineStatus.WAITING, True),
        (True, 2, LineStatus.AGREED, False),
        (True, 2, LineStatus.DISPUTED, True),
        (True, 3, LineStatus.DISPUTED, False),
    ],
)
def test_a_double_count_asks_for_as_many_passes_as_it_needs(double, pass_no, status, wanted):
    line = a_line(outcome=Outcome(status=status))
    stocktake = a_stocktake(double_count=double)
    assert wants_another_pass([line], pass_no, stocktake) is wanted


# ── decisions ────────────────────────────────────────────────────────────────────────────────────


def counted(*passes, **fields):
    line = a_line(*passes, **fields)
    return replace(line, outcome=result(line)[1])


def approve(line, wish=None, *movements, **stocktake):
    now = NOON + 60 * MINUTE
    return approved(line, wish or Approval(), movements, a_stocktake(**stocktake), now)


def test_approval_takes_the_figure_that_stands():
    _, outcome = approve(counted(a_pass(7)))
    assert (outcome.status, outcome.counted, outcome.variance) == (LineStatus.APPROVED, 7, -3)


def test_approval_may_take_another_pass():
    line = counted(a_pass(7), a_pass(9, by="bob", fence=2))
    assert approve(line, Approval(fence=1))[1].counted == 7


def test_the_book_is_taken_for_the_moment_of_the_pass_that_was_approved():
    line = counted(a_pass(10, minutes=10), a_pass(9, by="bob", fence=2, minutes=30))
    book, outcome = approve(line, Approval(fence=1), moved(-1, minutes=20))
    assert (book.moved, outcome.variance) == (0, 0)


def test_a_pass_that_is_not_there_cannot_be_approved():
    with pytest.raises(NoSuchPass):
        approve(counted(a_pass(7)), Approval(fence=9))


def test_not_counted_is_not_zero_until_a_person_says_so():
    with pytest.raises(LineNotCounted):
        approve(a_line())
    _, outcome = approve(a_line(), Approval(zero=True))
    assert (outcome.counted, outcome.variance) == (0, -10)


def test_a_decided_line_stays_as_it_is():
    ruling = Ruling(decision=LineStatus.APPROVED, user_id="u", username="sue", at=NOON, note="")
    line = a_line(a_pass(7), outcome=Outcome(status=LineStatus.APPROVED), ruling=ruling)
    with pytest.raises(LineFrozen) as refusal:
        approve(line)
    assert refusal.value.facts["by"] == "sue"


def test_nothing_is_decided_in_a_closed_stocktake():
    with pytest.raises(StocktakeClosed):
        approve(counted(a_pass(7)), status=StocktakeStatus.CLOSED)


# ── for every order of passes ────────────────────────────────────────────────────────────────────

people = st.sampled_from(["ada", "bob", "cid", "dan"])
quantities = st.integers(0, 20)
tolerances = st.builds(Tolerance, pieces=st.none() | st.integers(0, 5))
pass_lists = st.lists(st.tuples(people, quantities), max_size=5).map(
    lambda found: [
        a_pass(qty, by=person, fence=fence, minutes=fence)
        for fence, (person, qty) in enumerate(found, 1)
    ]
)


@given(pass_lists, tolerances, st.booleans())
def test_a_line_is_agreed_only_where_two_different_people_agree(passes, tolerance, double):
    stocktake = a_stocktake(tolerance=tolerance, double_count=double)
    _, outcome = result(a_line(*passes), stocktake=stocktake)
    pairs = [
        (a, b)
        for a in passes
        for b in passes
        if a.user_id != b.user_id and abs(a.counted - b.counted) <= (tolerance.pieces or 0)
    ]
    assert (outcome.status is LineStatus.AGREED) == bool(pairs)
    assert outcome.counted is None or outcome.counted in {p.counted for p in passes}
    if outcome.status not in SETTLED:
        assert not pairs


@given(pass_lists.filter(bool), st.integers(0, 5), st.integers(0, 5))
def test_a_wider_tolerance_never_settles_less(passes, narrow, more):
    lines = [a_line(*passes)]
    tight = judged(lines, a_stocktake(tolerance=Tolerance(pieces=narrow)))
    wide = judged(lines, a_stocktake(tolerance=Tolerance(pieces=narrow + more)))
    assert wide.agreed >= tight.agreed
