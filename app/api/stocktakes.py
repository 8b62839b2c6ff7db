"""/api/stocktakes: the counting campaigns."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse
from app.api.schemas.fields import Moment
from app.auth.permissions import Action
from app.stocktakes.stocktake import Stocktake, StocktakeStatus

MOST = 100
blp = Blueprint("stocktakes", __name__, url_prefix="/api/stocktakes", description="Campaigns")


class StocktakeSchema(Schema):
    stocktake_id = fields.String()
    name = fields.String()
    warehouse = fields.String()
    status = fields.Enum(StocktakeStatus, by_value=True)
    blind = fields.Boolean()
    created_by = fields.String()
    created_at = Moment()


class StocktakesSchema(Schema):
    stocktakes = fields.List(fields.Nested(StocktakeSchema), required=True)


@blp.get("")
@permit(Action.SEE_RACKS)
@blp.response(200, StocktakesSchema)
def stocktakes() -> dict[str, list[Stocktake]]:
    """The stocktakes, the open one first."""
    return {"stocktakes": warehouse().stocktakes.all(MOST)}
