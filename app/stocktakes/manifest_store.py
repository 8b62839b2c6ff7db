"""The queries of `custody_manifests`: each sealed stocktake's signed bytes, once and for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from app.db.client import Db, Document


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedManifest:
    """The manifest as it was signed, and the public key of then."""

    stocktake_id: str
    manifest: bytes
    signature: bytes
    public_key: bytes
    sealed_at: datetime


class ManifestStore:
    """Manifests by stocktake."""

    def __init__(self, db: Db) -> None:
        self._manifests: Collection[Document] = db.custody_manifests

    def one(self, stocktake_id: str) -> SignedManifest | None:
        found = self._manifests.find_one({"stocktake_id": stocktake_id}, {"_id": 0})
        return None if found is None else SignedManifest(**found)

    def sealed(self, stocktake_id: str) -> tuple[datetime, bytes] | None:
        """When it was signed, and by which key."""
        shown = {"sealed_at": 1, "public_key": 1}
        found = self._manifests.find_one({"stocktake_id": stocktake_id}, shown)
        return None if found is None else (found["sealed_at"], found["public_key"])

    def add(self, signed: SignedManifest) -> bool:
        """Keep a manifest; False where another process signed one first, which stands."""
        fields = {name: getattr(signed, name) for name in SignedManifest.__dataclass_fields__}
        try:
            self._manifests.insert_one(fields)
        except DuplicateKeyError:
            return False
        return True
