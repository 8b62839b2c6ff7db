"""The queries of `item_serials`: which count holds a serial number.

The unique index on the number decides every race. Numbers are reserved before their records are
written, and what no record needs in the end goes back (docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from pymongo import DeleteOne, InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from app.db.client import Db, Document
from app.db.writes import writer_of
from app.sync.documents import Draft, names
from app.sync.holds import Hold
from app.sync.records import Known

Having = Callable[[AbstractSet[str], ClientSession | None], Mapping[str, Mapping[str, Known]]]
"""The counts that have each of some serials, by their ids, the latest first."""


class SerialStore:
    """Who holds which number; `having` tells what the records say."""

    def __init__(self, db: Db, having: Having) -> None:
        self._serials: Collection[Document] = db.item_serials
        self._insert = writer_of(self._serials)
        self._having = having

    def held(self, serials: Iterable[str]) -> list[Document]:
        """Who has these numbers, as `_claim` notes it."""
        return list(self._serials.find({"serial_number": {"$in": list(serials)}}, {"_id": 0}))

    def reserve(self, drafts: Sequence[Draft]) -> dict[str, str | None]:
        """Take the drafts' numbers; those that another record keeps, with that record's id.

        A process killed before the records are written leaves numbers that the retry finds to be
        its own.
        """
        wanted = [
            {"serial_number": serial, **_claim(draft)}
            for draft in drafts
            for serial in draft.record.serial_numbers
        ]
        if not wanted:
            return {}
        for claim, name in zip(wanted, names(), strict=False):
            claim["_id"] = name
        codes = self._insert([InsertOne(claim) for claim in wanted])
        refused = [c for c, code in zip(wanted, codes, strict=True) if code is not None]
        claims = {claim["serial_number"]: claim for claim in refused}
        return self._contest(claims) if claims else {}

    def give(self, draft: Draft, s: ClientSession) -> set[str]:
        """Let a version have its numbers by a supervisor's decision, but for those that a newer
        count of its rack found again; the ids of the records that lose one by it.
        """
        claim, serials = _claim(draft), draft.record.serial_numbers
        held = list(self._serials.find({"serial_number": {"$in": list(serials)}}, session=s))
        kept = {h["serial_number"] for h in held if _follows(h, claim)}
        lost = [h for h in held if not _follows(h, claim) and not _follows(claim, h)]
        moves = [
            UpdateOne({"serial_number": serial}, {"$set": claim}, upsert=True)
            for serial in serials
            if serial not in kept
        ]
        if moves:
            self._serials.bulk_write(moves, session=s)
        return {h["client_record_id"] for h in lost} - {draft.id}

    def free(self, holds: Iterable[Hold]) -> None:
        """Take numbers from records whose versions up to a revision do not have them, or do not
        come: they go to the count that has them, of the record itself or the latest other one, else
        to nobody. A newer version may have taken one again.
        """
        self.free_what_heirs_gave_up(self.pass_on(holds))

    def pass_on(
        self, holds: Iterable[Hold], s: ClientSession | None = None
    ) -> Mapping[Hold, Known]:
        """The first half of `free`: the counts that got a number. Within a transaction the second
        half follows when it is over.
        """
        holds = list(holds)
        if not holds:
            return {}
        heirs = self._heirs(holds, s)
        moves = [_pass_on(hold, heirs.get(hold)) for hold in holds]
        self._serials.bulk_write(moves, ordered=False, session=s)
        return heirs

    def free_what_heirs_gave_up(self, heirs: Mapping[Hold, Known]) -> None:
        """An heir that dropped its number meanwhile did not hold it then, so could not free it."""
        have = self._having({hold.serial for hold in heirs}, None)
        gone = [
            DeleteOne(_held(hold.serial, heir.client_record_id, heir.rev))
            for hold, heir in heirs.items()
            if heir.client_record_id not in have.get(hold.serial, {})
        ]
        if gone:
            self._serials.bulk_write(gone, ordered=False)

    def guards(self) -> bool:
        """Whether the unique index stands."""
        index = self._serials.index_information().get("serial_number_1", {})
        return bool(index.get("unique"))

    def number(self) -> int:
        """About how many there are."""
        return self._serials.estimated_document_count()

    def _contest(self, claims: dict[str, Document]) -> dict[str, str | None]:
        """Numbers of an earlier pass or stocktake move to the newer count; the others are lost.
        A record's own are noted as wanted by its newer version.
        """
        self._serials.bulk_write([_succession(claim) for claim in claims.values()], ordered=False)
        holders = self._serials.find(
            {"serial_number": {"$in": list(claims)}}, batch_size=len(claims) + 1
        )
        owners = {h["serial_number"]: h["client_record_id"] for h in holders}
        return {
            serial: owners.get(serial)
            for serial, claim in claims.items()
            if owners.get(serial) != claim["client_record_id"]
        }

    def _heirs(self, holds: Sequence[Hold], s: ClientSession | None) -> dict[Hold, Known]:
        """Whose each of these numbers is by what is counted, where somebody has it."""
        have = self._having({hold.serial for hold in holds}, s)
        counts = {hold: have[hold.serial] for hold in holds if hold.serial in have}
        return {
            hold: having.get(hold.record_id) or next(iter(having.values()))
            for hold, having in counts.items()
        }


def _claim(draft: Draft) -> Document:
    """Who wants a number: what is kept beside it."""
    return {
        "client_record_id": draft.id,
        "rev": draft.rev,
        "item_code": draft.record.item_code,
        "session_id": draft.session.session_id,
        "rack_id": draft.session.rack_id,
        "stocktake_id": draft.session.stocktake_id,
        "fence": draft.session.fence,
        "created_at": draft.received_at,
    }


def _claim_of(known: Known) -> Document:
    """The same of a version that the store has."""
    same = ("rev", "item_code", "session_id", "rack_id", "stocktake_id", "fence")
    return {
        "client_record_id": known.client_record_id,
        **{name: known.version.get(name) for name in same},
        "created_at": known.version["received_at"],
    }


def _pass_on(hold: Hold, heir: Known | None) -> UpdateOne | DeleteOne:
    theirs = _held(*hold)
    return UpdateOne(theirs, {"$set": _claim_of(heir)}) if heir else DeleteOne(theirs)


def _held(serial: str, record_id: str, rev: int) -> Document:
    """Where a record holds a number for a version up to a revision."""
    return {"serial_number": serial, "client_record_id": record_id, "rev": {"$lte": rev}}


def _succession(claim: Document) -> UpdateOne:
    """Take a number over from a count that this one follows (see `_follows`), or from itself."""
    older = [
        {"rack_id": claim["rack_id"], "fence": {"$lt": claim["fence"]}},
        {"stocktake_id": {"$ne": claim["stocktake_id"]}},
        {"client_record_id": claim["client_record_id"], "rev": {"$lt": claim["rev"]}},
    ]
    owner = {key: value for key, value in claim.items() if key not in {"_id", "serial_number"}}
    return UpdateOne({"serial_number": claim["serial_number"], "$or": older}, {"$set": owner})


def _follows(newer: Mapping[str, Any], older: Mapping[str, Any]) -> bool:
    """Whether a count may have the serials of another: it is of a newer fence of the same rack, or
    of another stocktake.
    """
    if newer["stocktake_id"] != older["stocktake_id"]:
        return True
    return bool(newer["rack_id"] == older["rack_id"] and newer["fence"] > older["fence"])
