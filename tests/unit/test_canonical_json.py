"""Two ways to canonical JSON, and the standard's own."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from app.custody.canonical import canonical, quick

NAMES = st.text(st.characters(min_codepoint=1, max_codepoint=126), max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
NUMBERS = WHOLE | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=50)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_the_quick_way_writes_what_the_standard_does(value):
    assert quick(value) == rfc8785.dumps(value) == canonical(value)


@given(st.floats(1e-9, 1e21) | st.floats(-1e21, -1e-9))
def test_numbers_of_every_size_are_written_alike(number):
    assert quick({"n": number}) == rfc8785.dumps({"n": number})


@pytest.mark.parametrize(
    ("number", "text"),
    [(10.0, b"10"), (-0.0, b"0"), (2.55, b"2.55"), (1e21, b"1e+21"), (0.000001, b"0.000001")],
)
def test_known_numbers_have_their_form(number, text):
    assert quick({"n": number}) == b'{"n":' + text + b"}"


def test_names_stand_in_order_and_nothing_between_them():
    assert quick({"b": [1, "ü\n"], "a": None}) == '{"a":null,"b":[1,"ü\\n"]}'.encode()


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(rfc8785.CanonicalizationError):
        quick({"n": float("nan")})
    with pytest.raises(rfc8785.CanonicalizationError):
        quick({"n": 2**53 + 1})
