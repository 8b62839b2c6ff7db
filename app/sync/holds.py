"""Serial numbers that a batch's records may hold in the store, and what is done about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.db.client import Document
from app.sync.documents import Draft, kept_claim, serial_claim
from app.sync.records import Known

Hold = tuple[str, str, int]
"""A serial, a record, and the last revision of it that is told of."""


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
        """What no version has any more, up to the last revision that does without it."""
        return {
            (serial, record_id, rev)
            for (serial, record_id), rev in self._revs.items()
            if serial not in serials_of(records.get(record_id))
        }

    def to_restore(
        self, records: Mapping[str, Known], written: Mapping[str, Draft]
    ) -> list[tuple[int, Document]]:
        """What stays with its record, though it was noted for a later version of it that was not
        accepted in the end: that revision, and the claim as it is.
        """
        return [
            (rev, {"serial_number": serial, **_claim(known, written)})
            for (serial, record_id), rev in self._revs.items()
            if (known := records.get(record_id)) and serial in known.serial_numbers
            if rev > known.rev
        ]


def serials_of(known: Known | None) -> tuple[str, ...]:
    """The serials of a version, none where there is none."""
    return known.serial_numbers if known else ()


def _claim(known: Known, written: Mapping[str, Draft]) -> Document:
    draft = written.get(known.client_record_id)
    return serial_claim(draft) if draft else kept_claim(known)
