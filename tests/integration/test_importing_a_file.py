"""A catalogue's file: uploaded, shown, taken over as one, and taken back."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from pymongo.errors import NetworkTimeout

from app.auth.identity import Role
from app.clock import iso
from app.errors import ImportBusy
from app.items.catalogue import ChangesQuery, ItemQuery
from app.items.import_jobs import KINDS, ImportJobs
from app.items.import_leftovers import UPLOAD_TAKES, ImportLeftovers
from app.items.import_store import ImportStore
from app.items.item_import import AT_WORK, ImportState, ImportWish
from app.items.movement import Movement
from app.items.movement_store import MovementStore
from app.items.store import ItemStore
from app.jobs.job import State
from app.jobs.jobs import MOST_ATTEMPTS, SILENT_AFTER
from app.jobs.store import JobStore
from tests.support.app import do_jobs, signed_in
from tests.support.builders import an_identity, plan_racks
from tests.support.catalogue import a_row
from tests.support.files import csv_file, xlsx_file

SUE = an_identity("supervisor", Role.SUPERVISOR)
COLUMNS = ["Item Code", "Item Name", "Standard Selling Rate", "Balance Qty", "Rack"]


class Importer:
    """Somebody who imports files over the API."""

    def __init__(self, app, username="supervisor"):
        self.warehouse = app.extensions["warehouse"]
        self.client = app.test_client(use_cookies=False)
        self.headers = signed_in(self.client, username)

    def upload(self, file, name="items.csv", status=202, **form):
        return self.worked_on(
            self.client.post(
                "/api/items/import", headers=self.headers, data={"file": (file, name), **form}
            ),
            status,
        )

    def worked_on(self, answer, status):
        """The answer, or if it is an import, how that is once a worker did its job."""
        assert answer.status_code == status, answer.text
        if status != 202:
            return answer.json
        do_jobs(self.warehouse)
        return self.get(f"import/{answer.json['import_id']}").json

    def get(self, path, **query):
        return self.client.get(f"/api/items/{path}", headers=self.headers, query_string=query)

    def post(self, path, status=202):
        answer = self.client.post(f"/api/items/{path}", headers=self.headers)
        return self.worked_on(answer, status)

    def patch(self, import_id, status=202, **wish):
        path = f"/api/items/import/{import_id}"
        return self.worked_on(self.client.patch(path, headers=self.headers, json=wish), status)

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
    again = importer.patch(preview["import_id"], mapping=wish)
    assert (again["mapping"], again["counts"]["changed"]) == (wish, 1)
    assert again["columns"] == preview["columns"]


@pytest.mark.parametrize(
    "mapping",
    [{"item_code": "Colour"}, {"stock_qty": "Balance Qty"}, {"colour": "Rack"}, {"item_code": 1},
     {"item_code": "Rack", "rack": "Rack"}, "x"],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_is_refused(importer, mapping):
    import_id = importer.upload(a_file(*FILE))["import_id"]
    refusal = importer.patch(import_id, status=400, mapping=mapping)
    assert list(refusal["errors"]) == ["mapping"]


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
    other.post(f"import/{import_id}/stop", status=403)
    other.patch(import_id, status=403, whole=True)


@pytest.mark.parametrize("username", ["counter", "device"])
def test_who_counts_sees_no_import(importer, app, username):
    import_id = importer.upload(a_file(*FILE))["import_id"]
    other = Importer(app, username)
    paths = (f"import/{import_id}", f"import/{import_id}/rows", "imports")
    assert {other.get(path).status_code for path in paths} == {403}


def test_an_unknown_import_is_named(importer):
    for path in ("import/none", "import/none/rows"):
        assert importer.get(path, kind="new").json["code"] == "import_unknown"
    for act in ("commit", "undo", "stop"):
        assert importer.post(f"import/none/{act}", status=404)["code"] == "import_unknown"


def test_a_preview_that_nobody_commits_is_forgotten_after_a_day(importer, warehouse):
    done = importer.taken_over(a_file(*FILE))
    import_id = importer.upload(a_file(*FILE))["import_id"]
    warehouse.clock.move(86_000)
    warehouse.import_leftovers.sweep()
    assert importer.get(f"import/{import_id}").status_code == 200
    warehouse.clock.move(401)
    warehouse.import_leftovers.sweep()
    importer = Importer(importer.client.application)
    assert importer.get(f"import/{import_id}").status_code == 404
    assert importer.get(f"import/{done}").json["state"] == "done"
    assert warehouse.db.item_import_files.files.count_documents({}) == 0
    assert {row["kind"] for row in warehouse.db.item_import_rows.find()} >= {"changed", "new"}


# ── a worker that dies, and a person who stops it ────────────────────────────────────────────────


class Killed(BaseException):
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


STEP = 20


class FewRows(ImportJobs):
    """Steps of 500 rows go no other way, and take longer."""

    step = STEP


def do_in_steps(warehouse, items=None):
    """Do the jobs that wait, by a worker that has these items."""
    jobs = FewRows(
        ImportStore(warehouse.db), items or ItemStore(warehouse.db), MovementStore(warehouse.db),
        warehouse.publish, warehouse.clock, settled=lambda: None, note_moved=lambda *_: None,
    )  # fmt: skip
    for job in list(warehouse.db.jobs.find({"state": "queued"})):
        warehouse.running.run(job["job_id"], dict.fromkeys(KINDS, jobs.work))


def a_large_file():
    return a_file(*([f"N{n:04}", f"ITEM {n}", "1", str(n), "G-01"] for n in range(3 * STEP)))


def begun(warehouse, act):
    """A large import that is to be taken over, or back, but not worked on yet."""
    desk = warehouse.import_desk
    import_id = desk.upload(a_large_file(), "large.csv", ImportWish(), by=SUE).import_id
    do_in_steps(warehouse)
    desk.commit(import_id, by=SUE)
    if act == "undo":
        do_in_steps(warehouse)
        desk.undo(import_id, by=SUE)
    return import_id


@pytest.mark.parametrize("after_commit", [False, True])
@pytest.mark.parametrize("chunk", [1, 2, 3])
@pytest.mark.parametrize("act", ["commit", "undo"])
def test_a_worker_killed_anywhere_is_followed_by_one_that_goes_on(
    importer, warehouse, act, chunk, after_commit
):
    before = catalogue_of(warehouse)
    import_id = begun(warehouse, act)
    with pytest.raises(Killed):
        do_in_steps(warehouse, DyingItems(warehouse.db, at=chunk, after_commit=after_commit))
    taken_over = last_number(warehouse)
    warehouse.jobs.sweep()
    do_in_steps(warehouse)  # its worker may still live: nobody else takes the job
    assert last_number(warehouse) == taken_over
    warehouse.clock.move(SILENT_AFTER.total_seconds() + 1)
    warehouse.jobs.sweep()
    do_in_steps(warehouse)
    assert warehouse.import_desk.get(import_id).state in (ImportState.DONE, ImportState.UNDONE)
    if act == "undo":
        assert catalogue_of(warehouse) == before
    else:
        assert len(catalogue_of(warehouse)) == 3 + 3 * STEP
        assert last_number(warehouse) == 3 + 3 * STEP


def test_a_worker_that_only_slept_writes_nothing_more(importer, warehouse):
    import_id = begun(warehouse, "commit")

    class Sleeping(ItemStore):
        def in_transaction(self, work):
            if warehouse.import_desk.get(import_id).state is ImportState.RUNNING:
                warehouse.clock.move(SILENT_AFTER.total_seconds() + 1)
                warehouse.jobs.sweep()
                do_in_steps(warehouse)  # another one does it all meanwhile
            return super().in_transaction(work)

    do_in_steps(warehouse, Sleeping(warehouse.db))
    assert warehouse.import_desk.get(import_id).state is ImportState.DONE
    assert last_number(warehouse) == 3 + 3 * STEP


def test_a_database_that_fails_for_a_moment_does_not_end_an_import(importer, warehouse):
    import_id = begun(warehouse, "commit")

    class Failing(ItemStore):
        turns = 0

        def in_transaction(self, work):
            Failing.turns += 1
            result = super().in_transaction(work)
            if Failing.turns % 2:
                raise NetworkTimeout("the answer was lost")
            return result

    do_in_steps(warehouse, Failing(warehouse.db))
    assert warehouse.import_desk.get(import_id).state is ImportState.DONE
    assert last_number(warehouse) == 3 + 3 * STEP


def test_one_import_at_a_time_changes_the_catalogue(importer, warehouse):
    second = importer.upload(a_file(*FILE))["import_id"]
    begun(warehouse, "commit")
    with pytest.raises(ImportBusy):
        warehouse.import_desk.commit(second, by=SUE)
    assert warehouse.db.jobs.count_documents({"state": "queued"}) == 1  # and no job for nothing
    do_in_steps(warehouse)
    importer.post(f"import/{second}/commit")


@pytest.fixture
def stopped(importer, warehouse):
    """`stopped(act)`: a large import that somebody stopped when the first of three steps was done;
    its id.
    """

    def stop(act):
        import_id = begun(warehouse, act)

        class Stopping(ItemStore):
            def in_transaction(self, work):
                result = super().in_transaction(work)
                if warehouse.import_desk.get(import_id).state in AT_WORK:
                    told = importer.post(f"import/{import_id}/stop", status=200)
                    assert (told["state"], told["done"]) == ("stopped", STEP)
                return result

        do_in_steps(warehouse, Stopping(warehouse.db))
        now = importer.get(f"import/{import_id}").json
        assert (now["state"], now["error"]["code"]) == ("stopped", "import_stopped")
        assert (now["done"], now["total"]) == (STEP, 3 * STEP)
        return import_id

    return stop


def test_an_import_that_is_stopped_goes_on_where_it_was(importer, stopped, warehouse):
    import_id = stopped("commit")
    assert len(catalogue_of(warehouse)) == 3 + STEP
    assert importer.post(f"import/{import_id}/stop", status=409)["code"] == "import_not_ready"
    done = importer.post(f"import/{import_id}/commit")
    assert (done["state"], done["error"]) == ("done", None)
    assert last_number(warehouse) == 3 + 3 * STEP


def test_what_a_stopped_import_took_over_can_be_taken_back(importer, stopped, warehouse):
    before = catalogue_of(warehouse)
    import_id = stopped("commit")
    assert importer.post(f"import/{import_id}/undo")["state"] == "undone"
    assert catalogue_of(warehouse) == before


def test_an_undo_that_is_stopped_can_only_go_on(importer, stopped, warehouse):
    before = catalogue_of(warehouse)
    import_id = stopped("undo")
    assert importer.post(f"import/{import_id}/commit", status=409)["code"] == "import_not_ready"
    assert importer.post(f"import/{import_id}/undo")["state"] == "undone"
    assert catalogue_of(warehouse) == before


def test_a_stopped_import_that_another_one_followed_does_not_go_on(importer, stopped):
    import_id = stopped("commit")
    second = importer.taken_over(a_file(*FILE))
    for act in ("commit", "undo"):
        refusal = importer.post(f"import/{import_id}/{act}", status=409)
        assert refusal["code"] == "import_superseded"
    importer.post(f"import/{second}/undo")
    assert importer.post(f"import/{import_id}/commit")["state"] == "done"


def test_reading_that_is_stopped_fails_and_can_begin_again(importer, warehouse):
    import_id = warehouse.import_desk.upload(a_file(*FILE), "x.csv", ImportWish(), by=SUE).import_id
    told = importer.post(f"import/{import_id}/stop", status=200)
    assert (told["state"], told["error"]["code"]) == ("failed", "import_stopped")
    do_in_steps(warehouse)
    assert importer.get(f"import/{import_id}").json["state"] == "failed"
    assert importer.patch(import_id, whole=True)["counts"]["gone"] == 1


def test_other_columns_end_a_reading_under_way(importer, warehouse):
    desk = warehouse.import_desk
    import_id = desk.upload(a_file(*FILE), "x.csv", ImportWish(), by=SUE).import_id
    first = desk.get(import_id).job_id
    assert importer.patch(import_id, whole=True)["counts"]["gone"] == 1
    assert warehouse.jobs.get(first, by=SUE).state is State.CANCELLED


@pytest.mark.parametrize(
    ("act", "ends_as"), [("commit", "stopped"), ("undo", "stopped"), ("read", "failed")]
)
def test_an_import_whose_workers_all_die_says_so(importer, warehouse, act, ends_as):
    if act == "read":
        desk = warehouse.import_desk
        import_id = desk.upload(a_file(*FILE), "x.csv", ImportWish(), by=SUE).import_id
    else:
        import_id = begun(warehouse, act)
    store = JobStore(warehouse.db)
    for _ in range(MOST_ATTEMPTS):
        assert store.take(warehouse.import_desk.get(import_id).job_id, warehouse.clock.now())
        warehouse.clock.move(SILENT_AFTER.total_seconds() + 1)
        warehouse.jobs.sweep()
    told = importer.get(f"import/{import_id}").json
    assert (told["state"], told["error"]["code"]) == (ends_as, "job_abandoned")


# ── what is left over ────────────────────────────────────────────────────────────────────────────


def test_rows_that_no_import_has_are_removed_a_bounded_number_at_a_turn(importer, warehouse):
    done = importer.taken_over(a_file(*FILE))
    reading = ImportStore(warehouse.db).get(done).reading
    rows = warehouse.db.item_import_rows
    kept = rows.count_documents({})
    rows.insert_many({"reading": f"lost-{n % 2}", "seq": n} for n in range(7))
    store = ImportStore(warehouse.db)
    leftovers = ImportLeftovers(store, warehouse.clock, rows_at_once=2, rows_a_turn=4)
    leftovers.sweep()
    assert rows.count_documents({}) == kept + 3
    leftovers.sweep()
    assert rows.count_documents({}) == rows.count_documents({"reading": reading}) == kept


def test_a_file_that_no_import_needs_is_removed_when_no_upload_takes_so_long(importer, warehouse):
    preview = importer.upload(a_file(*FILE))["import_id"]
    store, files = ImportStore(warehouse.db), warehouse.db["item_import_files.chunks"]
    store.files.keep("cut", a_file(*FILE))
    warehouse.db["item_import_files.files"].delete_one({"_id": "cut"})  # a killed upload
    warehouse.import_leftovers.sweep()
    warehouse.clock.move(UPLOAD_TAKES.total_seconds() - 1)
    warehouse.import_leftovers.sweep()
    assert set(files.distinct("files_id")) == {"cut", preview}
    warehouse.clock.move(1)
    warehouse.import_leftovers.sweep()
    assert files.distinct("files_id") == [preview]
