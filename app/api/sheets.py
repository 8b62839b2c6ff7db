"""/api/sheets: racks on paper."""

from __future__ import annotations

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse
from app.api.schemas.sheets import SheetSchema, SheetsQuerySchema, SheetsSchema
from app.auth.permissions import Action
from app.stocktakes.sheets import Sheet

blp = Blueprint("sheets", __name__, url_prefix="/api/sheets", description="Racks on paper")


@blp.get("/racks/<rack_id>")
@permit(Action.SEE_COUNTS)
@blp.response(200, SheetSchema)
def of_rack(rack_id: str) -> Sheet:
    """A rack's sheet for the pass that is due; it tells no book figure."""
    return warehouse().sheets.of_rack(rack_id)


@blp.get("/floors/<floor>")
@permit(Action.SEE_COUNTS)
@blp.arguments(SheetsQuerySchema, location="query")
@blp.response(200, SheetsSchema)
def of_floor(query: dict[str, Any], floor: str) -> dict[str, Any]:
    """The sheets of a floor's racks, rack by rack."""
    (after,), limit = query["cursor"] or ("",), query["limit"]
    sheets = warehouse().sheets.of_floor(floor, after=after, limit=limit)
    following = (sheets[-1].rack.rack_id,) if len(sheets) == limit else None
    return {"sheets": sheets, "next_cursor": following}
