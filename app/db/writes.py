"""Writes of many documents at once, shared by who comes meanwhile (docs/decisions/0011)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from app.db.client import Document
from app.together import joined

BATCHES = 4
"""Batches that are written by one command: one of 2,000 records ends in time on a slow disk too."""

Writer = Callable[[Sequence[Any]], list[int | None]]


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
        if error.details["writeConcernErrors"]:
            raise  # written, but not known to be safe: nothing may be acknowledged
        refused = {e["index"]: e["code"] for e in error.details["writeErrors"]}
    return [refused.get(position) for position in range(len(writes))]
