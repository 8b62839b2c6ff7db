"""The files of exports in GridFS (`exports.files`, `exports.chunks`): any server can hand out what
any machine's worker made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gridfs import GridFSBucket
from gridfs.errors import NoFile

from app.db.client import Db

BUCKET = "exports"
PIECE_BYTES = 255 * 1024
REMOVED_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file as kept, and its content in pieces."""

    name: str
    media_type: str
    size: int
    content: Iterator[bytes]


class ExportStore:
    """Files by id, each until its end."""

    def __init__(self, db: Db) -> None:
        self._files = db[f"{BUCKET}.files"]
        self._pieces = db[f"{BUCKET}.chunks"]
        self._bucket = GridFSBucket(db, BUCKET, chunk_size_bytes=PIECE_BYTES)

    def keep(
        self, file_id: str, path: Path, *, name: str, media_type: str, until: datetime
    ) -> None:
        """Keep the file at `path`; one of that id, whole or cut, is replaced."""
        self.remove(file_id)
        metadata = {"media_type": media_type, "until": until}
        with path.open("rb") as content:
            self._bucket.upload_from_stream_with_id(file_id, name, content, metadata=metadata)

    def get(self, file_id: str) -> ExportFile | None:
        try:
            found = self._bucket.open_download_stream(file_id)
        except NoFile:
            return None
        return ExportFile(
            name=str(found.filename),
            media_type=(found.metadata or {})["media_type"],
            size=found.length,
            content=iter(lambda: found.read(PIECE_BYTES), b""),
        )

    def remove(self, file_id: str) -> None:
        """Remove the file, and what an upload that was cut left of it."""
        with suppress(NoFile):
            self._bucket.delete(file_id)

    def remove_ended(self, now: datetime) -> int:
        """Remove files whose end has come; how many."""
        ended = self._files.find({"metadata.until": {"$lt": now}}, {"_id": 1})
        ids = [file["_id"] for file in ended.limit(REMOVED_AT_ONCE)]
        for file_id in ids:
            self.remove(file_id)
        return len(ids)

    def cut(self, *, limit: int) -> list[str]:
        """Files of which there are pieces only: they are being kept, or whoever did so was killed.
        At most `limit` files are looked at.
        """
        found, place, along = [], "", [("files_id", 1), ("n", 1)]
        for _ in range(limit):
            behind = {"files_id": {"$gt": place}}
            piece = self._pieces.find_one(behind, {"files_id": 1}, sort=along)
            if piece is None:
                break
            place = piece["files_id"]
            if self._files.find_one({"_id": place}, {"_id": 1}) is None:
                found.append(place)
        return found
