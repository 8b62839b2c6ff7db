"""What a client sent becomes a query of known parts, or is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.reports.pipeline import count_stages, numbered_stages, preview_stages
from app.reports.query import Bucket, Measure, Op
from app.reports.reading import BadQuery, read_query
from app.reports.ready_made import ready_made
from app.reports.sources import SOURCES

OURS = {
    *("$match", "$and", "$sort", "$limit", "$project", "$group", "$count", "$setWindowFields"),
    *(
        "$documentNumber",
        "$set",
        "$ifNull",
        "$dateTrunc",
        "$reduce",
        "$cond",
        "$concat",
        "$divide",
    ),
    *("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$regex", "$options"),
    *("$sum", "$avg", "$min", "$max"),
}
ATTACKS = (
    {"$gt": ""},
    {"$where": "sleep(1000)"},
    {"$ne": None},
    {"$expr": {"$function": {"body": "while(1){}", "args": [], "lang": "js"}}},
    ["$$ROOT"],
    [{"$regex": ".*"}],
    "$where",
    "$$ROOT",
    "$_id",
    "password_hash",
    "history.fingerprint",
    "__proto__",
)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6) | st.sampled_from(["$gt", "$where", "field"]), inner)
    ),
    max_leaves=6,
)
anything = json | st.sampled_from(ATTACKS)
names = st.sampled_from(sorted({n for s in SOURCES.values() for n in s.fields}))


def parts_of(**parts):
    return st.fixed_dictionaries(parts)


filters = parts_of(
    field=names | anything, op=st.sampled_from([op.value for op in Op]) | anything, value=anything
)
queries = st.fixed_dictionaries(
    {"collection": st.sampled_from(sorted(SOURCES)) | anything},
    optional={
        "filters": st.lists(filters | anything, max_size=2) | anything,
        "columns": st.lists(names | anything, max_size=3) | anything,
        "groups": st.lists(
            parts_of(field=names | anything, bucket=st.sampled_from(list(Bucket)) | anything)
        )
        | anything,
        "measures": st.lists(
            parts_of(measure=st.sampled_from(list(Measure)) | anything, field=names | anything)
        )
        | anything,
        "sort": st.lists(parts_of(column=names | anything, descending=anything)) | anything,
        "limit": anything,
    },
)


def pipelines(query):
    return [
        preview_stages(query, 50),
        preview_stages(query, 50, first=10),
        count_stages(query),
        numbered_stages(query),
    ]


def keys_in(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from keys_in(inner)


def values_of(query):
    """The filters' places in a pipeline, where alone a client's value may stand."""
    (match, *_) = [s["$match"] for s in count_stages(query) if "$match" in s]
    return [value for each in match["$and"] for (value,) in [each.values()]]


@given(queries | anything)
@example({"collection": "count_lines", "filters": [{"field": "floor", "op": "eq", "value": {}}]})
def test_whatever_is_sent_no_operator_comes_through_that_we_did_not_write(sent):
    try:
        query = read_query(sent)
    except BadQuery:
        return
    for stages in pipelines(query):
        assert {key for key in keys_in(stages) if key.startswith("$")} <= OURS
        for stage in stages:
            (name,) = stage
            if name != "$match":
                known = {f"${f.path}" for f in query.source.fields.values()}
                assert all(is_ours(text, known) for text in texts_in(stage))


def texts_in(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


def is_ours(text, known):
    """A path of the white list, a name of our own, or a constant of ours."""
    own = re.fullmatch(r"\$(_id\.)?[gmnv]\d*|unbounded|current|n|\$n|\$\$(value|this)|, |", text)
    return bool(own) or text in known or text in {*Bucket, "monday"}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(
    "place",
    [
        lambda x: {"collection": x},
        lambda x: {"collection": "count_lines", "columns": [x]},
        lambda x: {"collection": "count_lines", "groups": [{"field": x}]},
        lambda x: {"collection": "count_lines", "groups": [{"field": "created_at", "bucket": x}]},
        lambda x: {"collection": "count_lines", "measures": [{"measure": x, "field": "rank"}]},
        lambda x: {"collection": "count_lines", "measures": [{"measure": "sum", "field": x}]},
        lambda x: {"collection": "count_lines", "sort": [{"column": x}]},
        lambda x: {"collection": "count_lines", "limit": x},
        lambda x: {"collection": "count_lines", "filters": [{"field": x, "op": "eq", "value": 1}]},
        lambda x: {
            "collection": "count_lines",
            "filters": [{"field": "rank", "op": x, "value": 1}],
        },
        lambda x: {"collection": "count_lines", "filters": [{"$where": x}]},
        lambda x: {"collection": "count_lines", "$where": x},
    ],
)
def test_an_attack_in_the_place_of_a_name_is_refused(place, attack):
    with pytest.raises(BadQuery):
        read_query(place(attack))


@pytest.mark.parametrize("op", [op.value for op in Op])
@pytest.mark.parametrize("attack", ATTACKS[:5])
def test_no_object_is_a_value(op, attack):
    for value in (attack, [attack, attack]):
        with pytest.raises(BadQuery):
            read_query(
                {
                    "collection": "count_lines",
                    "filters": [{"field": "floor", "op": op, "value": value}],
                }
                if not isinstance(attack, list) or op not in {"in", "nin", "between"}
                else {
                    "collection": "count_lines",
                    "filters": [{"field": "rank", "op": op, "value": value}],
                }
            )


@given(st.text(min_size=1, max_size=20), st.text(max_size=40))
def test_contains_finds_exactly_the_text_and_no_pattern(needle, hay):
    try:
        query = read_query(
            {
                "collection": "erp_items",
                "filters": [{"field": "item_name", "op": "contains", "value": needle}],
            }
        )
    except BadQuery:
        return
    (condition,) = values_of(query)
    pattern = re.compile(condition["$regex"])
    assert bool(pattern.search(hay)) == (needle in hay)
    assert pattern.search(f"{hay}{needle}{hay}")


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ({"filters": [{"field": "item_name", "op": "contains", "value": "x" * 101}]}, "characters"),
        ({"filters": [{"field": "item_name", "op": "eq", "value": "a\x00"}]}, "control"),
        ({"filters": [{"field": "stock_qty", "op": "eq", "value": float("nan")}]}, "finite"),
        ({"filters": [{"field": "stock_qty", "op": "eq", "value": True}]}, "number"),
        ({"filters": [{"field": "stock_qty", "op": "contains", "value": "1"}]}, "texts"),
        ({"filters": [{"field": "stock_qty", "op": "between", "value": [1]}]}, "2"),
        ({"filters": [{"field": "stock_qty", "op": "in", "value": list(range(501))}]}, "500"),
        ({"filters": [{"field": "updated_at", "op": "gt", "value": "yesterday"}]}, "time"),
        ({"filters": [{"field": "stock_qty", "op": "exists", "value": 1}]}, "true"),
        ({"filters": [{"field": "stock_qty", "op": "eq", "value": 1}] * 21}, "at most 20"),
        ({"measures": [{"measure": "sum", "field": "item_name"}]}, "numbers"),
        ({"measures": [{"measure": "count", "field": "mrp"}]}, "records"),
        ({"groups": [{"field": "item_name", "bucket": "day"}]}, "times"),
        ({"groups": [{"field": "floor"}], "columns": ["floor"]}, "grouped"),
        ({"groups": [{"field": "floor"}], "sort": [{"column": "mrp"}]}, "answer"),
        ({"columns": ["floor", "floor"]}, "once"),
        ({"limit": 0}, "whole"),
    ],
)
def test_what_does_not_fit_is_said_in_words(part, why):
    with pytest.raises(BadQuery, match=why):
        read_query({"collection": "erp_items", **part})


def test_the_same_question_has_the_same_hash_in_whatever_order_it_filters():
    first = {"field": "floor", "op": "eq", "value": "Ground"}
    second = {"field": "mrp", "op": "gt", "value": 2}
    one = read_query({"collection": "erp_items", "filters": [first, second]})
    other = read_query({"collection": "erp_items", "filters": [second, first]})
    another = read_query({"collection": "erp_items", "filters": [first]})
    assert one.hash == other.hash != another.hash


@pytest.mark.parametrize("report", ready_made("main"), ids=lambda report: report.report_id)
def test_a_query_as_json_reads_as_the_same_query(report):
    again = read_query(report.query.as_plain())
    assert again == report.query
    assert again.hash == report.query.hash
