"""Racks are added, moved and removed while people count; two never stand in one place."""

from __future__ import annotations

import pytest

from app.auth.identity import Role
from app.errors import PlaceTaken, RackCounted
from app.live.audience import ALL_FLOORS, SUPERVISORS, rooms_of
from app.stocktakes.layout import NewRack, RackChange
from tests.support.app import signed_in
from tests.support.builders import an_identity, claim
from tests.support.together import at_once

BOSS = an_identity("supervisor", Role.SUPERVISOR)
ADA = an_identity()


def new_rack(rack_id="G-41", **fields):
    usual = {"floor": "Ground", "zone": "A", "row": 1, "column": 1}
    return NewRack(**{"rack_id": rack_id, **usual, **fields})


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def boss(client):
    return signed_in(client, "supervisor")


def post(client, header, *racks):
    return client.post("/api/racks", json={"racks": racks}, headers=header)


def a_rack(rack_id, row=1, column=1, floor="Ground"):
    return {"rack_id": rack_id, "floor": floor, "row": row, "column": column}


def told_since(warehouse, start):
    found = [e for e in warehouse.event_log.since(start) if e.name == "floor_plan"]
    return [(event.data["type"], event.data["racks"]) for event in found]


def test_a_new_rack_is_claimed_at_once_in_the_open_stocktake(client, boss, warehouse):
    answer = post(client, boss, a_rack("G-41"), a_rack("G-42", column=2))
    assert (answer.status_code, answer.json["rack_ids"]) == (201, ["G-41", "G-42"])
    claim(warehouse, "G-41", ADA)
    rack = warehouse.rack_map.rack("G-41", BOSS).rack
    assert rack.stocktake_id == warehouse.stocktakes.ensure_open().stocktake_id


def test_a_place_that_is_taken_names_the_rack_that_stands_there(client, boss):
    post(client, boss, a_rack("G-41"))
    answer = post(client, boss, a_rack("G-42", column=2), a_rack("G-43"))
    assert (answer.status_code, answer.json["code"], answer.json["by"]) == (
        409, "place_taken", "G-41",
    )  # fmt: skip
    floors = client.get("/api/racks", headers=boss).json["racks"]
    assert [rack["rack_id"] for rack in floors] == ["G-41"]


def test_two_racks_of_one_wish_cannot_share_a_place_nor_an_id(client, boss):
    assert post(client, boss, a_rack("G-41"), a_rack("G-42")).json["code"] == "place_taken"
    twice = post(client, boss, a_rack("G-41"), a_rack("G-41", column=2))
    assert twice.status_code == 409
    post(client, boss, a_rack("G-41"))
    assert post(client, boss, a_rack("G-41", column=9)).json["code"] == "rack_exists"


def test_of_many_who_want_one_place_at_once_one_gets_it(warehouse):
    def put(n):
        try:
            return warehouse.layout.add([new_rack(f"G-{n}")], by=BOSS)
        except PlaceTaken:
            return None

    done = at_once(*(lambda n=n: put(n) for n in range(6)))
    assert len([each for each in done if each]) == 1
    assert len(warehouse.rack_map.racks(BOSS)) == 1


def test_a_moved_rack_stands_elsewhere_and_its_place_is_free(client, boss, warehouse):
    post(client, boss, a_rack("G-41"))
    answer = client.patch("/api/racks/G-41", json={"row": 3, "column": 4}, headers=boss)
    assert (answer.json["row"], answer.json["column"], answer.json["status"]) == (3, 4, "available")
    assert post(client, boss, a_rack("G-42")).status_code == 201
    back = client.patch("/api/racks/G-41", json={"row": 1, "column": 1}, headers=boss)
    assert back.json["code"] == "place_taken"


def test_a_rack_moves_while_it_is_counted_but_not_to_another_floor(client, boss, warehouse):
    post(client, boss, a_rack("G-41"))
    lease = claim(warehouse, "G-41", ADA)
    assert client.patch("/api/racks/G-41", json={"row": 2}, headers=boss).status_code == 200
    assert warehouse.heartbeats.beat(lease.session_id, by=ADA).state == "held"
    away = client.patch("/api/racks/G-41", json={"floor": "First"}, headers=boss)
    assert away.json["code"] == "illegal_move"


def test_a_rack_that_nobody_claimed_may_go_and_another_stays(client, boss, warehouse):
    post(client, boss, a_rack("G-41"), a_rack("G-42", column=2))
    assert client.delete("/api/racks/G-41", headers=boss).status_code == 200
    claim(warehouse, "G-42", ADA)
    warehouse.leases.release("G-42", by=ADA)
    assert client.delete("/api/racks/G-42", headers=boss).json["code"] == "rack_counted"
    assert client.delete("/api/racks/G-41", headers=boss).status_code == 404
    with pytest.raises(RackCounted):
        warehouse.layout.remove("G-42", by=BOSS)


def test_every_change_of_the_plan_is_told_to_the_maps_and_the_log(warehouse):
    start = warehouse.event_log.last_id()
    warehouse.layout.add([new_rack("G-41"), new_rack("G-42", column=2)], by=BOSS)
    warehouse.layout.change("G-41", RackChange(floor="First"), by=BOSS)
    warehouse.layout.remove("G-42", by=BOSS)
    assert told_since(warehouse, start) == [
        ("racks_added", ["G-41", "G-42"]), ("racks_moved", ["G-41"]), ("racks_removed", ["G-42"]),
    ]  # fmt: skip
    moved = next(e for e in warehouse.event_log.since(start) if e.data["type"] == "racks_moved")
    rooms = rooms_of(moved.name, moved.data)
    assert set(rooms) == {SUPERVISORS, ALL_FLOORS, "floor:First", "floor:Ground"}
    warehouse.activity.flush()


@pytest.mark.parametrize(
    "wish",
    [
        {"rack_id": ""}, {"row": 0}, {"row": 1.5}, {"column": 1000}, {"column": "1"},
        {"floor": None}, {"zone": "a\x00"}, {"fence": 9},
    ],
)  # fmt: skip
def test_a_rack_that_does_not_fit_is_refused(client, boss, wish):
    answer = post(client, boss, {**a_rack("G-41"), **wish})
    assert answer.status_code == 400


@pytest.mark.parametrize("role", ["counter", "device", "auditor"])
def test_only_who_steers_changes_the_plan(client, role, boss):
    post(client, boss, a_rack("G-41"))
    header = signed_in(client, role)
    assert post(client, header, a_rack("G-42", column=2)).status_code == 403
    assert client.patch("/api/racks/G-41", json={"row": 2}, headers=header).status_code == 403
    assert client.delete("/api/racks/G-41", headers=header).status_code == 403
