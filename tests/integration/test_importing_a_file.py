"""A catalogue's file: uploaded, shown, taken over as one, and taken back."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest

from app.auth.identity import Role
from app.clock import iso
from app.errors import ImportBusy
from app.items.catalogue import ChangesQuery, ItemQuery
from app.items.import_jobs import CHUNK, ImportJobs
from app.items.import_store import WORK_SECONDS, ImportStore
from app.items.item_import import ImportState, ImportWish
from app.items.movement import Movement
from app.items.movement_store import MovementStore
from app.items.store import ItemStore
from tests.support.app import signed_in
from tests.support.builders import an_identity, plan_racks
from tests.support.catalogue import a_row
from tests.support.files import csv_file, xlsx_file

SUE = an_identity("supervisor", Role.SUPERVISOR)
COLUMNS = ["Item Code", "Item Name", "Standard Selling Rate", "Balance Qty", "Rack"]


class Importer:
    """Somebody who imports files over the API."""

    def __init__(self, app, username="supervisor"):
        self.client = app.test_client(use_cookies=False)
        self.headers = signed_in(self.client, username)

    def upload(self, file, name="items.csv", status=202, **form):
        answer = self.client.post(
            "/api/items/import", headers=self.headers, data={"file": (file, name), **form}
        )
        assert answer.status_code == status, answer.text
        return answer.json

    def get(self, path, **query):
        return self.client.get(f"/api/items/{path}", headers=self.headers, query_string=query)

    def post(self, path, status=202):
        answer = self.client.post(f"/api/items/{path}", headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def patch(self, import_id, **wish):
        return self.client.patch(f"/api/items/import/{import_id}", headers=self.headers, json=wish)

    def rows(self, import_id, kind, **query):
        return self.get(f"import/{import_id}/rows", kind=kind, **query).json

    def taken_over(self, file, **form):
        """Upload and commit; the import's id."""
        import_id = self.upload(file, **form)["import_id"]
        assert self.post(f"import/{import_id}/commit")["state"] == "done"
        return import_id


@pytest.fixture
def importer(app, warehouse):
    plan_racks(warehouse, "G-01", "G-02")
    warehouse.imports.load_items([a_row("1"), a_row("2"), a_row("3")])
    return Importer(app)


@pytest.fixture
def item(warehouse):
    return lambda code: warehouse.catalogue.item(code, with_book=True)


def catalogue_of(warehouse):
    return warehouse.catalogue.find(ItemQuery(limit=5000), with_book=True).items


def last_number(warehouse):
    return warehouse.catalogue.changes(ChangesQuery(limit=5000), with_book=False).next


def a_file(*rows, columns=COLUMNS, **more):
    return csv_file(columns, *rows, **more)


HEART = a_row()["item_name"]
FILE = [
    ["1", HEART, "2.55", "30", "G-01"],  # changed
    ["2", HEART, "2.55", "36", "G-01"],  # the same
    ["4", "NEW LAMP", "9", "5", "G-02"],  # new
    ["5", "BAD", "cheap", "1", "G-02"],  # faulty
    ["", "NOBODY", "1", "1", ""],  # faulty
]


def test_a_preview_counts_and_shows_and_changes_nothing(importer, warehouse):
    before = catalogue_of(warehouse)
    preview = importer.upload(a_file(*FILE))
    assert preview["state"] == "preview"
    assert preview["counts"] == {"new": 1, "changed": 1, "same": 1, "gone": 0, "faulty": 2}
    assert preview["mapping"] == {
        "item_code": "Item Code", "item_name": "Item Name", "mrp": "Standard Selling Rate",
        "stock_qty": "Balance Qty", "rack": "Rack",
    }  # fmt: skip
    assert preview["columns"][0] == {"name": "Item Code", "samples": ["1", "2", "4"]}
    assert catalogue_of(warehouse) == before


