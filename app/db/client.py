"""The MongoDB client of a process, set up so that an acknowledged write is on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pymongo
from bson.codec_options import CodecOptions
from pymongo import MongoClient, ReturnDocument, UpdateOne, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

Document = dict[str, Any]
Db = Database[Document]
T = TypeVar("T")

OPERATION_TIMEOUT_MS = 4_000
SELECTION_TIMEOUT_MS = 2_000
DUPLICATE_KEY = 11000
"""MongoDB's code for what a unique index refused."""
TIMES = CodecOptions[Document](tz_aware=True)
"""In UTC, as the driver makes them: to turn each into `datetime.UTC` takes as long as all else of a
small document."""
DURABLE = WriteConcern(w="majority", j=True)
LIVENESS = WriteConcern(w=1, j=False)
"""For what only says that somebody was alive a moment ago: losing it shortens a lease, no count."""


def connect(uri: str) -> MongoClient[Document]:
    """A pooled client. Every operation ends within OPERATION_TIMEOUT_MS, so that a request can say
    503 within 5 s; the driver finds a new primary by itself.
    """
    return MongoClient(
        uri,
        timeoutMS=OPERATION_TIMEOUT_MS,
        serverSelectionTimeoutMS=SELECTION_TIMEOUT_MS,
        maxPoolSize=100,
        appname="stockverify",
    )


def database(client: MongoClient[Document], name: str) -> Db:
    """The database with majority journaled writes, reads from the primary, times in UTC."""
    return client.get_database(
        name,
        codec_options=TIMES,
        write_concern=DURABLE,
        read_concern=ReadConcern("local"),
        read_preference=ReadPreference.PRIMARY,
    )


def in_one_act(client: MongoClient[Document], act: Callable[[ClientSession], T]) -> T:
    """Do all that `act` does or, where it raises or aborts, nothing of it.

    It sees one moment of the database, its writes are durable, and it ends within
    OPERATION_TIMEOUT_MS. It may run several times, where another write is first.
    """
    with pymongo.timeout(OPERATION_TIMEOUT_MS / 1000), client.start_session() as session:
        return session.with_transaction(
            act, read_concern=ReadConcern("snapshot"), write_concern=DURABLE
        )


def update_all(collection: Collection[Document], updates: Sequence[UpdateOne]) -> None:
    """Do updates in one round trip, in any order."""
    if updates:
        collection.bulk_write(updates, ordered=False)


def update_and_show(
    collection: Collection[Document], updates: Sequence[tuple[Document, Any]], key: str
) -> list[Document]:
    """Do updates, each a filter that names its document's `key` and a change: the documents as they
    are then. A lone one is one command and shows what it changed; several are two, and show also
    those with such a key that the rest of a filter left alone.
    """
    if len(updates) == 1:
        found = collection.find_one_and_update(*updates[0], return_document=ReturnDocument.AFTER)
        return [found] if found else []
    collection.bulk_write([UpdateOne(*update) for update in updates], ordered=False)
    these = {key: {"$in": [where[key] for where, _ in updates]}}
    return list(collection.find(these, batch_size=len(updates) + 1))
