"""In a blind stocktake nothing tells a counter a book figure, nor whether theirs differs from it.

Two warehouses live through the same acts. They differ in one thing: in the first the books say what
the counters count, in the second they are far off. Whatever a counter gets must then be the same in
both, letter by letter, but for ids and times: what does not depend on the book tells nothing of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import pytest
from flask import g, request
from redis import Redis

from app.api.context import action_of, identify
from app.auth.identity import Identity, Role
from app.auth.permissions import PUBLIC, ROLES, Action, may
from app.live.audience import SUPERVISORS, rooms_of
from tests.support.builders import a_record_json
from tests.support.chance import without_chance
from tests.support.lived_in import ITEMS, OWNERS, lived_in
from tests.support.routes import routes_of

AS_COUNTED = {"A1": 10, "B2": 7, "C3": 2}
FAR_OFF = {"A1": 77131, "B2": 77132, "C3": 77133}
MARKS = re.compile(r"(?<![\w.])77[01](\d\d| ?[.,]?\d\d\d)(?!\w)")
"""The far-off figures and what they differ by from any count here."""
COUNTERS = ("ada", "ben", "handheld")


@dataclass
class World:
    """All that its counters got, in order."""

    book: dict
    heard: list = field(default_factory=list)
    events: list = field(default_factory=list)
    of_supervisors: str = ""
    of_health: set = field(default_factory=set)

    def listen(self, answer):
        """Keep an answer to somebody who may not see the book."""
        identify()
        caller = g.caller
        if is_health():  # load and memory are chance
            self.of_health.add(answer.get_data(as_text=True))
        elif isinstance(caller, Identity) and not may(caller, Action.SEE_BOOK):
            text = json.dumps(answer.json, sort_keys=True) if answer.is_json else told(answer)
            headers = sorted(f"{name}: {value}" for name, value in answer.headers.items()
                             if name not in {"Content-Length", "Retry-After"})  # fmt: skip
            said = "\n".join([answer.status, *headers, text])
            asked = f"{caller.username} {request.method} {request.full_path}"
            self.heard.append((without_chance(asked), without_chance(said)))
        return answer


def told(answer):
    return answer.get_data().decode("utf-8", "replace")


def is_health():
    return action_of(request.endpoint or "") is Action.SEE_HEALTH


@pytest.fixture(scope="module")
def worlds(servers, databases):
    """The two warehouses at the end of their days."""
    with Redis.from_url(servers.redis_url) as redis:
        made = [World(AS_COUNTED), World(FAR_OFF)]
        for world in made:
            options = {"blind": True, "double_count": True}
            with databases.one() as db, lived_in(
                servers.mongo_uri, servers.redis_url, redis, db=db,
                book=world.book, on_answer=world.listen, **options,
            ) as home:  # fmt: skip
                live_on(home, world)
        return made


def live_on(home, world):
    """All that makes lines agree, differ, be approved, rejected and counted anew; after each act
    the counters look at everything.
    """
    sue, ada, ben = home.people["sue"], home.people["ada"], home.people["ben"]
    handheld = home.people["handheld"]
    acts = [
        lambda: None,
        lambda: refused_records(home, ada),
        lambda: count_again(home, ben, "G-02", B2=6),
        lambda: count_again(home, handheld, "G-02", B2=7),
        lambda: count_again(home, ben, "G-04", A1=10, B2=7, C3=2),
        lambda: count_again(home, ada, "G-04", A1=9, B2=7, C3=2),
        lambda: ada.finish(home.ids["session_id"], uncounted_all="zero"),
        lambda: ada.finish(
            home.ids["session_id"], uncounted=[{"item_code": "B2", "decision": "zero"}]
        ),
        lambda: decide(sue, "approve"),
        lambda: sue.post("/api/racks/G-04/recount", {"reason": "Once more."}),
        lambda: sue.post(
            f"/api/stocktakes/{home.ids['stocktake_id']}/late-counts/{home.late}"
        ),
        lambda: settle(home, sue),
        lambda: decide(sue, "reject"),
        lambda: sue.post("/api/items/movements", {"movements": [
            {"movement_id": "m2", "item_code": "B2", "quantity": -1, "at": "2025-12-11T10:00:00Z"},
        ]}),
        lambda: sue.post(
            f"/api/stocktakes/{home.ids['stocktake_id']}/close", {"note": "Not yet."}
        ),
    ]  # fmt: skip
    routes = [route for route in routes_of(home.app) if route.method == "GET"]
    look_at_everything(home, routes)
    for act in acts:
        act()
        home.warehouse.clock.move(1)
        home.warehouse.tally.catch_up()
        look_at_what_they_may(home, routes)
    look_at_everything(home, routes)
    world.of_supervisors = "".join(
        sue.get(path).text
        for path in (
            "/api/items",
            "/api/count-lines",
            f"/api/stocktakes/{home.ids['stocktake_id']}",
        )
    )
    world.events = [
        (event.name, without_chance(str(sorted(event.data.items()))))
        for event in home.warehouse.event_log.since(0)
        if set(rooms_of(event.name, event.data)) & rooms_of_counters(event)
    ]


def rooms_of_counters(event):
    """Every room of this event that some counter could be in."""
    others = {f"user:u-{name}" for name in OWNERS if name not in COUNTERS}
    return set(rooms_of(event.name, event.data)) - {SUPERVISORS} - others


def refused_records(home, ada):
    """One of each conflict and error, so that their words are heard too."""
    session_id = home.ids["session_id"]
    refused = (
        {"item_code": "A1", "verified_qty": 1, "damage_qty": 2},
        {"item_code": "A1", "rack_id": "F-01"},
        {"item_code": "A1", "rack_id": "G-04"},
        {"item_code": "A1", "verified_qty": -1},
        {"item_code": "A1", "serial_numbers": ["SN-1"]},
        {"item_code": "B2", "verified_qty": 0, "voided": True},
        {"item_code": "not-in-the-catalogue"},
        {"session_id": home.late, "item_code": "C3", "client_record_id": "late-1"},
    )
    for number, fields in enumerate(refused):
        for phone in (ada, home.people["ben"]):
            home.warehouse.clock.move(1)
            named = {"session_id": session_id, "client_record_id": f"{phone.username}-{number}"}
            phone.sync(a_record_json(**named | fields))


def count_again(home, phone, rack_id, **quantities):
    answer = phone.post(f"/api/racks/{rack_id}/claim")
    assert answer.status_code == 200, answer.text
    for code, quantity in quantities.items():
        record_id = f"{rack_id}-{code}-{phone.username}"
        session_id = answer.json["session_id"]
        phone.count(session_id, item_code=code, verified_qty=quantity, client_record_id=record_id)
    phone.finish(answer.json["session_id"], uncounted_all="open")


def decide(sue, act):
    (line, *_) = sue.get("/api/count-lines", item="B2").json["lines"]
    sue.post(f"/api/count-lines/{line['line_id']}/{act}", {"note": "Seen."})


def settle(home, sue):
    wish = {"resolution": "accept_server", "note": "Seen."}
    sue.post(f"/api/sync/conflicts/{home.ids['conflict_id']}/resolve", wish)


def look_at_what_they_may(home, routes):
    """Every GET that a counter may make, with every filter that might sort by figures."""
    may_see = [r for r in routes if r.action in PUBLIC or Role.COUNTER in ROLES[r.action]]
    paths = [home.path_of(route) for route in may_see if route.action is not Action.SEE_HEALTH]
    paths += [f"/api/items/{code}" for code in ITEMS] + [f"/api/items/barcode/20{c}" for c in ITEMS]
    paths += [
        f"{path}?{query}"
        for path in (
            "/api/items",
            "/api/racks",
            "/api/sync/conflicts",
            "/api/sessions/user/history",
        )
        for query in ("sort=stock_qty", "variance=yes", "stock_qty=77131", "search=77131")
    ]
    look(home, ("ada", "ben"), paths)


def look_at_everything(home, routes):
    """Every GET there is: those that answer 403, and the screens."""
    with home.app.app_context():
        pages = [rule.rule for rule in home.app.url_map.iter_rules() if is_a_page(rule)]
    look(home, COUNTERS, [home.path_of(route) for route in routes])
    look(home, ("ada",), pages)


def is_a_page(rule):
    return rule.endpoint.startswith("pages.") and "GET" in rule.methods and not rule.arguments


def look(home, names, paths):
    for name in names:
        phone = home.people[name]
        for path in paths:
            phone._client.get(path, headers=phone._headers, buffered=True)


# ── what is asserted ─────────────────────────────────────────────────────────────────────────────


def test_the_two_worlds_differ_for_a_supervisor(worlds):
    near, far = worlds
    assert near.of_supervisors != far.of_supervisors
    assert MARKS.search(far.of_supervisors)
    assert not MARKS.search(near.of_supervisors)


def test_the_same_was_asked_in_both_and_it_was_a_lot(worlds):
    near, far = worlds
    assert [asked for asked, _ in near.heard] == [asked for asked, _ in far.heard]
    assert len(near.heard) > 1500
    assert sum("200 OK" in said for _, said in near.heard) > 700


def test_no_answer_to_a_counter_depends_on_the_book(worlds):
    near, far = worlds
    differing = {
        asked: (one, other)
        for (asked, one), (_, other) in zip(near.heard, far.heard, strict=True)
        if one != other
    }
    assert not differing, [
        (asked, *first_difference(*said)) for asked, said in list(differing.items())[:10]
    ]


def first_difference(one, other):
    at = next(i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return one[max(0, at - 60) : at + 40], other[max(0, at - 60) : at + 40]


def test_no_answer_to_a_counter_holds_a_book_figure(worlds):
    _, far = worlds
    told = [(asked, said) for asked, said in far.heard if MARKS.search(said)]
    assert not told, told[0]
    assert not [asked for asked, said in far.heard if '"stock_qty"' in said and "/api/" in asked]


def test_health_and_metrics_know_no_figure_of_a_count(worlds):
    for world in worlds:
        assert len(world.of_health) > 5
        told = "".join(world.of_health)
        assert not re.search(r"variance|tolerance|stock_qty|book|counted|approved", told)


def test_no_event_that_reaches_a_counter_depends_on_the_book(worlds):
    near, far = worlds
    assert len(near.events) > 30
    assert near.events == far.events
    assert not [event for event in far.events if MARKS.search(event[1])]
