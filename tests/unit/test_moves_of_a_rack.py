"""The table of moves: each move from each state by each kind of person, and what holds for all."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.auth.identity import Holder, Role
from app.errors import (
    CannotAssign,
    DomainError,
    IllegalMove,
    LeaseLost,
    NotAllowed,
    NothingOffered,
    NotHolder,
    NotYourSession,
    PassTaken,
    RackAssigned,
    RackLocked,
)
from app.racks.rack import RackStatus
from app.racks.rules import (
    MOVES,
    By,
    Move,
    check_accept,
    check_assign,
    check_move,
    check_own,
    check_visible,
    locked,
    refused,
)
from tests.support.builders import a_held_rack, a_rack, a_session, an_account, an_identity

COUNTS = {Role.COUNTER, Role.DEVICE, Role.SUPERVISOR, Role.ADMIN}
STEERS = {Role.SUPERVISOR, Role.ADMIN}
HOLDERS_MOVES = {
    Move.PAUSE: {RackStatus.ACTIVE},
    Move.RESUME: {RackStatus.PAUSED},
    Move.RELEASE: {RackStatus.ACTIVE, RackStatus.PAUSED},
    Move.COMPLETE: {RackStatus.ACTIVE, RackStatus.PAUSED},
    Move.HAND_OVER: {RackStatus.ACTIVE, RackStatus.PAUSED},
    Move.TAKE_OVER: {RackStatus.ACTIVE, RackStatus.PAUSED},
}
HELD = (RackStatus.ACTIVE, RackStatus.PAUSED)
SUE = an_identity("sue", Role.SUPERVISOR)


def in_state(status, holder):
    return a_held_rack(holder, status=status) if status in HELD else a_rack(status=status)


def refusal(rack, move, by):
    """The class of the error that refuses the move, None where it is legal."""
    try:
        check_move(rack, move, by)
    except DomainError as error:
        return type(error)
    return None


@pytest.mark.parametrize(("status", "role"), [*product(RackStatus, Role)])
def test_a_claim_is_legal_of_a_free_rack_by_who_counts(status, role):
    rack = in_state(status, an_identity("ada"))

    expected = {
        RackStatus.AVAILABLE: None,
        RackStatus.COMPLETED: IllegalMove,
    }.get(status, RackLocked)
    assert refusal(rack, Move.CLAIM, an_identity("ben", role)) is (
        expected if role in COUNTS else NotAllowed
    )


@pytest.mark.parametrize(("move", "status", "role"), [*product(HOLDERS_MOVES, HELD, Role)])
def test_the_holders_moves_are_legal_from_their_states(move, status, role):
    by = an_identity("ada", role)

    legal = None if status in HOLDERS_MOVES[move] else IllegalMove
    assert refusal(in_state(status, by), move, by) is (legal if role in COUNTS else NotAllowed)


@pytest.mark.parametrize(("move", "status", "role"), [*product(HOLDERS_MOVES, RackStatus, COUNTS)])
def test_the_holders_moves_are_nobody_elses(move, status, role):
    rack = in_state(status, an_identity("ada"))

    assert refusal(rack, move, an_identity("ben", role)) is NotHolder


@pytest.mark.parametrize(("status", "role"), [*product(RackStatus, Role)])
def test_a_forced_release_is_a_supervisors_of_a_held_rack(status, role):
    rack = in_state(status, an_identity("ada"))

    legal = None if status in HELD else IllegalMove
    assert refusal(rack, Move.FORCE_RELEASE, an_identity("sue", role)) is (
        legal if role in STEERS else NotAllowed
    )


@pytest.mark.parametrize(("status", "role"), [*product(RackStatus, Role)])
def test_a_recount_is_a_supervisors_from_every_state(status, role):
    rack = in_state(status, an_identity("ada"))

    expected = None if role in STEERS else NotAllowed
    assert refusal(rack, Move.RECOUNT, an_identity("sue", role)) is expected


@pytest.mark.parametrize("role", Role)
def test_an_expiry_is_the_clocks_and_nobody_elses(role):
    by = an_identity("ada", role)

    assert refusal(a_held_rack(by), Move.EXPIRE, by) is NotAllowed


def test_a_recount_is_refused_to_who_took_an_earlier_pass():
    rack = a_rack(pass_no=3, recount=True, counted_by=("u-ada", "u-ben"))

    assert refusal(rack, Move.CLAIM, an_identity("ada")) is PassTaken
    assert refusal(rack, Move.CLAIM, an_identity("cleo")) is None


def test_every_move_stands_in_the_table():
    assert MOVES.keys() == set(Move)


def test_no_move_but_complete_leads_to_completed():
    assert {m for m, rule in MOVES.items() if rule.end is RackStatus.COMPLETED} == {Move.COMPLETE}


@given(
    move=st.sampled_from(Move),
    status=st.sampled_from(RackStatus),
    role=st.sampled_from(Role),
    who=st.sampled_from(("ada", "ben")),
    counted_by=st.sets(st.sampled_from(("u-ada", "u-ben"))),
)
def test_a_legal_move_is_of_the_right_person_from_a_state_of_its_rule(
    move, status, role, who, counted_by
):
    by = an_identity(who, role)
    rack = in_state(status, an_identity("ada"))
    rule = MOVES[move]

    if refusal(rack, move, by) is None:
        assert status in rule.start
        assert rule.by is not By.CLOCK
        assert role in (STEERS if rule.by is By.SUPERVISOR else COUNTS)
        assert rule.by is not By.HOLDER or who == "ada"
        assert move is not Move.CLAIM or rack.holder is None


def test_a_locked_rack_names_who_counts_it_and_since_when():
    rack = a_held_rack(an_identity("ada"))

    error = locked(rack)

    assert error.facts["holder"] == {"user_id": "u-ada", "username": "ada", "name": "Ada"}
    assert error.facts["since"] == "2025-12-11T12:00:00.000Z"
    assert error.detail == "Ada is counting rack G-01. Choose another rack."


def test_a_locked_rack_without_a_known_holder_names_somebody():
    assert locked(a_rack()).detail.startswith("Somebody is counting rack G-01.")


@pytest.mark.parametrize(("status", "role"), [*product(RackStatus, Role)])
def test_an_assignment_is_a_supervisors_of_a_free_rack(status, role):
    rack = in_state(status, an_identity("ada"))

    legal = None if status is RackStatus.AVAILABLE else IllegalMove
    assert refusal(rack, Move.ASSIGN, an_identity("sue", role)) is (
        legal if role in STEERS else NotAllowed
    )


def test_an_assigned_rack_is_claimed_by_nobody_else():
    rack = a_rack(assigned_to=Holder.of(an_identity("ada")))

    assert refusal(rack, Move.CLAIM, an_identity("ada")) is None
    assert refusal(rack, Move.CLAIM, an_identity("ben")) is RackAssigned
    assert refusal(rack, Move.CLAIM, an_identity("sue", Role.SUPERVISOR)) is RackAssigned


@pytest.mark.parametrize("move", [Move.FORCE_RELEASE, Move.RECOUNT])
def test_an_assignment_bars_no_supervisors_move(move):
    rack = a_held_rack(an_identity("ada"), assigned_to=Holder.of(an_identity("ada")))

    assert refusal(rack, move, an_identity("sue", Role.SUPERVISOR)) is None


@pytest.mark.parametrize(
    ("to", "counted_by"),
    [
        (an_account("ada", Role.AUDITOR), ()),
        (an_account("ada", active=False), ()),
        (an_account("ada"), ("u-ada",)),
    ],
)
def test_a_rack_is_assigned_to_nobody_who_cannot_count_it(to, counted_by):
    with pytest.raises(CannotAssign):
        check_assign(a_rack(counted_by=counted_by), to, SUE)


@pytest.mark.parametrize("status", RackStatus)
def test_an_assignment_may_be_ended_in_every_state(status):
    check_assign(in_state(status, an_identity("ada")), None, SUE)
    with pytest.raises(NotAllowed):
        check_assign(in_state(status, an_identity("ada")), None, an_identity("ben"))


def test_an_offer_is_accepted_by_whom_it_was_made_to():
    rack = a_held_rack(an_identity("ada"), offered_to="u-ben")

    check_accept(rack, an_identity("ben"))
    with pytest.raises(NothingOffered):
        check_accept(rack, an_identity("cleo"))


def test_an_offer_of_a_rack_nobody_holds_is_none():
    with pytest.raises(NothingOffered):
        check_accept(a_rack(offered_to="u-ben"), an_identity("ben"))


def test_an_offer_of_a_recount_is_not_for_an_earlier_counter():
    rack = a_held_rack(an_identity("ada"), offered_to="u-ben", counted_by=("u-ben",))

    with pytest.raises(PassTaken):
        check_accept(rack, an_identity("ben"))


@pytest.mark.parametrize("move", HOLDERS_MOVES)
def test_a_holder_who_was_too_late_learns_that_the_lease_is_lost(move):
    assert isinstance(refused(a_rack(), move), LeaseLost)


@pytest.mark.parametrize("move", [Move.FORCE_RELEASE, Move.RECOUNT])
def test_a_supervisor_who_was_too_late_learns_the_racks_state(move):
    error = refused(a_rack(status=RackStatus.COMPLETED), move)

    assert isinstance(error, IllegalMove)
    assert error.facts["state"] == "completed"


def test_a_session_is_its_counters_own():
    session = a_session(holder=Holder.of(an_identity("ada")))

    check_own(session, an_identity("ada"))
    with pytest.raises(NotYourSession):
        check_own(session, an_identity("sue", Role.SUPERVISOR))


@pytest.mark.parametrize("role", Role)
def test_a_session_is_seen_by_its_counter_and_who_reads_all(role):
    session = a_session(holder=Holder.of(an_identity("ada")))

    check_visible(session, an_identity("ada", role))
    if role in STEERS | {Role.AUDITOR}:
        check_visible(session, an_identity("sue", role))
    else:
        with pytest.raises(NotYourSession):
            check_visible(session, an_identity("sue", role))
