"""The documents of `item_import_rows`: what a file's rows say, and what they replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from app.db.client import Db, Document
from app.items.drafts import RowKind
from app.items.item_import import ImportRow, Trace

KEEP_ROWS = timedelta(days=30)
"""How long an import can be taken back."""

DROPPED_AT_ONCE = 5_000

_FIELDS = tuple(f.name for f in fields(ImportRow))

RowPlace = tuple[int, str]
"""Where a page of rows ended: row and item code."""


class ImportRowStore:
    """Rows by reading: each time a file is read, its rows get a name of their own."""

    def __init__(self, db: Db) -> None:
        self._rows = db["item_import_rows"]

    def stage(self, reading: str, rows: Iterable[ImportRow], now: datetime) -> None:
        """Keep rows of a reading."""
        until = now + KEEP_ROWS
        documents = [{**_row_document(row), "reading": reading, "until": until} for row in rows]
        if documents:
            self._rows.insert_many(documents, ordered=False)

    def drop(self, reading: str) -> None:
        """Remove all rows of a reading, in steps that each end in time."""
        while self.drop_some(reading, DROPPED_AT_ONCE):
            pass

    def drop_some(self, reading: str, limit: int) -> int:
        """Remove at most so many rows of a reading; how many."""
        some = self._rows.find({"reading": reading}, {"_id": 1}, limit=limit)
        ids = [row["_id"] for row in some]
        return self._rows.delete_many({"_id": {"$in": ids}}).deleted_count if ids else 0

    def reading_after(self, reading: str) -> str | None:
        """The name of the next reading of which there are rows."""
        behind = {"reading": {"$gt": reading}}
        found = self._rows.find_one(behind, {"reading": 1}, sort=[("reading", 1), ("seq", 1)])
        return None if found is None else str(found["reading"])

    def page(
        self, reading: str, kind: RowKind, *, after: RowPlace | None, limit: int
    ) -> list[ImportRow]:
        """Rows of a kind in the file's order, those without a row by item code."""
        where: Document = {"reading": reading, "kind": kind}
        if after:
            where["row"] = {"$gte": after[0]}
            where["$or"] = [{"row": {"$gt": after[0]}}, {"item_code": {"$gt": after[1]}}]
        order = [("row", 1), ("item_code", 1)]
        return [_row(d) for d in self._rows.find(where, {"_id": 0}, sort=order, limit=limit)]

    def steps(self, reading: str, start: int, *, limit: int) -> list[ImportRow]:
        """The rows that change an item, from a number on."""
        where = {"reading": reading, "seq": {"$gte": start, "$lt": start + limit}}
        return [_row(d) for d in self._rows.find(where, {"_id": 0}, sort=[("seq", 1)])]

    def note(
        self, reading: str, traces: Mapping[int, Trace], at: datetime, session: ClientSession
    ) -> None:
        """Keep with each row, by number, what taking it over replaced."""
        self._rows.bulk_write(
            [
                UpdateOne({"reading": reading, "seq": seq}, {"$set": _trace_document(trace, at)})
                for seq, trace in traces.items()
            ],
            ordered=False,
            session=session,
        )


def _row_document(row: ImportRow) -> Document:
    values = {name: getattr(row, name) for name in _FIELDS}
    return {name: value for name, value in values.items() if value not in (None, ())}


def _row(doc: Document) -> ImportRow:
    known = {name: doc[name] for name in _FIELDS if name in doc}
    changes = tuple(tuple(change) for change in doc.get("changes", ()))
    return ImportRow(
        **{
            **known,
            "kind": RowKind(doc["kind"]),
            "item_code": doc.get("item_code"),
            "changes": changes,
        }
    )


def _trace_document(trace: Trace, at: datetime) -> Document:
    told = {f.name: getattr(trace, f.name) for f in fields(Trace)}
    return {**{n: v for n, v in told.items() if v is not None}, "applied_at": at}