def test_rows_of_a_preview_say_what_would_change_and_what_is_wrong(importer):
    import_id = importer.upload(a_file(*FILE))["import_id"]
    (changed,) = importer.rows(import_id, "changed")["rows"]
    assert (changed["row"], changed["item_code"]) == (2, "1")
    assert changed["changes"] == [{"field": "stock_qty", "old": 36.0, "new": 30.0}]
    (new,) = importer.rows(import_id, "new")["rows"]
    assert (new["row"], new["values"]["item_name"]) == (4, "NEW LAMP")
    faulty = importer.rows(import_id, "faulty")["rows"]
    assert [(row["row"], row["field"], row["why"]) for row in faulty] == [
        (5, "mrp", "is no number"),
        (6, "item_code", "is missing"),
    ]
    assert faulty[0]["values"] == {"mrp": "cheap"}


def test_rows_are_paged_in_the_order_of_the_file(importer):
    file = a_file(*([f"N{n}", "NEW", "1", "1", ""] for n in range(7)))
    import_id = importer.upload(file)["import_id"]
    first = importer.rows(import_id, "new", limit=4)
    rest = importer.rows(import_id, "new", limit=4, cursor=first["next_cursor"])
    assert [r["item_code"] for r in first["rows"] + rest["rows"]] == [f"N{n}" for n in range(7)]
    assert rest["next_cursor"] is None


def test_a_commit_takes_over_all_but_the_faulty_rows(importer, item, warehouse):
    seen = warehouse.event_log.last_id()
    import_id = importer.taken_over(a_file(*FILE))
    assert (item("1").stock_qty, item("4").item_name, item("4").rack) == (30, "NEW LAMP", "G-02")
    assert item("1").barcode == "201"  # what the file does not say stays
    assert warehouse.catalogue.known_codes(["5"]) == set()
    assert [
        i.item_code
        for i in warehouse.catalogue.find(ItemQuery(search="lamp"), with_book=True).items
    ] == ["4"]
    racks = warehouse.standing.racks(["G-01", "G-02"])
    assert [racks[rack_id].expected_items for rack_id in ("G-01", "G-02")] == [3, 1]
    (event,) = [e for e in warehouse.event_log.since(seen) if e.name == "items:update"]
    assert (event.data["import_id"], event.data["state"]) == (import_id, "done")


def test_an_import_that_says_the_whole_catalogue_removes_the_rest(importer, warehouse):
    start = warehouse.catalogue.changes(ChangesQuery(), with_book=True).next
    preview = importer.upload(a_file(*FILE), whole="true")
    assert preview["counts"]["gone"] == 1
    (gone,) = importer.rows(preview["import_id"], "gone")["rows"]
    assert (gone["item_code"], gone["item_name"]) == ("3", HEART)
    importer.post(f"import/{preview['import_id']}/commit")
    delta = warehouse.catalogue.changes(ChangesQuery(since=start), with_book=True)
    assert delta.deleted == ["3"]
    assert {i.item_code for i in delta.items} == {"1", "4"}


def test_an_undo_brings_back_what_was_there(importer, warehouse):
    before = catalogue_of(warehouse)
    import_id = importer.taken_over(a_file(*FILE), whole="true")
    assert catalogue_of(warehouse) != before
    assert importer.post(f"import/{import_id}/undo")["state"] == "undone"
    assert catalogue_of(warehouse) == before
    lamp = warehouse.catalogue.find(ItemQuery(search="lamp"), with_book=True)
    assert lamp.items == []


def test_only_the_last_import_can_be_taken_back_and_then_the_one_before(importer, warehouse):
    before = catalogue_of(warehouse)
    first = importer.taken_over(a_file(["1", HEART, "3", "1", "G-01"]))
    second = importer.taken_over(a_file(["1", HEART, "4", "2", "G-01"]))
    refusal = importer.post(f"import/{first}/undo", status=409)
    assert refusal["code"] == "import_superseded"
    importer.post(f"import/{second}/undo")
    importer.post(f"import/{first}/undo")
    assert catalogue_of(warehouse) == before
    assert importer.post(f"import/{first}/undo", status=409)["code"] == "import_not_ready"


