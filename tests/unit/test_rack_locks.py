"""Rack locks: one holder, and nobody renews or gives back what they do not hold.

On fakeredis; the state machine at the end runs it and a real Redis side by side.
"""

from __future__ import annotations

import time

import fakeredis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from app.errors import RackLocked
from app.services.lock_manager import LockHolder, LockManager, LockOutcome
from app.services.redis_service import RedisService

HELD, GONE, TAKEN = LockOutcome.HELD, LockOutcome.GONE, LockOutcome.TAKEN
ADA = {"session_id": "s1", "fence": 1}
BEN = {"session_id": "s2", "fence": 1}


@pytest.fixture
def fake():
    return fakeredis.FakeStrictRedis(decode_responses=True)


@pytest.fixture
def locks(fake):
    return LockManager(RedisService(client=fake))


# ── acquire ──────────────────────────────────────────────────────────────────────────────────────


def test_a_free_rack_is_locked_for_a_minute(locks):
    assert locks.acquire_rack_lock("G-01", "ada", **ADA, name="Ada") is HELD

    assert locks.get_rack_lock("G-01") == LockHolder("ada", "s1", 1, "Ada", "")
    assert locks.get_rack_lock_owner("G-01") == "ada"
    assert locks.get_rack_lock_ttl("G-01") in (59, 60)


def test_a_lock_that_another_holds_is_taken(locks):
    locks.acquire_rack_lock("G-01", "ada", **ADA)

    assert locks.acquire_rack_lock("G-01", "ben", **BEN) is TAKEN
    assert locks.get_rack_lock_owner("G-01") == "ada"


def test_the_holder_prolongs_by_acquiring_again(locks):
    locks.acquire_rack_lock("G-01", "ada", 5, **ADA)

    assert locks.acquire_rack_lock("G-01", "ada", 60, **ADA) is HELD
    assert locks.get_rack_lock_ttl("G-01") > 50


def test_the_same_user_in_another_session_does_not_hold_the_lock(locks):
    locks.acquire_rack_lock("G-01", "ada", **ADA)

    assert locks.acquire_rack_lock("G-01", "ada", session_id="s9", fence=1) is TAKEN


def test_a_later_fence_outdates_an_earlier_one(locks):
    locks.acquire_rack_lock("G-01", "ada", **ADA)

    assert locks.acquire_rack_lock("G-01", "ben", session_id="s2", fence=2) is HELD
    assert locks.acquire_rack_lock("G-01", "ada", **ADA) is TAKEN
    assert locks.get_rack_lock_owner("G-01") == "ben"


def test_fences_are_compared_as_numbers_not_as_words(locks):
    locks.acquire_rack_lock("G-01", "ada", session_id="s1", fence=10)

    assert locks.acquire_rack_lock("G-01", "ben", session_id="s2", fence=9) is TAKEN
    assert locks.acquire_rack_lock("G-01", "ben", session_id="s2", fence=100) is HELD


def test_no_fence_outdates_a_lock_without_a_lease(locks):
    locks.acquire_rack_lock("G-01", "ada")

    assert locks.acquire_rack_lock("G-01", "ben", session_id="s2", fence=7) is TAKEN


def test_only_held_counts_as_true():
    assert [bool(outcome) for outcome in (HELD, GONE, TAKEN)] == [True, False, False]


# ── renew and release ────────────────────────────────────────────────────────────────────────────


def test_a_renewal_prolongs_the_lock(locks):
    locks.acquire_rack_lock("G-01", "ada", 5, **ADA)

    assert locks.renew_rack_lock("G-01", "ada", 60, **ADA) is HELD
    assert locks.get_rack_lock_ttl("G-01") > 50


def test_a_renewal_tells_gone_from_taken(locks):
    assert locks.renew_rack_lock("G-01", "ada", **ADA) is GONE
    locks.acquire_rack_lock("G-01", "ben", **BEN)
    assert locks.renew_rack_lock("G-01", "ada", **ADA) is TAKEN


@pytest.mark.parametrize(
    ("user", "claim"),
    [
        ("ben", ADA),
        ("ada", {"session_id": "s2", "fence": 1}),
        ("ada", {"session_id": "s1", "fence": 2}),
    ],
)
def test_nobody_renews_or_releases_what_they_do_not_hold(locks, user, claim):
    locks.acquire_rack_lock("G-01", "ada", 30, **ADA)

    assert locks.renew_rack_lock("G-01", user, 60, **claim) is TAKEN
    assert locks.release_rack_lock("G-01", user, **claim) is TAKEN
    assert locks.get_rack_lock_ttl("G-01") in (29, 30)


