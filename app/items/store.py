"""The documents of the catalogue: `erp_items`, the terms that find them, and their changes.

`item_words` keeps the terms of search_words beside the items, because one index `(terms, _id)` on a
small collection answers every list and search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar, cast

import pymongo
from bson.max_key import MaxKey
from pymongo import ReplaceOne, ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.cursor import Cursor
from pymongo.read_concern import ReadConcern

from app.db.client import DURABLE, Db, Document
from app.items.changes import Change, Saved
from app.items.item import Item
from app.items.search_words import terms_of

T = TypeVar("T")

COUNTER = "item_changes"
SEARCH_SECONDS = 1.0
"""A search ends within this, so that a strange one cannot hold the database."""
BY_TERMS = [("terms", pymongo.ASCENDING), ("_id", pymongo.ASCENDING)]
BY_PLACE = [("floor", pymongo.ASCENDING), ("rack", pymongo.ASCENDING)]
ALL_FIELDS = {"_id": 0}
ALL_BUT_BOOK = {"_id": 0, "stock_qty": 0}


class ItemStore:
    """Queries and writes of the catalogue. `with_book` says whether book figures are read at all.

    Every write allots its change numbers in its own transaction, by one `$inc` of one document.
    MongoDB lets only one open transaction write that document, so the transactions commit in the
    order of their numbers: whoever sees number n sees all below it, and a client that goes on from
    the last number it saw never misses one that "was still being written".
    """

    def __init__(self, db: Db) -> None:
        self._client = db.client
        self._items = db["erp_items"]
        self._words = db["item_words"]
        self._counters = db["counters"]
        self._changes = db["item_changes"]
        # A change number that a failover could take back must not reach a client's cursor.
        self._settled_changes = self._changes.with_options(read_concern=ReadConcern("majority"))

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def find_by(self, field: str, value: str, *, with_book: bool) -> Item | None:
        """The first item, by code, whose indexed `field` is `value`."""
        fields = ALL_FIELDS if with_book else ALL_BUT_BOOK
        found = self._items.find_one({field: value}, fields, sort=[("item_code", 1)])
        return Item.from_document(found) if found else None

    def items(self, codes: Sequence[str], *, with_book: bool) -> list[Item]:
        """The items of these codes in this order; codes that are gone are left out."""
        found = self._read(codes, fields=ALL_FIELDS if with_book else ALL_BUT_BOOK)
        return [found[code] for code in codes if code in found]

    def codes_with(
        self,
        all_of: Sequence[str],
        none_of: Sequence[str] = (),
        *,
        after: str = "",
        limit: int = 0,
    ) -> list[str]:
        """Codes of items that have all and none of these terms, in order, after a code.

        Reads the index along the first term, so the most telling one comes first. A `limit` of 0
        is none.
        """
        wanted: Document = {"_id": {"$gt": after}}
        if others := all_of[1:]:
            wanted["terms"] = {"$all": others}
        if none_of:
            wanted.setdefault("terms", {})["$nin"] = none_of
        found = self._words.find(wanted, {"_id": 1}).limit(limit)
        with pymongo.timeout(SEARCH_SECONDS):
            return [doc["_id"] for doc in _along(found, all_of[:1], after)]

    def known_codes(self, codes: Iterable[str]) -> set[str]:
        """Which of these codes the catalogue has, from the index alone."""
        wanted = list(codes)
        where, only_code = {"item_code": {"$in": wanted}}, {"_id": 0, "item_code": 1}
        found = self._items.find(where, only_code, batch_size=len(wanted) + 1)
        return {item["item_code"] for item in found}

    def names(self, codes: Iterable[str]) -> dict[str, str]:
        """The names of these items; unknown codes are left out."""
        found = self._items.find(
            {"item_code": {"$in": list(codes)}}, {"_id": 0, "item_code": 1, "item_name": 1}
        )
        return {item["item_code"]: item["item_name"] for item in found}

    def count_by_rack(self) -> dict[str, int]:
        """How many items each rack should hold, from the index alone."""
        groups = self._items.aggregate(
            [
                {"$project": {"_id": 0, "floor": 1, "rack": 1}},
                {"$group": {"_id": "$rack", "items": {"$sum": 1}}},
            ],
            hint=dict(BY_PLACE),
        )
        return {group["_id"]: group["items"] for group in groups if group["_id"]}

    def changes_after(self, seq: int, *, limit: int) -> list[Change]:
        """The changes with a number above `seq`, in order."""
        found = self._settled_changes.find({"seq": {"$gt": seq}}).sort("seq", 1).limit(limit)
        return [
            Change(item_code=doc["_id"], seq=doc["seq"], deleted=doc["deleted"]) for doc in found
        ]

    def seq_before(self, moment: datetime) -> int:
        """The number of the last change before the first one made at `moment` or later."""
        later = self._settled_changes.find_one(
            {"at": {"$gte": moment}}, sort=[("at", 1), ("seq", 1)]
        )
        if later:
            return int(later["seq"]) - 1
        last = self._settled_changes.find_one({}, sort=[("seq", -1)])
        return int(last["seq"]) if last else 0

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def save(self, items: Mapping[str, Item], at: datetime) -> Saved:
        """Create and change what differs from the catalogue, all or nothing; `items` by code."""
        return self._in_transaction(lambda session: self._save(items, at, session))

    def delete(self, codes: Sequence[str], at: datetime) -> list[str]:
        """Delete these items, all or nothing; returns the codes that were there."""
        return self._in_transaction(lambda session: self._delete(codes, at, session))

    def _in_transaction(self, work: Callable[[ClientSession], T]) -> T:
        with self._client.start_session() as session:
            return session.with_transaction(
                work, read_concern=ReadConcern("snapshot"), write_concern=DURABLE
            )

    def _save(self, items: Mapping[str, Item], at: datetime, session: ClientSession) -> Saved:
        before = self._read(list(items), fields=ALL_FIELDS, session=session)
        new = [item for code, item in items.items() if before.get(code) != item]
        if new:
            self._number([item.item_code for item in new], at, session, deleted=False)
            self._items.bulk_write([_upsert(item, at) for item in new], session=session)
            self._save_terms(new, before, session)
        created = len(items) - len(before)
        return Saved(created=created, changed=len(new) - created, unchanged=len(items) - len(new))

    def _save_terms(
        self, new: Sequence[Item], before: Mapping[str, Item], session: ClientSession
    ) -> None:
        """Terms are written only where they changed: most imports change stock, not names."""
        terms = {item.item_code: terms_of(item) for item in new}
        known = {code: terms_of(before[code]) for code in terms if code in before}
        writes = [
            ReplaceOne({"_id": code}, {"terms": found_by}, upsert=True)
            for code, found_by in terms.items()
            if known.get(code) != found_by
        ]
        if writes:
            self._words.bulk_write(writes, ordered=False, session=session)

    def _delete(self, codes: Sequence[str], at: datetime, session: ClientSession) -> list[str]:
        known = list(
            self._read(codes, fields={"_id": 0, "item_code": 1, "item_name": 1}, session=session)
        )
        if known:
            self._number(known, at, session, deleted=True)
            self._items.delete_many({"item_code": {"$in": known}}, session=session)
            self._words.delete_many({"_id": {"$in": known}}, session=session)
        return known

    def _number(
        self, codes: Sequence[str], at: datetime, session: ClientSession, *, deleted: bool
    ) -> None:
        """Give each code's change the next number. The first write of every transaction, so that
        two at once meet here and not after their work.
        """
        counter = self._counters.find_one_and_update(
            {"_id": COUNTER},
            {"$inc": {"value": len(codes)}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        first = cast("Document", counter)["value"] - len(codes) + 1
        self._changes.bulk_write(
            [
                ReplaceOne({"_id": code}, {"seq": seq, "deleted": deleted, "at": at}, upsert=True)
                for seq, code in enumerate(codes, first)
            ],
            ordered=False,
            session=session,
        )

    def _read(
        self,
        codes: Sequence[str],
        *,
        fields: Mapping[str, int],
        session: ClientSession | None = None,
    ) -> dict[str, Item]:
        found = self._items.find({"item_code": {"$in": list(codes)}}, fields, session=session)
        return {doc["item_code"]: Item.from_document(doc) for doc in found}


def _along(found: Cursor[Document], term: Sequence[str], after: str) -> Cursor[Document]:
    """Read along one term, in the order of codes, or through all codes where there is none.

    Bounds instead of a condition: MongoDB would race all terms of the query against each other,
    and the race cost three times what reading along the right one does.
    """
    if not term:
        return found.sort("_id", pymongo.ASCENDING)
    return (
        found.hint(BY_TERMS)
        .min([("terms", term[0]), ("_id", after)])
        .max([("terms", term[0]), ("_id", MaxKey())])  # type: ignore[list-item]
    )


def _upsert(item: Item, at: datetime) -> UpdateOne:
    """Sets what the item has and unsets what it lost; fields that others keep there stay."""
    kept = item.as_document(at)
    lost = {name: "" for name in Item.field_names() if name not in kept}
    update: Document = {"$set": kept, **({"$unset": lost} if lost else {})}
    return UpdateOne({"item_code": item.item_code}, update, upsert=True)
