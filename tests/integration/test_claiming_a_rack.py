"""A claim: one holder a rack, named to whoever comes second; at most five racks a user."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.auth.identity import Role
from app.errors import (
    HeldOnOtherDevice,
    IllegalMove,
    NotAllowed,
    PassTaken,
    RackLocked,
    RackUnknown,
    RedisUnavailable,
    TooManySessions,
    WrongFloor,
)
from app.processes import wait_until
from app.racks.leases import ClaimWish
from app.racks.rack import RackStatus
from tests.support.app import signed_in
from tests.support.builders import (
    an_identity,
    claim,
    complete,
    leases_on,
    open_sessions,
    plan_racks,
    rack,
)

ADA = an_identity("ada")
BEN = an_identity("ben")
SUE = an_identity("supervisor", Role.SUPERVISOR)
FIVE = ("G-01", "G-02", "G-03", "G-04", "G-05")


@pytest.fixture(autouse=True)
def racks(warehouse):
    plan_racks(warehouse, *FIVE, "G-06", "G-07", "F-01")


def test_a_claim_gives_the_rack_and_a_token(warehouse):
    lease = claim(warehouse, "G-01", ADA, floor="Ground")

    held = rack(warehouse, "G-01")
    assert (lease.fence, lease.ttl_s, lease.floor, lease.pass_no) == (1, 60, "Ground", 1)
    assert (held.status, held.fence, held.session_id) == (RackStatus.ACTIVE, 1, lease.session_id)
    assert held.holder.user_id == ADA.user_id
    assert warehouse.locks.get_rack_lock("G-01").session_id == lease.session_id
    assert warehouse.locks.get_rack_lock_ttl("G-01") > 50
    assert warehouse.locks.get_session_data(lease.session_id)["rack_id"] == "G-01"
    assert warehouse.locks.get_active_users() == [ADA.user_id]


def test_a_claim_is_told_to_the_map_once(warehouse):
    claim(warehouse, "G-01", ADA)

    events = list(warehouse.event_log.since(0))
    assert [(e.name, e.data["type"]) for e in events] == [
        ("rack:update", "claimed"),
        ("session:update", "started"),
    ]
    assert events[0].id < events[1].id


def test_each_claim_of_a_rack_gives_a_higher_token(warehouse):
    fences = []
    for who in (ADA, BEN, ADA):
        fences.append(claim(warehouse, "G-01", who).fence)
        warehouse.leases.release("G-01", by=who)

    assert fences == [1, 2, 3]


def test_whoever_comes_second_learns_the_holder_by_name(warehouse):
    claim(warehouse, "G-01", ADA)

    with pytest.raises(RackLocked) as refusal:
        claim(warehouse, "G-01", BEN)

    assert refusal.value.facts["holder"]["name"] == "Ada"
    assert "Ada is counting rack G-01" in refusal.value.detail
    assert open_sessions(warehouse, BEN) == []


def test_the_answer_to_a_held_rack_is_a_409_problem(app, warehouse):
    claim(warehouse, "G-01", ADA)
    client = app.test_client()

    answer = client.post("/api/racks/G-01/claim", json={}, headers=signed_in(client))

    assert (answer.status_code, answer.json["code"]) == (409, "rack_locked")
    assert answer.json["holder"]["name"] == "Ada"


def test_the_answer_to_a_claim_has_the_fields_of_the_contract(app):
    client = app.test_client()

    answer = client.post("/api/racks/G-01/claim", headers=signed_in(client))

    assert answer.status_code == 200
    contract = ("success", "rack_id", "session_id", "floor", "lock_ttl", "fencing_token", "message")
    assert answer.json.keys() >= set(contract)
    assert (answer.json["success"], answer.json["lock_ttl"]) == (True, 60)


def test_fifty_claims_at_once_have_one_winner(warehouse):
    people = [an_identity(f"p{n}") for n in range(50)]

    def try_claim(who):
        try:
            return claim(warehouse, "G-01", who)
        except RackLocked as refusal:
            return refusal

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(try_claim, people))

    refusals = [a for a in answers if isinstance(a, RackLocked)]
    winner = rack(warehouse, "G-01").holder
    assert len(refusals) == 49
    assert {r.facts["holder"]["name"] for r in refusals} == {winner.name}
    assert len(warehouse.standing.open_sessions(SUE)) == 1


def test_the_holder_claims_again_and_gets_the_same_lease(warehouse, clock):
    first = claim(warehouse, "G-01", ADA, device_id="scanner")
    clock.move(30)

    again = claim(warehouse, "G-01", ADA, device_id="scanner")

    assert (again.session_id, again.fence) == (first.session_id, first.fence)
    assert (rack(warehouse, "G-01").lease_expires_at - clock.now()).total_seconds() == 60
    assert len(open_sessions(warehouse, ADA)) == 1


def test_a_double_tap_on_claim_gives_one_lease_twice(warehouse):
    for rack_id in FIVE:
        with ThreadPoolExecutor(4) as pool:
            leases = list(pool.map(lambda _, r=rack_id: claim(warehouse, r, ADA), range(4)))

        assert len({(lease.session_id, lease.fence) for lease in leases}) == 1


def test_the_same_person_on_a_second_device_is_told(warehouse):
    claim(warehouse, "G-01", ADA, device_id="scanner")

    with pytest.raises(HeldOnOtherDevice) as told_so:
        claim(warehouse, "G-01", ADA, device_id="phone")

    assert told_so.value.facts["holder"]["device_id"] == "scanner"


def test_a_second_device_takes_the_lease_over_by_saying_so(warehouse):
    first = claim(warehouse, "G-01", ADA, device_id="scanner")

    lease = claim(warehouse, "G-01", ADA, device_id="phone", take_over=True)

    held = rack(warehouse, "G-01")
    assert lease.fence == first.fence
    assert (held.session_id, held.holder.device_id) == (lease.session_id, "phone")
    assert warehouse.locks.get_rack_lock("G-01").session_id == lease.session_id
    assert [s.session_id for s in open_sessions(warehouse, ADA)] == [lease.session_id]
    assert warehouse.heartbeats.beat(first.session_id, by=ADA).state == "ended"


def test_a_device_hears_that_another_took_over(warehouse):
    first = claim(warehouse, "G-01", ADA, device_id="scanner")

    claim(warehouse, "G-01", ADA, device_id="phone", take_over=True)

    events = [e.data for e in warehouse.event_log.since(0) if e.data["session_id"]]
    ended = [e["type"] for e in events if e["session_id"] == first.session_id]
    assert ended == ["claimed", "started", "released"]


def test_taking_over_works_for_a_user_at_the_limit(warehouse):
    for rack_id in FIVE:
        claim(warehouse, rack_id, ADA, device_id="scanner")

    lease = claim(warehouse, "G-01", ADA, device_id="phone", take_over=True)

    assert rack(warehouse, "G-01").session_id == lease.session_id


def test_a_claim_for_another_floor_is_refused(warehouse):
    with pytest.raises(WrongFloor) as refusal:
        claim(warehouse, "F-01", ADA, floor="Ground")

    assert refusal.value.facts["floor"] == "First"
    assert rack(warehouse, "F-01").holder is None


def test_a_rack_off_the_floor_plan_is_unknown(warehouse):
    with pytest.raises(RackUnknown):
        claim(warehouse, "X-99", ADA)


def test_an_auditor_may_not_claim(warehouse):
    with pytest.raises(NotAllowed):
        claim(warehouse, "G-01", an_identity("auditor", Role.AUDITOR))


def test_a_completed_rack_is_not_claimed_again(warehouse):
    complete(warehouse, claim(warehouse, "G-01", ADA), ADA)

    with pytest.raises(IllegalMove) as refusal:
        claim(warehouse, "G-01", BEN)

    assert refusal.value.facts["state"] == "completed"


def test_a_sixth_rack_is_refused_until_one_is_given_back(warehouse):
    for rack_id in FIVE:
        claim(warehouse, rack_id, ADA)
    with pytest.raises(TooManySessions):
        claim(warehouse, "G-06", ADA)

    warehouse.leases.release("G-01", by=ADA)

    assert claim(warehouse, "G-06", ADA).rack_id == "G-06"


def test_parallel_claims_of_one_user_stop_at_five(warehouse):
    def try_claim(rack_id):
        try:
            return claim(warehouse, rack_id, ADA)
        except TooManySessions:
            return None

    with ThreadPoolExecutor(7) as pool:
        leases = list(pool.map(try_claim, [*FIVE, "G-06", "G-07"]))

    assert leases.count(None) == 2
    assert len(open_sessions(warehouse, ADA)) == 5


def test_a_claim_that_is_refused_gives_its_lock_back(warehouse):
    for rack_id in FIVE:
        claim(warehouse, rack_id, ADA)

    with pytest.raises(TooManySessions):
        claim(warehouse, "G-06", ADA)

    assert warehouse.locks.get_rack_lock("G-06") is None
    assert claim(warehouse, "G-06", BEN).fence == 1


def test_an_own_lock_without_a_lease_is_no_obstacle(warehouse):
    # The answer to an earlier claim got lost between Redis and the server.
    warehouse.locks.acquire_rack_lock("G-01", ADA.user_id, session_id="lost", fence=1, name="Ada")

    lease = claim(warehouse, "G-01", ADA)

    assert rack(warehouse, "G-01").session_id == lease.session_id


def test_a_lock_that_outlived_its_lease_blocks_nobody(warehouse):
    old = claim(warehouse, "G-01", ADA)
    warehouse.leases.release("G-01", by=ADA)
    # A heartbeat that was on its way when the rack was released takes the lock once more.
    warehouse.locks.acquire_rack_lock(
        "G-01", ADA.user_id, session_id=old.session_id, fence=old.fence, name="Ada"
    )

    lease = claim(warehouse, "G-01", BEN)

    assert warehouse.locks.get_rack_lock("G-01").session_id == lease.session_id


def test_a_claim_that_dies_halfway_locks_the_rack_only_briefly(warehouse):
    class Killed(BaseException):
        pass

    class StoreOfADyingProcess:
        """Shows the lock as it is when the process dies before the lease is written."""

        def __init__(self, locks):
            self.locks = locks
            self.ttl = 0

        def take(self, *_, **__):
            self.ttl = self.locks.get_rack_lock_ttl("G-01")
            raise Killed

    store = StoreOfADyingProcess(warehouse.locks)

    with pytest.raises(Killed):
        leases_on(warehouse, store).claim("G-01", by=ADA, wish=ClaimWish())

    assert 0 < store.ttl <= 5


def test_the_counter_of_pass_one_is_refused_pass_two(warehouse):
    complete(warehouse, claim(warehouse, "G-01", ADA), ADA)
    warehouse.leases.recount("G-01", by=SUE, reason="Two pallets were moved.")

    with pytest.raises(PassTaken):
        claim(warehouse, "G-01", ADA)

    assert claim(warehouse, "G-01", BEN).pass_no == 2


def test_a_claim_without_redis_is_refused_whole(warehouse_on, own_redis):
    warehouse = warehouse_on(own_redis.url)
    own_redis.stop()

    with pytest.raises(RedisUnavailable):
        claim(warehouse, "G-01", ADA)

    assert rack(warehouse, "G-01").status is RackStatus.AVAILABLE
    assert open_sessions(warehouse, ADA) == []


def test_racks_can_be_claimed_as_soon_as_redis_is_back(warehouse_on, own_redis):
    warehouse = warehouse_on(own_redis.url)
    own_redis.stop()
    with pytest.raises(RedisUnavailable):
        claim(warehouse, "G-01", ADA)

    own_redis.start()
    wait_until(warehouse.redis.connect, 5)

    assert claim(warehouse, "G-01", ADA).fence == 1


def test_a_lease_goes_on_while_redis_is_away(warehouse_on, own_redis, clock):
    warehouse = warehouse_on(own_redis.url)
    lease = claim(warehouse, "G-01", ADA)
    own_redis.stop()
    clock.move(50)

    assert warehouse.heartbeats.beat(lease.session_id, by=ADA).state == "held"

    clock.move(50)
    assert warehouse.sweep.expire_due() == 0
    assert warehouse.leases.release("G-01", by=ADA).status is RackStatus.AVAILABLE