def test_a_released_rack_is_free_for_others(locks):
    locks.acquire_rack_lock("G-01", "ada", **ADA)

    assert locks.release_rack_lock("G-01", "ada", **ADA) is HELD
    assert locks.release_rack_lock("G-01", "ada", **ADA) is GONE
    assert locks.get_rack_lock("G-01") is None
    assert locks.acquire_rack_lock("G-01", "ben", **BEN) is HELD


def test_a_lock_ends_by_itself(locks):
    locks.acquire_rack_lock("G-01", "ada", 0.02, **ADA)
    time.sleep(0.04)

    assert locks.get_rack_lock("G-01") is None
    assert locks.get_rack_lock_ttl("G-01") == -2


def test_keeping_takes_gone_locks_and_leaves_others_alone(locks):
    locks.acquire_rack_lock("G-02", "ben", **BEN)
    ada = LockHolder("ada", "s1", 1)

    outcomes = locks.keep([("G-01", ada), ("G-02", ada)], 60)

    assert outcomes == [HELD, TAKEN]
    assert locks.get_rack_lock_owner("G-02") == "ben"
    assert locks.get_active_users() == ["ada"]


def test_all_locks_of_a_user_are_forced_free_at_once(locks):
    locks.acquire_rack_lock("G-01", "ada", **ADA)
    locks.keep([("G-02", LockHolder("ada", "s2", 1))], 60)
    locks.acquire_rack_lock("G-03", "ben", **BEN)
    locks.acquire_rack_lock("G-03", "ada", **ADA)  # in vain

    assert locks.force_release_all_user_locks("ada") == 2
    assert locks.get_rack_lock_owner("G-03") == "ben"
    assert locks.force_release_all_user_locks("ada") == 0


# ── the block ────────────────────────────────────────────────────────────────────────────────────


def test_a_block_holds_its_rack_and_gives_it_back(locks):
    with locks.rack_lock("G-01", "ada") as holder:
        assert locks.get_rack_lock("G-01") == holder
        assert locks.acquire_rack_lock("G-01", "ben", **BEN) is TAKEN

    assert locks.get_rack_lock("G-01") is None


def test_a_block_gives_its_rack_back_after_an_error(locks):
    with pytest.raises(ZeroDivisionError), locks.rack_lock("G-01", "ada"):
        raise ZeroDivisionError

    assert locks.get_rack_lock("G-01") is None


def test_a_block_on_a_held_rack_names_the_holder(locks):
    locks.acquire_rack_lock("G-01", "ben", **BEN, name="Ben")

    with pytest.raises(RackLocked) as refusal, locks.rack_lock("G-01", "ada"):
        pass

    assert refusal.value.facts["holder"] == {"user_id": "ben", "name": "Ben"}


def test_a_block_renews_its_lock_while_it_runs(locks):
    with locks.rack_lock("G-01", "ada", ttl=0.15) as holder:
        for _ in range(10):
            time.sleep(0.05)
            assert locks.get_rack_lock("G-01") == holder


# ── presence and sessions ────────────────────────────────────────────────────────────────────────


def test_a_heartbeat_makes_a_user_active_for_its_time(locks):
    locks.update_user_heartbeat("ada")
    locks.update_user_heartbeat("ben", ttl=0.03)
    assert locks.get_active_users() == ["ben", "ada"]

    time.sleep(0.05)

    assert [locks.is_user_active(u) for u in ("ada", "ben", "cleo")] == [True, False, False]
    assert locks.get_active_users() == ["ada"]


def test_presence_does_not_grow_with_users_who_left(locks, fake):
    for n in range(20):
        locks.update_user_heartbeat(f"u{n}", ttl=0.01)
    time.sleep(0.03)

    locks.update_user_heartbeat("ada")

    assert len(locks.take_ended_presences()) == 20
    assert fake.zcard("users:active") == 1


def test_an_ended_presence_is_told_once(locks):
    locks.update_user_heartbeats(["ada", "ben"])
    locks.update_user_heartbeat("cleo", ttl=0.01)
    time.sleep(0.03)

    assert locks.take_ended_presences() == ["cleo"]
    assert locks.take_ended_presences() == []
    assert set(locks.get_active_users()) == {"ada", "ben"}


