"""The catalogue: searching, scanning, keeping an offline copy of it; and what moves its stock."""

from __future__ import annotations

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.items import (
    ChangesQuerySchema,
    ChangesSchema,
    ItemPageSchema,
    ItemQuerySchema,
    ItemSchema,
)
from app.api.schemas.movements import (
    MovementAnswerSchema,
    MovementPageSchema,
    MovementQuerySchema,
    MovementsSchema,
    movement_answer,
)
from app.auth.permissions import Action
from app.items.catalogue import Changes, ChangesQuery, ItemPage, ItemQuery
from app.items.item import Item
from app.items.movement import BadMovement, Movement
from app.items.movements import MovementPage, MovementQuery

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


@blp.get("/movements")
@permit(Action.SEE_BOOK)
@blp.arguments(MovementQuerySchema, location="query")
@blp.response(200, MovementPageSchema)
def movements(query: MovementQuery) -> MovementPage:
    """Issues and receipts of one item or of all, the newest first."""
    return warehouse().movements.page(query)


@blp.post("/movements")
@permit(Action.MOVE_STOCK)
@blp.arguments(MovementsSchema)
@blp.response(200, MovementAnswerSchema)
def move(sent: list[Movement | BadMovement]) -> dict[str, Any]:
    """Book 1 to 500 issues and receipts. Each stands in exactly one of `ok` and `errors`; the same
    again is `ok` and changes nothing.
    """
    return movement_answer(warehouse().movements.book(sent, by=who()))


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
