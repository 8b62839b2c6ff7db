"""Event ids: whole numbers that name a stream entry, grow with it, and fit into JavaScript."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.services.event_log import to_entry, to_id

JAVASCRIPT_MAX = 2**53
YEAR_2255_MS = 9_000_000_000_000

times = st.integers(0, YEAR_2255_MS)
sequences = st.integers(0, 999)


@given(ms=times, seq=sequences)
def test_an_id_leads_back_to_its_entry(ms, seq):
    assert to_entry(to_id(f"{ms}-{seq}")) == f"{ms}-{seq}"


@given(one=st.tuples(times, sequences), other=st.tuples(times, sequences))
def test_ids_have_the_order_of_their_entries(one, other):
    first, second = (to_id(f"{ms}-{seq}") for ms, seq in (one, other))

    assert (first < second) == (one < other)


@given(ms=times, seq=sequences)
def test_an_id_is_exact_in_javascript(ms, seq):
    assert to_id(f"{ms}-{seq}") < JAVASCRIPT_MAX
