"""Offer and accept: the token moves to a colleague, who goes on counting under it."""

from __future__ import annotations

import pytest

from app.auth.identity import Holder, Role
from app.errors import NothingOffered, NotHolder, PassTaken, TooManySessions
from app.racks.leases import ClaimWish
from app.racks.rack import LeaseState, SessionStatus
from tests.support.app import add_counter, signed_in
from tests.support.builders import (
    an_identity,
    claim,
    complete,
    open_sessions,
    plan_racks,
    rack,
    session,
    told,
)

ADA = an_identity("counter")
BEN = an_identity("ben")
CLEO = an_identity("cleo")
SUE = an_identity("supervisor", Role.SUPERVISOR)


@pytest.fixture
def lease(warehouse):
    """Ada's lease of rack G-01."""
    plan_racks(warehouse, "G-01", "G-02", "G-03", "G-04", "G-05", "G-06")
    return claim(warehouse, "G-01", ADA)


def offer(warehouse, to, by=ADA):
    return warehouse.leases.offer("G-01", by=by, colleague=Holder.of(to))


def accept(warehouse, by):
    return warehouse.leases.accept("G-01", by=by, wish=ClaimWish())


def test_an_accepted_rack_keeps_its_token_under_a_new_session(warehouse, lease):
    offer(warehouse, BEN)

    handed = accept(warehouse, BEN)

    held = rack(warehouse, "G-01")
    assert handed.fence == lease.fence == held.fence
    assert held.session_id == handed.session_id != lease.session_id
    assert (held.holder.user_id, held.offered_to) == (BEN.user_id, None)
    assert session(warehouse, handed.session_id).status is SessionStatus.ACTIVE
    assert warehouse.locks.get_rack_lock("G-01").session_id == handed.session_id


def test_whoever_handed_the_rack_over_holds_it_no_more(warehouse, lease):
    offer(warehouse, BEN)
    accept(warehouse, BEN)

    assert session(warehouse, lease.session_id).status is SessionStatus.RELEASED
    assert warehouse.heartbeats.beat(lease.session_id, by=ADA).state is LeaseState.ENDED
    with pytest.raises(NotHolder):
        warehouse.leases.release("G-01", by=ADA)


def test_an_offer_alone_changes_nothing(warehouse, lease):
    offer(warehouse, BEN)

    assert rack(warehouse, "G-01").session_id == lease.session_id
    assert told(warehouse) == [("claimed", "G-01")]


def test_the_colleague_is_told_of_the_offer_by_name(warehouse, lease):
    offer(warehouse, BEN)

    last = list(warehouse.event_log.since(0))[-1]
    assert (last.name, last.data["user_id"]) == ("notification", BEN.user_id)
    assert last.data["message"] == "Counter offers you rack G-01."


def test_nobody_else_may_accept_an_offer(warehouse, lease):
    offer(warehouse, BEN)

    with pytest.raises(NothingOffered):
        accept(warehouse, CLEO)


def test_a_second_offer_takes_back_the_first(warehouse, lease):
    offer(warehouse, BEN)
    offer(warehouse, CLEO)

    with pytest.raises(NothingOffered):
        accept(warehouse, BEN)
    assert accept(warehouse, CLEO).fence == lease.fence


def test_only_the_holder_offers_a_rack(warehouse, lease):
    with pytest.raises(NotHolder):
        offer(warehouse, BEN, by=CLEO)


def test_an_offer_ends_with_the_lease(warehouse, lease, clock):
    offer(warehouse, BEN)
    clock.move(60)
    warehouse.sweep.expire_due()
    claim(warehouse, "G-01", CLEO)

    with pytest.raises(NothingOffered):
        accept(warehouse, BEN)


def test_a_colleague_with_five_racks_accepts_no_sixth(warehouse, lease):
    for n in range(2, 7):
        claim(warehouse, f"G-0{n}", BEN)
    offer(warehouse, BEN)

    with pytest.raises(TooManySessions):
        accept(warehouse, BEN)

    assert rack(warehouse, "G-01").session_id == lease.session_id
    assert session(warehouse, lease.session_id).status is SessionStatus.ACTIVE
    assert len(open_sessions(warehouse, BEN)) == 5


def test_a_recount_is_not_handed_to_who_took_an_earlier_pass(warehouse, lease):
    complete(warehouse, lease, ADA)
    warehouse.leases.recount("G-01", by=SUE, reason="again")
    claim(warehouse, "G-01", BEN)
    offer(warehouse, ADA, by=BEN)

    with pytest.raises(PassTaken):
        accept(warehouse, ADA)


def test_a_rack_is_offered_and_accepted_over_http(app, lease):
    client = app.test_client()
    ada = signed_in(client)
    add_counter(app, "ben", password="correct horse battery")
    offered = client.post("/api/racks/G-01/offer", json={"username": "ben"}, headers=ada)

    taken = client.post("/api/racks/G-01/accept", headers=signed_in(client, "ben"))

    assert (offered.status_code, offered.json["message"]) == (200, "Offered to Ada.")
    assert (taken.status_code, taken.json["fencing_token"]) == (200, lease.fence)
