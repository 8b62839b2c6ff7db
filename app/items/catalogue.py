"""The catalogue as people and devices ask it: one item, a search, a list, what changed.

`with_book` says whether the answer may hold book figures; without it they are not even read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db.questions import Question, ask_at_once
from app.errors import ItemUnknown
from app.items.item import Item
from app.items.search_words import place_terms, telling_first, tiers_of
from app.items.store import ItemStore

Position = tuple[int, str]
"""Where a page ended: the tier of the search and the item code."""

BARCODE_FIELDS = ("barcode", "autobarcode", "item_code")
CLOCK_SKEW = timedelta(seconds=5)
"""How far apart the clocks of two servers may be: a delta by time starts this much earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """What a page should show: items that match all that is given, from `after` on."""

    search: str | None = None
    floor: str | None = None
    rack: str | None = None
    limit: int = 50
    after: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """Items in order; `next_position` is None at the end."""

    items: list[Item]
    next_position: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesQuery:
    """What a cache lacks: changes after a number, or at a time and later."""

    since: int | datetime = 0
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a cache has to do: take over `items`, forget `deleted`, ask again from `next` on."""

    items: list[Item]
    deleted: list[str]
    next: int
    more: bool


class Catalogue:
    """Reads the catalogue; `Imports` changes it."""

    def __init__(self, store: ItemStore) -> None:
        self._store = store

    def item(self, item_code: str, *, with_book: bool) -> Item:
        """The item with exactly this code.

        Raises:
            ItemUnknown: there is none.
        """
        return self._first(("item_code",), item_code, with_book=with_book)

    def by_barcode(self, barcode: str, *, with_book: bool) -> Item:
        """The item that a scanned code means: its barcode, its in-store barcode, else its code.

        Raises:
            ItemUnknown: it means none.
        """
        return self._first(BARCODE_FIELDS, barcode, with_book=with_book)

    def find(self, query: ItemQuery, *, with_book: bool) -> ItemPage:
        """A page of the items that match.

        A search gives exact codes and barcodes first, then codes that start with it, then names
        that have all its words or their beginnings; within each, and without a search, by item
        code. An item stands in one place only; going on from a page's end neither repeats nor
        skips an item that stayed as it was.
        """
        places = self._places(query, limit=query.limit + 1)
        shown = places[: query.limit]
        return ItemPage(
            items=self._store.items([code for _, code in shown], with_book=with_book),
            next_position=shown[-1] if len(places) > query.limit else None,
        )

    def changes(self, query: ChangesQuery, *, with_book: bool) -> Changes:
        """What changed since, in the order of change numbers: each item once, as it is now.

        By time, a few changes shortly before it may come again. An item that is deleted between
        two of our reads is left out here and told as deleted by the next delta.
        """
        start = self._start_of(query.since)
        found = self._store.changes.after(start, limit=query.limit + 1)
        told = found[: query.limit]
        kept = [change.item_code for change in told if not change.deleted]
        return Changes(
            items=self._store.items(kept, with_book=with_book),
            deleted=[change.item_code for change in told if change.deleted],
            next=told[-1].seq if told else start,
            more=len(found) > query.limit,
        )

    def known_codes(self, codes: Iterable[str]) -> set[str]:
        """Which of these codes the catalogue has; one query."""
        known: set[str] = ask_at_once([self.ask_known_codes(codes)])[0]
        return known

    def ask_known_codes(self, codes: Iterable[str]) -> Question[set[str]]:
        """The same as a question, to be asked beside others."""
        return self._store.ask_known_codes(codes)

    def names(self, codes: Iterable[str]) -> dict[str, str]:
        """The names of these items; unknown codes are left out."""
        return self._store.names(codes)

    def with_codes(self, codes: Iterable[str]) -> dict[str, Item]:
        """These items with their book figures, by code; unknown codes are left out."""
        found = self._store.items(list(codes), with_book=True)
        return {item.item_code: item for item in found}

    def placed_at(self, rack_ids: Iterable[str]) -> Iterator[Item]:
        """Every item whose place is one of these racks, with its book figure."""
        return self._store.placed_at(set(rack_ids))

    def at_racks(self, rack_ids: Iterable[str]) -> list[Item]:
        """The items whose place is one of these few racks: a query a rack, and one for all."""
        codes = [
            code for rack in rack_ids for code in self._store.codes_with(place_terms(None, rack))
        ]
        return self._store.items(codes, with_book=True) if codes else []

    def items_of_rack(self, rack_id: str) -> list[tuple[str, str]]:
        """Code and name of each item that the rack should hold, by code."""
        codes = self._store.codes_with(place_terms(None, rack_id))
        names = self._store.names(codes)
        return [(code, names[code]) for code in codes if code in names]

    def count_by_rack(self) -> dict[str, int]:
        """How many items each rack should hold; racks without any are left out."""
        return self._store.count_by_rack()

    def _first(self, fields: Iterable[str], value: str, *, with_book: bool) -> Item:
        for field in fields:
            if found := self._store.find_by(field, value, with_book=with_book):
                return found
        raise ItemUnknown(value)

    def _start_of(self, since: int | datetime) -> int:
        if isinstance(since, int):
            return since
        return self._store.changes.before(since - CLOCK_SKEW)

    def _places(self, query: ItemQuery, *, limit: int) -> list[Position]:
        """The next places of the answer, tier by tier, until there are `limit`."""
        place = place_terms(query.floor, query.rack)
        tiers = tiers_of(query.search) if query.search else [[]]
        tier, after = query.after or (0, "")
        places: list[Position] = []
        while tier < len(tiers) and len(places) < limit:
            earlier = [term for terms in tiers[:tier] for term in terms]
            codes = self._store.codes_with(
                telling_first([*tiers[tier], *place]),
                none_of=earlier,
                after=after,
                limit=limit - len(places),
            )
            places += [(tier, code) for code in codes]
            tier, after = tier + 1, ""
        return places
