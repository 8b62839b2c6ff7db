"""Several questions to MongoDB by one command: the way there and back costs more than most answers.

A store says what it would ask and what it makes of the documents; whoever needs several of these
asks them together. They see the database as it is, not at one moment, like the commands that they
replace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pymongo.collection import Collection

from app.db.client import Document

T = TypeVar("T")

AT_ONCE = 20_000
"""Documents of all answers that come without asking once more: beyond what any batch can name."""


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """The documents that `stages` find in a collection, and what `read` makes of them; without
    stages there is nothing to find.
    """

    collection: Collection[Document]
    stages: Sequence[Document]
    read: Callable[[list[Document]], T]


def among(
    collection: Collection[Document],
    field: str,
    values: Iterable[str],
    read: Callable[[list[Document]], T],
    *more: Document,
) -> Question[T]:
    """What to make of the documents that have one of these values in a field; `more` stages follow
    the look for them.
    """
    wanted = list(values)
    stages: list[Document] = [{"$match": {field: {"$in": wanted}}}, *more]
    return Question(collection, stages if wanted else [], read)


def which_are_there(
    collection: Collection[Document], field: str, values: Iterable[str]
) -> Question[set[str]]:
    """Which of these values a document has in a field; from the field's index alone."""
    only_it: Document = {"$project": {"_id": 0, field: 1}}
    return among(collection, field, values, lambda found: {doc[field] for doc in found}, only_it)


def ask_at_once(questions: Sequence[Question[Any]]) -> list[Any]:
    """The answers, in the order of their questions: one round trip."""
    found: list[list[Document]] = [[] for _ in questions]
    asked = [(place, question) for place, question in enumerate(questions) if question.stages]
    if asked:
        (place, first), *others = asked
        stages = _marked(first, place) + [
            {"$unionWith": {"coll": each.collection.name, "pipeline": _marked(each, at)}}
            for at, each in others
        ]
        for told in first.collection.aggregate(stages, batchSize=AT_ONCE):
            found[told["of"]].append(told["is"])
    return [question.read(docs) for question, docs in zip(questions, found, strict=True)]


def _marked(question: Question[Any], place: int) -> list[Document]:
    """The stages, and one that says whose answer each document is."""
    return [*question.stages, {"$project": {"_id": 0, "of": {"$literal": place}, "is": "$$ROOT"}}]
