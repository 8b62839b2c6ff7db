"""Worlds: what batches are judged against, read by one command for all that arrive together.

Nearly all records are new, so most are not even looked for (`World.unread`): the unique index tells
at the write which are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

from app.auth.identity import Identity
from app.db.questions import Question, ask_at_once
from app.items.catalogue import Catalogue
from app.racks.standing import Standing
from app.sync.conflict_store import ConflictStore
from app.sync.records import BadRecord, CountRecord, conflict_id_of
from app.sync.rules import World, may_be_parked
from app.sync.store import RecordStore

T = TypeVar("T")
Sent = tuple[Sequence[CountRecord | BadRecord], Identity]
Told = tuple[list[CountRecord], Identity]


class Worlds:
    """Reads worlds: a fixed number of round trips, however many batches."""

    def __init__(
        self,
        records: RecordStore,
        conflicts: ConflictStore,
        standing: Standing,
        catalogue: Catalogue,
    ) -> None:
        self._records = records
        self._conflicts = conflicts
        self._standing = standing
        self._catalogue = catalogue

    def __call__(self, batches: Sequence[Sent]) -> list[World]:
        """The world of each batch."""
        told = [([r for r in sent if isinstance(r, CountRecord)], by) for sent, by in batches]
        records = [record for each, _ in told for record in each]
        corrections = {r.client_record_id for r in records if r.base_rev}
        ends = set[str]().union(*(_ends(each) for each, _ in told))
        questions: list[Question[Any]] = [
            self._standing.ask_sessions({r.session_id for r in records}),
            self._standing.ask_racks({r.rack_id for r in records if r.rack_id}),
            self._catalogue.ask_known_codes({r.item_code for r in records}),
            self._records.ask_there(ends - corrections),
            self._conflicts.ask_contested({r.session_id for r in records if r.serial_numbers}),
        ]
        (sessions, racks), named, items, there, contested = ask_at_once(questions)
        again = {r.client_record_id for r in records if may_be_parked(r, contested)}
        read = corrections | again | _sent_again(told, there)
        known = self._records.known(read)
        parked = self._conflicts.parked(
            conflict_id_of(by.user_id, r)
            for each, by in told
            for r in each
            if r.client_record_id in read
        )
        return [
            World(
                by=by,
                sessions=_among({r.session_id for r in each}, sessions),
                racks=racks | named,
                records=_among({r.client_record_id for r in each}, known),
                parked=parked,
                items=items,
                unread={r.client_record_id for r in each} - read,
            )
            for each, by in told
        ]


def _ends(records: Sequence[CountRecord]) -> set[str]:
    """The first and the last record of a batch."""
    return {record.client_record_id for record in (*records[:1], *records[-1:])}


def _sent_again(told: Sequence[Told], there: AbstractSet[str]) -> set[str]:
    """All records of the batches whose first or last one is there: they are sent again after a lost
    answer.
    """
    again = [each for each, _ in told if not there.isdisjoint(_ends(each))]
    return {record.client_record_id for each in again for record in each}


def _among(keys: Iterable[str], found: Mapping[str, T]) -> dict[str, T]:
    """What was found of a batch's own keys."""
    return {key: found[key] for key in keys if key in found}
