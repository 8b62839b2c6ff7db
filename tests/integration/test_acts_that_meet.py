"""Acts at racks that share a transaction: each comes to what it could have come to alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count, permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from app.auth.identity import Holder
from app.db.client import database
from app.errors import TooManySessions
from app.racks.acts import Act, Acts
from app.racks.lease_store import LeaseStore
from app.racks.rack import Lease, Rack, RackStatus
from tests.support.builders import NOON, an_identity, plan_racks, rack
from tests.support.round_trips import RoundTrips

RACKS = ("G-01", "G-02", "G-03")
PEOPLE = ("ada", "ben")
MOST = 2
NUMBERS = count()


class Wishes(LeaseStore):
    """Says what it would do, and does nothing."""

    def __init__(self, db):
        super().__init__(db)
        self._do = lambda act: act


@dataclass
class Kept:
    """A rack as a model has it."""

    fence: int = 0
    session: str | None = None
    holder: str | None = None
    paused: bool = False


@dataclass
class Model:
    """One process that does one act after another."""

    racks: dict = field(default_factory=dict)

    def do(self, wish):
        rack = self.racks[wish.rack_id]
        seen = (rack.fence, rack.session) == (wish.seen.fence, wish.seen.session)
        if not seen or (wish.kind == "pause" and rack.paused):
            return None
        if wish.kind == "pause":
            rack.paused = True
        if wish.kind == "release":
            rack.session = rack.holder = None
        if wish.kind in ("claim", "take over"):
            others = [r for r in self.racks.values() if r is not rack and r.holder == wish.name]
            if len(others) >= MOST:
                return TooManySessions
            fence = rack.fence + (wish.kind == "claim")
            self.racks[wish.rack_id] = Kept(fence, wish.session_id, wish.name)
        return Rack

    def picture(self):
        return {rack_id: (r.fence, r.session) for rack_id, r in self.racks.items()}


@dataclass
class Wish:
    """What somebody wants of a rack as they saw it."""

    kind: str
    rack_id: str
    name: str
    seen: Kept
    session_id: str
    act: Act


def a_wish(warehouse, kind, rack_id, name, seen):
    """The wish, and the act that it is."""
    now, wishes = rack(warehouse, rack_id), Wishes(warehouse.db)
    session_id = f"s{next(NUMBERS)}"
    holder = Holder.of(an_identity(name))
    terms = {"now": NOON, "max_open": MOST}
    acts = {
        "claim": lambda: wishes.take(now, a_lease(now, session_id, now.fence + 1), holder, **terms),
        "take over": lambda: wishes.take_over(
            now, a_lease(now, session_id, now.fence), holder, **terms
        ),
        "release": lambda: wishes.release(now, now=NOON, reason="x"),
        "pause": lambda: wishes.pause(now),
    }
    return Wish(kind, rack_id, name, seen, session_id, acts[kind]())


def a_lease(at, session_id, fence):
    return Lease(
        rack_id=at.rack_id,
        floor=at.floor,
        session_id=session_id,
        fence=fence,
        pass_no=at.pass_no,
        blind=at.blind,
        ttl_s=60,
        message="",
    )


def begin(warehouse, held):
    """Racks that are held as told; the model of them."""
    for name in ("rack_registry", "verification_sessions", "claim_turns"):
        warehouse.db[name].delete_many({})
    plan_racks(warehouse, *RACKS)
    warehouse.db.rack_registry.update_many({}, {"$set": {"stocktake_id": "st"}})
    model, acts = Model({rack_id: Kept() for rack_id in RACKS}), Acts(warehouse.db)
    for rack_id, name in held.items():
        if name is not None:
            first = a_wish(warehouse, "claim", rack_id, name, model.racks[rack_id])
            assert model.do(first) is Rack
            acts(first.act)
    return model


def outcome(came_to):
    return type(came_to) if came_to is not None else None


def could_be(model, wishes, outcomes, picture):
    """Whether the wishes, one after another in some order, come to the same."""
    for order in permutations(range(len(wishes))):
        one = Model({rack_id: Kept(**vars(r)) for rack_id, r in model.racks.items()})
        if all(one.do(wishes[n]) is outcomes[n] for n in order) and one.picture() == picture:
            return True
    return False


HELD = st.fixed_dictionaries({r: st.sampled_from([None, *PEOPLE]) for r in RACKS}).filter(
    lambda held: all(list(held.values()).count(name) <= MOST for name in PEOPLE)
)
ASKED = st.lists(
    st.tuples(st.sampled_from([0, 1, 2, 3]), st.sampled_from(RACKS), st.sampled_from(PEOPLE)),
    min_size=2,
    max_size=6,
)


def test_what_meets_comes_to_what_some_order_would(warehouse):
    acts = Acts(warehouse.db)

    @given(held=HELD, asked=ASKED)
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def meet(held, asked):
        model = begin(warehouse, held)
        wishes = []
        for number, rack_id, name in asked:
            kinds = ("release", "pause", "take over", "take over") if held[rack_id] else ("claim",)
            seen = Kept(**vars(model.racks[rack_id]))
            wishes.append(a_wish(warehouse, kinds[number % len(kinds)], rack_id, name, seen))
        outcomes = [outcome(each) for each in acts.do_all([wish.act for wish in wishes])]
        real = {rack_id: rack(warehouse, rack_id) for rack_id in RACKS}
        picture = {rack_id: (r.fence, r.session_id) for rack_id, r in real.items()}
        assert could_be(model, wishes, outcomes, picture), (wishes, outcomes, picture)
        running = warehouse.db.verification_sessions.find({"status": {"$in": ["active", "paused"]}})
        named = {r.session_id for r in real.values() if r.session_id}
        assert {session["session_id"] for session in running} == named

    meet()


@pytest.fixture
def counted(settings):
    trips = RoundTrips()
    with MongoClient(settings.mongo_uri, event_listeners=[trips]) as mongo:
        yield Acts(database(mongo, settings.mongo_db)), trips


def test_claims_that_meet_cost_one_command_more_than_one_alone(warehouse, counted):
    acts, trips = counted
    racks = [f"G-{n:02d}" for n in range(1, 12)]
    plan_racks(warehouse, *racks)
    claims = [a_wish(warehouse, "claim", r, f"p{r}", Kept()).act for r in racks]

    def commands(some):
        before = len(trips.mongo)
        acts.do_all(some)
        return [name for name, _ in trips.mongo][before:]

    begun = ["find", "insert", "commitTransaction"]
    assert commands(claims[:1]) == ["update", "findAndModify", *begun]
    assert commands(claims[1:]) == ["update", "update", "find", *begun]
    assert [rack(warehouse, r).status for r in racks] == [RackStatus.ACTIVE] * 11


def test_an_act_that_does_not_fit_leaves_the_others_alone(warehouse):
    model = begin(warehouse, {"G-01": "ada", "G-02": "ada", "G-03": None})
    full = a_wish(warehouse, "claim", "G-03", "ada", model.racks["G-03"])
    stale = a_wish(warehouse, "release", "G-02", "ada", model.racks["G-02"])
    stale.act.where["session_id"] = "of before"
    good = a_wish(warehouse, "pause", "G-01", "ada", model.racks["G-01"])

    outcomes = Acts(warehouse.db).do_all([full.act, stale.act, good.act])

    assert [outcome(each) for each in outcomes] == [TooManySessions, None, Rack]
    assert rack(warehouse, "G-01").status is RackStatus.PAUSED
    assert rack(warehouse, "G-02").session_id == model.racks["G-02"].session
    assert rack(warehouse, "G-03").fence == 0


def test_a_rack_whose_session_is_gone_is_left_as_it_is(warehouse):
    model = begin(warehouse, {"G-01": "ada", "G-02": "ben", "G-03": None})
    warehouse.db.verification_sessions.delete_one({"rack_id": "G-01"})
    wishes = [
        a_wish(warehouse, "release", r, n, model.racks[r])
        for r, n in (("G-01", "ada"), ("G-02", "ben"))
    ]

    outcomes = Acts(warehouse.db).do_all([wish.act for wish in wishes])

    assert [outcome(each) for each in outcomes] == [None, Rack]
    assert rack(warehouse, "G-01").status is RackStatus.ACTIVE
