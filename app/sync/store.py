"""The queries of `verification_records` and `item_serials`: a round trip an act, not a record.

Unique indexes decide every race: `client_record_id` for a record, `serial_number` for a serial. An
update carries the revision it was judged against and asks for an upsert; where another write was
first, the upsert runs into the unique index, so that each loser is named in the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import DeleteOne, InsertOne, UpdateMany, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from app.db.client import Db, Document
from app.racks.rack import CountSession
from app.sync.records import CountRecord, Known

DUPLICATE_KEY = 11000
SYNCED = "synced"
PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version to be written over revision `over` (0: none), with the versions between."""

    record: CountRecord
    session: CountSession
    rev: int
    over: int
    history: tuple[Mapping[str, Any], ...]
    item_known: bool
    received_at: datetime

    @property
    def id(self) -> str:
        return self.record.client_record_id


@dataclass(frozen=True, slots=True)
class Written:
    """What a write came to: ids that another write beat, and ids that the store refused."""

    beaten: frozenset[str]
    failed: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A session's count, from the records themselves."""

    records: int
    pieces: float
    damaged: float
    items: frozenset[str]
    last_record_at: datetime | None


class RecordStore:
    """Records and the serial numbers they hold."""

    def __init__(self, db: Db) -> None:
        self._records: Collection[Document] = db.verification_records
        self._serials: Collection[Document] = db.item_serials
        self._devices: Collection[Document] = db.device_sequences

    def known(self, record_ids: Iterable[str], s: ClientSession | None = None) -> dict[str, Known]:
        """The newest versions of those records that exist."""
        where = {"client_record_id": {"$in": list(record_ids)}}
        found = self._records.find(where, _WHAT_A_JUDGEMENT_NEEDS, session=s)
        return {r["client_record_id"]: _known(r) for r in found}

    def write(self, drafts: Sequence[Draft]) -> Written:
        """Write all drafts whose ground did not move; on disk of a majority when this returns."""
        if not drafts:
            return Written(frozenset(), frozenset())
        refused = _refusals(self._records, [_write_of(draft) for draft in drafts])
        return Written(
            beaten=frozenset(drafts[i].id for i, code in refused.items() if code == DUPLICATE_KEY),
            failed=frozenset(drafts[i].id for i, code in refused.items() if code != DUPLICATE_KEY),
        )

    def mark_parked(self, record_ids: Iterable[str]) -> None:
        """Take records out of every figure: they lost the race for their rack."""
        ids = list(record_ids)
        if ids:
            where = {"client_record_id": {"$in": ids}}
            self._records.update_many(where, {"$set": {"sync_status": PARKED}})

    def put(self, draft: Draft, s: ClientSession) -> None:
        """Write one version by a supervisor's decision, within their transaction."""
        self._records.bulk_write([_write_of(draft)], session=s)
        owner = _serial_owner(draft)
        moved = [
            UpdateOne({"serial_number": serial}, {"$set": owner}, upsert=True)
            for serial in draft.record.serial_numbers
        ]
        if moved:
            taken = {"serial_numbers": {"$in": list(draft.record.serial_numbers)}}
            others = {"client_record_id": {"$ne": draft.id}, **taken}
            self._serials.bulk_write(moved, session=s)
            self._records.bulk_write(
                [
                    UpdateMany(
                        others, {"$pullAll": {"serial_numbers": list(draft.record.serial_numbers)}}
                    )
                ],
                session=s,
            )

    def reserve_serials(self, drafts: Sequence[Draft]) -> dict[str, str | None]:
        """Take the drafts' serials; those that another record keeps, with that record's id.

        Serials are taken before the records are written: a process killed in between leaves serials
        that the retry finds to be its own.
        """
        wanted = [
            {"serial_number": serial, **_serial_owner(draft)}
            for draft in drafts
            for serial in draft.record.serial_numbers
        ]
        if not wanted:
            return {}
        refused = _refusals(self._serials, [InsertOne(claim) for claim in wanted])
        claims = {wanted[i]["serial_number"]: wanted[i] for i in refused}
        return self._contest(claims) if claims else {}

    def _contest(self, claims: dict[str, Document]) -> dict[str, str | None]:
        """Serials of an earlier pass or stocktake move to the newer count; the others are lost."""
        self._serials.bulk_write([_succession(claim) for claim in claims.values()], ordered=False)
        holders = self._serials.find({"serial_number": {"$in": list(claims)}})
        owners = {h["serial_number"]: h["client_record_id"] for h in holders}
        return {
            serial: owners.get(serial)
            for serial, claim in claims.items()
            if owners.get(serial) != claim["client_record_id"]
        }

    def free_serials(self, held: Iterable[tuple[str, str]]) -> None:
        """Give back (serial, record) pairs that no version of the record has any more."""
        gone = [
            DeleteOne({"serial_number": serial, "client_record_id": owner})
            for serial, owner in held
        ]
        if gone:
            self._serials.bulk_write(gone, ordered=False)

    def note_sequence(self, device_id: str, last: int) -> int:
        """Keep a device's highest sequence number; the one before, 0 at its first."""
        before = self._devices.find_one_and_update(
            {"_id": device_id}, {"$max": {"last": last}}, upsert=True
        )
        return int(before["last"]) if before else 0

    def figures(self, session_id: str, fence: int) -> Figures:
        """What a session counted under its fence."""
        steps: list[Document] = [
            {"$match": {"session_id": session_id, "fence": fence, "sync_status": SYNCED}},
            {
                "$group": {
                    "_id": None,
                    "records": {"$sum": 1},
                    "pieces": {"$sum": "$verified_qty"},
                    "damaged": {"$sum": "$damage_qty"},
                    "items": {"$addToSet": "$item_code"},
                    "last_record_at": {"$max": "$received_at"},
                }
            },
        ]
        found = next(iter(self._records.aggregate(steps)), None)
        if found is None:
            return Figures(records=0, pieces=0, damaged=0, items=frozenset(), last_record_at=None)
        del found["_id"]
        return Figures(**{**found, "items": frozenset(found["items"])})

    def items_counted(self, rack_id: str, fence: int) -> set[str]:
        """The item codes counted at a rack under a fence, by whichever session."""
        where = {"rack_id": rack_id, "fence": fence, "sync_status": SYNCED}
        return set(self._records.distinct("item_code", where))


