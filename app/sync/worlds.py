"""Worlds: what batches are judged against, read for all that arrive together as if they were one.

Nearly all records are new, so most are not even looked for (`World.unread`): the unique index tells
at the write which are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from app.auth.identity import Identity
from app.items.catalogue import Catalogue
from app.racks.standing import Standing
from app.sync.conflict_store import ConflictStore
from app.sync.records import BadRecord, CountRecord, conflict_id_of
from app.sync.rules import World, must_be_read
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
        sessions = self._standing.sessions({r.session_id for r in records})
        racks = {s.rack_id for s in sessions.values()} | {r.rack_id for r in records if r.rack_id}
        found = self._standing.racks(racks)
        read = self._to_read(told)
        known = self._records.known(read)
        parked = self._conflicts.parked(
            conflict_id_of(by.user_id, r)
            for each, by in told
            for r in each
            if r.client_record_id in read
        )
        items = self._catalogue.known_codes({r.item_code for r in records})
        return [
            World(
                by=by,
                sessions=_among({r.session_id for r in each}, sessions),
                racks=found,
                records=_among({r.client_record_id for r in each}, known),
                parked=parked,
                items=items,
                unread={r.client_record_id for r in each} - read,
            )
            for each, by in told
        ]

    def _to_read(self, told: Sequence[Told]) -> set[str]:
        """The records to be looked for: those that have to be, and all of a batch whose first or
        last one is there, as it is sent again after a lost answer.
        """
        ends = {r.client_record_id for each, _ in told for r in (*each[:1], *each[-1:])}
        must = {r.client_record_id for each, _ in told for r in each if must_be_read(r)}
        there = self._records.there(ends - must)
        for each, _ in told:
            if not there.isdisjoint(r.client_record_id for r in (*each[:1], *each[-1:])):
                must.update(r.client_record_id for r in each)
        return must


def _among(keys: Iterable[str], found: Mapping[str, T]) -> dict[str, T]:
    """What was found of a batch's own keys."""
    return {key: found[key] for key in keys if key in found}
