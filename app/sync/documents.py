"""Records as MongoDB keeps them, and back."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import count

from bson import ObjectId
from msgspec import Struct
from pymongo import InsertOne, UpdateOne

from app.db.client import Document
from app.racks.rack import CountSession
from app.sync.records import CountRecord, Known

SYNCED = "synced"
PARKED = "parked"


class Draft(Struct, frozen=True, kw_only=True):
    """Versions of one record, the newest last, to be written over `ground` (None: it is new)."""

    versions: list[CountRecord]
    ground: Known | None
    session: CountSession
    known_items: AbstractSet[str]
    received_at: datetime

    @property
    def record(self) -> CountRecord:
        return self.versions[-1]

    @property
    def id(self) -> str:
        return self.versions[-1].client_record_id

    @property
    def over(self) -> int:
        return self.ground.rev if self.ground else 0

    @property
    def rev(self) -> int:
        return self.over + len(self.versions)


def names() -> Iterator[bytes]:
    """Values for the `_id` of documents that are written together: a new one of the driver's, and
    the place among them. One of the driver's for each takes a lock and a call to the kernel.
    """
    together = ObjectId().binary
    return (together + place.to_bytes(4, "big") for place in count())


def write_of(draft: Draft, name: bytes) -> InsertOne[Document] | UpdateOne:
    """Insert the versions under this `_id`, or put them over exactly the ground they were judged
    against.
    """
    first = draft.over + 1
    *between, newest = [_version(draft, r, rev) for rev, r in enumerate(draft.versions, first)]
    if draft.ground is None:
        newest |= {"_id": name, "client_record_id": draft.id, "history": between}
        return InsertOne(newest)
    history = [draft.ground.version, *between]
    change: Document = {"$set": newest, "$push": {"history": {"$each": history}}}
    gone = {field: "" for field in SPARSE_FIELDS if field not in newest}
    if gone:
        change["$unset"] = gone
    return UpdateOne({"client_record_id": draft.id, "rev": draft.over}, change, upsert=True)


def _version(draft: Draft, record: CountRecord, rev: int) -> Document:
    session = draft.session
    fields: Document = {
        **record.content,
        "fingerprint": record.fingerprint,
        "rev": rev,
        "session_id": session.session_id,
        "user_id": session.holder.user_id,
        "username": session.holder.username,
        "rack_id": session.rack_id,
        "floor": session.floor,
        "warehouse": session.warehouse,
        "stocktake_id": session.stocktake_id,
        "fence": session.fence,
        "pass": session.pass_no,
        "item_known": record.item_code in draft.known_items,
        "sync_status": SYNCED,
        "received_at": draft.received_at,
        "device_id": record.device_id,
        "client_seq": record.client_seq,
    }
    if not record.serial_numbers:
        del fields["serial_numbers"]  # the index is sparse: most goods have none
    return fields


def write_without(draft: Draft) -> list[Document]:
    """Withdraw the draft's versions, whether they are the newest or another was written over them:
    they leave record and history, and are kept apart.
    """

    def ours(rev: str) -> Document:
        return {"$and": [{"$gt": [rev, draft.over]}, {"$lte": [rev, draft.rev]}]}

    before = {"$filter": {"input": "$history", "cond": {"$not": [ours("$$this.rev")]}}}
    gone = {"$filter": {"input": "$history", "cond": ours("$$this.rev")}}
    withdrawn = {"$concatArrays": [{"$ifNull": ["$withdrawn", []]}, gone]}
    newest = {name: f"${name}" for name in VERSION_FIELDS}
    earlier = {"$lt": ["$$this.rev", {"$last": "$history.rev"}]}
    place = {
        "_id": "$_id",
        "client_record_id": "$client_record_id",
        "history": {"$filter": {"input": "$history", "cond": earlier}},
        "withdrawn": {"$concatArrays": ["$withdrawn", [newest]]},
    }
    cases = [
        {"case": {"$not": [ours("$rev")]}, "then": "$$ROOT"},
        {
            "case": {"$eq": ["$history", []]},
            "then": {"$mergeObjects": ["$$ROOT", {"sync_status": PARKED}]},
        },
    ]
    restored = {"$mergeObjects": [{"$last": "$history"}, place]}
    return [
        {"$set": {"history": before, "withdrawn": withdrawn}},
        {"$replaceWith": {"$switch": {"branches": cases, "default": restored}}},
    ]


def version_without(known: Known, serials: AbstractSet[str]) -> Document:
    """Make a version of a record that has these serials no more."""
    left = [n for n in known.serial_numbers if n not in serials]
    change: Document = {"$set": {"rev": known.rev + 1}, "$push": {"history": known.version}}
    if left:
        change["$set"]["serial_numbers"] = left
    else:
        change["$unset"] = {"serial_numbers": ""}
    return change


def known_from(doc: Document) -> Known:
    """The version that a document of `verification_records` is."""
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
        content={
            **{key: doc.get(key) for key in CONTENT_FIELDS},
            **{key: doc[key] for key in TOLD_FIELDS if key in doc},
        },
        version={key: doc[key] for key in VERSION_FIELDS if key in doc},
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
TOLD_FIELDS = ("scans", "lot", "expiry_date", "voided")
"""Parts of the content that most counts do not have: they are kept only where they are told."""
SPARSE_FIELDS = ("serial_numbers", *TOLD_FIELDS)
VERSION_FIELDS = (
    *CONTENT_FIELDS,
    *TOLD_FIELDS,
    "fingerprint",
    "rev",
    "session_id",
    "user_id",
    "username",
    "rack_id",
    "floor",
    "warehouse",
    "stocktake_id",
    "fence",
    "pass",
    "item_known",
    "sync_status",
    "received_at",
    "device_id",
    "client_seq",
)
SEALED_FIELDS = tuple(name for name in VERSION_FIELDS if name != "sync_status")
"""What a version is, for its proof of custody. Where it stands may change, and is told apart."""
WHAT_A_JUDGEMENT_NEEDS = dict.fromkeys(
    (*VERSION_FIELDS, "client_record_id", "history.fingerprint"), 1
)
