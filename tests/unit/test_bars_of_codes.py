"""Bar codes on sheets are what a scanner reads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stocktakes.bars import LONGEST, bars_of

MODULES_OF_A_LETTER = 11
START_CHECK_STOP = 11 + 11 + 13


def test_a_product_code_is_printed_as_the_product_carries_it():
    bars = bars_of("4006381333931")
    assert (bars.kind, len(bars.modules)) == ("ean13", 95)
    assert bars.modules.startswith("101")
    assert bars.modules[45:50] == "01010"
    assert bars.modules.endswith("101")


def test_thirteen_digits_with_a_wrong_check_digit_are_no_product_code():
    assert bars_of("4006381333932").kind == "code128"


def test_eight_digits_are_an_ean_only_by_their_check_digit():
    assert (bars_of("73513537").kind, bars_of("73513538").kind) == ("ean8", "code128")


@pytest.mark.parametrize("code", ["", "दस", "a\x1fb", "x" * (LONGEST + 1)])
def test_what_no_scanner_could_read_is_not_drawn(code):
    assert bars_of(code) is None


@given(st.text("ABCabc-./ $%+", min_size=1, max_size=LONGEST))
def test_code_128_starts_ends_and_has_whole_letters(code):
    bars = bars_of(code)
    assert set(bars.modules) == {"0", "1"}
    assert bars.modules.endswith("1100011101011")
    assert (len(bars.modules) - START_CHECK_STOP) % MODULES_OF_A_LETTER == 0
