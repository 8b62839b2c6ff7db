"""/api/racks: the map, and the moves of a rack."""

from __future__ import annotations

from typing import Any

from app.activity.entry import Entry
from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.auth import SuccessSchema
from app.api.schemas.layout import NewRacksSchema, RackChangeSchema, RackIdsSchema
from app.api.schemas.logs import HistoryQuerySchema, HistorySchema
from app.api.schemas.racks import (
    AssignAllSchema,
    AssignedSchema,
    AssignSchema,
    ClaimSchema,
    FloorQuerySchema,
    FloorsSchema,
    LeaseSchema,
    MovedRack,
    MovedSchema,
    OfferSchema,
    RackQuerySchema,
    RackSchema,
    RacksSchema,
    ReasonSchema,
)
from app.api.schemas.replay import ReplayQuerySchema, ReplaySchema
from app.auth.identity import Holder
from app.auth.permissions import Action
from app.racks.leases import ClaimWish
from app.racks.map import MapRack
from app.racks.rack import Lease, Rack
from app.racks.replay import ReplayPage, ReplayWish
from app.stocktakes.layout import NewRack, RackChange

blp = Blueprint("racks", __name__, url_prefix="/api/racks", description="Racks and leases")


@blp.get("")
@permit(Action.SEE_RACKS)
@blp.arguments(RackQuerySchema, location="query")
@blp.response(200, RacksSchema)
def racks(query: dict[str, Any]) -> dict[str, Any]:
    """The rack map: every rack with its state and holder."""
    (after,), limit = query["cursor"], query["limit"]
    found = warehouse().rack_map.racks(who(), floor=query["floor"], after=after, limit=limit)
    more = (found[-1].rack.rack_id,) if len(found) == limit else None
    return {"racks": found, "next_cursor": more}


@blp.post("")
@permit(Action.MANAGE_RACKS)
@blp.arguments(NewRacksSchema)
@blp.response(201, RackIdsSchema)
def add(racks: list[NewRack]) -> dict[str, list[str]]:
    """Add racks, all or none; they are counted in the open stocktake from now on."""
    return {"rack_ids": warehouse().layout.add(racks, by=who())}


@blp.patch("/<rack_id>")
@permit(Action.MANAGE_RACKS)
@blp.arguments(RackChangeSchema)
@blp.response(200, RackSchema)
def change(wish: RackChange, rack_id: str) -> MapRack:
    """Give a rack another place or zone; 409 `place_taken` names the rack that stands there."""
    warehouse().layout.change(rack_id, wish, by=who())
    return warehouse().rack_map.rack(rack_id, who())


@blp.delete("/<rack_id>")
@permit(Action.MANAGE_RACKS)
@blp.response(200, SuccessSchema)
def remove(rack_id: str) -> dict[str, bool]:
    """Take a rack off the plan that nobody ever claimed."""
    warehouse().layout.remove(rack_id, by=who())
    return {"success": True}


@blp.get("/available")
@permit(Action.SEE_RACKS)
@blp.arguments(FloorQuerySchema, location="query")
@blp.response(200, RacksSchema)
def available(query: dict[str, Any]) -> dict[str, list[MapRack]]:
    """The racks that the caller may claim now."""
    return {"racks": warehouse().rack_map.available(who(), floor=query["floor"])}


@blp.get("/floors")
@permit(Action.SEE_RACKS)
@blp.response(200, FloorsSchema)
def floors() -> dict[str, Any]:
    """The floors, with how many racks are in each state."""
    return {"floors": warehouse().rack_map.floors()}


@blp.get("/user/active")
@permit(Action.SEE_RACKS)
@blp.response(200, RacksSchema)
def mine() -> dict[str, list[MapRack]]:
    """The racks that the caller holds."""
    return {"racks": warehouse().rack_map.held_by(who())}


@blp.get("/user/offered")
@permit(Action.SEE_RACKS)
@blp.response(200, RacksSchema)
def offered() -> dict[str, list[MapRack]]:
    """The racks that their holders offer to the caller, who may accept them."""
    return {"racks": warehouse().rack_map.offered_to(who())}


@blp.get("/<rack_id>/status")
@permit(Action.SEE_RACKS)
@blp.response(200, RackSchema)
def status(rack_id: str) -> MapRack:
    """One rack."""
    return warehouse().rack_map.rack(rack_id, who())


@blp.get("/replay")
@permit(Action.SEE_COUNTS)
@blp.arguments(ReplayQuerySchema, location="query")
@blp.response(200, ReplaySchema)
def replay(wish: ReplayWish) -> ReplayPage:
    """What changed the rack map, in order, from a stocktake's beginning or any moment after it."""
    return warehouse().replay.page(wish)


