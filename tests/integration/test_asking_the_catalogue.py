"""The catalogue's endpoints: what they refuse, how they page, and who sees a book figure."""

from __future__ import annotations

import pytest

from tests.support.app import signed_in
from tests.support.catalogue import a_row


@pytest.fixture
def client(app, warehouse):
    rows = [a_row(f"8512{number}", barcode=f"20{number}") for number in range(5)]
    warehouse.imports.load_items([*rows, a_row("A/1", barcode="01/x")])
    return app.test_client(use_cookies=False)


@pytest.fixture
def get(client):
    header = signed_in(client, "counter")
    return lambda path: client.get(f"/api/items{path}", headers=header)


def test_nobody_asks_without_signing_in(client):
    paths = ("", "/changes", "/barcode/1", "/85121", "?limit=x")
    assert {client.get(f"/api/items{path}").status_code for path in paths} == {401}


def test_pages_follow_their_cursor_to_the_end(get):
    first = get("?search=heart&limit=4").json
    rest = get(f"?search=heart&limit=4&cursor={first['next_cursor']}").json
    codes = [item["item_code"] for item in first["items"] + rest["items"]]
    assert codes == ["85120", "85121", "85122", "85123", "85124", "A/1"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("search=re", "search"),
        ("search=%20%20re%20", "search"),
        ("search=" + "x" * 201, "search"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("floor=", "floor"),
        ("cursor=x", "cursor"),
        ("cursor=W10", "cursor"),
        ("cursor=eyJhIjoxfQ", "cursor"),
        ("cursor=WzEseyIkZ3QiOiIifV0", "cursor"),
        ("cursor=Wy0xLCIiXQ", "cursor"),
    ],
)
def test_bad_input_is_named(get, query, field):
    answer = get(f"?{query}")
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")
    assert set(answer.json["errors"]) == {field}


@pytest.mark.parametrize(
    "since", ["-1", "now", "1e3", "²", "9" * 19, "0001-01-01T00:00:00%2B05:00"]
)
def test_a_delta_since_no_number_and_no_time_is_refused(get, since):
    answer = get(f"/changes?since={since}")
    assert (answer.status_code, set(answer.json["errors"])) == (400, {"since"})


def test_a_delta_has_items_deletions_and_where_to_go_on(get, warehouse):
    assert get("/changes?limit=2").json["more"] is True
    warehouse.imports.remove(["85120"])
    delta = get("/changes?since=6").json
    assert delta == {"items": [], "deleted": ["85120"], "next": 7, "more": False}
    assert len(get("/changes?since=0001-01-01").json["items"]) == 5
    assert get("/changes?since=2999-01-01T00:00:00Z").json["next"] == 7


def test_codes_with_a_slash_are_found(get):
    assert get("/A/1").json["item_code"] == "A/1"
    assert get("/A%2F1").json["item_code"] == "A/1"
    assert get("/barcode/01/x").json["item_code"] == "A/1"


def test_an_unknown_item_is_a_problem_with_its_code(get):
    for path in ("/none", "/barcode/none"):
        answer = get(path)
        assert (answer.status_code, answer.json["code"]) == (404, "item_unknown")


@pytest.mark.parametrize(
    ("username", "sees"),
    [("counter", False), ("device", False), ("supervisor", True), ("auditor", True)],
)
def test_a_blind_stocktake_shows_the_book_to_no_counter(client, warehouse, username, sees):
    warehouse.db.sessions.update_many({}, {"$set": {"blind": True}})
    header = signed_in(client, username)
    for path in ("?search=heart", "", "?rack=G-01", "/changes", "/barcode/201", "/85121"):
        answer = client.get(f"/api/items{path}", headers=header)
        assert answer.status_code == 200
        assert ("stock_qty" in answer.text) is sees, path


def test_an_open_stocktake_that_is_not_blind_shows_the_book_to_counters(client):
    answer = client.get("/api/items/85121", headers=signed_in(client, "counter"))
    assert "stock_qty" in answer.json
