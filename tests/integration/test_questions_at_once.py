"""Questions that share a command get their own answers, as if each had been asked alone."""

from __future__ import annotations

import pytest

from app.db.questions import Question, ask_at_once


@pytest.fixture
def shelves(db):
    db.fruit.insert_many([{"_id": n, "name": name} for n, name in enumerate(("fig", "plum"))])
    db.bread.insert_many([{"_id": 7, "name": "rye"}])
    return db


def names_in(collection, *stages):
    return Question(collection, stages, lambda found: [each["name"] for each in found])


def test_each_answer_is_of_its_own_question(shelves):
    all_of_it = {"$sort": {"_id": -1}}
    plum = {"$match": {"name": "plum"}}
    questions = [
        names_in(shelves.bread, all_of_it),
        names_in(shelves.fruit, all_of_it),
        names_in(shelves.fruit, plum),
        names_in(shelves.bread, {"$match": {"name": "spelt"}}),
    ]
    assert ask_at_once(questions) == [["rye"], ["plum", "fig"], ["plum"], []]


def test_a_question_without_stages_finds_nothing_wherever_it_stands(shelves):
    rye = names_in(shelves.bread, {"$match": {}})
    nothing = names_in(shelves.fruit)
    assert ask_at_once([nothing, rye, nothing]) == [[], ["rye"], []]
    assert ask_at_once([nothing]) == [[]]
    assert ask_at_once([]) == []


def test_more_documents_than_a_first_answer_usually_has_come_too(shelves):
    shelves.crumbs.insert_many([{"_id": n} for n in range(1_500)])
    count = Question(shelves.crumbs, [{"$match": {}}], len)
    assert ask_at_once([count, names_in(shelves.bread, {"$match": {}})]) == [1_500, ["rye"]]
