"""The terms that items are found by: a search's tier matches when the item has all its terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.items.item import Item
from app.items.search_words import place_terms, telling_first, terms_of, tiers_of

WORDS = st.lists(st.text("abcé", min_size=1, max_size=4), min_size=1, max_size=5)


def an_item(name="RED RETROSPOT TAPE", **fields):
    return Item(**{"item_code": "85123A", "item_name": name} | fields)


def tier_of(item, text):
    """The best tier that the item belongs to, None where the search does not find it."""
    terms = set(terms_of(item))
    tiers = enumerate(tiers_of(text))
    return next((number for number, tier in tiers if terms.issuperset(tier)), None)


@pytest.mark.parametrize(
    "text", ["tape red", "red ta", "RETRO", "  red   tape ", "red red", "red re", "r t r"]
)
def test_words_are_found_in_any_order_and_unfinished(text):
    assert tier_of(an_item(), text) == 2


@pytest.mark.parametrize("text", ["reds", "red blue", "ed tape", "redtape", "---", "851234"])
def test_a_search_that_says_more_than_the_item_misses_it(text):
    assert tier_of(an_item(), text) is None


def test_signs_accents_and_apostrophes_do_not_matter_in_words():
    item = an_item("CHILD'S CAFÉ T-LIGHT 60CM, ST/6 (PINK)")
    for text in ("childs", "child’s", "cafe", "CAFÉ", "t light", "light-t", "60cm pink", "st/6"):
        assert tier_of(item, text) == 2, text


def test_signs_of_a_query_language_are_only_signs():
    for text in (".*", "^RED", "red$", "(red", "[a-z]+", "{$ne: 1}", "red\\"):
        assert tier_of(an_item("BLUE"), text) is None


def test_a_whole_code_or_barcode_comes_before_codes_that_start_so():
    item = an_item(barcode="2014541667767", autobarcode="AB-7")
    assert [tier_of(item, text) for text in ("85123a", "2014541667767", "ab-7")] == [0, 0, 0]
    assert [tier_of(item, text) for text in ("851", "85123", "8512")] == [1, 1, 1]
    assert tier_of(item, "201454166776") is None, "half a barcode is no barcode"


def test_a_name_is_no_place_and_a_place_no_name():
    item = an_item(floor="Ground", rack="G-01")
    assert set(place_terms("Ground", "G-01")) <= set(terms_of(item))
    assert tier_of(item, "ground") is None
    assert not set(place_terms("red", "tape")) & set(terms_of(item))


def test_the_most_telling_term_comes_first():
    terms = ["@Back Godown", "ta", "re ta", "retro", "/G-01"]
    assert telling_first(terms) == ["/G-01", "re ta", "retro", "ta", "@Back Godown"]
    assert telling_first(["#851", "=851", "@Ground"])[0] == "=851"


def test_long_words_and_sentences_stay_bounded():
    assert max(map(len, terms_of(an_item("x" * 200)))) == 20
    assert tier_of(an_item("x" * 30), "x" * 25) == 2
    assert len(tiers_of(" ".join(f"word{letter}" for letter in "abcdefghijkl"))[2]) < 20


@given(WORDS, st.data())
def test_beginnings_of_an_items_own_words_always_find_it(words, data):
    item = an_item(" ".join(words))
    picked = data.draw(st.lists(st.sampled_from(words), min_size=1))
    text = " ".join(word[: data.draw(st.integers(1, 4))] for word in picked)
    assert set(tiers_of(text)[2]) <= set(terms_of(item))


@given(WORDS, WORDS)
def test_a_search_finds_exactly_what_its_words_begin(words, asked):
    found = set(tiers_of(" ".join(asked))[2]) <= set(terms_of(an_item(" ".join(words))))
    spelled = [word.replace("é", "e") for word in words]
    assert found == all(
        any(word.startswith(begin.replace("é", "e")) for word in spelled) for begin in asked
    )
