"""The queries of `verification_records`: a round trip an act, not a record.

The unique index on `client_record_id` decides every race. An update carries the revision it was
judged against and asks for an upsert; where another write was first, the upsert runs into the
unique index, so that each loser is named in the answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.read_concern import ReadConcern

from app.db.client import DUPLICATE_KEY, Db, Document, update_all
from app.db.questions import Question, which_are_there
from app.db.writes import writer_of
from app.sync.documents import (
    SYNCED,
    VERSION_FIELDS,
    WHAT_A_JUDGEMENT_NEEDS,
    Draft,
    known_from,
    names,
    version_without,
    write_of,
    write_without,
)
from app.sync.figures import Figures, ItemCount
from app.sync.holds import Hold, serials_of
from app.sync.records import Known
from app.sync.serial_store import SerialStore

COUNTED = {"sync_status": SYNCED, "voided": {"$ne": True}}
"""Records that are part of a figure: neither parked nor taken back by their counter."""

READ_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Written:
    """What a write came to: ids that another write beat, and ids that the store refused."""

    beaten: frozenset[str]
    failed: frozenset[str]


class RecordStore:
    """Records, and in `serials` the numbers they hold."""

    def __init__(self, db: Db) -> None:
        self._records: Collection[Document] = db.verification_records
        self._safe_records = self._records.with_options(read_concern=ReadConcern("majority"))
        self._devices: Collection[Document] = db.device_sequences
        self._write = writer_of(self._records)
        self.serials = SerialStore(db, self.having)

    def known(self, record_ids: Iterable[str], s: ClientSession | None = None) -> dict[str, Known]:
        """The newest versions that are safe of those records that exist. One that another request
        is still writing may be lost yet: who meets it is beaten, and waits until it is safe.
        """
        ids = list(record_ids)
        if not ids:
            return {}
        where = {"client_record_id": {"$in": ids}}
        found = self._safe_records.find(
            where, WHAT_A_JUDGEMENT_NEEDS, session=s, batch_size=len(ids) + 1
        )
        return {r["client_record_id"]: known_from(r) for r in found}

    def ask_there(self, record_ids: Iterable[str]) -> Question[set[str]]:
        """Which of these ids have a record, safe or not; from the index alone."""
        return which_are_there(self._records, "client_record_id", record_ids)

    def write(self, drafts: Sequence[Draft]) -> Written:
        """Write all drafts whose ground did not move; on disk of a majority when this returns."""
        if not drafts:
            return Written(frozenset(), frozenset())
        writes = [write_of(draft, name) for draft, name in zip(drafts, names(), strict=False)]
        codes = self._write(writes)
        refused = [(d.id, code) for d, code in zip(drafts, codes, strict=True) if code is not None]
        return Written(
            beaten=frozenset(name for name, code in refused if code == DUPLICATE_KEY),
            failed=frozenset(name for name, code in refused if code != DUPLICATE_KEY),
        )

    def take_back(self, drafts: Sequence[Draft]) -> None:
        """Undo writes that lost the race for their rack: the version before stands again, and a
        record that has none leaves every figure.
        """
        undo = [UpdateOne({"client_record_id": d.id}, write_without(d)) for d in drafts]
        update_all(self._records, undo)

    def put(self, draft: Draft, s: ClientSession) -> Mapping[Hold, Known]:
        """Write one version by a supervisor's decision, within their transaction. Its serials are
        its own then (see `SerialStore.give`); the counts that got one which it gave up.
        """
        self._records.bulk_write([write_of(draft, next(names()))], session=s)
        losers = self.serials.give(draft, s)
        serials = frozenset(draft.record.serial_numbers)
        self._lose(losers, serials, s)
        given_up = set(serials_of(draft.ground)) - serials
        return self.serials.pass_on([Hold(n, draft.id, draft.rev) for n in given_up], s)

    def _lose(self, losers: Iterable[str], serials: AbstractSet[str], s: ClientSession) -> None:
        """Write a version without these serials of each loser; its history keeps it whole."""
        changes = [
            UpdateOne({"client_record_id": record_id}, version_without(known, serials))
            for record_id, known in self.known(losers, s).items()
            if not serials.isdisjoint(known.serial_numbers)
        ]
        if changes:
            self._records.bulk_write(changes, session=s)

    def with_serial(self, serial: str, limit: int) -> list[Document]:
        """Records that have this serial number, the latest received, without histories."""
        where = {"serial_numbers": serial, "sync_status": SYNCED}
        found = self._records.find(where, {"_id": 0, "history": 0, "fingerprint": 0})
        return list(found.sort("received_at", -1).limit(limit))

    def history(self, record_id: str, latest: int) -> list[Document]:
        """The record's versions, the newest last, at most so many; none where it is not stored."""
        shown = dict.fromkeys(VERSION_FIELDS, 1) | {"_id": 0, "history": {"$slice": -latest}}
        found = self._records.find_one({"client_record_id": record_id}, shown)
        return [*found.pop("history"), found][-latest:] if found else []

    def having(
        self, serials: AbstractSet[str], s: ClientSession | None = None
    ) -> dict[str, dict[str, Known]]:
        """The counts that have each of these serials, by their ids, the latest first."""
        have: dict[str, dict[str, Known]] = defaultdict(dict)
        if not serials:
            return have
        where = {"serial_numbers": {"$in": list(serials)}, **COUNTED}
        found = self._records.find(where, WHAT_A_JUDGEMENT_NEEDS, session=s)
        for known in map(known_from, found.sort("received_at", -1)):
            for serial in serials & set(known.serial_numbers):
                have[serial][known.client_record_id] = known
        return have

    def note_sequence(self, device_id: str, last: int) -> int:
        """Keep a device's highest sequence number; the one before, 0 at its first."""
        before = self._devices.find_one_and_update(
            {"_id": device_id}, {"$max": {"last": last}}, upsert=True
        )
        return int(before["last"]) if before else 0

    def figures(self, session_id: str, fence: int) -> Figures:
        """What a session counted under its fence."""
        steps: list[Document] = [
            {"$match": {"session_id": session_id, "fence": fence, **COUNTED}},
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

    def amounts(self, session_ids: Iterable[str]) -> dict[str, tuple[int, float]]:
        """Records and pieces that each of these sessions counted; one query."""
        steps: list[Document] = [
            {
                "$match": {
                    "session_id": {"$in": list(session_ids)},
                    **COUNTED,
                }
            },
            {
                "$group": {
                    "_id": "$session_id",
                    "records": {"$sum": 1},
                    "pieces": {"$sum": "$verified_qty"},
                }
            },
        ]
        found = self._records.aggregate(steps)
        return {doc["_id"]: (doc["records"], doc["pieces"]) for doc in found}

    def latest(
        self, session_id: str, *, before: tuple[datetime, str] | None, limit: int
    ) -> list[Document]:
        """A session's records, the newest first, those behind a position; without histories."""
        where: Document = {"session_id": session_id}
        if before is not None:
            at, record_id = before
            where["created_at"] = {"$lte": at}
            where["$or"] = [
                {"created_at": {"$lt": at}},
                {"created_at": at, "client_record_id": {"$lt": record_id}},
            ]
        found = self._records.find(
            where, {"_id": 0, "history": 0, "withdrawn": 0, "fingerprint": 0}
        )
        return list(found.sort([("created_at", -1), ("client_record_id", -1)]).limit(limit))

    def guards(self) -> bool:
        """Whether unique indexes stand before records and serials."""
        index = self._records.index_information().get("client_record_id_1", {})
        return bool(index.get("unique")) and self.serials.guards()

    def kept(self) -> tuple[int, int, bool]:
        """About how many records and serials there are, and whether writes wait for the disks of a
        majority.
        """
        concern = self._records.write_concern.document
        durable = concern.get("w") == "majority" and concern.get("j") is True
        return (
            self._records.estimated_document_count(),
            self.serials.number(),
            durable,
        )

    def of_sessions(self, session_ids: Sequence[str]) -> Iterator[Document]:
        """Every record of these sessions, whole, as the database hands them over."""
        where = {"session_id": {"$in": list(session_ids)}}
        yield from self._safe_records.find(where, batch_size=READ_AT_ONCE)

    def whole(self, record_ids: Iterable[str]) -> list[Document]:
        """These records, whole."""
        return list(self._safe_records.find({"client_record_id": {"$in": list(record_ids)}}))

    def by_item(self, rack_id: str, fences: Sequence[int]) -> list[ItemCount]:
        """What was counted at a rack under these fences, by item and fence."""
        steps: list[Document] = [
            {
                "$match": {
                    "rack_id": rack_id,
                    "fence": {"$in": list(fences)},
                    **COUNTED,
                }
            },
            {
                "$group": {
                    "_id": {"item_code": "$item_code", "fence": "$fence"},
                    "counted": {"$sum": "$verified_qty"},
                    "damaged": {"$sum": "$damage_qty"},
                    "records": {"$sum": 1},
                    "item_known": {"$max": "$item_known"},
                    "category": {"$max": "$category"},
                    "uom": {"$max": "$uom"},
                    "mrp": {"$max": "$mrp"},
                    "at": {"$max": {"$min": ["$updated_at", "$received_at"]}},
                }
            },
            {"$sort": {"_id.item_code": 1, "_id.fence": 1}},
        ]
        return [ItemCount(**doc.pop("_id"), **doc) for doc in self._records.aggregate(steps)]

    def items_counted(self, rack_id: str, fence: int) -> set[str]:
        """The item codes counted at a rack under a fence, by whichever session."""
        where = {"rack_id": rack_id, "fence": fence, **COUNTED}
        return set(self._records.distinct("item_code", where))

    def still_counted(self, items: Mapping[str, AbstractSet[str]]) -> dict[str, set[str]]:
        """Which of these item codes the sessions have counted, each of them; one round trip."""
        codes = set[str]().union(*items.values())
        where = {"session_id": {"$in": list(items)}, "item_code": {"$in": list(codes)}, **COUNTED}
        group = {"_id": "$session_id", "items": {"$addToSet": "$item_code"}}
        found = self._records.aggregate([{"$match": where}, {"$group": group}])
        return {doc["_id"]: set(doc["items"]) for doc in found}
