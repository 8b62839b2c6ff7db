"""A batch is answered first; its progress is added and told a moment later, for all together."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from pymongo.errors import AutoReconnect

from app.sessions.finish import FinishWish, Uncounted
from app.sync.batch import Batches
from tests.support.builders import (
    a_record,
    an_identity,
    batches_on,
    claim,
    plan_racks,
    session,
)
from tests.support.catalogue import a_row
from tests.support.round_trips import counted_batches

ADA = an_identity("ada")
RACKS = ("G-01", "G-02", "G-03")


@pytest.fixture(autouse=True)
def _racks(warehouse):
    plan_racks(warehouse, *RACKS)


def figures(warehouse, session_id):
    progress = session(warehouse, session_id).progress
    return progress.records, progress.pieces, progress.items


def progress_told(warehouse):
    return [
        (event.data["session_id"], event.data["progress"]["records"])
        for event in warehouse.event_log.since(0)
        if event.data["type"] == "progress"
    ]


def test_the_batches_of_a_session_are_told_once_with_the_sum(warehouse):
    session_id = claim(warehouse, "G-01", ADA).session_id
    for code in ("A", "B", "A"):
        warehouse.batches.sync([a_record(session_id, item_code=code, verified_qty=2)], by=ADA)
    assert figures(warehouse, session_id) == (0, 0, 0)

    warehouse.batches.news.follow_up()

    assert figures(warehouse, session_id) == (3, 6, 2)
    assert progress_told(warehouse) == [(session_id, 3)]
    warehouse.batches.news.follow_up()
    assert figures(warehouse, session_id) == (3, 6, 2)


def test_an_item_that_comes_and_goes_before_it_is_told_is_none(warehouse):
    session_id = claim(warehouse, "G-01", ADA).session_id
    wrong = {"client_record_id": "c1", "item_code": "WRONG"}
    warehouse.batches.sync([a_record(session_id, **wrong)], by=ADA)
    right = wrong | {"item_code": "RIGHT", "base_rev": 1}
    warehouse.batches.sync([a_record(session_id, **right)], by=ADA)
    warehouse.batches.news.follow_up()
    assert session(warehouse, session_id).counted_items == {"RIGHT"}


def test_a_session_that_ended_meanwhile_is_told_as_it_is(warehouse):
    session_id = claim(warehouse, "G-01", ADA).session_id
    warehouse.batches.sync([a_record(session_id)], by=ADA)
    warehouse.leases.release("G-01", by=ADA)
    warehouse.batches.news.follow_up()
    assert figures(warehouse, session_id) == (1, 10, 1)
    *_, told = (event.data for event in warehouse.event_log.since(0))
    assert (told["type"], told["status"]) == ("progress", "released")


def test_a_turn_that_failed_half_way_adds_nothing_twice(warehouse, monkeypatch):
    session_id = claim(warehouse, "G-01", ADA).session_id
    add_progress = warehouse.standing.add_progress

    def cut_off(added):
        add_progress(added)
        raise AutoReconnect("no answer")

    warehouse.batches.sync([a_record(session_id)], by=ADA)
    with monkeypatch.context() as patch:
        patch.setattr(warehouse.standing, "add_progress", cut_off)
        with pytest.raises(AutoReconnect):
            warehouse.batches.news.follow_up()
    warehouse.batches.sync([a_record(session_id)], by=ADA)
    warehouse.batches.news.follow_up()

    assert figures(warehouse, session_id) == (2, 20, 1)


class Slow(Batches):
    """Batches between whose judgement and write something else happens."""

    meanwhile: Callable[[], None]

    def _settle(self, work):
        self.meanwhile()
        super()._settle(work)


def test_an_item_that_comes_back_while_it_is_taken_out_stays(warehouse):
    """The batch read its session when that still had the item."""
    session_id = claim(warehouse, "G-01", ADA).session_id
    wrong = a_record(session_id, client_record_id="c1", item_code="X")
    warehouse.batches.sync([wrong], by=ADA)
    warehouse.batches.news.follow_up()
    gone = {"verified_qty": 0, "voided": True, "base_rev": 1}
    warehouse.batches.sync([replace(wrong, **gone)], by=ADA)
    again = batches_on(warehouse, kind=Slow)
    again.meanwhile = warehouse.batches.news.follow_up
    again.sync([a_record(session_id, item_code="X")], by=ADA)
    again.news.follow_up()
    assert session(warehouse, session_id).counted_items == {"X"}


def test_two_sessions_and_three_cost_the_same(warehouse, settings, clock):
    costs, leases = [], [claim(warehouse, rack_id, ADA) for rack_id in RACKS]
    with counted_batches(settings, clock) as (batches, _, _, trips):
        for number in (1, 2, 3):  # the first opens the connections
            for lease in leases[:number]:
                batches.sync([a_record(lease.session_id)], by=ADA)
            costs.append(trips.of(batches.news.follow_up))
        assert trips.of(batches.news.follow_up) == (0, 0)
    assert costs[1:] == [(3, 1), (3, 1)]


def test_progress_that_a_killed_process_did_not_tell_is_right_once_the_session_is_sealed(warehouse):
    session_id = claim(warehouse, "G-01", ADA).session_id
    warehouse.batches.sync([a_record(session_id, item_code="A")], by=ADA)
    warehouse.batches.news.follow_up()
    warehouse.batches.sync([a_record(session_id, item_code="B")], by=ADA)
    warehouse.batches.news._afterwards._waiting.clear()  # the kill
    warehouse.leases.release("G-01", by=ADA)
    assert figures(warehouse, session_id) == (1, 10, 1)

    warehouse.proofs.catch_up()

    assert figures(warehouse, session_id) == (2, 20, 2)


@pytest.mark.parametrize("end", ["finished", "expired"])
def test_progress_of_which_nothing_was_told_is_right_once_the_session_is_sealed(
    warehouse, clock, end
):
    session_id = claim(warehouse, "G-01", ADA).session_id
    warehouse.batches.sync([a_record(session_id)], by=ADA)
    warehouse.batches.news._afterwards._waiting.clear()  # the kill
    if end == "finished":
        warehouse.finish.complete(session_id, FinishWish(), by=ADA)
    else:
        clock.move(61)
        warehouse.sweep.expire_due()
    assert figures(warehouse, session_id) == (0, 0, 0)

    warehouse.proofs.catch_up()

    assert figures(warehouse, session_id) == (1, 10, 1)


def test_a_session_that_comes_back_while_it_is_sealed_counts_nothing_twice(
    warehouse, clock, monkeypatch
):
    session_id = claim(warehouse, "G-01", ADA).session_id
    warehouse.batches.sync([a_record(session_id)], by=ADA)
    warehouse.batches.news.follow_up()
    clock.move(61)
    warehouse.sweep.expire_due()
    seal = warehouse.proofs._custody.seal

    def a_phone_returns(*rack):
        seal(*rack)
        warehouse.batches.sync([a_record(session_id)], by=ADA)

    with monkeypatch.context() as patch:
        patch.setattr(warehouse.proofs._custody, "seal", a_phone_returns)
        warehouse.proofs.catch_up()
    warehouse.batches.news.follow_up()

    assert session(warehouse, session_id).is_open
    assert figures(warehouse, session_id) == (2, 20, 1)


def test_a_finish_answers_what_was_counted_with_its_zeros(warehouse):
    session_id = claim(warehouse, "G-01", ADA).session_id
    warehouse.imports.load_items([a_row("Z", rack="G-01")])
    warehouse.batches.sync([a_record(session_id, item_code="A")], by=ADA)
    for _ in "once", "again":
        finished = warehouse.finish.complete(
            session_id, FinishWish(others=Uncounted.ZERO), by=ADA
        ).progress
        assert (finished.records, finished.items, finished.pieces) == (2, 2, 10)


def test_progress_told_after_its_session_was_sealed_is_not_counted_twice(warehouse):
    session_id = claim(warehouse, "G-01", ADA).session_id
    for code in ("A", "B"):
        warehouse.batches.sync([a_record(session_id, item_code=code)], by=ADA)
        if code == "A":
            warehouse.batches.news.follow_up()
    warehouse.leases.release("G-01", by=ADA)
    warehouse.proofs.catch_up()
    warehouse.batches.news.follow_up()
    warehouse.proofs.catch_up()
    assert figures(warehouse, session_id) == (2, 20, 2)
