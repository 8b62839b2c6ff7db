"""The documents of the catalogue: `erp_items`, and the terms that find them.

`item_words` keeps the terms of search_words beside the items, because one index `(terms, _id)` on a
small collection answers every list and search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TypeVar

import pymongo
from bson.max_key import MaxKey
from pymongo import ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.cursor import Cursor
from pymongo.read_concern import ReadConcern

from app.db.client import DURABLE, Db, Document
from app.db.questions import Question, which_are_there
from app.items.change_store import ChangeStore
from app.items.changes import Saved
from app.items.item import STOCK_DECIMALS, Item, Standing
from app.items.search_words import terms_of

T = TypeVar("T")

SEARCH_SECONDS = 1.0
"""A search ends within this, so that a strange one cannot hold the database."""
BY_TERMS = [("terms", pymongo.ASCENDING), ("_id", pymongo.ASCENDING)]
BY_PLACE = [("floor", pymongo.ASCENDING), ("rack", pymongo.ASCENDING)]
ALL_FIELDS = {"_id": 0}
ALL_BUT_BOOK = {"_id": 0, "stock_qty": 0}
_NO_MOMENT = {"$unset": {"book_at": ""}}


class ItemStore:
    """Queries and writes of the catalogue. `with_book` says whether book figures are read at all.

    Every write gets its change numbers in its own transaction (ChangeStore).
    """

    def __init__(self, db: Db) -> None:
        self._client = db.client
        self._items = db["erp_items"]
        self._words = db["item_words"]
        self.changes = ChangeStore(db)

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

    def ask_known_codes(self, codes: Iterable[str]) -> Question[set[str]]:
        """Which of these codes the catalogue has, from the index alone."""
        return which_are_there(self._items, "item_code", codes)

    def names(self, codes: Iterable[str]) -> dict[str, str]:
        """The names of these items; unknown codes are left out."""
        found = self._items.find(
            {"item_code": {"$in": list(codes)}}, {"_id": 0, "item_code": 1, "item_name": 1}
        )
        return {item["item_code"]: item["item_name"] for item in found}

    def book_moments(
        self, codes: Sequence[str], session: ClientSession
    ) -> dict[str, datetime | None]:
        """Of each item that is there: the moment that an import said its book stock is of."""
        only = {"_id": 0, "item_code": 1, "book_at": 1}
        where = {"item_code": {"$in": list(codes)}}
        found = self._items.find(where, only, batch_size=len(codes) + 1, session=session)
        return {doc["item_code"]: doc.get("book_at") for doc in found}

    def placed_at(self, rack_ids: AbstractSet[str]) -> Iterator[Item]:
        """Every item whose place is one of these racks, as of one moment, by floor and rack."""
        with self._client.start_session(snapshot=True) as session:
            for doc in self._items.find({"floor": {"$gt": ""}}, ALL_FIELDS, session=session):
                if doc.get("rack") in rack_ids:
                    yield Item.from_document(doc)

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

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def save(self, items: Mapping[str, Item], at: datetime) -> Saved:
        """Create and change what differs from the catalogue, all or nothing; `items` by code."""
        return self.in_transaction(lambda session: self.save_in(items, at, session))

    def delete(self, codes: Sequence[str], at: datetime) -> list[str]:
        """Delete these items, all or nothing; returns the codes that were there."""
        return self.in_transaction(lambda session: self.delete_in(codes, at, session))

    def in_transaction(self, work: Callable[[ClientSession], T]) -> T:
        """Do `work` all or nothing; it may run several times, where another write is first."""
        with self._client.start_session() as session:
            return session.with_transaction(
                work, read_concern=ReadConcern("snapshot"), write_concern=DURABLE
            )

    def standing(self, codes: Sequence[str], session: ClientSession) -> dict[str, Standing]:
        """These items as they stand, with the moments of their figures."""
        where = {"item_code": {"$in": list(codes)}}
        found = self._items.find(where, ALL_FIELDS, session=session)
        return {
            doc["item_code"]: Standing(item=Item.from_document(doc), book_at=doc.get("book_at"))
            for doc in found
        }

    def all_codes(self) -> Iterator[tuple[str, str]]:
        """Code and name of every item, by code. Reads the whole catalogue: for no request."""
        only = {"_id": 0, "item_code": 1, "item_name": 1}
        for doc in self._items.find({}, only, sort=[("item_code", 1)]):
            yield doc["item_code"], doc["item_name"]

    def set_book_moments(
        self, moments: Mapping[str, datetime | None], session: ClientSession
    ) -> None:
        """Note of which moment the figures of these items are; None: nobody said."""
        writes = [
            UpdateOne({"item_code": code}, {"$set": {"book_at": at}} if at else _NO_MOMENT)
            for code, at in moments.items()
        ]
        if writes:
            self._items.bulk_write(writes, ordered=False, session=session)

    def move_stock(
        self, quantities: Mapping[str, float], at: datetime, session: ClientSession
    ) -> None:
        """Add to the book stock of these items, by code; where there was none it counts as 0."""
        self.changes.number(list(quantities), at, session, deleted=False)
        self._items.bulk_write(
            [
                UpdateOne({"item_code": code}, [{"$set": _moved_by(qty, at)}])
                for code, qty in quantities.items()
            ],
            ordered=False,
            session=session,
        )

    def save_in(self, items: Mapping[str, Item], at: datetime, session: ClientSession) -> Saved:
        """The same inside the caller's transaction."""
        before = self._read(list(items), fields=ALL_FIELDS, session=session)
        new = [item for code, item in items.items() if before.get(code) != item]
        if new:
            self.changes.number([item.item_code for item in new], at, session, deleted=False)
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

    def delete_in(self, codes: Sequence[str], at: datetime, session: ClientSession) -> list[str]:
        """The same inside the caller's transaction."""
        known = list(
            self._read(codes, fields={"_id": 0, "item_code": 1, "item_name": 1}, session=session)
        )
        if known:
            self.changes.number(known, at, session, deleted=True)
            self._items.delete_many({"item_code": {"$in": known}}, session=session)
            self._words.delete_many({"_id": {"$in": known}}, session=session)
        return known

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


def _moved_by(qty: float, at: datetime) -> Document:
    stock = {"$add": [{"$ifNull": ["$stock_qty", 0]}, qty]}
    return {"stock_qty": {"$round": [stock, STOCK_DECIMALS]}, "updated_at": at}


def _upsert(item: Item, at: datetime) -> UpdateOne:
    """Sets what the item has and unsets what it lost; fields that others keep there stay."""
    kept = item.as_document(at)
    lost = {name: "" for name in Item.field_names() if name not in kept}
    update: Document = {"$set": kept, **({"$unset": lost} if lost else {})}
    return UpdateOne({"item_code": item.item_code}, update, upsert=True)
