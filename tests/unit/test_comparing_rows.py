"""Two sides in the order of their keys: each row is found once, whatever is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import SnapshotsDiffer
from app.reports.compare import pairs
from app.reports.snapshot import Change

keys = st.none() | st.integers(-3, 3) | st.floats(-3, 3)
sides = st.dictionaries(keys, st.integers(0, 2), max_size=8)


def rows_of(side):
    """Rows as the database sorts them: no value first."""
    return [
        {"f0": k, "f1": v}
        for k, v in sorted(side.items(), key=lambda e: (e[0] is not None, e[0] or 0))
    ]


@given(sides, sides)
def test_each_row_is_added_removed_changed_or_unchanged(before, after):
    found = {}
    for pair in pairs(rows_of(before), rows_of(after), ["f0"]):
        key = (pair.before or pair.after)["f0"]
        assert key not in found
        found[key] = pair.change
    expected = {
        key: Change.ADDED
        if key not in before
        else Change.REMOVED
        if key not in after
        else Change.UNCHANGED
        if before[key] == after[key]
        else Change.CHANGED
        for key in {*before, *after}
    }
    assert found == expected


def test_a_key_that_stands_twice_is_refused_and_named():
    with pytest.raises(SnapshotsDiffer, match="key A-1, 2"):
        list(pairs([{"f0": "A-1", "f1": 2}, {"f0": "A-1", "f1": 2}], [], ["f0", "f1"]))
