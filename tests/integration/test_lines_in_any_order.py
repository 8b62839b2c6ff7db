"""Count lines equal what the records say, whatever order people and supervisors act in."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from app.auth.identity import Role
from app.errors import DomainError
from app.items.movement import Movement
from app.stocktakes.lines_store import LineFilter
from app.stocktakes.rules import Approval
from app.stocktakes.stocktake import StocktakeWish, Tolerance
from tests.support.app import make_settings, make_warehouse
from tests.support.builders import a_record, an_identity, claim, complete, plan_racks
from tests.support.catalogue import a_row
from tests.support.clock import MovableClock
from tests.support.servers import empty

SUE = an_identity("supervisor", Role.SUPERVISOR)
PEOPLE = [an_identity(name) for name in ("ada", "bob", "cid", "dan")]
ITEMS = ("A1", "B2")
RACK = "G-01"
people = st.sampled_from(PEOPLE)
items = st.sampled_from(ITEMS)
some_counts = st.lists(st.tuples(items, st.integers(0, 4)), max_size=3)


class Stocktaking(RuleBasedStateMachine):
    """People count one rack of two items, and the supervisor decides in between."""

    warehouse = None
    clock = None

    def __init__(self):
        super().__init__()
        empty(self.warehouse.db)
        self.warehouse.redis.client.flushall()
        self.warehouse.imports.load_items(
            [a_row(code, rack=RACK, stock_qty="3", mrp="2") for code in ITEMS]
        )
        plan_racks(self.warehouse, RACK)
        self.clock.move(1)
        wish = StocktakeWish(name="Machine", warehouse="Main", tolerance=Tolerance(pieces=1))
        self.stocktake = self.warehouse.stocktakes.open(wish, by=SUE)
        self.frozen = {}
        self.moves = 0

    @rule(by=people, counts=some_counts, finishes=st.booleans())
    def somebody_counts(self, by, counts, finishes):
        """They finish the rack, or their lease ends before they do."""
        with suppress(DomainError):
            lease = claim(self.warehouse, RACK, by)
            for item, qty in counts:
                self.clock.move(1)
                record = a_record(
                    lease.session_id,
                    item_code=item,
                    verified_qty=qty,
                    created_at=self.clock.now(),
                    updated_at=self.clock.now(),
                )
                self.warehouse.batches.sync([record], by=by)
            if finishes:
                complete(self.warehouse, lease, by)
            self.clock.move(120)
            self.warehouse.sweep.expire_due()

    @rule(item=items, qty=st.integers(-2, 2).filter(bool))
    def stock_moves(self, item, qty):
        self.clock.move(1)
        self.moves += 1
        movement = Movement(
            movement_id=f"m{self.moves}", item_code=item, qty=qty, at=self.clock.now()
        )
        self.warehouse.movements.book([movement], by=SUE)

    @rule(item=items)
    def a_line_is_approved(self, item):
        line = self.lines()[item]
        try:
            done = self.warehouse.count_lines.approve(line.line_id, Approval(), by=SUE)
        except DomainError:
            return
        self.frozen[item] = done.outcome

    @rule(item=items)
    def an_item_is_recounted(self, item):
        line = self.lines()[item]
        with suppress(DomainError):
            self.warehouse.count_lines.recount(line.line_id, "again", by=SUE)

    @rule()
    def late_counts_are_taken_in(self):
        late = self.warehouse.late_counts
        for offer in late.of_stocktake(self.stocktake.stocktake_id):
            with suppress(DomainError):
                late.take_in(self.stocktake.stocktake_id, offer.session.session_id, by=SUE)

    @invariant()
    def lines_are_what_the_records_say(self):
        counted = self.counted()
        for item, line in self.lines().items():
            assert {p.fence: p.counted for p in line.passes} == counted[item] or (
                item in self.frozen
            )
            if line.outcome.counted is not None:
                assert line.outcome.variance == line.outcome.counted - line.book.expected

    @invariant()
    def what_was_decided_stays(self):
        lines = self.lines()
        for item, outcome in self.frozen.items():
            assert lines[item].outcome == outcome

    @invariant()
    def the_sums_are_those_of_the_lines(self):
        lines = self.lines().values()
        (sums,) = self.warehouse.stocktakes.racks(self.stocktake.stocktake_id)
        assert sums.lines == len(lines)
        assert sums.settled == sum(line.settled for line in lines)
        assert sums.counted_qty == sum(line.outcome.counted or 0 for line in lines)

    def lines(self):
        wish = LineFilter(stocktake_id=self.stocktake.stocktake_id)
        page = self.warehouse.count_lines.page(wish, after=None, limit=10)
        return {line.key.item_code: line for line in page}

    def counted(self):
        """Pieces by item and fence, of finished sessions and of those taken in, record by
        record.
        """
        stands = {
            s["fence"]
            for s in self.warehouse.db.verification_sessions.find()
            if s["status"] == "completed" or s.get("late_pass")
        }
        sums = {item: defaultdict(float) for item in ITEMS}
        for record in self.warehouse.db.verification_records.find({"sync_status": "synced"}):
            if record["fence"] in stands:
                sums[record["item_code"]][record["fence"]] += record["verified_qty"]
        return sums


def test_lines_equal_the_records_in_any_order_of_acts(mongo_uri, redis_url, migrated_db):
    clock = MovableClock()
    warehouse = make_warehouse(make_settings(mongo_uri, redis_url, migrated_db.name), clock)
    try:
        run_state_machine_as_test(
            type("OnTheseServers", (Stocktaking,), {"warehouse": warehouse, "clock": clock}),
            settings=settings(
                max_examples=10,
                stateful_step_count=15,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        warehouse.close()
