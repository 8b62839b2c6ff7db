"""What a batch is made of: count records, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import orjson
from msgspec import Struct

from app.clock import iso

T = TypeVar("T")


class RecordStatus(StrEnum):
    """How sure the counter is."""

    PARTIAL = "partial"
    FINALIZED = "finalized"


class Once(Generic[T]):
    """functools.cached_property without its lock, which Python gave up in 3.12: taking it is half
    of what it costs to form a record's content.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    def __get__(self, owner: Any, _: type | None = None) -> T:
        made: T = self._make(owner)
        owner.__dict__[self._name] = made  # where Python looks first, the next time
        return made


class CountRecord(Struct, frozen=True, kw_only=True, dict=True):
    """One count as a counter or device took it. Quantities are pieces of `uom`; `mrp` is money.

    `voided`: the counter took all of it back. It says nothing of the item, least of all zero.
    """

    client_record_id: str
    session_id: str
    item_code: str
    verified_qty: float
    status: RecordStatus
    created_at: datetime
    updated_at: datetime
    rack_id: str | None = None
    floor: str | None = None
    damage_qty: float = 0
    serial_numbers: tuple[str, ...] = ()
    mfg_date: str | None = None
    lot: str | None = None
    expiry_date: str | None = None
    mrp: float | None = None
    uom: str | None = None
    category: str | None = None
    subcategory: str | None = None
    item_condition: str | None = None
    condition_details: str | None = None
    evidence_photos: tuple[str, ...] = ()
    scans: tuple[Mapping[str, Any], ...] = ()
    voided: bool = False
    fence: int | None = None
    pass_no: int | None = None
    base_rev: int | None = None
    device_id: str | None = None
    client_seq: int | None = None

    @Once
    def content(self) -> Mapping[str, Any]:
        """The count itself, as it is kept and shown: without how it travelled."""
        content: dict[str, Any] = {
            "item_code": self.item_code,
            "verified_qty": self.verified_qty,
            "damage_qty": self.damage_qty,
            "serial_numbers": list(self.serial_numbers),
            "mfg_date": self.mfg_date,
            "mrp": self.mrp,
            "uom": self.uom,
            "category": self.category,
            "subcategory": self.subcategory,
            "item_condition": self.item_condition,
            "condition_details": self.condition_details,
            "evidence_photos": list(self.evidence_photos),
            "status": str(self.status),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }
        if self.scans:
            content["scans"] = list(self.scans)
        if self.lot:
            content["lot"] = self.lot
        if self.expiry_date:
            content["expiry_date"] = self.expiry_date
        if self.voided:
            content["voided"] = True
        return content

    @Once
    def fingerprint(self) -> str:
        """The same for the same content under the same session; tells a retry from a change."""
        told = (self.session_id, self.rack_id, self.content)
        return blake2b(orjson.dumps(told), digest_size=16).hexdigest()

    def payload(self) -> dict[str, Any]:
        """The whole record as it was sent, for a conflict that keeps it."""
        lease = {"fence": self.fence, "pass": self.pass_no}
        return {
            **{name: told for name, told in lease.items() if told is not None},
            "client_record_id": self.client_record_id,
            "session_id": self.session_id,
            "rack_id": self.rack_id,
            "floor": self.floor,
            **self.content,
            "scans": list(self.scans),
            "lot": self.lot,
            "expiry_date": self.expiry_date,
            "voided": self.voided,
            "base_rev": self.base_rev,
            "device_id": self.device_id,
            "client_seq": self.client_seq,
        }


def record_from(payload: Mapping[str, Any]) -> CountRecord:
    """The record that a payload was made of."""
    lists = {
        name: tuple(payload.get(name) or ())
        for name in ("serial_numbers", "evidence_photos", "scans")
    }
    status = RecordStatus(payload["status"])
    fields = {name: payload.get(name) for name in CountRecord.__struct_fields__}
    fields["pass_no"] = payload.get("pass")
    fields["voided"] = bool(payload.get("voided"))
    return CountRecord(**{**fields, **lists, "status": status})  # type: ignore[arg-type]


class BadRecord(Struct, frozen=True, kw_only=True):
    """A record that does not fit: which field, and why. `client_record_id` if it told one."""

    client_record_id: str | None
    errors: Mapping[str, Any]


class Known(Struct, frozen=True, kw_only=True):
    """The version of a record that the store has, or that this batch is about to write. `version`
    is all that the store keeps of it. A Struct, as each new record makes one: it takes a tenth of
    the time of a frozen dataclass.
    """

    client_record_id: str
    user_id: str
    session_id: str
    rev: int
    fingerprint: str
    earlier: frozenset[str]
    updated_at: datetime
    verified_qty: float
    serial_numbers: tuple[str, ...]
    parked: bool
    content: Mapping[str, Any]
    version: Mapping[str, Any] = MappingProxyType({})

    @property
    def counts(self) -> bool:
        """Whether it is part of the figures: what is parked or was taken back is not."""
        return not self.parked and not self.content.get("voided")

    def has(self, record: CountRecord) -> bool:
        """Whether the record is this version or an earlier one."""
        return record.fingerprint == self.fingerprint or record.fingerprint in self.earlier


class ConflictType(StrEnum):
    """Why a record was parked for a supervisor."""

    DUPLICATE_SERIAL = "duplicate_serial"
    INVALID_QUANTITY = "invalid_quantity"
    RACK_LOCKED = "rack_locked"
    STALE_LEASE = "stale_lease"
    STALE_UPDATE = "stale_update"
    SESSION_CLOSED = "session_closed"
    WRONG_RACK = "wrong_rack"


class ErrorType(StrEnum):
    """Why a record was refused: the sender must change it or send it again."""

    INVALID_RECORD = "invalid_record"
    UNKNOWN_SESSION = "unknown_session"
    NOT_YOUR_SESSION = "not_your_session"
    STORAGE_ERROR = "storage_error"


class Same(Struct, frozen=True):
    """The store has this content: a retry, which changes nothing."""

    rev: int


class Accepted(Struct, frozen=True):
    """The record is the new version `rev`."""

    rev: int


class Parked(Struct, frozen=True):
    """The record is kept whole as a conflict until a supervisor settles it."""

    conflict_type: ConflictType
    message: str
    details: Mapping[str, Any] = {}
    conflict_id: str = ""
    already: bool = False


class Refused(Struct, frozen=True):
    """The record was not taken."""

    error_type: ErrorType
    message: str
    details: Mapping[str, Any] = {}


Verdict = Same | Accepted | Parked | Refused


class BatchOutcome(Struct, frozen=True, kw_only=True):
    """What became of each record, in the order they were sent."""

    verdicts: tuple[tuple[str | None, Verdict], ...]
    gaps: tuple[Mapping[str, Any], ...] = ()


def conflict_id_of(user_id: str, record: CountRecord) -> str:
    """The id of the conflict that this content would be: a retry finds the same one. Content that
    was based on another revision since is no retry.
    """
    told = (user_id, record.client_record_id, record.fingerprint, record.base_rev)
    return blake2b(orjson.dumps(told), digest_size=16).hexdigest()


def plain(value: Any) -> Any:
    """A content or payload with its times as JSON has them."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value
