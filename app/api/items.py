"""The catalogue: searching, scanning, and keeping an offline copy of it."""

from __future__ import annotations

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.items import (
    ChangesQuerySchema,
    ChangesSchema,
    ItemPageSchema,
    ItemQuerySchema,
    ItemSchema,
)
from app.auth.permissions import Action
from app.items.catalogue import Changes, ChangesQuery, ItemPage, ItemQuery
from app.items.item import Item

blp = Blueprint("items", __name__, url_prefix="/api/items", description="What the warehouse stocks")


@blp.get("")
@permit(Action.SEE_ITEMS)
@blp.arguments(ItemQuerySchema, location="query")
@blp.response(200, ItemPageSchema)
def find(query: ItemQuery) -> ItemPage:
    """Search or list items, a page at a time: exact codes first, then codes, then names."""
    return warehouse().catalogue.find(query, with_book=_sees_book())


@blp.get("/changes")
@permit(Action.SEE_ITEMS)
@blp.arguments(ChangesQuerySchema, location="query")
@blp.response(200, ChangesSchema)
def changes(query: ChangesQuery) -> Changes:
    """What changed since the last delta, deletions too, for a copy that works offline."""
    return warehouse().catalogue.changes(query, with_book=_sees_book())


@blp.get("/barcode/<path:barcode>")
@permit(Action.SEE_ITEMS)
@blp.response(200, ItemSchema)
def by_barcode(barcode: str) -> Item:
    """The item that a scanned code means; 404 `item_unknown` where it means none."""
    return warehouse().catalogue.by_barcode(barcode, with_book=_sees_book())


@blp.get("/<path:item_code>")
@permit(Action.SEE_ITEMS)
@blp.response(200, ItemSchema)
def item(item_code: str) -> Item:
    """One item by its code; 404 `item_unknown` where there is none."""
    return warehouse().catalogue.item(item_code, with_book=_sees_book())


def _sees_book() -> bool:
    """The one place that decides whether an answer of the catalogue holds book figures."""
    return warehouse().stocktakes.shows_book_to(who())
