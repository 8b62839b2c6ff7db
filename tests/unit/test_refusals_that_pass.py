"""What of MongoDB passes by itself is told as 503 with a time to wait, all else as our fault."""

from __future__ import annotations

import pytest
from flask import Flask, g
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    WriteError,
)

from app.api.problems import storage_problem
from app.db.passing import is_away, is_overtaken

WRITE_CONFLICT, TOO_BUSY, DUPLICATE, INVALID = 112, 365, 11000, 121


def refusal(code, *labels):
    error = OperationFailure("refused", code)
    for label in labels:
        error._add_error_label(label)
    return error


def of_a_bulk_write(*codes, concerns=()):
    errors = [{"index": n, "code": code, "errmsg": "refused"} for n, code in enumerate(codes)]
    return BulkWriteError({"writeErrors": errors, "writeConcernErrors": list(concerns)})


OVERTAKEN = {
    "a write conflict": refusal(WRITE_CONFLICT),
    "a cache under pressure": refusal(TOO_BUSY),
    "a transaction that may be tried again": refusal(1, "TransientTransactionError"),
    "a commit that nobody knows of": refusal(1, "UnknownTransactionCommitResult"),
    "a bulk write of which one did not end in time": of_a_bulk_write(50, DUPLICATE),
    "a bulk write that is not known to be safe": of_a_bulk_write(concerns=[{"code": 11602}]),
}
LASTING = {
    "a duplicate": DuplicateKeyError("there is one", DUPLICATE),
    "a document that does not fit": WriteError("refused", INVALID),
    "a bulk write of duplicates": of_a_bulk_write(DUPLICATE, DUPLICATE),
    "a command that nobody knows": refusal(59),
}


@pytest.mark.parametrize("what", OVERTAKEN)
def test_who_was_overtaken_is_told_to_come_again(what):
    with Flask("problems").test_request_context():
        answer = storage_problem(OVERTAKEN[what])
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.get_json(force=True)["code"] == "storage_unavailable"
        assert not g.storage_failed


@pytest.mark.parametrize("error", [AutoReconnect("gone"), ExecutionTimeout("late", 50)])
def test_a_database_that_does_not_answer_counts_against_it(error):
    with Flask("problems").test_request_context():
        assert storage_problem(error).status_code == 503
        assert g.storage_failed


@pytest.mark.parametrize("what", LASTING)
def test_what_would_be_refused_again_is_no_matter_of_waiting(what):
    assert not is_away(LASTING[what])
    assert not is_overtaken(LASTING[what])
