"""What is left of a batch whose records clash over serial numbers, without any I/O."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from app.sync.aftermath import added_in
from app.sync.records import Accepted, ConflictType, Parked
from app.sync.work import Work
from tests.support.builders import NOON, a_held_rack, a_record, a_world, an_identity

BOB = an_identity("bob")


@pytest.fixture
def work():
    """Two versions of a count: the first is written while the second waits for a serial that a
    parked record gives up.
    """
    clash = a_record("s1", serial_numbers=("SN1", "SN2"))
    first = a_record("s1", item_code="A", verified_qty=7)
    second = replace(
        first,
        item_code="B",
        serial_numbers=("SN2",),
        base_rev=1,
        updated_at=NOON + timedelta(minutes=5),
    )
    work = Work([clash, first, second], world=a_world(), now=NOON)
    drafts = work.judge()
    work.lose_serials(drafts, {"SN1": "another's"})
    assert [draft.record for draft in work.still_accepted(drafts)] == [first]
    found = {first.client_record_id: work.world.records[first.client_record_id]}
    work.learn(set(), work.unseen(set()), found, {})
    (draft,) = work.judge()
    assert (draft.record, draft.over) == (second, 1)
    assert not work.is_due
    return work


def verdicts(work):
    return [verdict for _, verdict in work.outcome()]


def test_both_versions_stand_and_count_as_one(work):
    clash, *both = verdicts(work)
    assert clash.conflict_type is ConflictType.DUPLICATE_SERIAL
    assert both == [Accepted(1), Accepted(2)]
    (added,) = added_in(work)
    assert (added.session_id, added.records, added.pieces) == ("s1", 1, 7)
    assert (added.items, added.given_up) == ({"A", "B"}, {"A"})


def test_both_versions_are_too_late_together(work):
    late = work.park_the_late({"G-01": a_held_rack(BOB, fence=2)})

    assert [draft.rev for draft in late] == [2, 1]
    assert all(isinstance(verdict, Parked) for verdict in verdicts(work))
    assert added_in(work) == []
    assert {serial for serial, _, _ in work.serials_to_free()} == {"SN1", "SN2"}