def test_who_left_is_no_longer_active(locks):
    locks.update_user_heartbeats(["ada", "ben"])

    locks.end_user_presence("ada")

    assert locks.get_active_users() == ["ben"]


def test_a_sessions_metadata_is_kept_for_an_hour(locks, fake):
    locks.create_session_lock("s1", "ada", rack_id="G-01", floor="Ground", token=3)

    assert locks.get_session_data("s1") == {
        "user_id": "ada",
        "rack_id": "G-01",
        "floor": "Ground",
        "token": "3",
    }
    assert 3500 < fake.ttl("session:lock:s1") <= 3600
    assert locks.delete_session("s1") is True
    assert locks.delete_session("s1") is False
    assert locks.get_session_data("s1") is None


def test_every_key_has_an_end_or_a_bound(locks, fake):
    locks.acquire_rack_lock("G-01", "ada", **ADA)
    locks.renew_rack_lock("G-01", "ada", **ADA)
    locks.create_session_lock("s1", "ada", rack_id="G-01", floor="Ground", token=1)

    endless = [key for key in fake.keys() if fake.ttl(key) < 0]  # noqa: SIM118 — a command
    assert endless == ["users:active"]  # bounded by the users there are


# ── fake and real side by side ───────────────────────────────────────────────────────────────────

racks = st.sampled_from(("G-01", "G-02"))
users = st.sampled_from(("ada", "ben"))
session_ids = st.sampled_from(("", "s1", "s2"))
fences = st.sampled_from((0, 1, 2, 10))
holders = st.builds(LockHolder, users, session_ids, fences)


class LockMachine(RuleBasedStateMachine):
    """The locks on fakeredis, on a real Redis, and as a model: rack → holder."""

    clients = None

    @initialize()
    def begin(self):
        self.both = [LockManager(RedisService(client=client)) for client in self.clients]
        for client in self.clients:
            client.flushall()
        self.model = {}

    @rule(rack=racks, holder=holders)
    def acquire(self, rack, holder):
        assert self.ask("acquire_rack_lock", rack, holder) is self.acquired(rack, holder)

    @rule(rack=racks, other=racks, holder=holders)
    def keep(self, rack, other, holder):
        expected = [self.acquired(r, holder) for r in (rack, other)]
        assert self.agreed(lambda locks: locks.keep([(rack, holder), (other, holder)], 60)) == (
            expected
        )

    @rule(rack=racks, holder=holders)
    def renew(self, rack, holder):
        assert self.ask("renew_rack_lock", rack, holder) is self.found(rack, holder)

    @rule(rack=racks, holder=holders)
    def release(self, rack, holder):
        found = self.found(rack, holder)
        assert self.ask("release_rack_lock", rack, holder) is found
        if found:
            del self.model[rack]

    @rule(user=users)
    def force_release_all(self, user):
        mine = [rack for rack, holder in self.model.items() if holder.user_id == user]
        assert self.agreed(lambda locks: locks.force_release_all_user_locks(user)) == len(mine)
        for rack in mine:
            del self.model[rack]

    @rule(rack=racks)
    def the_lock_ends(self, rack):
        for client in self.clients:
            client.delete(f"rack:lock:{rack}")
        self.model.pop(rack, None)

    @invariant()
    def both_hold_what_the_model_holds(self):
        for rack in ("G-01", "G-02"):
            assert self.agreed(lambda locks, r=rack: locks.get_rack_lock(r)) == self.model.get(rack)
            ends = [locks.get_rack_lock_ttl(rack) for locks in self.both]
            assert all((ttl > 0) == (rack in self.model) for ttl in ends)

    def ask(self, act, rack, holder):
        own = {"session_id": holder.session_id, "fence": holder.fence}
        return self.agreed(lambda locks: getattr(locks, act)(rack, holder.user_id, **own))

    def agreed(self, act):
        fake, real = (act(locks) for locks in self.both)
        assert fake == real
        return real

    def found(self, rack, holder):
        held = self.model.get(rack)
        return GONE if held is None else HELD if held.key == holder.key else TAKEN

    def acquired(self, rack, holder):
        held = self.model.get(rack)
        outdated = held is not None and 0 < held.fence < holder.fence
        if held is None or held.key == holder.key or outdated:
            self.model[rack] = holder
            return HELD
        return TAKEN


def test_fake_and_real_redis_do_as_the_model_says(fake, redis_client):
    class Machine(LockMachine):
        clients = (fake, redis_client)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
