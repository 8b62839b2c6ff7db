"""An operator's commands do what they say, and tell in one line what keeps them from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import create_app
from app.db.indexes import get_index_stats
from app.warehouse import build
from tests.support.app import log_in

RACKS = "rack_id,floor,zone,row,column\n"
ITEMS = "item_code,item_name,stock_qty\n"


@pytest.fixture
def say(app):
    """`say("users", "add", …)`: the exit code and the output of a command."""

    def run(*words):
        done = app.test_cli_runner().invoke(args=[str(word) for word in words])
        return done.exit_code, done.output

    return run


def test_an_account_that_was_added_signs_in(say, app):
    words = ["--role", "admin", "--name", "Alma A.", "--password", "a long phrase of mine"]
    assert say("users", "add", "alma", *words) == (0, "alma is admin now.\n")
    client = app.test_client()
    assert log_in(client, "alma", password="a long phrase of mine").status_code == 200
    code, told = say("users", "add", "alma", *words)
    assert (code, told.count("\n")) == (1, 1), told


def test_racks_and_items_are_imported_and_again_nothing_is_new(say, tmp_path, warehouse):
    racks, items = tmp_path / "racks.csv", tmp_path / "items.csv"
    racks.write_text(f"{RACKS}G-01,Ground,A,1,1\nG-02,Ground,A,1,2\n")
    items.write_text(f"{ITEMS}A1,A ONE,10\n")
    assert say("import", "racks", racks) == (0, "2 racks are new.\n")
    assert say("import", "racks", racks) == (0, "0 racks are new.\n")
    assert say("import", "items", items) == (0, "1 items are new, 0 changed, 0 did not.\n")
    assert say("import", "items", items) == (0, "0 items are new, 0 changed, 1 did not.\n")
    assert warehouse.standing.racks(["G-02"])["G-02"].stocktake_id is not None


@pytest.mark.parametrize(
    ("what", "content", "why"),
    [
        ("racks", b"rack,floor\n1,2\n", "has no column rack_id."),
        ("racks", b"", "has no column rack_id."),
        ("racks", f"{RACKS}G-01,Ground,A,1,1\nG-02,Ground,A,one,1\n".encode(), "line 3: "),
        ("racks", f"{RACKS}G-01,Ground\n".encode(), "line 2: "),
        ("racks", f"{RACKS}  ,Ground,A,1,1\n".encode(), "line 2: rack_id is missing."),
        ("racks", RACKS.encode("utf-16"), "utf-8"),
        ("items", b"code\n1\n", "has no column item_code."),
        ("items", f"{ITEMS}A1,A ONE,many\n".encode(), "line 2: stock_qty "),
        ("items", f'{ITEMS}"{"x" * 200_000}",A,1\n'.encode(), "field larger"),
    ],
)
def test_a_file_that_is_not_understood_is_told_by_its_line(say, tmp_path, what, content, why):
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    code, told = say("import", what, file)
    assert (code, told.count("\n")) == (1, 1), told
    assert told.startswith(f"Error: {file}")
    assert why in told


def test_people_racks_and_items_may_come_before_the_first_start(settings, tmp_path):
    racks, items = tmp_path / "racks.csv", tmp_path / "items.csv"
    racks.write_text(f"{RACKS}G-01,Ground,A,1,1\n")
    items.write_text("item_code,item_name,floor,rack\nA1,A ONE,Ground,G-01\n")
    words = ["--role", "admin", "--password", "a long phrase of mine"]
    new = replace(settings, mongo_db=f"{settings.mongo_db}_new")
    warehouse = build(new)
    try:
        runner = create_app(warehouse, new).test_cli_runner()
        for said in (
            ["users", "add", "alma", *words],
            ["import", "racks", str(racks)],
            ["import", "items", str(items)],
        ):
            done = runner.invoke(args=said)
            assert done.exit_code == 0, done.output
        assert warehouse.standing.racks(["G-01"])["G-01"].expected_items == 1
        assert get_index_stats(warehouse.db).missing == []
    finally:
        warehouse.mongo.drop_database(new.mongo_db)
        warehouse.close()


@pytest.mark.parametrize("words", [("check",), ("import", "racks")])
def test_a_database_that_is_away_is_told_at_once(settings, tmp_path, words):
    """Not after the day that a check may take."""
    file = tmp_path / "racks.csv"
    file.write_text(f"{RACKS}G-01,Ground,A,1,1\n")
    away = replace(settings, mongo_uri="mongodb://127.0.0.1:1/?replicaSet=none")
    warehouse = build(away)
    try:
        runner = create_app(warehouse, away).test_cli_runner()
        done = runner.invoke(args=[*words, *([str(file)] if words[0] == "import" else [])])
    finally:
        warehouse.close()
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert done.output.startswith("Error: MongoDB did not do it: ")
