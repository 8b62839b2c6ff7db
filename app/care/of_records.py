"""Records, their serial numbers, and the conflicts that keep what was parked."""

from __future__ import annotations

from pymongo.client_session import ClientSession

from app.care.finding import Check, of, older_than, where
from app.db.client import Db, Document
from app.sync.conflict import OPEN, RESOLVED
from app.sync.records import ConflictType, CountRecord, conflict_id_of, record_from

GRACE_MIN = 15
"""A batch reserves serials first and keeps conflicts last; none takes minutes."""
COUNTED = {"sync_status": "synced", "voided": {"$ne": True}}
PARKED = "parked"
CLAIM = ("client_record_id", "rev", "item_code", "session_id", "rack_id", "stocktake_id", "fence")
"""What `item_serials` notes of a record beside the number and the time."""


def _free(db: Db, serial: Document, s: ClientSession) -> None:
    db.item_serials.delete_one({"_id": serial["_id"]}, session=s)


def _reserve(db: Db, record: Document, s: ClientSession) -> None:
    """Each unique number goes to one record: a transaction that meets another starts over."""
    claim = {name: record.get(name) for name in CLAIM} | {"created_at": record["received_at"]}
    rows = [{"serial_number": serial, **claim} for serial in record["missing"]]
    db.item_serials.insert_many(rows, session=s)


def _park(db: Db, record: Document, s: ClientSession) -> None:
    """Make the conflict that its sender would be told of, should the record come again."""
    sent = _as_sent(record)
    conflict = {
        "conflict_id": conflict_id_of(record["user_id"], sent),
        "conflict_type": ConflictType.STALE_LEASE.value,
        **{name: record[name] for name in ("client_record_id", "session_id", "rack_id", "floor")},
        "user_id": record["user_id"],
        "username": record["username"],
        "message": "It was parked, and the server died before it could say why.",
        "details": {"fence": record["fence"]},
        "payload": sent.payload(),
        "status": OPEN,
        "created_at": record["received_at"],
    }
    db.sync_conflicts.insert_one(conflict, session=s)


def _as_sent(record: Document) -> CountRecord:
    """A device names the rack or leaves it to the session; the fingerprint tells which it did."""
    named, left = record_from(record), record_from({**record, "rack_id": None})
    return left if left.fingerprint == record["fingerprint"] else named


CHECKS = (
    Check(
        code="serial_without_record",
        collection="item_serials",
        steps=[
            older_than("$created_at", GRACE_MIN),
            of(
                "verification_records",
                "client_record_id",
                "client_record_id",
                "holder",
                where(
                    {"$in": ["$$serial", {"$ifNull": ["$serial_numbers", []]}]},
                    sync_status="synced",
                ),
                {"$project": {"_id": 1}},
                serial="$serial_number",
            ),
            {"$match": {"holder": []}},
        ],
        says=lambda serial: (
            f"serial {serial['serial_number']} is held by record {serial['client_record_id']}, "
            "which does not have it"
        ),
        mending="frees the serial",
        mend=_free,
    ),
    Check(
        code="serial_not_held",
        collection="verification_records",
        steps=[
            {"$match": {"serial_numbers": {"$exists": True}, **COUNTED}},
            of("item_serials", "serial_numbers", "serial_number", "held"),
            {"$set": {"missing": {"$setDifference": ["$serial_numbers", "$held.serial_number"]}}},
            {"$match": {"missing": {"$ne": []}}},
            {"$unset": ["history", "held"]},
        ],
        says=lambda record: (
            f"nobody holds serial {', '.join(record['missing'])} "
            f"of record {record['client_record_id']}"
        ),
        mending="gives it to the record",
        mend=_reserve,
    ),
    Check(
        code="serial_held_twice",
        collection="verification_records",
        steps=[
            {"$match": {"serial_numbers": {"$exists": True}, **COUNTED}},
            of(
                "item_serials",
                "serial_numbers",
                "serial_number",
                "others",
                where(
                    {"$ne": ["$client_record_id", "$$record"]},
                    {"$eq": ["$stocktake_id", "$$stocktake"]},
                    {
                        "$or": [
                            {"$ne": ["$rack_id", "$$rack"]},
                            {"$lte": ["$fence", "$$fence"]},
                        ]
                    },
                ),
                record="$client_record_id",
                stocktake="$stocktake_id",
                rack="$rack_id",
                fence="$fence",
            ),
            {"$match": {"others": {"$ne": []}}},
            {"$unset": "history"},
        ],
        says=lambda record: (
            f"serial {record['others'][0]['serial_number']} was counted by records "
            f"{record['client_record_id']} and {record['others'][0]['client_record_id']}"
        ),
        mending="a person corrects one of the two counts, or has the rack recounted",
    ),
    Check(
        code="record_off_its_session",
        collection="verification_records",
        steps=[
            of(
                "verification_sessions",
                "session_id",
                "session_id",
                "of",
                where({"$eq": ["$rack_id", "$$rack"]}, {"$eq": ["$fence", "$$fence"]}),
                {"$project": {"_id": 1}},
                rack="$rack_id",
                fence="$fence",
            ),
            {"$match": {"of": []}},
            {"$unset": "history"},
        ],
        says=lambda record: (
            f"record {record['client_record_id']} is of rack {record['rack_id']} under fence "
            f"{record['fence']}, and its session {record['session_id']} is not"
        ),
        mending="a person has the rack recounted",
    ),
    Check(
        code="parked_without_conflict",
        collection="verification_records",
        steps=[
            {"$match": {"sync_status": PARKED}},
            older_than("$received_at", GRACE_MIN),
            of(
                "sync_conflicts",
                "client_record_id",
                "client_record_id",
                "kept",
                {"$project": {"_id": 1}},
            ),
            {"$match": {"kept": []}},
        ],
        says=lambda record: f"record {record['client_record_id']} is parked and in no queue",
        mending="puts it into the queue of conflicts",
        mend=_park,
    ),
    Check(
        code="conflict_without_record",
        collection="sync_conflicts",
        steps=[
            {"$match": {"status": RESOLVED, "resolution": {"$in": ["accept_client", "merge"]}}},
            of(
                "verification_records",
                "client_record_id",
                "client_record_id",
                "kept",
                {"$project": {"_id": 1}},
            ),
            {"$match": {"kept": []}},
        ],
        says=lambda conflict: (
            f"conflict {conflict['conflict_id']} took record {conflict['client_record_id']} in, "
            "and there is none"
        ),
        mending="a person counts the item again; the conflict has the whole record",
    ),
)
