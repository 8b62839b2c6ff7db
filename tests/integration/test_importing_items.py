"""Loading the catalogue: what a row may say, and that repeating it changes nothing."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.items.catalogue import ChangesQuery, ItemQuery
from app.items.changes import Saved
from app.items.item import BadRow
from config import ROOT
from tests.support.catalogue import a_row, make_catalogue


@pytest.fixture
def parts(db):
    return make_catalogue(db)


def last_number(catalogue):
    return catalogue.changes(ChangesQuery(limit=5000), with_book=False).next


def test_the_demo_warehouse_loads_whole_and_only_once(parts):
    with (ROOT / "data" / "items.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert parts.imports.load_items(rows) == Saved(created=2858)
    assert parts.imports.load_items(iter(rows)) == Saved(unchanged=2858)
    assert last_number(parts.catalogue) == 2858
    assert sum(parts.catalogue.count_by_rack().values()) == 2858


def test_a_row_becomes_an_item_with_numbers_and_without_empty_fields(db, parts):
    parts.imports.load_items(
        [a_row(description="  ", autobarcode="", rack=None, mrp="", extra="x")]
    )
    item = parts.catalogue.item("85123A", with_book=True)
    assert (item.stock_qty, item.mrp, item.description, item.rack) == (36.0, None, None, None)
    assert item.updated_at == parts.clock.now()
    assert not {"description", "autobarcode", "rack", "extra"} & set(db["erp_items"].find_one())


def test_a_changed_row_changes_its_item_and_no_other(parts):
    parts.imports.load_items([a_row("1"), a_row("2")])
    before = parts.catalogue.item("2", with_book=True).updated_at
    parts.clock.move(10)
    saved = parts.imports.load_items([a_row("1", stock_qty="7", rack=""), a_row("2")])
    assert saved == Saved(changed=1, unchanged=1)
    changed = parts.catalogue.item("1", with_book=True)
    assert (changed.stock_qty, changed.rack, changed.updated_at) == (7.0, None, parts.clock.now())
    assert parts.catalogue.item("2", with_book=True).updated_at == before


def test_a_renamed_and_moved_item_is_found_by_its_new_name_and_place_only(parts):
    parts.imports.load_items([a_row("1", item_name="OLD NAME")])
    parts.imports.load_items([a_row("1", item_name="NEW NAME", rack="G-09")])

    def found(**query):
        return len(parts.catalogue.find(ItemQuery(**query), with_book=False).items)

    assert (found(search="old"), found(search="new name")) == (0, 1)
    assert (found(rack="G-01"), found(rack="G-09")) == (0, 1)


def test_fields_that_others_keep_on_an_item_stay(db, parts):
    parts.imports.load_items([a_row("1")])
    db["erp_items"].update_one({"item_code": "1"}, {"$set": {"book_at": "then"}})
    parts.imports.load_items([a_row("1", stock_qty="7")])
    assert db["erp_items"].find_one({"item_code": "1"})["book_at"] == "then"


def test_the_last_row_of_a_code_counts(parts):
    assert parts.imports.load_items([a_row("1", uom="EA"), a_row("1", uom="BOX")]).created == 1
    assert parts.catalogue.item("1", with_book=False).uom == "BOX"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("item_code", ""),
        ("item_code", "x" * 65),
        ("item_name", None),
        ("item_name", "two\nlines"),
        ("mrp", "cheap"),
        ("mrp", "-1"),
        ("stock_qty", "nan"),
        ("stock_qty", "inf"),
    ],
)
def test_an_unusable_row_names_its_field_and_loads_nothing_of_its_chunk(parts, field, value):
    with pytest.raises(BadRow) as refusal:
        parts.imports.load_items([a_row("1"), a_row("2") | {field: value}])
    assert refusal.value.field_name == field
    assert parts.catalogue.known_codes(["1", "2"]) == set()


def test_two_imports_at_once_load_everything_once(parts):
    rows = [a_row(f"{number:04}") for number in range(700)]
    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(lambda _: parts.imports.load_items(rows), range(4)))
    assert sum(result.created for result in saved) == 700
    assert sum(result.changed for result in saved) == 0
    assert last_number(parts.catalogue) == 700


def test_removed_items_are_gone_from_every_answer(parts):
    parts.imports.load_items([a_row("1"), a_row("2")])
    assert parts.imports.remove(["1", "unknown"]) == ["1"]
    assert parts.imports.remove(["1"]) == []
    assert parts.catalogue.known_codes(["1", "2"]) == {"2"}
    assert len(parts.catalogue.find(ItemQuery(search="heart"), with_book=False).items) == 1
    assert parts.catalogue.items_of_rack("G-01") == [("2", a_row()["item_name"])]
