"""Who may hear what. Pure: which socket rooms an identity may join, and where an event goes.

The browser may not choose its stream: rooms are derived from what the server verified. Figures of
a session go to its counter and to those who see all counts; racks and names go to everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.auth.identity import Identity
from app.auth.permissions import Action, may

EVERYBODY = "everybody"
ALL_FLOORS = "floors"
SUPERVISORS = "supervisors"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchWish:
    """What a screen wants to hear, and the last event it saw. A wish for nothing is one for all
    floors.
    """

    floors: tuple[str, ...] = ()
    racks: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    since: int | None = None


def own_rooms(identity: Identity) -> set[str]:
    """The rooms that an identity is in without asking."""
    rooms = {EVERYBODY, f"user:{identity.user_id}"}
    if may(identity, Action.SEE_COUNTS):
        rooms.add(SUPERVISORS)
    return rooms


def watched_rooms(wish: WatchWish, visible_sessions: Iterable[str]) -> set[str]:
    """The rooms that a wish adds; of the sessions only those the identity may see."""
    wanted = {
        *(f"floor:{floor}" for floor in wish.floors),
        *(f"rack:{rack}" for rack in wish.racks),
        *(f"session:{session}" for session in visible_sessions),
    }
    return wanted or {ALL_FLOORS}


def rooms_of(name: str, data: Mapping[str, Any]) -> list[str]:
    """The rooms that an event goes to; a socket in several of them hears it once. What only the
    servers tell each other goes to none.
    """
    user, rack = f"user:{data.get('user_id')}", f"rack:{data.get('rack_id')}"
    if data.get("type") == "renewed":
        # A thousand counters renew forty times a second: not for everybody on the floor.
        return [SUPERVISORS, rack]
    if data.get("type") == "assigned":
        # To whom a rack is given is theirs and the supervisors' matter.
        given = data.get("assigned_to") or {}
        concerned = (given.get("user_id"), data.get("taken_from"))
        return [SUPERVISORS, *(f"user:{user_id}" for user_id in concerned if user_id)]
    if data.get("type") == "message" and data.get("user_id"):
        return [user, f"user:{data['by']['user_id']}"]
    return {
        "rack:update": [SUPERVISORS, ALL_FLOORS, f"floor:{data.get('floor')}", rack],
        "session:update": [SUPERVISORS, f"session:{data.get('session_id')}", user],
        "conflict:new": [SUPERVISORS, user],
        "conflict:resolved": [SUPERVISORS, user],
        "stocktake:update": [EVERYBODY],
        "lines:update": [SUPERVISORS],
        "job:update": [user],
        "presence": [SUPERVISORS],
        "stock:update": [SUPERVISORS],
        "items:update": [SUPERVISORS],
        "notification": [user if data.get("user_id") else EVERYBODY],
        "floor_plan": [SUPERVISORS, ALL_FLOORS, *(f"floor:{f}" for f in data.get("floors", ()))],
        "sign_ins": [],
        "act": [],
    }[name]
