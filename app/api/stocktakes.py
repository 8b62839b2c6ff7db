"""/api/stocktakes: the counting campaigns."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.downloads import as_answer
from app.api.schemas.stocktakes import (
    AdjustmentsQuerySchema,
    CloseSchema,
    CustodySchema,
    LateCountSchema,
    LateCountsSchema,
    NewStocktakeSchema,
    StocktakeProgressSchema,
    StocktakeRacksQuerySchema,
    StocktakeRacksSchema,
    StocktakeSchema,
    StocktakesSchema,
    WhatIfQuerySchema,
    WhatIfSchema,
)
from app.auth.permissions import Action
from app.reports.exports import Download
from app.stocktakes.adjustments import AdjustmentFormat, csv_of
from app.stocktakes.campaigns import RackTally, StocktakeProgress
from app.stocktakes.custody import CustodyState
from app.stocktakes.late_counts import LateCount
from app.stocktakes.stocktake import Stocktake, StocktakeWish, Tolerance
from app.stocktakes.what_if import WhatIf

MOST = 100
blp = Blueprint("stocktakes", __name__, url_prefix="/api/stocktakes", description="Campaigns")


@blp.get("")
@permit(Action.SEE_RACKS)
@blp.response(200, StocktakesSchema)
def stocktakes() -> dict[str, list[Stocktake]]:
    """The stocktakes, the open ones first."""
    return {"stocktakes": warehouse().stocktakes.all(MOST)}


@blp.post("")
@permit(Action.MANAGE_STOCKTAKES)
@blp.arguments(NewStocktakeSchema)
@blp.response(201, StocktakeSchema)
def open_stocktake(wish: StocktakeWish) -> Stocktake:
    """Open a stocktake; 409 `racks_in_use` names the racks that another one counts."""
    return warehouse().stocktakes.open(wish, by=who())


@blp.get("/<stocktake_id>")
@permit(Action.SEE_BOOK)
@blp.response(200, StocktakeProgressSchema)
def progress(stocktake_id: str) -> StocktakeProgress:
    """A stocktake and how far it is, to the last rack."""
    return warehouse().stocktakes.progress(stocktake_id)


@blp.get("/<stocktake_id>/racks")
@permit(Action.SEE_BOOK)
@blp.arguments(StocktakeRacksQuerySchema, location="query")
@blp.response(200, StocktakeRacksSchema)
def racks(query: dict[str, Any], stocktake_id: str) -> dict[str, list[RackTally]]:
    """Each rack's lines in numbers: progress, variance, damage, pace."""
    return {"racks": warehouse().stocktakes.racks(stocktake_id, query["floor"])}


@blp.post("/<stocktake_id>/close")
@permit(Action.MANAGE_STOCKTAKES)
@blp.arguments(CloseSchema)
@blp.response(200, StocktakeSchema)
def close(wish: dict[str, Any], stocktake_id: str) -> Stocktake:
    """Close a stocktake; 409 `stocktake_unsettled` says what still waits."""
    return warehouse().stocktakes.close(stocktake_id, by=who(), note=wish["note"])


@blp.get("/<stocktake_id>/late-counts")
@permit(Action.SEE_COUNTS)
@blp.response(200, LateCountsSchema)
def late_counts(stocktake_id: str) -> dict[str, list[LateCount]]:
    """Counts of leases that were lost or given back: each may be taken in as a pass of its own."""
    return {"late_counts": warehouse().late_counts.of_stocktake(stocktake_id)}


@blp.post("/<stocktake_id>/late-counts/<session_id>")
@permit(Action.MANAGE_STOCKTAKES)
@blp.response(200, LateCountSchema)
def take_in(stocktake_id: str, session_id: str) -> LateCount:
    """Take an interrupted count in as a pass beside the others."""
    return warehouse().late_counts.take_in(stocktake_id, session_id, by=who())


@blp.get("/<stocktake_id>/what-if")
@permit(Action.SEE_BOOK)
@blp.arguments(WhatIfQuerySchema, location="query")
@blp.response(200, WhatIfSchema)
def what_if(tolerance: Tolerance, stocktake_id: str) -> dict[str, WhatIf]:
    """What another tolerance would have done to a stocktake, open or past."""
    now, then = warehouse().what_ifs.of(stocktake_id, tolerance)
    return {"now": now, "then": then}


@blp.get("/<stocktake_id>/adjustments")
@permit(Action.SEE_BOOK)
@blp.arguments(AdjustmentsQuerySchema, location="query")
@blp.response(200, content_type="text/csv")
def adjustments(query: dict[str, AdjustmentFormat], stocktake_id: str) -> Response:
    """What settled lines found, by item and warehouse, as a file for the system of the books."""
    form = query["form"]
    of_a_system = form is not AdjustmentFormat.PLAIN
    found = warehouse().settled_stock.of(stocktake_id, only_known=of_a_system)
    answer = Response(csv_of(found, form), mimetype="text/csv")
    name = f"adjustments-{form.value}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blp.get("/<stocktake_id>/custody/state")
@permit(Action.SEE_COUNTS)
@blp.response(200, CustodySchema)
def custody_state(stocktake_id: str) -> CustodyState:
    """How far its proof of custody is: links, manifest, and the key that signs."""
    return warehouse().proofs.state(stocktake_id)


@blp.get("/<stocktake_id>/custody")
@permit(Action.SEE_BOOK)
@blp.response(200, content_type="application/zip")
def custody(stocktake_id: str) -> Response:
    """The zip that proves a closed stocktake anywhere; 409 `not_sealed` before it is signed."""
    content = warehouse().proofs.export(stocktake_id)
    name = f"custody-{stocktake_id}.zip"
    return as_answer(Download(name=name, media_type="application/zip", content=content))
