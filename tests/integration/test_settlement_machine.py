"""Counts and settlements in any order: a serial number has one owner, and nothing is lost."""

from __future__ import annotations

from itertools import count

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

from app.auth.identity import Role
from app.errors import AlreadySettled, DomainError, InvalidRequest
from app.sync.conflicts import Decision, Resolution
from app.sync.records import Accepted, Parked
from app.sync.sides import MERGEABLE
from tests.support.builders import a_record, an_identity, claim, plan_racks
from tests.support.servers import empty

RACKS = ("G-01", "G-02")
PEOPLE = {name: an_identity(name) for name in ("ada", "ben", "cas")}
SUE = an_identity("supervisor", Role.SUPERVISOR)
TTL = 60
MARK = "condition_details"
"""Every count that is sent says something of its own here, by which it is found again."""

racks = st.sampled_from(RACKS)
people = st.sampled_from(sorted(PEOPLE))
serials = st.sets(st.sampled_from(("SN1", "SN2", "SN3")), max_size=2).map(
    lambda s: tuple(sorted(s))
)
picks = st.integers(0, 50)


class SettlementMachine(RuleBasedStateMachine):
    """Three people at two racks with three serial numbers, and a supervisor."""

    parts = None

    @initialize()
    def begin(self):
        self.warehouse, self.redis, self.clock = self.parts
        empty(self.warehouse.db)
        self.redis.flushall()
        plan_racks(self.warehouse, *RACKS)
        self.sessions = []
        self.sent = {}
        self.seen = {}
        self.settled = {}
        self.marks = count(1)

    # ── counting ─────────────────────────────────────────────────────────────────────────────────

    @rule(rack_id=racks, name=people)
    def claim(self, rack_id, name):
        lease = attempt(claim, self.warehouse, rack_id, PEOPLE[name])
        if lease and (lease.session_id, name) not in self.sessions:
            self.sessions.append((lease.session_id, name))

    @rule()
    def all_leases_run_out(self):
        self.clock.move(TTL + 1)
        self.warehouse.sweep.expire_due()

    @precondition(lambda self: self.sessions)
    @rule(pick=picks, serials=serials, odd=st.booleans(), rack_id=st.sampled_from((None, *RACKS)))
    def count(self, pick, serials, odd, rack_id):
        session_id, name = self.sessions[pick % len(self.sessions)]
        self.send(name, session_id, serials, damage_qty=99 if odd else 0, rack_id=rack_id)

    @precondition(lambda self: self.sent)
    @rule(pick=picks, serials=serials, stale=st.booleans())
    def count_again(self, pick, serials, stale):
        record_id, (name, session_id) = list(self.sent.items())[pick % len(self.sent)]
        self.clock.move(1)
        at = self.clock.now().replace(year=2020) if stale else self.clock.now()
        self.send(name, session_id, serials, client_record_id=record_id, updated_at=at)

    def send(self, name, session_id, serials, **fields):
        number = next(self.marks)
        fields = {"client_record_id": f"c{number}", "updated_at": self.clock.now()} | fields
        record = a_record(session_id, serial_numbers=serials, **{MARK: f"count {number}"}, **fields)
        ((record_id, verdict),) = self.warehouse.batches.sync([record], by=PEOPLE[name]).verdicts
        assert isinstance(verdict, Accepted | Parked), verdict
        self.sent[record_id] = (name, session_id)

    # ── settling ─────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.open_conflicts())
    @rule(pick=picks, resolution=st.sampled_from(Resolution), serials=serials)
    def settle(self, pick, resolution, serials):
        found = self.open_conflicts()
        conflict_id = found[pick % len(found)]["conflict_id"]
        merged = {"serial_numbers": serials, "damage_qty": 0}
        decision = Decision(
            resolution=resolution,
            note="Seen.",
            merged=merged if resolution is Resolution.MERGE else None,
        )
        try:
            self.warehouse.conflicts.resolve(conflict_id, decision, by=SUE)
        except InvalidRequest:
            return
        self.settled[conflict_id] = self.conflict(conflict_id)
        self.refuse(conflict_id)

    def refuse(self, conflict_id):
        """A second decision changes nothing."""
        again = Decision(resolution=Resolution.ACCEPT_CLIENT, note="Late.")
        try:
            self.warehouse.conflicts.resolve(conflict_id, again, by=SUE)
        except AlreadySettled:
            return
        raise AssertionError("settled twice")

    # ── what always holds ────────────────────────────────────────────────────────────────────────

    @invariant()
    def every_serial_number_is_in_the_count_that_owns_it(self):
        for owned in self.warehouse.db.item_serials.find():
            record = self.record(owned["client_record_id"])
            assert owned["serial_number"] in record["serial_numbers"]
            assert (owned["rack_id"], owned["fence"]) == (record["rack_id"], record["fence"])

    @invariant()
    def a_racks_present_count_owns_its_serial_numbers(self):
        fences = {r.rack_id: r.fence for r in self.warehouse.standing.racks(RACKS).values()}
        owners = {
            s["serial_number"]: s["client_record_id"] for s in self.warehouse.db.item_serials.find()
        }
        for record in self.warehouse.db.verification_records.find():
            if record["fence"] == fences[record["rack_id"]]:
                for serial in record.get("serial_numbers", []):
                    assert owners[serial] == record["client_record_id"]

    @invariant()
    def every_count_that_was_sent_is_stored_or_kept_by_its_conflict(self):
        kept = {c["payload"][MARK] for c in self.warehouse.db.sync_conflicts.find()}
        for record in self.warehouse.db.verification_records.find():
            kept |= {version[MARK] for version in [*record["history"], record]}
        assert {f"count {n}" for n in range(1, self.upto())} <= kept

    @invariant()
    def no_version_of_a_record_is_lost_or_changed(self):
        for record in self.warehouse.db.verification_records.find():
            versions = [*record["history"], record]
            assert [v["rev"] for v in versions] == list(range(1, len(versions) + 1))
            for version in versions:
                said = {name: version.get(name) for name in MERGEABLE}
                key = (record["client_record_id"], version["rev"])
                assert self.seen.setdefault(key, said) == said

    @invariant()
    def what_was_decided_stays(self):
        for conflict_id, kept in self.settled.items():
            assert self.conflict(conflict_id) == kept

    # ── how ──────────────────────────────────────────────────────────────────────────────────────

    def upto(self):
        """The number of the next count, without taking it."""
        following = next(self.marks)
        self.marks = count(following)
        return following

    def open_conflicts(self):
        return list(self.warehouse.db.sync_conflicts.find({"status": "open"}).sort("_id"))

    def conflict(self, conflict_id):
        return self.warehouse.db.sync_conflicts.find_one({"conflict_id": conflict_id})

    def record(self, record_id):
        return self.warehouse.db.verification_records.find_one({"client_record_id": record_id})


def attempt(act, *args, **more):
    """What an act returns; None where it is refused."""
    try:
        return act(*args, **more)
    except DomainError:
        return None


def test_settlements_in_any_order_lose_nothing_and_share_no_serial(warehouse, redis_client, clock):
    class Machine(SettlementMachine):
        parts = (warehouse, redis_client, clock)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
