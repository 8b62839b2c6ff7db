"""The photos in GridFS: `evidence.files` and `evidence.chunks`, the content's hash as `_id`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gridfs import GridFS
from gridfs.errors import FileExists, NoFile

from app.db.client import Db

COLLECTION = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo's bytes and what they are."""

    content: bytes = field(repr=False)
    content_type: str


class EvidenceStore:
    """Photos by id, and who took them."""

    def __init__(self, db: Db) -> None:
        self._files = db[f"{COLLECTION}.files"]
        self._photos = GridFS(db, COLLECTION)

    def keep(self, evidence_id: str, photo: Photo, *, user_id: str, now: datetime) -> None:
        """Keep the photo as one of this user's; whole when this returns."""
        try:
            self._photos.put(
                photo.content,
                _id=evidence_id,
                metadata={"content_type": photo.content_type, "taken_by": [user_id], "at": now},
            )
        except FileExists:
            mine = {"$addToSet": {"metadata.taken_by": user_id}}
            self._files.update_one({"_id": evidence_id}, mine)

    def get(self, evidence_id: str, *, user_id: str | None) -> Photo | None:
        """The photo, if this user took it, or any where None asks."""
        try:
            found = self._photos.get(evidence_id)
        except NoFile:
            return None
        metadata = found.metadata or {}
        if user_id is not None and user_id not in metadata.get("taken_by", ()):
            return None
        return Photo(content=found.read(), content_type=metadata["content_type"])
