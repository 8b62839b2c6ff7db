"""Old snapshot + events = new snapshot: what every live screen relies on, as one helper."""

from __future__ import annotations

import time
from contextlib import ExitStack

SHOWN = ("status", "recount", "pass", "fence", "holder", "session_id", "progress", "open_conflicts",
         "assigned_to", "queue_length", "queue_age_s")  # fmt: skip
"""What a map shows of a rack; the times of its lease move with every heartbeat."""
HELD = {"active", "paused"}
OPEN_CONFLICTS = {"conflict:new": +1, "conflict:resolved": -1}
WITHIN_S = 5


def verify_act(act, *people):
    """Do `act()`, and check for the screens of all these people that the snapshot of before and the
    events make the snapshot of after. What the act returned, and the events of the first one.
    """
    with ExitStack() as screens:
        before = [screens.enter_context(person.screen()) for person in people]
        for screen in before:
            screen.watch()
        result = act()
        for person, screen in zip(people, before, strict=True):
            _check(screen, person)
    return result, [event for event in before[0].events if event[0] != "snapshot"]


def picture_of(snapshot):
    """The racks of a snapshot as a map shows them, by id."""
    return {rack["rack_id"]: {name: rack[name] for name in SHOWN} for rack in snapshot["racks"]}


def change(picture, name, event):
    """Apply one event to a picture, as static/js/core/floor-map.js does. A picture without figures,
    which is a counter's, stays without.
    """
    rack = picture.get(event.get("rack_id"))
    if rack is None:
        return
    if name == "rack:update":
        _move(rack, event)
        _assign(rack, event)
    if name == "session:update" and rack["progress"] and _is_of(rack, event):
        rack["progress"] = event["progress"] or rack["progress"]
        if event["queue_length"] is not None:
            rack |= {name: event[name] for name in ("queue_length", "queue_age_s")}
    if name in OPEN_CONFLICTS and rack["open_conflicts"] is not None:
        rack["open_conflicts"] += OPEN_CONFLICTS[name]


def _is_of(rack, event):
    """A session's news is of its rack while it holds that, and once it has finished it."""
    if rack["status"] == "completed":
        return event["status"] == "completed"
    return event["session_id"] == rack["session_id"]


def _move(rack, event):
    held = event["status"] in HELD
    anew = event["status"] == "available" or rack["session_id"] != event["session_id"]
    if anew or not held:
        rack |= {"queue_length": None, "queue_age_s": None}
    rack.update({name: event[name] for name in ("status", "recount", "pass", "fence", "holder")})
    rack["session_id"] = event["session_id"] if held else None
    if anew and rack["progress"]:
        rack["progress"] = {**rack["progress"], "records": 0, "items": 0, "pieces": 0}


def _assign(rack, event):
    """An assignment ends with the pass, and when somebody else holds the rack."""
    if event["type"] == "assigned":
        rack["assigned_to"] = event["assigned_to"] and {
            name: event["assigned_to"][name] for name in ("user_id", "username", "name")
        }
    mine = rack["assigned_to"] and rack["assigned_to"]["user_id"]
    others = event["holder"] and event["holder"]["user_id"] != mine
    if event["type"] in {"completed", "recount"} or others:
        rack["assigned_to"] = None


def _check(screen, person):
    """Wait until the screen's picture is the one that a fresh screen gets."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        with person.screen() as fresh:
            fresh.watch()
            now = picture_of(fresh.wait_for("snapshot"))
        mine = _picture_on(screen)
        if mine == now:
            return
        if time.monotonic() > deadline:
            assert {r: mine[r] for r in mine if mine[r] != now[r]} == {}, (mine, now)
        time.sleep(0.1)


def _picture_on(screen):
    picture = {}
    for name, event in list(screen.events):
        if name == "snapshot":
            picture = picture_of(event)
        else:
            change(picture, name, event)
    return picture
