"""Any sequence of moves of leases, on the real servers, compared after each step with a model."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.auth.identity import Holder, Role
from app.errors import DomainError, IllegalMove, PassTaken, RackLocked, TooManySessions
from app.racks.leases import ClaimWish
from app.racks.rack import LeaseState
from tests.support.builders import an_identity, claim, plan_racks
from tests.support.servers import empty

RACKS = ("G-01", "G-02")
PEOPLE = {name: an_identity(name) for name in ("ada", "ben")}
SUE = an_identity("supervisor", Role.SUPERVISOR)
TTL = 60
MAX_OPEN = 1

racks = st.sampled_from(RACKS)
people = st.sampled_from(sorted(PEOPLE))
processes = st.sampled_from((0, 1))
backs = st.sampled_from((0, 0, 1, 2))
"""Which session of a rack: its newest, or one of those before."""


@dataclass
class ModelRack:
    """What a rack should be."""

    status: str = "available"
    fence: int = 0
    pass_no: int = 1
    session: str | None = None
    device: str | None = None
    ends: float = 0
    counted_by: set = field(default_factory=set)

    def free(self, status="available"):
        self.status, self.session = status, None


@dataclass
class ModelSession:
    """What a session should be."""

    rack: str
    user: str
    fence: int
    pass_no: int
    device: str | None
    status: str = "active"


class LeaseMachine(RuleBasedStateMachine):
    """Two people who may hold one rack each, a supervisor, two server processes, two racks."""

    parts = None

    @initialize()
    def begin(self):
        self.processes, self.redis, self.clock = self.parts
        empty(self.processes[0].db)
        self.redis.flushall()
        plan_racks(self.processes[0], *RACKS)
        self.now = 0.0
        self.racks = {rack_id: ModelRack() for rack_id in RACKS}
        self.known = {}

    # ── taking ───────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.one(held=False))
    @rule(name=people, process=processes)
    def claim_a_rack_that_nobody_holds(self, name, process):
        self.claim(self.one(held=False), name, process)

    @rule(rack_id=racks, name=people, process=processes)
    def claim(self, rack_id, name, process):
        rack = self.racks[rack_id]
        own = rack.session and self.known[rack.session].user == name
        device = rack.device if own else "scanner"
        lease, refusal = attempt(
            claim, self.processes[process], rack_id, PEOPLE[name], device_id=device
        )
        if own:
            assert (lease.session_id, lease.fence) == (rack.session, rack.fence)
            rack.ends = self.now + TTL
            return
        expected = self.refusal_of_claim(rack, name)
        assert type(refusal) is expected
        if expected is RackLocked:
            assert refusal.facts["holder"]["name"] == self.holder_of(rack).name
        if refusal is None:
            assert lease.fence == rack.fence + 1
            rack.fence = lease.fence
            self.holds(rack_id, lease, name, device)

    @precondition(lambda self: self.one(held=True))
    @rule(process=processes)
    def take_over_on_another_device(self, process):
        rack_id = self.one(held=True)
        rack = self.racks[rack_id]
        wish = {"device_id": f"device-{len(self.known)}", "take_over": True}
        lease = claim(self.processes[process], rack_id, self.holder_of(rack), **wish)
        assert lease.fence == rack.fence
        old = self.known[rack.session]
        old.status = "released"
        self.holds(rack_id, lease, old.user, wish["device_id"])

    @precondition(lambda self: self.one(held=True))
    @rule(process=processes)
    def hand_over_to_the_other(self, process):
        rack_id = self.one(held=True)
        rack = self.racks[rack_id]
        old = self.known[rack.session]
        name = next(name for name in PEOPLE if name != old.user)
        leases = self.processes[process].leases
        leases.offer(rack_id, by=PEOPLE[old.user], colleague=Holder.of(PEOPLE[name]))
        lease, refusal = attempt(leases.accept, rack_id, by=PEOPLE[name], wish=ClaimWish())
        assert type(refusal) is self.refusal_of_hand_over(rack, name)
        if refusal is None:
            assert lease.fence == rack.fence
            old.status = "released"
            self.holds(rack_id, lease, name, None)

    # ── keeping ──────────────────────────────────────────────────────────────────────────────────

    @rule(rack_id=racks, back=backs, process=processes)
    def beat(self, rack_id, back, process):
        session_id = self.session_of(rack_id, back)
        if session_id is not None:
            self.beat_of(session_id, process)

    @precondition(lambda self: self.newest_expired())
    @rule(process=processes)
    def beat_after_the_end(self, process):
        self.beat_of(self.newest_expired(), process)

    def beat_of(self, session_id, process):
        session = self.known[session_id]
        rack = self.racks[session.rack]
        renewal = self.processes[process].heartbeats.beat(session_id, by=PEOPLE[session.user])
        if rack.session != session_id and self.may_revive(session, rack):
            session.status = rack.status = "active"
            rack.session, rack.device = session_id, session.device
        if rack.session == session_id:
            assert renewal.state is LeaseState.HELD
            rack.ends = self.now + TTL
        else:
            assert renewal.state is not LeaseState.HELD
            holder = self.holder_of(rack).user_id if rack.session else None
            assert (renewal.holder and renewal.holder.user_id) == holder

    @rule(process=processes)
    def follow_up_on_beats(self, process):
        self.processes[process].beats.follow_up()

    @rule(seconds=st.sampled_from((0, 20, 59)), process=processes)
    def time_passes_until_a_sweep(self, seconds, process):
        self.clock.move(seconds)
        self.now += seconds
        due = [r for r in self.racks.values() if r.session and r.ends <= self.now]
        assert self.processes[process].sweep.expire_due() == len(due)
        for rack in due:
            self.known[rack.session].status = "expired"
            rack.free()

    # ── giving back ──────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.one(held=True))
    @rule(process=processes)
    def pause_or_resume(self, process):
        rack_id = self.one(held=True)
        rack = self.racks[rack_id]
        move, status = ("resume", "active") if rack.status == "paused" else ("pause", "paused")
        getattr(self.processes[process].leases, move)(rack_id, by=self.holder_of(rack))
        rack.status = self.known[rack.session].status = status

    @precondition(lambda self: self.one(held=True))
    @rule(how=st.sampled_from(("expire", "release", "force", "complete")), process=processes)
    def end_a_lease(self, how, process):
        rack_id = self.one(held=True)
        rack, warehouse = self.racks[rack_id], self.processes[process]
        if how == "expire":
            self.time_passes_until_a_sweep(TTL, process)
            return
        session, by = self.known[rack.session], self.holder_of(rack)
        session.status = "completed" if how == "complete" else "released"
        if how == "release":
            warehouse.leases.release(rack_id, by=by)
        elif how == "force":
            warehouse.leases.force_release(rack_id, by=SUE, reason="x")
        else:
            kept = warehouse.standing.sessions([rack.session])[rack.session]
            warehouse.leases.complete(kept, by=by, uncounted=[])
            rack.counted_by.add(session.user)
        rack.free("completed" if how == "complete" else "available")

    @precondition(lambda self: self.known)
    @rule(process=processes)
    def recount(self, process):
        rack_id = self.known[next(reversed(self.known))].rack
        rack = self.racks[rack_id]
        self.processes[process].leases.recount(rack_id, by=SUE, reason="x")
        if rack.session:
            self.known[rack.session].status = "released"
            rack.counted_by.add(self.known[rack.session].user)
        rack.pass_no += 1
        rack.free()

    # ── Redis ────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.one(held=True))
    @rule()
    def redis_comes_back_empty(self):
        self.redis.flushall()

    @rule(rack_id=racks, back=backs)
    def a_heartbeat_that_was_under_way_takes_a_stale_lock(self, rack_id, back):
        session_id = self.session_of(rack_id, back)
        if session_id is not None:
            session = self.known[session_id]
            own = {"session_id": session_id, "fence": session.fence}
            user_id = PEOPLE[session.user].user_id
            self.processes[0].locks.acquire_rack_lock(rack_id, user_id, **own)

    # ── what always holds ────────────────────────────────────────────────────────────────────────

    @invariant()
    def every_rack_is_as_the_model_says(self):
        for rack_id, real in self.processes[0].standing.racks(RACKS).items():
            rack = self.racks[rack_id]
            kept = (real.status, real.fence, real.pass_no, real.session_id)
            assert kept == (rack.status, rack.fence, rack.pass_no, rack.session)
            assert set(real.counted_by) == {PEOPLE[n].user_id for n in rack.counted_by}

    @invariant()
    def the_open_sessions_are_those_that_racks_name(self):
        real = {s.session_id: s for s in self.processes[1].standing.open_sessions(SUE)}
        assert real.keys() == {r.session for r in self.racks.values() if r.session}
        assert all(s.status == self.known[s.session_id].status for s in real.values())

    @invariant()
    def no_lock_is_ahead_of_its_rack(self):
        for rack_id, rack in self.racks.items():
            lock = self.processes[0].locks.get_rack_lock(rack_id)
            assert lock is None or lock.fence <= rack.fence

    # ── the model ────────────────────────────────────────────────────────────────────────────────

    def one(self, *, held):
        """A rack that somebody holds, or that nobody does; None where there is none."""
        return next((i for i, r in self.racks.items() if bool(r.session) is held), None)

    def session_of(self, rack_id, back):
        """The rack's newest session, or the one so many before it; None where there is none."""
        theirs = [i for i, s in self.known.items() if s.rack == rack_id]
        return theirs[-1 - back] if back < len(theirs) else None

    def newest_expired(self):
        expired = [i for i, s in self.known.items() if s.status == "expired"]
        return expired[-1] if expired else None

    def holder_of(self, rack):
        return PEOPLE[self.known[rack.session].user]

    def holds(self, rack_id, lease, name, device):
        rack = self.racks[rack_id]
        rack.status, rack.session, rack.device = "active", lease.session_id, device
        rack.ends = self.now + TTL
        session = ModelSession(rack_id, name, rack.fence, rack.pass_no, device)
        self.known[lease.session_id] = session

    def is_full(self, name):
        mine = [r for r in self.racks.values() if r.session and self.known[r.session].user == name]
        return len(mine) >= MAX_OPEN

    def refusal_of_claim(self, rack, name):
        if rack.session:
            return RackLocked
        if rack.status == "completed":
            return IllegalMove
        return self.refusal_of_hand_over(rack, name)

    def refusal_of_hand_over(self, rack, name):
        if name in rack.counted_by:
            return PassTaken
        return TooManySessions if self.is_full(name) else type(None)

    def may_revive(self, session, rack):
        same = (session.fence, session.pass_no) == (rack.fence, rack.pass_no)
        free = session.status == "expired" and rack.status == "available"
        return same and free and not self.is_full(session.user)


def attempt(act, *args, **kwargs):
    """What the act gave, or the error that refused it."""
    try:
        return act(*args, **kwargs), None
    except DomainError as refusal:
        return None, refusal


def test_leases_behave_as_the_model_says_in_any_order(warehouse_on, redis_client, clock):
    two = [warehouse_on(max_open_sessions=MAX_OPEN) for _ in range(2)]

    class Machine(LeaseMachine):
        parts = (two, redis_client, clock)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