def test_what_somebody_changed_since_stays_when_an_import_is_taken_back(importer, item, warehouse):
    import_id = importer.taken_over(a_file(["1", "BY FILE", "3", "1", "G-02"]))
    now = item("1").as_row() | {"item_name": "BY HAND"}
    warehouse.imports.load_items([now])
    importer.post(f"import/{import_id}/undo")
    assert (item("1").item_name, item("1").rack, item("1").mrp) == ("BY HAND", "G-01", 2.55)


def moved(warehouse, movement_id, qty, at):
    movement = Movement(movement_id=movement_id, item_code="1", qty=qty, at=at)
    warehouse.movements.book([movement], by=SUE)


def test_what_moved_since_the_figures_of_the_file_is_added_to_them(importer, item, warehouse):
    exported = warehouse.clock.now()
    warehouse.clock.move(600)
    moved(warehouse, "m1", -4, exported - timedelta(seconds=1))
    moved(warehouse, "m2", -2, exported + timedelta(seconds=1))
    file = a_file(["1", HEART, "2.55", "30", "G-01"])
    preview = importer.upload(file, stock_at=iso(exported))
    (row,) = importer.rows(preview["import_id"], "changed")["rows"]
    assert row["changes"] == [{"field": "stock_qty", "old": 30.0, "new": 28.0}]
    importer.post(f"import/{preview['import_id']}/commit")
    assert item("1").stock_qty == 28
    moved(warehouse, "m3", -5, exported - timedelta(seconds=5))  # late: the file has it
    moved(warehouse, "m4", -1, warehouse.clock.now())
    assert item("1").stock_qty == 27


def test_a_file_that_confirms_a_figure_says_of_which_moment_it_is(importer, item, warehouse):
    exported = warehouse.clock.now()
    assert importer.upload(a_file(["1", HEART, "2.55", "36", "G-01"]))["counts"]["same"] == 1
    importer.taken_over(a_file(["1", HEART, "2.55", "36", "G-01"]))
    moved(warehouse, "m1", -5, exported - timedelta(seconds=5))  # late: the file has it
    assert item("1").stock_qty == 36


def test_movements_since_an_import_stay_when_it_is_taken_back(importer, item, warehouse):
    exported = warehouse.clock.now()
    import_id = importer.taken_over(a_file(["1", HEART, "2.55", "30", "G-01"]))
    warehouse.clock.move(600)
    moved(warehouse, "m1", -5, exported - timedelta(seconds=5))  # the file had it, 36 had not
    moved(warehouse, "m2", -1, warehouse.clock.now())
    assert item("1").stock_qty == 29
    importer.post(f"import/{import_id}/undo")
    assert item("1").stock_qty == 36 - 5 - 1
    moved(warehouse, "m3", -1, exported - timedelta(seconds=9))
    assert item("1").stock_qty == 29  # its figure is of no import any more


def test_other_columns_are_read_anew(importer):
    file = a_file(["1", HEART, "7"], columns=["Nr", "Text", "Menge"])
    preview = importer.upload(file)
    assert (preview["state"], preview["mapping"]) == ("preview", {})
    wish = {"item_code": "Nr", "stock_qty": "Menge"}
    again = importer.patch(preview["import_id"], mapping=wish).json
    assert (again["mapping"], again["counts"]["changed"]) == (wish, 1)
    assert again["columns"] == preview["columns"]


