"""Reading a file: each of its rows judged and staged, and nothing of the catalogue changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import uuid4

from app.chunks import chunks
from app.clock import Clock
from app.errors import DomainError
from app.items.columns import KEY, propose
from app.items.drafts import Draft, RowKind, Values, judge_row, values_of
from app.items.import_store import ImportStore
from app.items.item_import import ImportRow, ImportState, ItemImport
from app.items.movement_store import MovementStore
from app.items.outcomes import summed
from app.items.reading import Row, Table, read_table
from app.items.store import ItemStore

READ_AT_ONCE = 1_000
SAMPLES, SAMPLE_LENGTH, SAMPLED_ROWS = 3, 60, 50
Tell = Callable[[int], object]
"""Says how many rows are read."""

_STEPS = (RowKind.NEW, RowKind.CHANGED, RowKind.GONE)


class Staging:
    """Reads files."""

    def __init__(
        self, store: ImportStore, items: ItemStore, movements: MovementStore, clock: Clock
    ) -> None:
        self._store = store
        self._items = items
        self._movements = movements
        self._clock = clock

    def read(self, job: ItemImport, worker: str, tell: Tell) -> None:
        """Bring the import to its preview, or to what is wrong with the file. Raises WorkLost."""
        if job.reading:
            self._store.rows.drop(job.reading)
        try:
            with closing(self._store.files.open(job.import_id)) as file:
                self._stage(job, worker, read_table(file), tell)
        except DomainError as error:
            told = {"code": error.code, "title": error.title, "detail": error.detail}
            self._store.finish(job, worker, ImportState.FAILED, error=told)

    def _stage(self, job: ItemImport, worker: str, table: Table, tell: Tell) -> None:
        first = list(islice(table.rows, READ_AT_ONCE))
        mapping = _fitting(job.mapping, table.columns) or propose(table.columns)
        reading = _Reading(table=table, mapping=mapping, stock_at=job.stock_at)
        told = {"columns": _sampled(table, first), "mapping": mapping, "reading": reading.name}
        self._store.advance(job, worker, told)
        chunk, read = first if KEY in mapping else [], 0
        while chunk:
            self._keep(reading, self._judge(reading, chunk))
            read += len(chunk)
            self._store.advance(job, worker, {"done": read})
            tell(read)
            chunk = list(islice(table.rows, READ_AT_ONCE))
        if job.whole and reading.seen:
            self._keep_gone(reading)
        counts = {kind.value: count for kind, count in reading.counts.items()}
        self._store.finish(
            job, worker, ImportState.PREVIEW, counts=counts, total=reading.total, done=0
        )

    def _judge(self, reading: _Reading, rows: Sequence[Row]) -> list[Draft]:
        said = [(row, reading.values_of(cells)) for row, cells in rows]
        codes = [values[KEY] for _, values in said]
        known = {item.item_code: item for item in self._items.items(codes, with_book=True)}
        moved = summed(self._movements.after(codes, reading.stock_at)) if reading.says_stock else {}
        drafts = []
        for row, values in said:
            code = values[KEY]
            earlier, qty = reading.seen.get(code), moved.get(code, 0.0)
            drafts.append(judge_row(row, values, known.get(code), earlier_row=earlier, moved=qty))
            if code:
                reading.seen.setdefault(code, row)
        return drafts

    def _keep(self, reading: _Reading, drafts: Sequence[Draft]) -> None:
        rows = []
        for draft in drafts:
            reading.counts[draft.kind] += 1
            seq = reading.next_step() if reading.is_step(draft.kind) else None
            if seq is not None or draft.kind is RowKind.FAULTY:
                rows.append(ImportRow(seq=seq, **{f: getattr(draft, f) for f in Draft.__slots__}))
        self._store.rows.stage(reading.name, rows, self._clock.now())

    def _keep_gone(self, reading: _Reading) -> None:
        """Items of the catalogue that no row of the file names."""
        gone = ((code, name) for code, name in self._items.all_codes() if code not in reading.seen)
        for chunk in chunks(gone, READ_AT_ONCE):
            self._keep(
                reading,
                [
                    Draft(row=0, kind=RowKind.GONE, item_code=code, item_name=name)
                    for code, name in chunk
                ],
            )


@dataclass(kw_only=True)
class _Reading:
    """One reading of a file: how it is understood, and what was found so far."""

    table: Table
    mapping: Mapping[str, str]
    stock_at: datetime
    name: str = field(default_factory=lambda: uuid4().hex)
    counts: Counter[RowKind] = field(default_factory=Counter)
    seen: dict[str, int] = field(default_factory=dict)
    total: int = 0

    @property
    def says_stock(self) -> bool:
        return "stock_qty" in self.mapping

    def values_of(self, cells: Sequence[str]) -> Values:
        named = dict(zip(self.table.columns, cells, strict=True))
        return values_of(named, self.mapping, comma=self.table.comma)

    def is_step(self, kind: RowKind) -> bool:
        """Whether a row changes something: to confirm a figure is to say of which moment it is."""
        return kind in _STEPS or (kind is RowKind.SAME and self.says_stock)

    def next_step(self) -> int:
        self.total += 1
        return self.total - 1


def _sampled(table: Table, rows: Sequence[Row]) -> list[dict[str, object]]:
    """Each column with the first few things that stand in it."""
    columns: list[dict[str, object]] = []
    for place, name in enumerate(table.columns):
        found = [cells[place][:SAMPLE_LENGTH] for _, cells in rows[:SAMPLED_ROWS] if cells[place]]
        columns.append({"name": name, "samples": found[:SAMPLES]})
    return columns


def _fitting(mapping: Mapping[str, str] | None, columns: Sequence[str]) -> dict[str, str] | None:
    """A given mapping, as far as the file has its columns."""
    if mapping is None:
        return None
    return {name: column for name, column in mapping.items() if column in columns}
