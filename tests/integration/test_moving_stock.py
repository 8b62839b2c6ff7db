"""Issues and receipts: the book moves while people count, and each movement counts once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pymongo import MongoClient

from app.auth.identity import Role
from app.clock import iso
from app.db.client import database
from app.events import Publisher
from app.items.catalogue import ChangesQuery
from app.items.movement import Movement
from app.items.movement_store import MovementStore
from app.items.movements import Movements
from app.items.store import ItemStore
from tests.support.app import signed_in
from tests.support.builders import an_identity
from tests.support.catalogue import a_row
from tests.support.round_trips import RoundTrips

SUE = an_identity("supervisor", Role.SUPERVISOR)


@pytest.fixture
def at(warehouse):
    """`at(-60)`: a minute ago, as JSON has it."""
    return lambda seconds=0: iso(warehouse.clock.now() + timedelta(seconds=seconds))


@pytest.fixture
def client(app, warehouse):
    warehouse.imports.load_items([a_row("1", stock_qty="36"), a_row("2", stock_qty="")])
    return app.test_client(use_cookies=False)


@pytest.fixture
def move(client, at):
    """`move({...}, …)`: book movements as a supervisor; what a test leaves out is filled in."""
    header = signed_in(client, "supervisor")

    def send(*movements, status=200):
        usual = {"item_code": "1", "kind": "issue", "qty": 5, "at": at()}
        body = {"movements": [usual | one for one in movements]}
        answer = client.post("/api/items/movements", headers=header, json=body)
        assert answer.status_code == status, answer.text
        return answer.json

    return send


def stock(warehouse, code="1"):
    return warehouse.catalogue.item(code, with_book=True).stock_qty


def test_an_issue_and_a_receipt_change_the_book_stock(move, warehouse):
    answer = move({"movement_id": "m1"}, {"movement_id": "m2", "kind": "receipt", "qty": 1.5})
    assert (answer["ok"], answer["errors"], answer["total_movements"]) == (["m1", "m2"], [], 2)
    assert stock(warehouse) == 32.5


def test_a_book_without_a_figure_begins_at_nothing(move, warehouse):
    move({"movement_id": "m1", "item_code": "2", "kind": "receipt", "qty": 4})
    assert stock(warehouse, "2") == 4


def test_tenths_add_up_to_what_a_person_expects(move, warehouse):
    for n, qty in enumerate((0.1, 0.2)):
        move({"movement_id": f"m{n}", "item_code": "2", "kind": "receipt", "qty": qty})
    assert stock(warehouse, "2") == 0.3


def test_the_same_movement_again_is_ok_and_changes_nothing(move, warehouse):
    move({"movement_id": "m1"})
    seen = warehouse.event_log.last_id()
    assert move({"movement_id": "m1"})["ok"] == ["m1"]
    assert stock(warehouse) == 31
    assert list(warehouse.event_log.since(seen)) == []


def test_parallel_copies_of_a_request_are_booked_once(warehouse, client):
    one = [
        Movement(movement_id=f"m{n}", item_code="1", qty=-1, at=warehouse.clock.now())
        for n in range(10)
    ]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: warehouse.movements.book(one, by=SUE), range(6)))
    assert len(answers) == 6
    assert stock(warehouse) == 26
    assert warehouse.db.item_movements.count_documents({}) == 10


def test_parallel_copies_that_the_book_has_already_are_kept_once(warehouse, client):
    now = warehouse.clock.now()
    warehouse.db.erp_items.update_one({"item_code": "1"}, {"$set": {"book_at": now}})
    one = [Movement(movement_id=f"m{n}", item_code="1", qty=-1, at=now) for n in range(10)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: warehouse.movements.book(one, by=SUE), range(6)))
    assert stock(warehouse) == 36
    assert warehouse.db.item_movements.count_documents({}) == 10


def test_another_movement_under_the_same_id_is_an_error(move, warehouse):
    move({"movement_id": "m1"})
    (error,) = move({"movement_id": "m1", "qty": 6})["errors"]
    assert (error["movement_id"], error["error_type"]) == ("m1", "other_content")
    assert stock(warehouse) == 31


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"qty": 0}, "qty"),
        ({"qty": -1}, "qty"),
        ({"qty": "5"}, "qty"),
        ({"qty": float("nan")}, "qty"),
        ({"qty": float("inf")}, "qty"),
        ({"kind": "gift"}, "kind"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
        ({"item_code": {"$gt": ""}}, "item_code"),
        ({"movement_id": ""}, "movement_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_movement_names_its_field_and_holds_up_no_neighbour(move, warehouse, wrong, field):
    answer = move({"movement_id": "bad"} | wrong, {"movement_id": "good"})
    assert answer["ok"] == ["good"]
    (error,) = answer["errors"]
    assert error["error_type"] == "invalid_movement"
    assert field in error["details"]
    assert [line["success"] for line in answer["results"]] == [False, True]
    assert stock(warehouse) == 31


def test_an_unknown_item_is_an_error(move):
    (error,) = move({"movement_id": "m1", "item_code": "none"})["errors"]
    assert (error["error_type"], error["details"]) == ("unknown_item", {"item_code": "none"})


@pytest.mark.parametrize("count", [0, 501])
def test_a_request_has_1_to_500_movements(move, count):
    assert "movements" in move(*[{"movement_id": "m"}] * count, status=400)["errors"]


def test_what_is_no_object_is_an_error_of_its_own(client, warehouse):
    body = {"movements": [None, 7, "x"]}
    header = signed_in(client, "admin")
    answer = client.post("/api/items/movements", headers=header, json=body).json
    assert [error["movement_id"] for error in answer["errors"]] == [None, None, None]


def test_a_figure_of_a_later_moment_is_not_moved_again(move, warehouse, at):
    book_at = warehouse.clock.now() - timedelta(minutes=5)
    warehouse.db.erp_items.update_one({"item_code": "1"}, {"$set": {"book_at": book_at}})
    late = {"movement_id": "late", "at": at(-600)}
    (line,) = move(late)["results"]
    assert line["success"]
    assert "already" in line["message"]
    assert (stock(warehouse), move(late)["results"]) == (36, [line])


def test_movements_between_a_moment_and_now_lead_back_to_the_book_of_that_moment(
    move, warehouse, at
):
    then = warehouse.clock.now() - timedelta(seconds=30)
    move(
        {"movement_id": "m3", "qty": 3, "at": at(-10), "rack_id": "G-01"},
        {"movement_id": "m2", "qty": 2, "kind": "receipt", "at": at(-20)},
        {"movement_id": "m1", "qty": 7, "at": at(-30)},
        {"movement_id": "other", "item_code": "2", "kind": "receipt", "at": at(-5)},
    )
    moved = warehouse.movements.between(["1", "2", "none"], then)
    assert {code: [m.movement_id for m in one] for code, one in moved.items()} == {
        "1": ["m2", "m3"],
        "2": ["other"],
    }
    assert [(m.qty, m.rack_id) for m in moved["1"]] == [(2, None), (-3, "G-01")]
    assert stock(warehouse) - sum(m.qty for m in moved["1"]) == 36 - 7


def test_the_copy_of_the_catalogue_hears_of_the_new_figure(move, warehouse):
    start = warehouse.catalogue.changes(ChangesQuery(), with_book=True).next
    move({"movement_id": "m1"}, {"movement_id": "m2"})
    delta = warehouse.catalogue.changes(ChangesQuery(since=start), with_book=True)
    assert [(item.item_code, item.stock_qty) for item in delta.items] == [("1", 26)]
    assert delta.next == start + 1


def test_supervisors_hear_which_items_moved(move, warehouse):
    seen = warehouse.event_log.last_id()
    move({"movement_id": "m1"}, {"movement_id": "m2", "item_code": "none"})
    (event,) = warehouse.event_log.since(seen)
    assert (event.name, event.data["type"]) == ("stock:update", "moved")
    assert list(event.data["item_codes"]) == ["1"]


def test_the_movements_of_an_item_are_paged_newest_first(move, client, at):
    move(*({"movement_id": f"m{n}", "at": at(-n // 2)} for n in range(7)))
    move({"movement_id": "other", "item_code": "2"})
    header = signed_in(client, "auditor")

    def page(**query):
        return client.get("/api/items/movements", headers=header, query_string=query).json

    first = page(item_code="1", limit=4)
    rest = page(item_code="1", limit=4, cursor=first["next_cursor"])
    told = [m["movement_id"] for m in first["movements"] + rest["movements"]]
    assert told == ["m0", "m2", "m1", "m4", "m3", "m6", "m5"]
    assert rest["next_cursor"] is None
    assert first["movements"][0] == {
        "movement_id": "m0", "item_code": "1", "kind": "issue", "qty": 5, "rack_id": None,
        "reference": None, "in_book": False, "moved_by": "u-supervisor",
        "at": at(), "received_at": at(),
    }  # fmt: skip
    assert [m["movement_id"] for m in page(item_code="1", since=at(-1))["movements"]] == [
        "m0",
        "m2",
        "m1",
    ]
    assert len(page()["movements"]) == 8


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"since": "x"}, {"limit": 0}, {"limit": 201}])
def test_a_strange_page_is_refused_by_field(client, query):
    header = signed_in(client, "auditor")
    answer = client.get("/api/items/movements", headers=header, query_string=query)
    assert answer.status_code == 400
    assert list(answer.json["errors"]) == list(query)


def test_no_page_of_movements_reads_more_than_it_shows(move, warehouse, at):
    move(*({"movement_id": f"m{n:03}", "at": at(-n)} for n in range(300)))
    warehouse.db.command("profile", 2, filter={"ns": f"{warehouse.db.name}.item_movements"})
    try:
        store = MovementStore(warehouse.db)
        before = (warehouse.clock.now() - timedelta(seconds=100), "m100")
        store.page("1", since=None, before=before, limit=10)
        store.page(None, since=None, before=before, limit=10)
        store.after(["1"], warehouse.clock.now() - timedelta(seconds=5))
    finally:
        warehouse.db.command("profile", 0)
    plans = list(warehouse.db["system.profile"].find({"op": "query"}))
    assert len(plans) == 3
    for plan in plans:
        assert "COLLSCAN" not in plan["planSummary"]
        assert plan["docsExamined"] <= 12
        assert not plan.get("hasSortStage")


@pytest.mark.parametrize("username", ["counter", "device", "auditor"])
def test_who_counts_or_only_reads_moves_nothing(client, username, at):
    body = {"movements": [{"movement_id": "m", "item_code": "1", "kind": "issue", "qty": 1}]}
    header = signed_in(client, username)
    assert client.post("/api/items/movements", headers=header, json=body).status_code == 403


@pytest.mark.parametrize("username", ["counter", "device"])
def test_who_counts_sees_no_movement(client, username):
    header = signed_in(client, username)
    assert client.get("/api/items/movements", headers=header).status_code == 403


def test_one_movement_and_500_cost_the_same(settings, warehouse):
    warehouse.imports.load_items([a_row(f"K{n}") for n in range(500)])
    trips = RoundTrips()
    with MongoClient(settings.mongo_uri, event_listeners=[trips]) as mongo:
        db = database(mongo, settings.mongo_db)
        publish = Publisher(warehouse.event_log, warehouse.clock)
        movements = Movements(
            MovementStore(db), ItemStore(db), publish, warehouse.clock, lambda *_: None
        )

        def cost(count, prefix):
            now = warehouse.clock.now()
            sent = [
                Movement(movement_id=f"{prefix}{n}", item_code=f"K{n}", qty=1, at=now)
                for n in range(count)
            ]
            return trips.of(movements.book, sent, by=SUE)

        cost(1, "warm")
        assert cost(1, "a") == cost(500, "b")
        assert cost(1, "a") == cost(500, "b")  # retries
        sent = [name for name, _ in trips.mongo]
        assert "getMore" not in sent
