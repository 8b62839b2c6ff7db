"""Deltas for offline caches: a cache that follows them equals the catalogue, whatever happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.items.catalogue import ChangesQuery, ItemQuery
from tests.support.catalogue import a_row, make_catalogue


@pytest.fixture
def parts(db):
    return make_catalogue(db)


class Cache:
    """What a device keeps: items by code, and the number it goes on from."""

    def __init__(self, catalogue):
        self.catalogue = catalogue
        self.items = {}
        self.since = 0

    def follow(self, limit=1000):
        more = True
        while more:
            query = ChangesQuery(since=self.since, limit=limit)
            delta = self.catalogue.changes(query, with_book=True)
            self.items |= {item.item_code: item for item in delta.items}
            for code in delta.deleted:
                self.items.pop(code, None)
            self.since, more = delta.next, delta.more

    def equals_the_catalogue(self):
        page = self.catalogue.find(ItemQuery(limit=5000), with_book=True)
        return self.items == {i.item_code: i for i in page.items}


def changes(parts, since=0, limit=1000):
    return parts.catalogue.changes(ChangesQuery(since=since, limit=limit), with_book=True)


def test_an_empty_catalogue_has_no_changes(parts):
    delta = changes(parts)
    assert (delta.items, delta.deleted, delta.next, delta.more) == ([], [], 0, False)


def test_a_delta_tells_new_changed_and_deleted_items_once_each(parts):
    parts.imports.load_items([a_row("1"), a_row("2"), a_row("3")])
    start = changes(parts).next
    parts.imports.load_items([a_row("1", uom="BOX"), a_row("2")])
    parts.imports.load_items([a_row("1", uom="CASE"), a_row("4")])
    parts.imports.remove(["3"])
    delta = changes(parts, start)
    assert [(item.item_code, item.uom) for item in delta.items] == [("1", "CASE"), ("4", "EA")]
    assert delta.deleted == ["3"]
    assert changes(parts, delta.next).items == []
    assert changes(parts, delta.next).next == delta.next


def test_an_item_that_comes_back_is_no_longer_deleted(parts):
    parts.imports.load_items([a_row("1")])
    parts.imports.remove(["1"])
    parts.imports.load_items([a_row("1")])
    delta = changes(parts)
    assert ([item.item_code for item in delta.items], delta.deleted) == (["1"], [])


def test_a_delta_in_pages_says_whether_there_is_more(parts):
    parts.imports.load_items([a_row(str(number)) for number in range(5)])
    pages = [changes(parts, since, limit=2) for since in (0, 2, 4)]
    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert [(page.next, page.more) for page in pages] == [(2, True), (4, True), (5, False)]


def test_a_cache_follows_changes_made_between_its_pages(parts):
    parts.imports.load_items([a_row(f"{number:02}") for number in range(20)])
    cache = Cache(parts.catalogue)
    cache.since = changes(parts, limit=7).next
    cache.items = {item.item_code: item for item in changes(parts, limit=7).items}
    parts.imports.load_items([a_row("03", uom="BOX"), a_row("15", uom="BOX")])
    parts.imports.remove(["04", "16"])
    cache.follow(limit=3)
    assert cache.equals_the_catalogue()


def test_a_time_gives_all_changes_from_then_on(parts):
    parts.imports.load_items([a_row("old")])
    parts.clock.move(60)
    then = parts.clock.now()
    parts.imports.load_items([a_row("new")])
    assert [item.item_code for item in changes(parts, then).items] == ["new"]
    assert len(changes(parts, then - timedelta(hours=1)).items) == 2
    later = changes(parts, then + timedelta(hours=1))
    assert (later.items, later.next) == ([], 2)


def test_a_reader_among_concurrent_writers_misses_no_change(parts):
    cache = Cache(parts.catalogue)

    def write(writer):
        for turn in range(12):
            rows = [a_row(f"{writer}-{turn}-{number}") for number in range(3)]
            parts.imports.load_items([*rows, a_row("shared", stock_qty=f"{writer}{turn}")])
            parts.imports.remove([f"{writer}-{turn}-0"])

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, writer) for writer in range(4)]
        while not all(writer.done() for writer in writers):
            cache.follow(limit=5)
        for writer in writers:
            writer.result()
    cache.follow(limit=5)
    assert cache.equals_the_catalogue()
    assert len(cache.items) == 4 * 12 * 2 + 1


def test_no_two_changes_share_a_number(db, parts):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: parts.imports.load_items([a_row(str(n))]), range(24)))
    assert sorted(db["item_changes"].distinct("seq")) == list(range(1, 25))
