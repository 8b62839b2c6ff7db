"""The database has the indexes of the tables, and these are the specification's."""

from __future__ import annotations

import ast

import pytest

from app.db.indexes import (
    BEYOND,
    EXPECTED,
    FURTHER,
    create_indexes,
    get_index_stats,
    index_of,
)
from app.db.migrate import FOLDER, migrate

COUNTS = {
    "verification_records": 7,
    "verification_sessions": 6,
    "rack_registry": 5,
    "item_serials": 4,
    "report_snapshots": 4,
    "report_compare_jobs": 4,
    "count_lines": 4,
    "sessions": 4,
    "erp_items": 9,
    "activity_logs": 4,
    "error_logs": 4,
}


ALL = {
    collection: lines + BEYOND.get(collection, ())
    for collection, lines in {**EXPECTED, **FURTHER}.items()
}


@pytest.fixture
def migrated(db):
    migrate(db)
    return db


def test_the_table_has_the_55_indexes_of_the_specification():
    assert {collection: len(lines) for collection, lines in EXPECTED.items()} == COUNTS
    assert sum(COUNTS.values()) == 55


def test_what_goes_beyond_the_specification_is_of_its_collections():
    assert BEYOND.keys() <= EXPECTED.keys()


def test_no_index_stands_twice():
    for lines in ALL.values():
        names = [index_of(line).document["name"] for line in lines]
        assert len(set(names)) == len(names)


def test_the_database_has_exactly_the_indexes_of_the_tables(migrated):
    for collection, lines in ALL.items():
        found = set(migrated[collection].index_information()) - {"_id_"}
        assert found == {index_of(line).document["name"] for line in lines}


def test_the_words_of_a_line_become_the_options_of_its_index(migrated):
    found = migrated["verification_records"].index_information()
    assert found["client_record_id_1"]["unique"]
    assert found["serial_numbers_1"]["sparse"]
    assert found["status_1_created_at_-1"]["key"] == [("status", 1), ("created_at", -1)]
    assert migrated["sign_ins"].index_information()["expires_at_1"]["expireAfterSeconds"] == 0
    texts = migrated["erp_items"].index_information()["item_name_text_description_text"]
    assert set(texts["weights"]) == {"item_name", "description"}


def test_creating_them_again_changes_nothing(migrated):
    before = get_index_stats(migrated)
    create_indexes(migrated)
    assert get_index_stats(migrated) == before


def test_stats_name_what_is_missing_and_what_is_extra(migrated):
    assert (get_index_stats(migrated).missing, get_index_stats(migrated).extra) == ([], [])
    migrated["erp_items"].drop_index("barcode_1")
    migrated["users"].create_index("name")
    stats = get_index_stats(migrated)
    assert stats.missing == ["erp_items.barcode_1"]
    assert stats.extra == ["users.name_1"]


def test_stats_of_an_empty_database_miss_all(db):
    stats = get_index_stats(db)
    assert stats.indexes == []
    assert len(stats.missing) == sum(map(len, ALL.values()))


def test_stats_tell_size_and_use_of_each_index(migrated):
    migrated["erp_items"].insert_one({"item_code": "1"})
    migrated["erp_items"].find_one({"item_code": "1"})
    uses = {f"{use.collection}.{use.name}": use for use in get_index_stats(migrated).indexes}
    assert uses["erp_items.item_code_1"].uses >= 1
    assert uses["erp_items.item_code_1"].size_bytes > 0
    assert uses["erp_items.item_code_1"].since.tzinfo is not None


def test_only_the_first_migration_imports_the_application():
    for path in sorted(FOLDER.glob("[0-9]*.py"))[1:]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app"))
