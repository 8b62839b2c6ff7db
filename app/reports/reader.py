"""Reads of others' collections, by a Query only: the first rows at once, or all into frozen rows.

This store writes nothing but `report_rows.<snapshot id>`, one collection a snapshot, clustered by
the number of the row: to read a page is a walk along it, and to forget a snapshot drops it at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pymongo
from pymongo.collection import Collection
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from app.db.client import Db, Document
from app.errors import QueryTooSlow
from app.reports.columns import Column, Row
from app.reports.pipeline import (
    count_stages,
    is_number,
    numbered_stages,
    preview_stages,
    summary_stages,
)
from app.reports.query import Query
from app.reports.snapshot import ColumnSum, Summary

PREVIEW_SECONDS = 0.25
COUNT_SECONDS = 0.1
SNAPSHOT_SECONDS = 120.0
"""A preview that does not end in its time looks at EXAMINED records only; a snapshot that does not
is given up. Together the first two leave time to answer within half a second.
"""
EXAMINED = 20_000
ROWS = "report_rows"
BATCH = 1_000
"""Rows that are fetched together: they fit into a processor's cache."""


class Reader:
    """Runs queries. `examined`: how many records a preview looks at that may not take longer."""

    def __init__(
        self,
        db: Db,
        *,
        preview_s: float = PREVIEW_SECONDS,
        snapshot_s: float = SNAPSHOT_SECONDS,
        examined: int = EXAMINED,
    ) -> None:
        self._db = db
        self._preview_s = preview_s
        self._snapshot_s = snapshot_s
        self.examined = examined

    def first_rows(self, query: Query, rows: int) -> tuple[list[Row], bool]:
        """The first rows, and whether all records were looked at for them."""
        steps = preview_stages(query, rows)
        if self._db[query.source.name].estimated_document_count() <= self.examined:
            return self._rows(query, steps), True
        try:
            with pymongo.timeout(self._preview_s):
                return self._rows(query, steps), True
        except PyMongoError as error:
            if not error.timeout:
                raise
        return self._rows(query, preview_stages(query, rows, first=self.examined)), False

    def total(self, query: Query) -> int | None:
        """How many rows the whole answer has; None where that takes too long."""
        found = self._db[query.source.name]
        if not query.filters and not query.is_grouped:
            return min(found.estimated_document_count(), query.limit or 2**63)
        try:
            with pymongo.timeout(COUNT_SECONDS):
                counted = next(found.aggregate(count_stages(query)), {"n": 0})
        except PyMongoError as error:
            if error.timeout:
                return None
            raise
        return int(counted["n"])

    def freeze(self, query: Query, snapshot_id: str) -> Summary:
        """Write all rows of the answer, as they are at one moment, and sum them up.

        The rows are read from one snapshot of the database and written by it, so no row comes here
        and there is no limit to their number. Raises QueryTooSlow; then nothing is left.
        """
        rows = self._fresh_rows(snapshot_id)
        steps = [*numbered_stages(query), _into(rows.name)]
        one_moment = self._db[query.source.name].with_options(read_concern=ReadConcern("snapshot"))
        try:
            with pymongo.timeout(self._snapshot_s):
                one_moment.aggregate(steps, allowDiskUse=True).close()
                return self._sum_up(rows, query.columns)
        except PyMongoError as error:
            self.forget(snapshot_id)
            if error.timeout:
                raise QueryTooSlow(self._snapshot_s) from None
            raise

    def page(self, snapshot_id: str, columns: int, *, after: int, limit: int) -> list[Row]:
        """Frozen rows behind a number."""
        found = self._frozen(snapshot_id).find({"_id": {"$gt": after}}).sort("_id", 1).limit(limit)
        return [_row(doc, columns) for doc in found]

    def all(self, snapshot_id: str, columns: int) -> Iterator[Row]:
        """All frozen rows in their order, as the database hands them over."""
        with pymongo.timeout(None):
            for doc in self._frozen(snapshot_id).find(batch_size=BATCH).sort("_id", 1):
                yield _row(doc, columns)

    def forget(self, snapshot_id: str) -> None:
        self._frozen(snapshot_id).drop()

    def kept_rows(self) -> list[str]:
        """The snapshots of which there are rows, by their ids."""
        return ids_of_collections(self._db, ROWS)

    def _rows(self, query: Query, steps: list[Document]) -> list[Row]:
        found = self._db[query.source.name].aggregate(steps)
        return [_row(doc, len(query.columns)) for doc in found]

    def _frozen(self, snapshot_id: str) -> Collection[Document]:
        return self._db[f"{ROWS}.{snapshot_id}"]

    def _fresh_rows(self, snapshot_id: str) -> Collection[Document]:
        by_number: Mapping[str, Any] = {"key": {"_id": 1}, "unique": True}
        return self._db.create_collection(f"{ROWS}.{snapshot_id}", clusteredIndex=by_number)

    def _sum_up(self, rows: Collection[Document], columns: tuple[Column, ...]) -> Summary:
        numbers = [at for at, column in enumerate(columns) if is_number(column.type)]
        found = next(rows.aggregate(summary_stages(numbers)), {"n": 0})
        sums = {
            columns[at].name: ColumnSum(
                sum=found.get(f"s{at}", 0),
                least=found.get(f"l{at}"),
                greatest=found.get(f"h{at}"),
            )
            for at in numbers
        }
        return Summary(rows=found["n"], sums=sums)


def ids_of_collections(db: Db, prefix: str) -> list[str]:
    """What stands behind the dot in the names of collections that begin so."""
    begins = {"name": {"$regex": f"^{prefix}\\."}}
    return [name[len(prefix) + 1 :] for name in db.list_collection_names(filter=begins)]


def _into(name: str) -> Document:
    return {"$merge": {"into": name, "whenMatched": "fail", "whenNotMatched": "insert"}}


def _row(doc: Document, columns: int) -> Row:
    """The cells in the order of their columns, in which the database keeps them."""
    cells = doc["c"]
    if len(cells) == columns:
        return list(cells.values())
    return [cells.get(f"f{at}") for at in range(columns)]  # a group may lack one
