"""The queries of `sessions`: the counting campaigns of a warehouse."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from app.db.client import Db, Document
from app.errors import StocktakeUnknown
from app.stocktakes.stocktake import Stocktake, StocktakeStatus, Tolerance


class StocktakeStore:
    """Stocktakes by id, by warehouse and by state."""

    def __init__(self, db: Db) -> None:
        self._stocktakes: Collection[Document] = db.sessions

    def one(self, stocktake_id: str) -> Stocktake:
        """One stocktake. Raises StocktakeUnknown."""
        found = self._stocktakes.find_one({"session_id": stocktake_id})
        if found is None:
            raise StocktakeUnknown(stocktake_id)
        return _stocktake(found)

    def first_of(self, warehouse: str) -> Stocktake | None:
        """An open stocktake of the warehouse, the oldest first; else any that it had."""
        for status in (StocktakeStatus.OPEN, StocktakeStatus.CLOSED):
            where = {"warehouse": warehouse, "status": status}
            if found := self._stocktakes.find_one(where, sort=[("created_at", 1)]):
                return _stocktake(found)
        return None

    def open_ones(self) -> list[Stocktake]:
        """All open stocktakes, the newest first."""
        found = self._stocktakes.find({"status": StocktakeStatus.OPEN}).sort("created_at", -1)
        return [_stocktake(s) for s in found]

    def all(self, limit: int) -> list[Stocktake]:
        """Stocktakes, the open ones and then the closed, the newest first."""
        where = {"status": {"$in": list(StocktakeStatus)}}
        found = self._stocktakes.find(where).sort([("status", -1), ("created_at", -1)]).limit(limit)
        return [_stocktake(s) for s in found]

    def add(self, stocktake: Stocktake) -> bool:
        """Keep a new stocktake; False where there is one of that id."""
        fields = asdict(stocktake)
        fields["session_id"] = fields.pop("stocktake_id")
        fields["status"] = stocktake.status.value
        fields["floors"] = list(stocktake.floors)
        try:
            self._stocktakes.insert_one(fields)
        except DuplicateKeyError:
            return False
        return True

    def forget(self, stocktake_id: str) -> None:
        """Take back a stocktake that could not be opened."""
        self._stocktakes.delete_one({"session_id": stocktake_id})

    def due_for_seal(self, before: datetime) -> Stocktake | None:
        """The stocktake that was closed before then, first of those that wait for their seal."""
        found = self._stocktakes.find_one({"seal_due": {"$lte": before}}, sort=[("seal_due", 1)])
        return None if found is None else _stocktake(found)

    def sealed(self, stocktake_id: str) -> None:
        """It has its manifest."""
        self._stocktakes.update_one({"session_id": stocktake_id}, {"$unset": {"seal_due": ""}})

    def close(self, stocktake_id: str, *, by: str, at: datetime, note: str) -> Stocktake | None:
        """Close it; None where it is closed already."""
        closed = self._stocktakes.find_one_and_update(
            {"session_id": stocktake_id, "status": StocktakeStatus.OPEN},
            {
                "$set": {
                    "status": StocktakeStatus.CLOSED.value,
                    "closed_by": by,
                    "closed_at": at,
                    "note": note,
                    "seal_due": at,
                }
            },
            return_document=ReturnDocument.AFTER,
        )
        return None if closed is None else _stocktake(closed)


def _stocktake(doc: Document) -> Stocktake:
    at: datetime = doc["created_at"]
    return Stocktake(
        stocktake_id=doc["session_id"],
        name=doc["name"],
        warehouse=doc["warehouse"],
        floors=tuple(doc.get("floors", ())),
        status=StocktakeStatus(doc["status"]),
        blind=doc["blind"],
        double_count=doc.get("double_count", False),
        tolerance=Tolerance(**doc.get("tolerance", {})),
        created_by=doc["created_by"],
        created_at=at,
        book_at=doc.get("book_at", at),
        closed_by=doc.get("closed_by"),
        closed_at=doc.get("closed_at"),
        note=doc.get("note"),
    )
