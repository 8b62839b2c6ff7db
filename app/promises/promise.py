"""A promise, how it stands, and the tests that attack it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How a promise stands: WATCH asks a person to look, UNKNOWN says that nobody can tell now."""

    KEPT = "kept"
    WATCH = "watch"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """`key` names its words; `figures` are what was found just now, times as datetimes."""

    number: int
    key: str
    standing: Standing
    figures: Mapping[str, object]
    tests: tuple[str, ...]


def _of(file: str, test: str = "") -> str:
    return f"tests/{file}.py" + (f"::{test}" if test else "")


ATTACKS: Mapping[str, tuple[str, ...]] = {
    "stored": (
        _of("faults/test_no_count_is_lost", "test_no_count_is_lost_and_none_stored_twice"),
        _of(
            "faults/test_a_killed_server",
            "test_everything_dies_at_once_and_nothing_acknowledged_is_lost",
        ),
    ),
    "once": (
        _of(
            "integration/test_the_same_batch_again",
            "test_the_same_batch_from_eight_threads_is_stored_once",
        ),
        _of("integration/test_serial_numbers", "test_of_parallel_batches_one_gets_each_serial"),
    ),
    "unsent": (
        _of("browser/test_counting_without_a_network"),
        _of("browser/test_a_shift_without_a_network"),
    ),
    "holder": (
        _of(
            "faults/test_claims_are_linearizable",
            "test_claims_under_faults_are_as_if_one_came_after_another",
        ),
        _of("integration/test_lease_machine"),
    ),
    "expiry": (
        _of(
            "integration/test_two_processes_claim",
            "test_a_lease_left_alone_ends_in_time_and_is_told_once",
        ),
    ),
    "late": (
        _of(
            "integration/test_late_records",
            "test_a_count_after_somebody_else_claimed_is_parked_whole",
        ),
        _of("integration/test_settlement_machine"),
    ),
    "events": (
        _of(
            "integration/test_live_replay",
            "test_a_reconnect_within_a_flow_leaves_no_gap_and_no_doubles",
        ),
        _of("faults/test_redis_away", "test_a_screen_learns_what_happened_while_redis_was_away"),
    ),
    "chain": (
        _of("unit/test_proof_of_custody", "test_no_byte_of_any_file_can_be_changed"),
        _of(
            "integration/test_custody_of_a_stocktake",
            "test_what_is_changed_in_the_database_afterwards_is_named",
        ),
    ),
    "backup": (
        _of(
            "integration/test_backing_up",
            "test_a_backup_while_people_count_is_one_moment_with_all_that_was_acknowledged",
        ),
    ),
}
"""By promise, in their order: files, or one test of a file, that try to break it."""
