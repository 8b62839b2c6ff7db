"""The queries of `sessions`: the counting campaigns of a warehouse."""

from __future__ import annotations

from datetime import datetime

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from app.db.client import Db, Document
from app.stocktakes.stocktake import Stocktake, StocktakeStatus


class StocktakeStore:
    """Stocktakes by id and by warehouse."""

    def __init__(self, db: Db) -> None:
        self._stocktakes: Collection[Document] = db.sessions

    def open_of(self, warehouse: str) -> Stocktake | None:
        """The warehouse's open stocktake."""
        found = self._stocktakes.find_one({"warehouse": warehouse, "status": StocktakeStatus.OPEN})
        return None if found is None else _stocktake(found)

    def all(self, limit: int) -> list[Stocktake]:
        """Stocktakes, the open ones and then the closed, the newest first."""
        where = {"status": {"$in": list(StocktakeStatus)}}
        found = self._stocktakes.find(where).sort([("status", -1), ("created_at", -1)]).limit(limit)
        return [_stocktake(s) for s in found]

    def open(self, stocktake: Stocktake) -> None:
        """Keep a new stocktake; one of the same id stays as it is."""
        fields = {name: getattr(stocktake, name) for name in Stocktake.__slots__}
        fields["session_id"] = fields.pop("stocktake_id")
        try:
            self._stocktakes.insert_one(fields)
        except DuplicateKeyError:
            return


def _stocktake(doc: Document) -> Stocktake:
    at: datetime = doc["created_at"]
    return Stocktake(
        stocktake_id=doc["session_id"],
        name=doc["name"],
        warehouse=doc["warehouse"],
        status=StocktakeStatus(doc["status"]),
        blind=doc["blind"],
        created_by=doc["created_by"],
        created_at=at,
    )
