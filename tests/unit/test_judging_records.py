"""What becomes of a record: each rule, their order, and any sequence of versions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.auth.identity import Holder
from app.racks.rack import SessionStatus
from app.sync import rules
from app.sync.records import (
    Accepted,
    ConflictType,
    ErrorType,
    Parked,
    Refused,
    Same,
    conflict_id_of,
)
from tests.support import builders
from tests.support.builders import NOON, a_held_rack, a_rack, a_record, a_world, an_identity

ADA = an_identity("ada")
BOB = an_identity("bob")
LATER = NOON + timedelta(minutes=5)


def a_session(by=ADA, **fields):
    return builders.a_session(holder=Holder.of(by), **fields)


def judge_all(world, *records):
    """The verdicts of records one after another, each accepted one known to the next."""
    verdicts = []
    for record in records:
        verdict = rules.judge(record, world)
        if isinstance(verdict, Accepted):
            rules.accept(record, world, verdict.rev)
        verdicts.append(verdict)
    return verdicts


def conflict_type(record, world):
    verdict = rules.judge(record, world)
    assert isinstance(verdict, Parked), verdict
    return verdict.conflict_type


def error_type(record, world):
    verdict = rules.judge(record, world)
    assert isinstance(verdict, Refused), verdict
    return verdict.error_type


# Each rule


def test_a_count_of_the_holder_becomes_revision_one():
    assert rules.judge(a_record("s1"), a_world()) == Accepted(rev=1)


def test_a_count_of_no_session_is_refused():
    assert error_type(a_record("nowhere"), a_world()) is ErrorType.UNKNOWN_SESSION


def test_a_count_in_anothers_session_is_refused():
    world = a_world(session=a_session(BOB))
    assert error_type(a_record("s1"), world) is ErrorType.NOT_YOUR_SESSION


def test_more_damaged_than_counted_is_an_invalid_quantity():
    record = a_record("s1", verified_qty=2, damage_qty=2.5)
    assert conflict_type(record, a_world()) is ConflictType.INVALID_QUANTITY


def test_all_counted_pieces_may_be_damaged():
    record = a_record("s1", verified_qty=2, damage_qty=2)
    assert rules.judge(record, a_world()) == Accepted(rev=1)


def test_a_count_at_a_rack_that_somebody_holds_is_rack_locked():
    world = a_world(racks=[a_held_rack(ADA), a_held_rack(BOB, rack_id="G-02")])
    verdict = rules.judge(a_record("s1", rack_id="G-02"), world)
    assert verdict.conflict_type is ConflictType.RACK_LOCKED
    assert verdict.details == {"rack_id": "G-02", "holder": "Bob"}


@pytest.mark.parametrize("others", [[], [a_rack(rack_id="G-02")]])
def test_a_count_at_a_rack_that_nobody_holds_is_at_the_wrong_rack(others):
    world = a_world(racks=[a_held_rack(ADA), *others])
    assert conflict_type(a_record("s1", rack_id="G-02"), world) is ConflictType.WRONG_RACK


def test_a_count_that_names_its_sessions_rack_is_accepted():
    assert rules.judge(a_record("s1", rack_id="G-01"), a_world()) == Accepted(rev=1)


def test_a_count_after_somebody_took_the_rack_is_of_a_stale_lease():
    world = a_world(racks=[a_held_rack(BOB, fence=2)])
    verdict = rules.judge(a_record("s1"), world)
    assert verdict.conflict_type is ConflictType.STALE_LEASE
    assert verdict.details == {"fence": 1, "fence_now": 2, "holder": "Bob"}


def test_an_expired_lease_of_a_free_rack_still_counts():
    world = a_world(session=a_session(status=SessionStatus.EXPIRED), racks=[a_rack(fence=1)])
    assert rules.judge(a_record("s1"), world) == Accepted(rev=1)


def test_a_count_after_a_recount_was_asked_is_of_a_stale_lease():
    world = a_world(
        session=a_session(status=SessionStatus.EXPIRED), racks=[a_rack(fence=1, pass_no=2)]
    )
    assert conflict_type(a_record("s1"), world) is ConflictType.STALE_LEASE


@pytest.mark.parametrize("ended", [SessionStatus.COMPLETED, SessionStatus.RELEASED])
def test_a_count_of_an_ended_session_finds_it_closed(ended):
    world = a_world(session=a_session(status=ended), racks=[a_rack(fence=1)])
    assert conflict_type(a_record("s1"), world) is ConflictType.SESSION_CLOSED


def test_a_serial_of_an_earlier_record_is_a_duplicate():
    first, second = (a_record("s1", serial_numbers=("SN1",)) for _ in "12")
    world = a_world()
    _, verdict = judge_all(world, first, second)
    assert verdict.conflict_type is ConflictType.DUPLICATE_SERIAL
    assert verdict.details == {"serial_number": "SN1", "held_by": first.client_record_id}


def test_a_serial_that_an_earlier_version_dropped_is_free():
    first = a_record("s1", serial_numbers=("SN1",))
    without = replace(first, serial_numbers=(), updated_at=LATER)
    third = a_record("s1", serial_numbers=("SN1",))
    assert judge_all(a_world(), first, without, third)[2] == Accepted(rev=1)


# Versions


def test_the_same_content_again_changes_nothing():
    record = a_record("s1")
    assert judge_all(a_world(), record, record) == [Accepted(rev=1), Same(rev=1)]


def test_a_newer_time_wins_without_a_base_revision():
    record = a_record("s1")
    newer = replace(record, verified_qty=11, updated_at=LATER)
    assert judge_all(a_world(), record, newer) == [Accepted(rev=1), Accepted(rev=2)]


@pytest.mark.parametrize("updated_at", [NOON, NOON - timedelta(seconds=1)])
def test_other_content_that_is_not_newer_is_a_stale_update(updated_at):
    record = a_record("s1")
    other = replace(record, verified_qty=11, updated_at=updated_at)
    _, verdict = judge_all(a_world(), record, other)
    assert verdict.conflict_type is ConflictType.STALE_UPDATE
    assert verdict.details["server"]["verified_qty"] == 10
    assert verdict.details["server_rev"] == 1
    assert verdict.details["client"]["verified_qty"] == 11


def test_a_base_revision_decides_against_a_lying_clock():
    record = a_record("s1")
    behind = replace(record, verified_qty=11, base_rev=1, updated_at=NOON - timedelta(days=900))
    ahead = replace(record, verified_qty=12, base_rev=1, updated_at=NOON + timedelta(days=900))
    first, second, third = judge_all(a_world(), record, behind, ahead)
    assert (first, second) == (Accepted(rev=1), Accepted(rev=2))
    assert third.conflict_type is ConflictType.STALE_UPDATE


def test_an_earlier_version_again_is_still_the_same():
    record = a_record("s1")
    newer = replace(record, verified_qty=11, updated_at=LATER)
    assert judge_all(a_world(), record, newer, record)[2] == Same(rev=2)


def test_an_id_of_another_session_is_refused_with_the_field():
    record = a_record("s1")
    world = a_world()
    judge_all(world, record)
    world.records[record.client_record_id] = replace(
        world.records[record.client_record_id], session_id="s0"
    )
    verdict = rules.judge(replace(record, verified_qty=11, updated_at=LATER), world)
    assert verdict.error_type is ErrorType.INVALID_RECORD
    assert "client_record_id" in verdict.details


# The order of the rules


def parked_by_everything():
    """A world in which a record of s1 breaks every rule, and that record."""
    record = a_record("s1", rack_id="G-02", verified_qty=1, damage_qty=2, serial_numbers=("SN1",))
    world = a_world(
        session=a_session(status=SessionStatus.COMPLETED),
        racks=[a_held_rack(BOB, fence=2), a_held_rack(BOB, rack_id="G-02")],
    )
    rules.accept(replace(record, verified_qty=9, updated_at=LATER), world, 1)
    rules.accept(a_record("s1", serial_numbers=("SN1",)), world, 1)
    return record, world


def test_a_retry_is_fine_before_every_other_rule():
    record, world = parked_by_everything()
    rules.accept(record, world, 2)
    assert rules.judge(record, world) == Same(rev=2)


def test_a_retry_of_a_conflict_is_that_conflict_before_every_rule():
    record, world = parked_by_everything()
    conflict_id = conflict_id_of(ADA.user_id, record)
    before = Parked(ConflictType.WRONG_RACK, "Elsewhere.", {}, conflict_id)
    world.parked = {conflict_id: before}
    assert rules.judge(record, world) == replace(before, already=True)


def test_the_rules_come_in_the_order_that_is_promised():
    record, world = parked_by_everything()
    assert conflict_type(record, world) is ConflictType.INVALID_QUANTITY
    record = replace(record, damage_qty=0)
    assert conflict_type(record, world) is ConflictType.RACK_LOCKED
    record = replace(record, rack_id=None)
    assert conflict_type(record, world) is ConflictType.STALE_LEASE
    world.racks = {"G-01": a_rack(fence=1)}
    assert conflict_type(record, world) is ConflictType.SESSION_CLOSED
    world.sessions = {"s1": a_session()}
    assert conflict_type(record, world) is ConflictType.STALE_UPDATE
    record = replace(record, base_rev=1)
    assert conflict_type(record, world) is ConflictType.DUPLICATE_SERIAL
    assert rules.judge(replace(record, serial_numbers=()), world) == Accepted(rev=2)


def test_another_users_record_is_refused_before_any_conflict():
    record, world = parked_by_everything()
    theirs = world.records[record.client_record_id]
    world.records[record.client_record_id] = replace(theirs, user_id=BOB.user_id)
    assert error_type(record, world) is ErrorType.INVALID_RECORD


def test_anothers_record_is_never_the_same_as_mine():
    record = a_record("s1")
    world = a_world()
    judge_all(world, record)
    theirs = replace(world.records[record.client_record_id], user_id=BOB.user_id)
    world.records[record.client_record_id] = theirs
    assert error_type(record, world) is ErrorType.INVALID_RECORD


# Losing the race


@pytest.mark.parametrize(("fence", "late"), [(1, False), (2, True)])
def test_a_higher_fence_after_the_write_means_too_late(fence, late):
    assert rules.lost_the_race(a_session(), a_held_rack(BOB, fence=fence)) is late


def test_a_forgotten_version_leaves_the_one_before():
    record = a_record("s1", serial_numbers=("SN1",))
    newer = replace(record, serial_numbers=("SN1", "SN2"), updated_at=LATER)
    world = a_world()
    judge_all(world, record)
    before = world.records[record.client_record_id]
    judge_all(world, newer)
    rules.forget(record.client_record_id, before, world)
    assert world.records[record.client_record_id] == before
    assert world.serials == {"SN1": record.client_record_id}  # SN2 is free again


# Any sequence

VERSIONS = st.builds(
    dict,
    client_record_id=st.sampled_from("abc"),
    verified_qty=st.integers(0, 2),
    damage_qty=st.integers(0, 1),
    minute=st.integers(0, 3),
    base_rev=st.none() | st.integers(0, 4),
    serial_numbers=st.sets(st.sampled_from(["SN1", "SN2"]), max_size=2).map(sorted).map(tuple),
)


class Model:
    """The rules once more, as short as they can be said: one user, one live session."""

    def __init__(self):
        self.versions = {}
        self.parked = set()

    def expect(self, id_, content, base_rev):
        """What a record comes to: a revision, or the kind of conflict."""
        known = self.versions.get(id_, [])
        if content in known:
            return len(known)
        if (id_, content, base_rev) in self.parked:
            return "parked"
        verdict = self._of_new(id_, content, base_rev)
        if verdict is None:
            self.versions.setdefault(id_, []).append(content)
            return len(self.versions[id_])
        self.parked.add((id_, content, base_rev))
        return verdict

    def _of_new(self, id_, content, base_rev):
        quantity, damage, minute, serials = content
        if damage > quantity:
            return ConflictType.INVALID_QUANTITY
        if known := self.versions.get(id_):
            newer = minute > known[-1][2] if base_rev is None else base_rev == len(known)
            if not newer:
                return ConflictType.STALE_UPDATE
        others = [versions[-1][3] for other, versions in self.versions.items() if other != id_]
        if any(serial in held for held in others for serial in serials):
            return ConflictType.DUPLICATE_SERIAL
        return None


@settings(max_examples=300, deadline=None)
@given(st.lists(VERSIONS, max_size=12))
def test_any_sequence_of_versions_comes_to_what_a_simple_model_says(sent):
    model, world = Model(), a_world(parked={})
    for version in sent:
        minute = version.pop("minute")
        record = a_record("s1", **version, updated_at=NOON + timedelta(minutes=minute))
        content = (record.verified_qty, record.damage_qty, minute, record.serial_numbers)
        expected = model.expect(record.client_record_id, content, record.base_rev)
        (verdict,) = judge_all(world, record)
        if isinstance(verdict, Parked):
            found = "parked" if verdict.already else verdict.conflict_type
            world.parked[conflict_id_of(ADA.user_id, record)] = verdict
        else:
            found = verdict.rev
        assert found == expected
