"""The queries of `count_lines`, one document an item, rack and stocktake, and of
`stocktake_racks`, their sums by rack.

A line's key is its `_id`, so it cannot stand twice. Each change asks for the revision that it was
judged against. Sums are made by the database from the lines, and lists read along one index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pymongo import UpdateOne
from pymongo.collection import Collection

from app.chunks import chunks
from app.db.client import Db, Document
from app.db.writes import insert_new
from app.stocktakes.line import CountLine, LineKey, LineStatus, Ruling
from app.stocktakes.line_documents import document_of, key_doc, line_from, ruling_from, state_of
from app.stocktakes.line_sums import IN_NUMBERS, KEEP, SHAPE, SUM

CHUNK = 2_000
Place = tuple[float, str, str]
"""Where a page ended: rank, rack and item."""

VARIANCES: dict[str, Document] = {
    "outside": {"within_tolerance": False},
    "within": {"within_tolerance": True},
    "over": {"variance_qty": {"$gt": 0}},
    "short": {"variance_qty": {"$lt": 0}},
    "none": {"variance_qty": 0},
}
"""What a list may ask of the variance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """Which lines of a stocktake. `variance` is a word of VARIANCES; `known` asks whether the
    catalogue has the item.
    """

    stocktake_id: str
    floor: str | None = None
    rack_id: str | None = None
    item_code: str | None = None
    statuses: tuple[LineStatus, ...] = ()
    variance: str | None = None
    known: bool | None = None
    damaged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RackSums:
    """A rack's lines in numbers. Variances are net, `gross_value` is the sum of their sizes."""

    rack_id: str
    floor: str
    lines: int
    counted: int
    settled: int
    by_status: dict[str, int]
    outside_tolerance: int
    unknown_items: int
    counted_qty: float
    damage_qty: float
    variance_qty: float
    variance_value: float
    gross_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The lines that match a filter, in numbers: how many were counted, how many a person decided
    on already, and their variances, net and as the sum of their sizes.
    """

    lines: int = 0
    counted: int = 0
    frozen: int = 0
    variance_qty: float = 0
    variance_value: float = 0
    gross_value: float = 0


class LineStore:
    """Count lines and their sums."""

    def __init__(self, db: Db) -> None:
        self._lines: Collection[Document] = db.count_lines
        self._racks: Collection[Document] = db.stocktake_racks

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def line(self, key: LineKey) -> CountLine | None:
        found = self._lines.find_one({"_id": key_doc(key)})
        return None if found is None else line_from(found)

    def lines(self, keys: Iterable[LineKey]) -> list[CountLine]:
        """Those of the lines that exist."""
        found = self._lines.find({"_id": {"$in": [key_doc(key) for key in keys]}})
        return [line_from(doc) for doc in found]

    def of_rack(self, stocktake_id: str, rack_id: str) -> list[CountLine]:
        """All lines of a rack, by item."""
        found = self._lines.find({"session_id": stocktake_id, "rack_id": rack_id}).sort("_id", 1)
        return [line_from(doc) for doc in found]

    def page(self, wish: LineFilter, *, after: Place | None, limit: int) -> list[CountLine]:
        """Lines with most at stake first."""
        where = _matching(wish)
        if after is not None:
            rank, rack_id, item_code = after
            last = key_doc(LineKey(wish.stocktake_id, rack_id, item_code))
            where["rank"] = {"$lte": rank}
            where["$or"] = [{"rank": {"$lt": rank}}, {"rank": rank, "_id": {"$gt": last}}]
        found = self._lines.find(where).sort([("rank", -1), ("_id", 1)]).limit(limit)
        return [line_from(doc) for doc in found]

    def all(self, wish: LineFilter) -> Iterator[CountLine]:
        """Every line that matches, by rack and item, as the database hands them over."""
        for doc in self._lines.find(_matching(wish)).sort("_id", 1):
            yield line_from(doc)

    def rulings(self, key: LineKey) -> list[Ruling] | None:
        """Every decision on a line, the oldest first; None where there is no such line."""
        found = self._lines.find_one({"_id": key_doc(key)}, {"rulings": 1})
        if found is None:
            return None
        rulings = (ruling_from(doc) for doc in found.get("rulings", ()))
        return [ruling for ruling in rulings if ruling is not None]

    def matching(self, wish: LineFilter) -> Matching:
        """The lines that match, in numbers, summed by the database."""
        found = list(self._lines.aggregate([{"$match": _matching(wish)}, IN_NUMBERS]))
        if not found:
            return Matching()
        return Matching(**{name: found[0][name] for name in Matching.__dataclass_fields__})

    def by_item(self, stocktake_id: str) -> Iterator[CountLine]:
        """Every line of a stocktake, item by item, as the database hands them over."""
        found = self._lines.find({"session_id": stocktake_id}).sort([("item_code", 1), ("_id", 1)])
        for doc in found.allow_disk_use(True):  # noqa: FBT003 — pymongo's own signature
            yield line_from(doc)

    def racks_with(self, stocktake_ids: Sequence[str], item_codes: Sequence[str]) -> list[str]:
        """The racks where one of these items has a line in one of these stocktakes."""
        where = {
            "item_code": {"$in": list(item_codes)},
            "session_id": {"$in": list(stocktake_ids)},
        }
        return list(self._lines.distinct("rack_id", where))

    def sums(self, stocktake_id: str, floor: str | None = None) -> list[RackSums]:
        """The sums of the stocktake's racks."""
        where = {"session_id": stocktake_id, **({} if floor is None else {"floor": floor})}
        names = RackSums.__dataclass_fields__
        return [
            RackSums(**{name: doc[name] for name in names})
            for doc in self._racks.find(where).sort("_id", 1)
        ]

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def add(self, lines: Iterable[CountLine]) -> None:
        """Add new lines; one that stands already stays as it is."""
        for chunk in chunks(lines, CHUNK):
            insert_new(self._lines, map(document_of, chunk))

    def change(self, lines: Sequence[CountLine]) -> bool:
        """Write lines over the revision before theirs; whether all of them were still at it."""
        if not lines:
            return True
        writes = [
            UpdateOne(
                {"_id": key_doc(line.key), "rev": line.rev - 1},
                {"$set": state_of(line), "$push": {"rulings": {"$each": _newest_ruling(line)}}},
            )
            for line in lines
        ]
        return self._lines.bulk_write(writes, ordered=False).matched_count == len(writes)

    def sum_up(self, stocktake_id: str, rack_ids: Sequence[str] | None = None) -> None:
        """Make the sums of these racks, or of all, from their lines."""
        where: Document = {"session_id": stocktake_id}
        if rack_ids is not None:
            where["rack_id"] = {"$in": list(rack_ids)}
        self._lines.aggregate([{"$match": where}, SUM, SHAPE, KEEP])


def _matching(wish: LineFilter) -> Document:
    """The filter as a query. All statuses are named where none is asked for: their index then
    gives the order.
    """
    where: Document = {"session_id": wish.stocktake_id}
    exact = {"floor": wish.floor, "rack_id": wish.rack_id, "item_code": wish.item_code}
    where |= {name: value for name, value in exact.items() if value is not None}
    if wish.statuses or len(where) == 1:
        where["status"] = {"$in": [status.value for status in wish.statuses or LineStatus]}
    if wish.variance is not None:
        where |= VARIANCES[wish.variance]
    if wish.known is not None:
        where["item_known"] = wish.known
    if wish.damaged:
        where["damage_qty"] = {"$gt": 0}
    return where


def _newest_ruling(line: CountLine) -> list[Document]:
    """The decision with which this revision was made, for the line's history."""
    if line.ruling is None or line.ruling.at != line.updated_at:
        return []
    return [state_of(line)["ruling"]]
