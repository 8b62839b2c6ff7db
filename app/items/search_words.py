"""What an item is found by, as plain terms; pure.

An item keeps a list of terms, and every question is "which items have all of these terms": the
index `(terms, _id)` is read along the most telling of them, in the order of item codes, and the
others filter. The kinds of terms are told apart by a sign that no word can have:

    red, re, r       the beginnings of the words of its name: "red ta" finds RED RETROSPOT TAPE
    re ta            how two of its words begin: items with both are read, not items with either
    #851, #8512 …    the beginnings of its code, from SHORTEST signs on
    =85123a          its code and its barcodes as a whole
    @Ground          its floor
    /G-01            its rack

Words, codes and barcodes are compared without regard to case, words without accents and marks.
Why pairs: at 100,000 items a search for two common words read 5,000 items for the few with both,
and its p95 was 44 ms; with pairs it is 9 ms, for a twentieth more index.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import combinations

from app.items.item import Item

SHORTEST = 3
"""Signs of a search, and of the beginning of a code."""
START = 2
"""Signs of a word that count in a pair."""
LONGEST_WORD = 20
"""Signs of a word that count; longer ones are compared by their beginning."""
MOST_WORDS = 8
"""Words of a search that count: beyond that it is a sentence."""

_KINDS = "=/# w@"
"""Most telling first: whole codes, racks, beginnings of codes, pairs, words, floors."""
_APOSTROPHES = str.maketrans("", "", "'’`")
_WORD = re.compile(r"[^\W_]+")


def terms_of(item: Item) -> list[str]:
    """All terms that the item is found by."""
    return sorted({*_words_terms(item), *_code_terms(item), *place_terms(item.floor, item.rack)})


def tiers_of(text: str) -> list[list[str]]:
    """What to look for, best first: the whole code, the beginning of a code, words of the name.

    An item belongs to a tier when it has all the tier's terms. A text without a letter or digit
    has no tier of words.
    """
    code = text.strip().casefold()
    words = {word[:LONGEST_WORD] for word in _words(text)[:MOST_WORDS]}
    return [[f"={code}"], [f"#{code}"], *([[*words, *_pairs(words)]] if words else [])]


def place_terms(floor: str | None, rack: str | None) -> list[str]:
    """The terms of an item's place, as far as it is known or asked for."""
    return [f"{sign}{name}" for sign, name in (("/", rack), ("@", floor)) if name]


def telling_first(terms: Iterable[str]) -> list[str]:
    """The terms in the order of how few items they are likely to leave."""
    return sorted(terms, key=lambda term: (_KINDS.find(_kind(term)), -len(term), term))


def _words_terms(item: Item) -> Iterator[str]:
    words = _words(item.item_name)
    yield from _pairs(words)
    for word in words:
        yield from (word[:end] for end in range(1, min(len(word), LONGEST_WORD) + 1))


def _code_terms(item: Item) -> Iterator[str]:
    code = item.item_code.casefold()
    yield from (f"#{code[:end]}" for end in range(SHORTEST, len(code) + 1))
    yield from (f"={key.casefold()}" for key in (code, item.barcode, item.autobarcode) if key)


def _pairs(words: Iterable[str]) -> Iterator[str]:
    """Only words that begin differently: "red re" may mean one word twice."""
    starts = sorted({word[:START] for word in words if len(word) >= START})
    return (" ".join(pair) for pair in combinations(starts, 2))


def _words(text: str) -> list[str]:
    spelled = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    return _WORD.findall("".join(sign for sign in spelled if not unicodedata.combining(sign)))


def _kind(term: str) -> str:
    if term[0] in _KINDS:
        return term[0]
    return " " if " " in term else "w"
