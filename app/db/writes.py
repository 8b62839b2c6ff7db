"""Writes of many documents at once; those of a `Writer` are shared by who comes meanwhile
(docs/decisions/0011).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from pymongo import InsertOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from app.db.client import DUPLICATE_KEY, Document
from app.together import joined

BATCHES = 4
"""Batches that are written by one command: one of 2,000 records ends in time on a slow disk too."""

Writer = Callable[[Sequence[Any]], list[int | None]]


def insert_new(collection: Collection[Document], documents: Iterable[Document]) -> None:
    """Insert documents, one at least; one that stands already stays as it is. Raises the driver's
    errors.
    """
    try:
        collection.bulk_write([InsertOne(document) for document in documents], ordered=False)
    except BulkWriteError as error:
        if set(_refused_by(error).values()) != {DUPLICATE_KEY}:
            raise


def writer_of(collection: Collection[Document]) -> Writer:
    """What sends all writes at once; of each the server's code where it was refused. Raises the
    driver's errors where what was written is not known to be safe.
    """
    return joined(partial(_write_all, collection), BATCHES)


def _write_all(collection: Collection[Document], writes: Sequence[Any]) -> list[int | None]:
    refused: dict[int, int] = {}
    try:
        collection.bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        refused = _refused_by(error)
    return [refused.get(position) for position in range(len(writes))]


def _refused_by(error: BulkWriteError) -> dict[int, int]:
    """The codes of the writes that were refused, by their positions. Raises the error where others
    are written, but not known to be safe: nothing may be acknowledged.
    """
    if error.details["writeConcernErrors"]:
        raise error
    return {e["index"]: e["code"] for e in error.details["writeErrors"]}
