"""Every operation asked by schemathesis with what its own document allows, and with what it does
not: no fault, and each answer is one that the document tells of.

`make test` asks little of each operation, the same every time; `make soak` asks a lot.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import cycle

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.lived_in import OWNERS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CALLERS = ["ann", "ada", *OWNERS]
"""In turns; first those who may do most of it."""
ENDS_A_SIGN_IN = {"POST /api/auth/logout"}


@pytest.fixture(scope="module")
def operations(home):
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", home.app)
    found = [each.ok() for each in schema.get_all_operations()]
    asked = [each for each in found if each.label not in ENDS_A_SIGN_IN]
    looks_first = sorted(asked, key=lambda each: each.label.startswith(("POST", "PATCH", "DELETE")))
    return {each.label: each for each in looks_first}


@pytest.mark.parametrize(
    ("mode", "examples"),
    [
        (GenerationMode.POSITIVE, 3),
        (GenerationMode.NEGATIVE, 2),
        pytest.param(GenerationMode.POSITIVE, 80, marks=pytest.mark.soak),
        pytest.param(GenerationMode.NEGATIVE, 80, marks=pytest.mark.soak),
    ],
    ids=["as told", "against it", "as told, for long", "against it, for long"],
)
def test_every_answer_is_one_that_the_document_tells_of(home, operations, mode, examples):
    seen = defaultdict(set)
    for label, operation in operations.items():
        if mode is GenerationMode.POSITIVE or _takes_anything(operation):
            seen[label] = ask(home, operation, mode=mode, examples=examples)
    assert len(seen) > 80
    if mode is GenerationMode.POSITIVE:
        good = {label for label, statuses in seen.items() if min(statuses) < 300}
        assert len(good) > len(seen) / 2, sorted(seen.keys() - good)


def ask(home, operation, *, mode, examples):
    """Ask an operation as everybody, mostly about things that there are; the statuses."""
    seen = set()

    @given(case=operation.as_strategy(generation_mode=mode), unknown=st.integers(0, 4))
    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def one(case, unknown):
        if unknown < 4:
            known = {key: home.ids[key] for key in case.path_parameters if key in home.ids}
            case.path_parameters.update(known)
        answer = case.call(headers=home.people[next(callers)]._headers)
        case.validate_response(answer, checks=CHECKS)
        seen.add(answer.status_code)

    callers = cycle(CALLERS)
    one()
    return seen


def _takes_anything(operation):
    """Whether there is anything in the request that could be against the document."""
    return bool(operation.path_parameters or operation.query or operation.body)
