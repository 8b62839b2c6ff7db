"""The jobs of an import: read a file, take it over, take it back.

100,000 rows fit no transaction, so what holds is this. Rows are staged first, and nothing of the
catalogue changes until a person commits. Then CHUNK rows at a time are taken over, each chunk whole
with its change numbers, search terms, earlier values and the import's own progress, in one
transaction: a worker killed anywhere leaves the import exactly between two chunks, and whoever
takes the job next goes on from there. A reader meanwhile may see some items new and others old,
each item whole, and the deltas of `/api/items/changes` in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from app.clock import Clock
from app.events import ItemsImported, Publisher
from app.items.drafts import RowKind
from app.items.import_store import ImportStore, WorkLost
from app.items.item import Item
from app.items.item_import import ImportRow, ImportState, ItemImport, Trace
from app.items.movement import Movement
from app.items.movement_store import MovementStore
from app.items.movements import NoteMoved
from app.items.outcomes import outcome, restored, summed
from app.items.staging import Staging
from app.items.store import ItemStore
from app.jobs.job import JobStopped
from app.jobs.running import Work

READ, COMMIT, UNDO = "import_read", "import_commit", "import_undo"
KINDS = (READ, COMMIT, UNDO)
CHUNK = 500


class ImportJobs:
    """Brings imports to where a person wants them. `settled` runs after items changed; `note_moved`
    hears of the items whose book stock changed, in the same act.
    """

    step = CHUNK
    """Rows a transaction."""

    def __init__(
        self,
        store: ImportStore,
        items: ItemStore,
        movements: MovementStore,
        publish: Publisher,
        clock: Clock,
        settled: Callable[[], None],
        note_moved: NoteMoved,
    ) -> None:
        self._store = store
        self._items = items
        self._movements = movements
        self._publish = publish
        self._clock = clock
        self._settled = settled
        self._note_moved = note_moved
        self._staging = Staging(store, items, movements, clock)

    def work(self, work: Work) -> dict[str, Any]:
        """The job, in a worker's hands. Begun again, it goes on after the last step written; so it
        does here where the database fails for a moment, as long as there is a step in between.
        """
        import_id = work.job.params["import_id"]
        while True:
            so_far = work.progress
            try:
                self._go_on(import_id, work)
            except WorkLost:
                raise JobStopped from None
            except PyMongoError:
                if work.progress == so_far:
                    raise
            else:
                return {"import_id": import_id, "state": self._store.get(import_id).state.value}

    def _go_on(self, import_id: str, work: Work) -> None:
        worker = uuid4().hex
        found = self._store.take(import_id, work.job.job_id, worker)
        if found is None:
            return
        if found.state is ImportState.READING:
            self._staging.read(found, worker, work.tell)
        elif found.state is ImportState.RUNNING:
            self._take_over(found, worker, work)
        else:
            self._take_back(found, worker, work)

    # ── taking over ──────────────────────────────────────────────────────────────────────────────

    def _take_over(self, job: ItemImport, worker: str, work: Work) -> None:
        for start, rows in self._chunks(job, work):
            self._items.in_transaction(partial(self._apply, job, worker, start, rows))
        self._end(job, worker, ImportState.DONE)
        self._store.files.forget(job.import_id)

    def _apply(
        self, job: ItemImport, worker: str, start: int, rows: Sequence[ImportRow], s: ClientSession
    ) -> None:
        now = self._clock.now()
        codes = [row.item_code for row in rows if row.item_code]
        standing = self._items.standing(codes, s)
        moved = self._moved(job, codes, s)
        after: dict[str, Item] = {}
        traces: dict[int, Trace] = {}
        for row in rows:
            code, before = row.item_code or "", standing.get(row.item_code or "")
            item, trace = outcome(row, before, moved.get(code, 0.0))
            traces[row.seq or 0] = trace
            if item:
                after[code] = item
        gone = [row.item_code for row in rows if row.kind is RowKind.GONE and row.item_code]
        if after:
            self._items.save_in(after, now, s)
        if gone:
            self._items.delete_in(gone, now, s)
        if job.says_stock:
            self._items.set_book_moments(dict.fromkeys(after, job.stock_at), s)
            self._note_moved(list(after), s)
        self._store.rows.note(job.reading or "", traces, now, s)
        self._store.advance(job, worker, {"done": start + len(rows)}, s)

    def _moved(self, job: ItemImport, codes: Sequence[str], s: ClientSession) -> dict[str, float]:
        """What moved of each item since the moment of the file's figures."""
        if not job.says_stock:
            return {}
        return summed(self._movements.after(codes, job.stock_at, s))

    # ── taking back ──────────────────────────────────────────────────────────────────────────────

    def _take_back(self, job: ItemImport, worker: str, work: Work) -> None:
        for start, rows in self._chunks(job, work):
            self._items.in_transaction(partial(self._restore, job, worker, start, rows))
        self._end(job, worker, ImportState.UNDONE)

    def _restore(
        self, job: ItemImport, worker: str, start: int, rows: Sequence[ImportRow], s: ClientSession
    ) -> None:
        now = self._clock.now()
        rows = [row for row in rows if row.item_code and row.applied_at and not row.skipped]
        codes = [row.item_code for row in rows if row.item_code]
        standing = self._items.standing(codes, s)
        late = self._late(job, rows, s)
        back: dict[str, Item] = {}
        for row in rows:
            item = restored(row, standing.get(row.item_code or ""), late, job.says_stock)
            if item:
                back[item.item_code] = item
        if back:
            self._items.save_in(back, now, s)
        new = [row.item_code for row in rows if row.before is None and row.item_code in standing]
        if new:
            self._items.delete_in([code for code in new if code], now, s)
        moments = {row.item_code: row.book_at for row in rows if row.item_code in back}
        self._items.set_book_moments({c: at for c, at in moments.items() if c}, s)
        self._note_moved(list(back), s)
        self._store.advance(job, worker, {"done": min(start + self.step, job.total)}, s)

    def _late(self, job: ItemImport, rows: Sequence[ImportRow], s: ClientSession) -> list[Movement]:
        """Movements that came after the import, and that its figures, but not the earlier ones,
        had already.
        """
        if not (rows and job.says_stock):
            return []
        since = min(row.applied_at for row in rows if row.applied_at)
        codes = [row.item_code for row in rows if row.item_code]
        earlier = {row.item_code: row.book_at for row in rows}
        found = self._movements.not_added_since(codes, since, s)
        return [m for m in found if not (at := earlier[m.item_code]) or m.at > at]

    def _chunks(self, job: ItemImport, work: Work) -> Iterator[tuple[int, list[ImportRow]]]:
        for start in range(job.done, job.total, self.step):
            work.tell(start, job.total)
            yield start, self._store.rows.steps(job.reading or "", start, limit=self.step)

    def _end(self, job: ItemImport, worker: str, state: ImportState) -> None:
        self._settled()
        done = self._store.finish(job, worker, state, finished_at=self._clock.now(), done=job.total)
        self._publish(
            ItemsImported(
                import_id=job.import_id,
                state=state.value,
                file_name=job.file_name,
                by=done.undone_by_name or done.committed_by_name or "",
                counts=dict(job.counts),
            )
        )
