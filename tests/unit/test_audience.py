"""Who may hear what: the rooms of identities, wishes and events."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from app import events
from app.auth.identity import Holder, Role
from app.live.audience import SUPERVISORS, WatchWish, own_rooms, rooms_of, watched_rooms
from tests.support.builders import an_identity

COUNTER = an_identity("counter")
OTHER = an_identity("other")
SEES_COUNTS = [Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR]
SEES_OWN = [Role.COUNTER, Role.DEVICE]
NO_WISH = WatchWish()
EVERY_WISH = WatchWish(floors=("Ground", "First"), racks=("G-01",))


def of_rack(kind=events.RackClaimed, **fields):
    known = {"rack_id": "G-01", "floor": "Ground", "status": "active", "fence": 1, "pass_no": 1}
    return kind(**known | {"user_id": "u-counter"} | fields)


def of_session(kind=events.SessionProgressed):
    return kind(
        session_id="s1", rack_id="G-01", floor="Ground", user_id="u-counter",
        holder=asdict(Holder.of(COUNTER)), status="active", progress={"records": 3},
    )  # fmt: skip


def of_conflict(kind=events.ConflictFound):
    return kind(
        conflict_id="k1", conflict_type="stale_lease", client_record_id="c1",
        rack_id="G-01", floor="Ground", user_id="u-counter",
    )  # fmt: skip


def of_presence():
    return events.PresenceChanged(
        user_id="u-counter", username="counter", role="counter", online=True
    )


def of_assignment(to="u-counter", taken_from=None):
    given = {"user_id": to, "username": "counter", "name": "Counter"} if to else None
    return of_rack(events.RackAssigned, assigned_to=given, taken_from=taken_from)


def of_message(to="u-counter"):
    by = {"user_id": "u-boss", "name": "Boss"}
    return events.MessageSent(message_id="m1", level="info", message="…", by=by, user_id=to)


def of_offer():
    return events.RackOffered(
        user_id="u-counter", rack_id="G-01", floor="Ground", level="info", message="…", by={}
    )


def hears(identity, event, wish=NO_WISH, sessions=()):
    rooms = own_rooms(identity) | watched_rooms(wish, sessions)
    return bool(rooms.intersection(rooms_of(event.name, {"type": event.type, **asdict(event)})))


def kinds_of(base):
    return [kind for each in base.__subclasses__() for kind in (each, *kinds_of(each))]


@pytest.mark.parametrize(
    "wish", [WatchWish(), WatchWish(floors=("Ground",)), WatchWish(racks=("G-01",))]
)
def test_a_counter_hears_the_racks_they_watch(wish):
    assert hears(OTHER, of_rack(), wish)


@pytest.mark.parametrize("wish", [WatchWish(floors=("First",)), WatchWish(racks=("G-02",))])
def test_a_counter_hears_no_rack_they_do_not_watch(wish):
    assert not hears(OTHER, of_rack(), wish)


@pytest.mark.parametrize("role", SEES_OWN)
@pytest.mark.parametrize(
    "event", [of_session(), of_conflict(), of_conflict(events.ConflictSettled), of_presence()]
)
def test_figures_of_a_session_reach_no_other_counter(role, event):
    assert not hears(an_identity("other", role), event, EVERY_WISH)
    assert not hears(an_identity("other", role), event, NO_WISH)


@pytest.mark.parametrize("role", SEES_COUNTS)
@pytest.mark.parametrize("event", [of_session(), of_conflict(), of_presence(), of_rack()])
def test_who_sees_all_counts_hears_everything(role, event):
    assert hears(an_identity("boss", role), event, WatchWish(floors=("Nowhere",)))


@pytest.mark.parametrize("role", Role)
def test_only_who_sees_the_book_hears_that_it_moved(role):
    event = events.StockMoved(item_codes=("85123A",))
    assert hears(an_identity("any", role), event, EVERY_WISH) == (role in SEES_COUNTS)


@pytest.mark.parametrize(
    "event", [of_session(), of_conflict(), of_conflict(events.ConflictSettled)]
)
def test_a_counter_hears_of_their_own_session_and_conflicts(event):
    assert hears(COUNTER, event, WatchWish(floors=("First",)))


def test_an_offer_reaches_only_whom_it_is_for():
    assert hears(COUNTER, of_offer())
    assert not hears(OTHER, of_offer())
    assert not hears(an_identity("boss", Role.SUPERVISOR), of_offer())


def test_an_assignment_reaches_supervisors_and_who_gets_or_loses_the_rack():
    boss = an_identity("boss", Role.SUPERVISOR)
    assert hears(COUNTER, of_assignment())
    assert hears(COUNTER, of_assignment(to=None, taken_from="u-counter"))
    assert hears(boss, of_assignment())
    assert not hears(OTHER, of_assignment())


def test_a_message_to_one_reaches_that_person_and_its_sender():
    assert hears(COUNTER, of_message())
    assert hears(an_identity("boss", Role.SUPERVISOR), of_message())
    assert not hears(OTHER, of_message())
    assert not hears(an_identity("chief", Role.ADMIN), of_message())


def test_a_message_to_all_reaches_everybody():
    assert hears(OTHER, of_message(to=None))


def test_a_notice_to_nobody_in_particular_reaches_everybody():
    assert own_rooms(OTHER).intersection(rooms_of("notification", {"type": "live_gap"}))


def test_the_end_of_a_sign_in_is_told_to_no_client():
    event = events.SignInsEnded(user_id="u-counter")
    assert not hears(COUNTER, event)
    assert not hears(an_identity("boss", Role.ADMIN), event)


def test_a_wish_for_another_session_brings_only_visible_ones():
    wish = WatchWish(sessions=("s1", "s2"))
    assert hears(OTHER, of_session(), wish, sessions=["s1"])
    assert not hears(OTHER, of_session(), wish, sessions=["s2"])


def test_no_wish_makes_a_counter_a_supervisor():
    forged = WatchWish(floors=("supervisors",), racks=("supervisors",))
    assert "supervisors" not in watched_rooms(forged, []) | own_rooms(OTHER)


@pytest.mark.parametrize("kind", [k for k in kinds_of(events.Event) if hasattr(k, "name")])
def test_every_event_has_an_audience_or_says_none(kind):
    assert isinstance(rooms_of(kind.name, {"rack_id": "G-01", "user_id": "u"}), list)


@pytest.mark.parametrize("kind", kinds_of(events.RackEvent))
def test_what_all_may_hear_of_a_rack_holds_no_figure(kind):
    told = asdict(of_rack(kind))
    figures = {"progress", "records", "pieces", "items", "expected", "stock_qty"}
    figures |= {"queue_length", "queue_age_s"}
    assert not figures & told.keys()


def test_a_renewal_goes_to_supervisors_and_who_watches_that_rack():
    renewed = {"type": "renewed", "rack_id": "G-01", "floor": "Ground", "user_id": "u1"}
    assert rooms_of("rack:update", renewed) == [SUPERVISORS, "rack:G-01"]