@blp.get("/<rack_id>/history")
@permit(Action.SEE_LOGS)
@blp.arguments(HistoryQuerySchema, location="query")
@blp.response(200, HistorySchema)
def history(query: dict[str, Any], rack_id: str) -> dict[str, list[Entry]]:
    """Who held the rack, when, and what else happened there; the newest first."""
    entries = warehouse().activity.of_rack(rack_id, limit=query["limit"])
    if not entries:  # a rack that was removed keeps its history; one that never was has none
        warehouse().rack_map.rack(rack_id, who())
    return {"entries": entries}


@blp.post("/<rack_id>/claim")
@permit(Action.COUNT)
@blp.arguments(ClaimSchema)
@blp.response(200, LeaseSchema)
def claim(wish: ClaimWish, rack_id: str) -> Lease:
    """Take the rack for the caller's device; 409 `rack_locked` names the holder."""
    return warehouse().leases.claim(rack_id, by=who(), wish=wish)


@blp.post("/<rack_id>/release")
@permit(Action.COUNT)
@blp.response(200, MovedSchema)
def release(rack_id: str) -> MovedRack:
    """Give the rack back uncounted."""
    return _moved(warehouse().leases.release(rack_id, by=who()), "The rack is free.")


@blp.post("/<rack_id>/pause")
@permit(Action.COUNT)
@blp.response(200, MovedSchema)
def pause(rack_id: str) -> MovedRack:
    """Stop for a while and keep the rack."""
    return _moved(warehouse().leases.pause(rack_id, by=who()), "Paused. The rack stays yours.")


@blp.post("/<rack_id>/resume")
@permit(Action.COUNT)
@blp.response(200, MovedSchema)
def resume(rack_id: str) -> MovedRack:
    """Go on counting."""
    return _moved(warehouse().leases.resume(rack_id, by=who()), "Go on counting.")


@blp.post("/<rack_id>/offer")
@permit(Action.COUNT)
@blp.arguments(OfferSchema)
@blp.response(200, MovedSchema)
def offer(wish: dict[str, Any], rack_id: str) -> MovedRack:
    """Offer the rack to a colleague, who is told."""
    colleague = Holder.of(warehouse().accounts.named(wish["username"]))
    offered = warehouse().leases.offer(rack_id, by=who(), colleague=colleague)
    return _moved(offered, f"Offered to {colleague.name}.")


@blp.post("/<rack_id>/accept")
@permit(Action.COUNT)
@blp.arguments(ClaimSchema)
@blp.response(200, LeaseSchema)
def accept(wish: ClaimWish, rack_id: str) -> Lease:
    """Take a rack that its holder offered to the caller; the count goes on under the same token."""
    return warehouse().leases.accept(rack_id, by=who(), wish=wish)


@blp.post("/<rack_id>/force-release")
@permit(Action.STEER_RACKS)
@blp.arguments(ReasonSchema)
@blp.response(200, MovedSchema)
def force_release(wish: dict[str, Any], rack_id: str) -> MovedRack:
    """End the holder's lease."""
    freed = warehouse().leases.force_release(rack_id, by=who(), reason=wish["reason"])
    return _moved(freed, "The rack is free.")


@blp.post("/<rack_id>/recount")
@permit(Action.STEER_RACKS)
@blp.arguments(ReasonSchema)
@blp.response(200, MovedSchema)
def recount(wish: dict[str, Any], rack_id: str) -> MovedRack:
    """Ask for the rack's next pass, by another person."""
    freed = warehouse().leases.recount(rack_id, by=who(), reason=wish["reason"])
    return _moved(freed, f"The rack waits for pass {freed.pass_no}.")


@blp.post("/<rack_id>/assign")
@permit(Action.STEER_RACKS)
@blp.arguments(AssignSchema)
@blp.response(200, MovedSchema)
def assign(wish: dict[str, Any], rack_id: str) -> MovedRack:
    """Keep a free rack for one counter, or with null for whoever comes."""
    kept = warehouse().assignments.assign(rack_id, wish["user_id"], by=who())
    name = kept.assigned_to.name if kept.assigned_to else "nobody in particular"
    return _moved(kept, f"The rack is assigned to {name}.")


@blp.post("/assign")
@permit(Action.STEER_RACKS)
@blp.arguments(AssignAllSchema)
@blp.response(200, AssignedSchema)
def assign_all(wish: dict[str, Any]) -> dict[str, Any]:
    """Keep several racks for one counter; the answer says which could not be."""
    done = warehouse().assignments.assign_all(wish["rack_ids"], wish["user_id"], by=who())
    return {"assigned": [rack.rack_id for rack in done.racks], "refused": done.refused}


def _moved(rack: Rack, message: str) -> MovedRack:
    session_id = rack.session_id or rack.last_session_id
    return MovedRack(
        rack_id=rack.rack_id, session_id=session_id, status=rack.status, message=message
    )
