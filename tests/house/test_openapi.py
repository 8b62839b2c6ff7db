"""The API's documents say what the code does."""

from __future__ import annotations

import re

import pytest
from openapi_spec_validator import validate

from app import events
from app.api.problems import HTTP_CODES
from app.errors import DomainError
from app.sync.records import ConflictType, ErrorType
from config import ROOT
from tests.support.openapi import KEPT, application, document, text_of

GUIDE = (ROOT / "docs" / "api.md").read_text("utf-8")
OF_THE_FRAMEWORK = {("bad_request", 400), *((code, status) for status, code in HTTP_CODES.items())}
OF_THE_CONNECTION = {
    ("notification", "live_behind"),
    ("notification", "live_caught_up"),
    ("notification", "live_gap"),
    ("snapshot", "snapshot"),
}
"""What the live connection itself tells, without a class in app/events.py."""
NEVER_SENT = {"sign_ins", "act"}
"""Servers tell these each other, or keep them for the activity log only."""


@pytest.fixture(scope="module")
def openapi():
    return document(application())


def concrete(base):
    """All classes below `base`."""
    return {deep for each in base.__subclasses__() for deep in {each, *concrete(each)}}


def rows(first_column):
    """The cells of the guide's table whose first column has that title."""
    lines = GUIDE.split(f"| {first_column} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [
        tuple(cell.strip().strip("`") for cell in line.strip("| ").split(" | ")) for line in lines
    ]


def test_the_openapi_document_is_valid(openapi):
    validate(openapi)


def test_the_openapi_document_equals_the_kept_one(openapi):
    assert text_of(openapi) == KEPT.read_text("utf-8"), (
        "the API changed: python -m tests.support.openapi"
    )


def test_every_operation_says_in_a_sentence_what_it_does(openapi):
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                assert operation.get("summary", "").endswith("."), (method, path)


def test_the_guide_lists_every_error_code_once_with_its_status():
    listed = [(code, int(status)) for code, status, _ in rows("`code`")]
    known = {(error.code, error.status) for error in concrete(DomainError)} | OF_THE_FRAMEWORK
    assert len(listed) == len(set(listed))
    assert set(listed) == known


def test_the_guide_lists_every_event_once():
    listed = [(name, kind) for name, kind, _ in rows("event")]
    told = {
        (getattr(each, "name", None), getattr(each, "type", None))
        for each in concrete(events.Event)
    }
    known = {
        (name, kind) for name, kind in told if isinstance(kind, str) and name not in NEVER_SENT
    }
    assert len(listed) == len(set(listed))
    assert set(listed) == known | OF_THE_CONNECTION


def test_the_guide_lists_every_conflict_and_error_type():
    assert {row[0] for row in rows("`conflict_type`")} == set(ConflictType)
    assert {row[0] for row in rows("`error_type`")} == set(ErrorType)


def test_every_address_that_the_guide_names_exists(openapi):
    named = set(re.findall(r"(GET|POST) (/api/[^\s`?]+)", GUIDE))
    assert named
    paths = {path.replace("{rack_id}", "G-01"): path for path in openapi["paths"]}
    for method, path in named:
        known = openapi["paths"].get(path) or openapi["paths"][paths[path]]
        assert method.lower() in known, path
