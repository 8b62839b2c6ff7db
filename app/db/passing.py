"""Which of MongoDB's refusals pass by themselves: the same request, a moment later, may succeed."""

from __future__ import annotations

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

_AWAY = (ConnectionFailure, ExecutionTimeout, NotPrimaryError, WTimeoutError)
_LABELS = ("TransientTransactionError", "RetryableWriteError", "UnknownTransactionCommitResult")
_CODES = frozenset(
    {
        24,  # LockTimeout
        46,  # LockBusy
        50,  # MaxTimeMSExpired
        64,  # WriteConcernTimeout
        112,  # WriteConflict
        251,  # NoSuchTransaction: it ended while its client stood still
        262,  # ExceededTimeLimit
        290,  # TransactionExceededLifetimeLimitSeconds
        365,  # TemporarilyUnavailable: the cache is under pressure
        11601,  # Interrupted
    }
)


def is_away(error: PyMongoError) -> bool:
    """Whether the database did not answer, or not in time."""
    return isinstance(error, _AWAY) or error.timeout


def is_overtaken(error: PyMongoError) -> bool:
    """Whether it answered that others came first or that it has too much to do just now. Of a bulk
    write, whether that holds for any of its writes: what was written will be found so.
    """
    if any(error.has_error_label(label) for label in _LABELS):
        return True
    if isinstance(error, BulkWriteError):
        told = error.details
        refusals = told.get("writeErrors", [])
        return bool(told.get("writeConcernErrors")) or any(e["code"] in _CODES for e in refusals)
    return isinstance(error, OperationFailure) and error.code in _CODES
