"""Serial numbers that a batch's records may hold in the store, and what is done about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from app.sync.records import Known


class Hold(NamedTuple):
    """A serial that a record may hold; `rev` is the last revision of it that is told of."""

    serial: str
    record_id: str
    rev: int


class Holds:
    """Under which revision each record may hold which serial. A draft that clashed is judged anew
    and may come to less, so the highest one is noted.
    """

    def __init__(self) -> None:
        self._revs: dict[tuple[str, str], int] = {}

    def note(self, record_id: str, rev: int, serials: Iterable[str]) -> None:
        """The record may hold these, up to the revision."""
        for serial in serials:
            key = (serial, record_id)
            self._revs[key] = max(rev, self._revs.get(key, 0))

    def to_free(self, records: Mapping[str, Known]) -> set[Hold]:
        """What no version has any more, up to the last revision that does without it; and what is
        noted for a revision that was not accepted in the end.
        """
        return {
            Hold(serial, record_id, rev)
            for (serial, record_id), rev in self._revs.items()
            if not _stands(serial, rev, records.get(record_id))
        }


def serials_of(known: Known | None) -> tuple[str, ...]:
    """The serials of a version, none where there is none."""
    return known.serial_numbers if known else ()


def _stands(serial: str, rev: int, known: Known | None) -> bool:
    return known is not None and serial in known.serial_numbers and rev <= known.rev
