"""What is written together gets names that nothing else has, in the order of the writing."""

from itertools import islice

from app.sync.documents import names


def test_names_are_distinct_and_in_order():
    one, other = (list(islice(names(), 70_000)) for _ in range(2))
    assert len({*one, *other}) == 140_000
    assert sorted(one) == one