@pytest.mark.parametrize(
    "mapping",
    [{"item_code": "Colour"}, {"stock_qty": "Balance Qty"}, {"colour": "Rack"}, {"item_code": 1},
     {"item_code": "Rack", "rack": "Rack"}, "x"],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_is_refused(importer, mapping):
    import_id = importer.upload(a_file(*FILE))["import_id"]
    answer = importer.patch(import_id, mapping=mapping)
    assert (answer.status_code, list(answer.json["errors"])) == (400, ["mapping"])


def test_a_mapping_may_come_with_the_file(importer):
    mapping = json.dumps({"item_code": "Item Code", "mrp": "Balance Qty"})
    preview = importer.upload(a_file(*FILE[:1]), mapping=mapping)
    (row,) = importer.rows(preview["import_id"], "changed")["rows"]
    assert row["changes"] == [{"field": "mrp", "old": 2.55, "new": 30.0}]


def test_a_workbook_is_imported_alike(importer, item):
    importer.taken_over(xlsx_file(COLUMNS, [1, HEART, 2.55, 30, "G-01"]), name="items.xlsx")
    assert item("1").stock_qty == 30


def test_what_is_no_table_is_refused_at_once_or_says_why_it_failed(importer):
    assert importer.upload(io.BytesIO(b""), status=400)["code"] == "unusable_file"
    failed = importer.upload(io.BytesIO(b"a,b\n\x00\x01"))
    assert (failed["state"], failed["error"]["code"]) == ("failed", "unusable_file")
    assert importer.post(f"import/{failed['import_id']}/commit", 409)["code"] == "import_not_ready"


def test_a_file_above_30_mib_is_refused(importer):
    refusal = importer.upload(io.BytesIO(b"a" * (31 * 1024 * 1024)), status=413)
    assert refusal["code"] == "too_large"


def test_a_file_is_needed(importer):
    answer = importer.client.post("/api/items/import", headers=importer.headers, data={})
    assert (answer.status_code, list(answer.json["errors"])) == (400, ["file"])


def test_history_says_who_imported_what_and_when(importer, app, warehouse):
    first = importer.taken_over(a_file(*FILE))
    warehouse.clock.move(60)
    second = importer.upload(a_file(*FILE), name="later.csv")["import_id"]
    auditor = Importer(app, "auditor")
    page = auditor.get("imports", limit=1).json
    rest = auditor.get("imports", limit=1, cursor=page["next_cursor"]).json
    told = [(i["import_id"], i["state"], i["file_name"]) for i in page["imports"] + rest["imports"]]
    assert told == [(second, "preview", "later.csv"), (first, "done", "items.csv")]
    assert rest["imports"][0]["committed_by_name"] == "Supervisor"
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("username", ["counter", "device", "auditor"])
def test_who_may_not_import_changes_nothing(importer, app, username):
    import_id = importer.upload(a_file(*FILE))["import_id"]
    other = Importer(app, username)
    other.upload(a_file(*FILE), status=403)
    other.post(f"import/{import_id}/commit", status=403)
    other.post(f"import/{import_id}/undo", status=403)
    assert other.patch(import_id, whole=True).status_code == 403


@pytest.mark.parametrize("username", ["counter", "device"])
def test_who_counts_sees_no_import(importer, app, username):
    import_id = importer.upload(a_file(*FILE))["import_id"]
    other = Importer(app, username)
    paths = (f"import/{import_id}", f"import/{import_id}/rows", "imports")
    assert {other.get(path).status_code for path in paths} == {403}


def test_an_unknown_import_is_named(importer):
    for path in ("import/none", "import/none/rows"):
        assert importer.get(path, kind="new").json["code"] == "import_unknown"
    for act in ("commit", "undo"):
        assert importer.post(f"import/none/{act}", status=404)["code"] == "import_unknown"


def test_a_preview_that_nobody_commits_is_forgotten_after_a_day(importer, warehouse):
    done = importer.taken_over(a_file(*FILE))
    import_id = importer.upload(a_file(*FILE))["import_id"]
    warehouse.clock.move(86_000)
    warehouse.import_desk.resume()
    assert importer.get(f"import/{import_id}").status_code == 200
    warehouse.clock.move(401)
    warehouse.import_desk.resume()
    importer = Importer(importer.client.application)
    assert importer.get(f"import/{import_id}").status_code == 404
    assert importer.get(f"import/{done}").json["state"] == "done"
    assert warehouse.db.item_import_files.files.count_documents({}) == 0
    assert {row["kind"] for row in warehouse.db.item_import_rows.find()} >= {"changed", "new"}


# ── a worker that dies ───────────────────────────────────────────────────────────────────────────


class Killed(Exception):
    pass


class DyingItems(ItemStore):
    """An ItemStore whose process is killed in its n-th transaction: before or after its commit."""

    def __init__(self, db, *, at, after_commit):
        super().__init__(db)
        self.left, self.after_commit = at, after_commit

    def in_transaction(self, work):
        self.left -= 1
        if self.left == 0 and not self.after_commit:
            super().in_transaction(lambda s: (work(s), fail())[0])
        result = super().in_transaction(work)
        if self.left == 0:
            fail()
        return result


def fail():
    raise Killed


def jobs_on(warehouse, items):
    return ImportJobs(
        ImportStore(warehouse.db), items, MovementStore(warehouse.db), warehouse.publish,
        warehouse.clock, settled=lambda: None, note_moved=lambda *_: None,
    )  # fmt: skip


def a_large_file():
    return a_file(*([f"N{n:04}", f"ITEM {n}", "1", str(n), "G-01"] for n in range(3 * CHUNK)))


def begun(warehouse, act):
    """A large import that is committed, or taken back, but not worked on yet."""
    desk = warehouse.import_desk
    import_id = desk.upload(a_large_file(), "large.csv", ImportWish(), by=SUE).import_id
    store, items = ImportStore(warehouse.db), ItemStore(warehouse.db)
    if act == "undo":
        desk.commit(import_id, by=SUE)
        items.in_transaction(lambda s: store.begin_undo(import_id, {}, s))
    else:
        now = warehouse.clock.now()
        items.in_transaction(lambda s: store.begin(import_id, {}, now, s))
    return import_id


@pytest.mark.parametrize("after_commit", [False, True])
@pytest.mark.parametrize("chunk", [1, 2, 3])
@pytest.mark.parametrize("act", ["commit", "undo"])
def test_a_worker_killed_anywhere_is_followed_by_one_that_goes_on(
    importer, warehouse, act, chunk, after_commit
):
    before = catalogue_of(warehouse)
    import_id = begun(warehouse, act)
    dying = DyingItems(warehouse.db, at=chunk, after_commit=after_commit)
    with pytest.raises(Killed):
        jobs_on(warehouse, dying).work(import_id)
    changes = last_number(warehouse)
    warehouse.import_desk.resume()  # its worker may still live: nobody else takes the import
    assert last_number(warehouse) == changes
    warehouse.clock.move(WORK_SECONDS + 1)
    warehouse.import_desk.resume()
    assert warehouse.import_desk.get(import_id).state in (ImportState.DONE, ImportState.UNDONE)
    if act == "undo":
        assert catalogue_of(warehouse) == before
    else:
        assert len(catalogue_of(warehouse)) == 3 + 3 * CHUNK
        assert last_number(warehouse) == 3 + 3 * CHUNK


def test_a_worker_that_only_slept_writes_nothing_more(importer, warehouse):
    import_id = begun(warehouse, "commit")

    class Sleeping(ItemStore):
        def in_transaction(self, work):
            warehouse.clock.move(WORK_SECONDS + 1)
            warehouse.import_desk.resume()  # another one does it all meanwhile
            return super().in_transaction(work)

    jobs_on(warehouse, Sleeping(warehouse.db)).work(import_id)
    assert warehouse.import_desk.get(import_id).state is ImportState.DONE
    assert last_number(warehouse) == 3 + 3 * CHUNK


def test_one_import_at_a_time_changes_the_catalogue(importer, warehouse):
    second = importer.upload(a_file(*FILE))["import_id"]
    first = begun(warehouse, "commit")
    with pytest.raises(ImportBusy):
        warehouse.import_desk.commit(second, by=SUE)
    warehouse.import_jobs.work(first)
    importer.post(f"import/{second}/commit")
