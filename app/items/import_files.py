"""The uploaded files of imports (GridFS `item_import_files`), each by its import's id."""

from __future__ import annotations

from typing import IO, cast

from gridfs import GridFS
from gridfs.errors import NoFile

from app.db.client import Db
from app.errors import ImportUnknown

BUCKET = "item_import_files"


class ImportFiles:
    """Files, from the upload until the import needs them no more."""

    def __init__(self, db: Db) -> None:
        self._files = GridFS(db, BUCKET)
        self._pieces = db[f"{BUCKET}.chunks"]

    def keep(self, import_id: str, file: IO[bytes]) -> None:
        self._files.put(file, _id=import_id)

    def open(self, import_id: str) -> IO[bytes]:
        """The file, to be read from its beginning. Raises ImportUnknown where it was deleted."""
        try:
            return cast("IO[bytes]", self._files.get(import_id))
        except NoFile:
            raise ImportUnknown(import_id) from None

    def forget(self, import_id: str) -> None:
        """Delete the file, and what an upload that was cut left of it."""
        self._files.delete(import_id)

    def after(self, import_id: str) -> str | None:
        """The next id of which there is a file, or a piece of one."""
        found = self._pieces.find_one(
            {"files_id": {"$gt": import_id}}, {"files_id": 1}, sort=[("files_id", 1), ("n", 1)]
        )
        return None if found is None else str(found["files_id"])
