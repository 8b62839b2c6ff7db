"""/api/items/import: the catalogue from a file; and /api/items/imports: what was imported when."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import FileStorage

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.evidence import takes_up_to
from app.api.schemas.imports import (
    ImportFileSchema,
    ImportSchema,
    ImportsQuerySchema,
    ImportsSchema,
    ImportWishSchema,
    RowsQuerySchema,
    RowsSchema,
)
from app.auth.permissions import Action
from app.items.import_desk import ImportPage, RowPage
from app.items.item_import import ImportWish, ItemImport
from app.items.reading import MAX_BYTES

NAME_SHOWN = 200
blp = Blueprint("imports", __name__, url_prefix="/api/items", description="The catalogue's files")


@blp.post("/import")
@permit(Action.IMPORT_ITEMS)
@takes_up_to(MAX_BYTES)
@blp.arguments(ImportFileSchema, location="multipart")
@blp.response(202, ImportSchema)
def upload(sent: tuple[FileStorage, ImportWish]) -> ItemImport:
    """Upload a CSV or XLSX. A job reads it: ask until `state` is `preview`. Nothing of the
    catalogue changes before the commit.
    """
    file, wish = sent
    name = (file.filename or "catalogue")[:NAME_SHOWN]
    return warehouse().import_desk.upload(file.stream, name, wish, by=who())


@blp.get("/import/<import_id>")
@permit(Action.SEE_BOOK)
@blp.response(200, ImportSchema)
def one(import_id: str) -> ItemImport:
    """An import as it stands: columns and mapping, counts, and how far the work is."""
    return warehouse().import_desk.get(import_id)


@blp.patch("/import/<import_id>")
@permit(Action.IMPORT_ITEMS)
@blp.arguments(ImportWishSchema)
@blp.response(202, ImportSchema)
def understand(wish: ImportWish, import_id: str) -> ItemImport:
    """Read the file anew with other columns, before the commit."""
    return warehouse().import_desk.understand(import_id, wish, by=who())


@blp.get("/import/<import_id>/rows")
@permit(Action.SEE_BOOK)
@blp.arguments(RowsQuerySchema, location="query")
@blp.response(200, RowsSchema)
def rows(query: dict[str, Any], import_id: str) -> RowPage:
    """The rows that are new, changed (old and new values), gone or faulty (field and reason)."""
    return warehouse().import_desk.rows(import_id, **query)


@blp.post("/import/<import_id>/commit")
@permit(Action.IMPORT_ITEMS)
@blp.response(202, ImportSchema)
def commit(import_id: str) -> ItemImport:
    """Take the file over, but for its faulty rows: ask until `state` is `done`. One that was
    stopped goes on.
    """
    return warehouse().import_desk.commit(import_id, by=who())


@blp.post("/import/<import_id>/undo")
@permit(Action.IMPORT_ITEMS)
@blp.response(202, ImportSchema)
def undo(import_id: str) -> ItemImport:
    """Take the last import back; what moved since, and what others changed since, stays."""
    return warehouse().import_desk.undo(import_id, by=who())


@blp.post("/import/<import_id>/stop")
@permit(Action.IMPORT_ITEMS)
@blp.response(200, ImportSchema)
def stop(import_id: str) -> ItemImport:
    """Stop the work on an import: a file that is being read fails, what is taken over, or back, in
    part is `stopped`: `commit` goes on, `undo` takes back what there is.
    """
    return warehouse().import_desk.stop(import_id)


@blp.get("/imports")
@permit(Action.SEE_BOOK)
@blp.arguments(ImportsQuerySchema, location="query")
@blp.response(200, ImportsSchema)
def history(query: dict[str, Any]) -> ImportPage:
    """Who imported what and when, the newest first."""
    return warehouse().import_desk.history(**query)
