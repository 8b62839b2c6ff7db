"""What imports leave behind: previews that nobody committed, rows and files that no import has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from app.clock import Clock
from app.items.import_store import ImportStore
from app.leftovers import Unowned

IMPORTS_AT_ONCE = 10
ROWS_AT_ONCE, ROWS_A_TURN = 5_000, 20_000
LOOKED_AT = 1_000
"""So many imports have rows or a file at most; what is behind them waits until some are gone."""
UPLOAD_TAKES = timedelta(hours=1)
"""At most: a file is kept before its import is."""


class ImportLeftovers:
    """Removes them, a bounded number at a turn. Safe in many processes."""

    def __init__(
        self,
        store: ImportStore,
        clock: Clock,
        *,
        rows_at_once: int = ROWS_AT_ONCE,
        rows_a_turn: int = ROWS_A_TURN,
    ) -> None:
        self._rows_at_once, self._rows_a_turn = rows_at_once, rows_a_turn
        self._store = store
        self._clock = clock
        self._files = Unowned(UPLOAD_TAKES)

    def sweep(self) -> None:
        """One turn."""
        self._forget_previews()
        self._drop_rows()
        self._forget_files()

    def _forget_previews(self) -> None:
        for stale in self._store.stale(self._clock.now(), limit=IMPORTS_AT_ONCE):
            if self._store.forget(stale.import_id):
                self._store.files.forget(stale.import_id)

    def _drop_rows(self) -> None:
        """Rows of an earlier reading, of a forgotten import, or of a worker that was too slow."""
        left = self._rows_a_turn
        for reading in _walk(self._store.rows.reading_after):
            if not self._store.has_reading(reading):
                while left > 0 and self._store.rows.drop_some(reading, self._rows_at_once):
                    left -= self._rows_at_once

    def _forget_files(self) -> None:
        files = _walk(self._store.files.after)
        unowned = [each for each in files if not self._store.needs_file(each)]
        for import_id in self._files.left_over(unowned, self._clock.now()):
            self._store.files.forget(import_id)


def _walk(after: Callable[[str], str | None]) -> Iterator[str]:
    place = ""
    for _ in range(LOOKED_AT):
        found = after(place)
        if found is None:
            return
        yield (place := found)
