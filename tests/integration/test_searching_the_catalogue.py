"""Finding items: by code, by barcode, by words of the name, by place, and page by page."""

from __future__ import annotations

import pytest

from app.errors import ItemUnknown
from app.items.catalogue import ItemQuery
from tests.support.catalogue import a_row, make_catalogue

ROWS = [
    a_row("85123A", barcode="2000000000015", item_name="RED RETROSPOT TAPE"),
    a_row("85123B", barcode="2000000000022", item_name="BLUE POLKADOT TAPE", rack="G-02"),
    a_row("15056bl", barcode="2000000000039", item_name="PARASOL BLUE", floor="First", rack="F-01"),
    a_row(
        "15056BL", barcode="2000000000046", item_name="PARASOL BLACK", floor="First", rack="F-01"
    ),
    a_row("TAPE", barcode="2000000000053", item_name="PLAIN STICKY ROLL", autobarcode="A-1"),
]


@pytest.fixture
def catalogue(db):
    return make_catalogue(db, *ROWS).catalogue


def codes(catalogue, **query):
    page = catalogue.find(ItemQuery(**query), with_book=True)
    return [item.item_code for item in page.items]


def all_pages(catalogue, **query):
    """The codes of each page, following the positions to the end."""
    pages, after = [], None
    while not pages or after:
        page = catalogue.find(ItemQuery(**query, after=after), with_book=True)
        pages.append([item.item_code for item in page.items])
        after = page.next_position
    return pages


# Searching


def test_words_in_any_order_and_unfinished_find_the_name(catalogue):
    assert codes(catalogue, search="tape red") == ["85123A"]
    assert codes(catalogue, search="red ta") == ["85123A"]
    assert codes(catalogue, search="par bl") == ["15056BL", "15056bl"]


def test_a_code_is_found_whatever_its_case(catalogue):
    assert codes(catalogue, search="85123a") == ["85123A"]
    assert codes(catalogue, search="15056Bl") == ["15056BL", "15056bl"]


def test_a_barcode_finds_its_item_alone(catalogue):
    assert codes(catalogue, search="2000000000022") == ["85123B"]
    assert codes(catalogue, search="a-1") == ["TAPE"]


def test_exact_codes_come_first_then_beginnings_then_names(db):
    rows = [
        a_row("ZAP", item_name="SOMETHING"),
        a_row("ZAP-2", item_name="SOMETHING"),
        a_row("A1", item_name="ZAP GUN"),
        a_row("ZAP-1", item_name="ZAP GUN"),
    ]
    catalogue = make_catalogue(db, *rows).catalogue
    assert codes(catalogue, search="zap") == ["ZAP", "ZAP-1", "ZAP-2", "A1"]


def test_signs_of_a_pattern_match_only_themselves(catalogue):
    for text in (".*.", "851.3A", "^red", "[rR]ed.", "{}$", "85123A|TAPE"):
        assert codes(catalogue, search=text) in ([], ["85123A"]), text
    assert codes(catalogue, search=".*.") == []


def test_a_search_keeps_to_the_floor_and_the_rack(catalogue):
    assert codes(catalogue, search="blue") == ["15056bl", "85123B"]
    assert codes(catalogue, search="blue", floor="First") == ["15056bl"]
    assert codes(catalogue, search="tape", rack="G-02") == ["85123B"]
    assert codes(catalogue, search="85123a", floor="First") == []


# Listing


def test_without_a_search_floor_and_rack_list_their_items(catalogue):
    assert codes(catalogue, floor="First") == ["15056BL", "15056bl"]
    assert codes(catalogue, rack="G-01") == ["85123A", "TAPE"]
    assert codes(catalogue, floor="First", rack="G-01") == []
    assert codes(catalogue) == ["15056BL", "15056bl", "85123A", "85123B", "TAPE"]


@pytest.mark.parametrize("query", [{}, {"floor": "Ground"}, {"search": "tape"}, {"search": "851"}])
def test_pages_show_each_item_once_in_the_order_of_one_page(catalogue, query):
    whole = codes(catalogue, **query)
    for limit in range(1, len(ROWS) + 2):
        pages = all_pages(catalogue, **query, limit=limit)
        assert [code for page in pages for code in page] == whole
        assert all(len(page) == limit for page in pages[:-1])


def test_an_item_that_comes_between_two_pages_moves_no_other(db):
    parts = make_catalogue(db, *ROWS)
    first = parts.catalogue.find(ItemQuery(limit=2), with_book=True)
    parts.imports.load_items([a_row("00001"), a_row("85000")])
    rest = parts.catalogue.find(ItemQuery(after=first.next_position), with_book=True)
    assert [item.item_code for item in rest.items] == ["85000", "85123A", "85123B", "TAPE"]


# One item


def test_a_scan_means_a_barcode_first_then_an_in_store_one_then_a_code(db):
    rows = [
        a_row("1", barcode="111", autobarcode="222"),
        a_row("2", barcode="222", autobarcode="333"),
        a_row("333", barcode="444"),
        a_row("5", barcode="555"),
    ]
    catalogue = make_catalogue(db, *rows).catalogue
    scans = ("111", "222", "333", "5")
    found = [catalogue.by_barcode(scan, with_book=False).item_code for scan in scans]
    assert found == ["1", "2", "2", "5"]


def test_an_unknown_code_is_named(catalogue):
    for ask in (catalogue.item, catalogue.by_barcode):
        with pytest.raises(ItemUnknown) as refusal:
            ask("nothing", with_book=True)
        assert refusal.value.facts == {"key": "nothing"}


def test_without_the_book_no_answer_holds_a_book_figure(catalogue):
    shown = [
        catalogue.item("85123A", with_book=False),
        catalogue.by_barcode("85123A", with_book=False),
        *catalogue.find(ItemQuery(search="tape"), with_book=False).items,
    ]
    assert {item.stock_qty for item in shown} == {None}
    assert catalogue.item("85123A", with_book=True).stock_qty == 36


# For the other rooms


def test_known_codes_and_names_leave_out_what_the_catalogue_lacks(catalogue):
    assert catalogue.known_codes(["TAPE", "85123A", "85123a"]) == {"TAPE", "85123A"}
    assert catalogue.names(["TAPE", "none"]) == {"TAPE": "PLAIN STICKY ROLL"}
    assert catalogue.known_codes([]) == set()


def test_a_rack_names_and_counts_its_items(catalogue):
    expected = [("85123A", "RED RETROSPOT TAPE"), ("TAPE", "PLAIN STICKY ROLL")]
    assert catalogue.items_of_rack("G-01") == expected
    assert catalogue.items_of_rack("none") == []
    assert catalogue.count_by_rack() == {"G-01": 2, "G-02": 1, "F-01": 2}


def test_no_query_reads_a_whole_collection(db, catalogue):
    db.client.admin.command("profile", 0)
    db.command("profile", 2)
    codes(catalogue, search="tape red", floor="Ground")
    codes(catalogue, floor="First")
    codes(catalogue, rack="G-01")
    codes(catalogue)
    catalogue.by_barcode("2000000000022", with_book=True)
    catalogue.known_codes(["TAPE"])
    catalogue.items_of_rack("G-01")
    catalogue.count_by_rack()
    db.command("profile", 0)
    plans = {
        entry["planSummary"] for entry in db["system.profile"].find({"planSummary": {"$ne": None}})
    }
    assert plans
    assert "COLLSCAN" not in plans