def _write_of(draft: Draft) -> InsertOne[Document] | UpdateOne:
    record, session = draft.record, draft.session
    fields: Document = {
        **record.content,
        "fingerprint": record.fingerprint,
        "rev": draft.rev,
        "session_id": session.session_id,
        "user_id": session.holder.user_id,
        "username": session.holder.username,
        "rack_id": session.rack_id,
        "floor": session.floor,
        "warehouse": session.warehouse,
        "stocktake_id": session.stocktake_id,
        "fence": session.fence,
        "pass": session.pass_no,
        "item_known": draft.item_known,
        "sync_status": SYNCED,
        "received_at": draft.received_at,
        "device_id": record.device_id,
        "client_seq": record.client_seq,
    }
    if not record.serial_numbers:
        del fields["serial_numbers"]  # the index is sparse: most goods have none
    if draft.over == 0:
        history = list(draft.history)
        return InsertOne({"client_record_id": draft.id, **fields, "history": history})
    change: Document = {"$set": fields, "$push": {"history": {"$each": list(draft.history)}}}
    if not record.serial_numbers:
        change["$unset"] = {"serial_numbers": ""}
    return UpdateOne({"client_record_id": draft.id, "rev": draft.over}, change, upsert=True)


def _serial_owner(draft: Draft) -> Document:
    return {
        "client_record_id": draft.id,
        "item_code": draft.record.item_code,
        "session_id": draft.session.session_id,
        "rack_id": draft.session.rack_id,
        "stocktake_id": draft.session.stocktake_id,
        "fence": draft.session.fence,
        "created_at": draft.received_at,
    }


def _succession(claim: Document) -> UpdateOne:
    """Take a serial over from a count that this one follows: an older fence of the same rack, or
    another stocktake.
    """
    older = [
        {"rack_id": claim["rack_id"], "fence": {"$lt": claim["fence"]}},
        {"stocktake_id": {"$ne": claim["stocktake_id"]}},
    ]
    owner = {key: value for key, value in claim.items() if key not in {"_id", "serial_number"}}
    return UpdateOne({"serial_number": claim["serial_number"], "$or": older}, {"$set": owner})


def _refusals(collection: Collection[Document], writes: Sequence[Any]) -> dict[int, int]:
    """Send all writes at once; the positions that were refused, with the server's code."""
    try:
        collection.bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        if error.details["writeConcernErrors"]:
            raise  # written, but not known to be safe: nothing may be acknowledged
        return {e["index"]: e["code"] for e in error.details["writeErrors"]}
    return {}


def _known(doc: Document) -> Known:
    return Known(
        client_record_id=doc["client_record_id"],
        user_id=doc["user_id"],
        session_id=doc["session_id"],
        rev=doc["rev"],
        fingerprint=doc["fingerprint"],
        earlier=frozenset(v["fingerprint"] for v in doc["history"]),
        updated_at=doc["updated_at"],
        verified_qty=doc["verified_qty"],
        serial_numbers=tuple(doc.get("serial_numbers", ())),
        parked=doc["sync_status"] == PARKED,
        content={key: doc.get(key) for key in CONTENT_FIELDS},
    )


CONTENT_FIELDS = (
    "item_code",
    "verified_qty",
    "damage_qty",
    "serial_numbers",
    "mfg_date",
    "mrp",
    "uom",
    "category",
    "subcategory",
    "item_condition",
    "condition_details",
    "evidence_photos",
    "status",
    "created_at",
    "updated_at",
)
_WHAT_A_JUDGEMENT_NEEDS = dict.fromkeys(
    (
        *CONTENT_FIELDS,
        "client_record_id",
        "user_id",
        "session_id",
        "rev",
        "fingerprint",
        "sync_status",
        "history.fingerprint",
    ),
    1,
)
