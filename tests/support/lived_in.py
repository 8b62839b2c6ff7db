"""A warehouse that people worked in: at least one thing of every kind, each with its owner.

Ada (a counter) owns a session, counts, a conflict and a photo; Sue (a supervisor) owns a job and
the file that it made. `ids` names one thing for every placeholder of a route.
"""

from __future__ import annotations

import io
from contextlib import contextmanager

from PIL import Image

from app import create_app
from app.activity.fault import fault_of
from app.auth.identity import Role
from app.job_worker import kinds_of
from tests.support.app import make_settings, make_warehouse
from tests.support.builders import a_record_json, plan_racks
from tests.support.catalogue import a_row
from tests.support.clock import MovableClock
from tests.support.files import csv_file
from tests.support.phones import Phone

ITEMS = ("A1", "B2", "C3")
RACKS = ("G-01", "G-02", "G-03", "G-04", "F-01")
PHOTO_SIZE = (8, 8)
EVERY_DAY = {
    "rhythm": {"every": "day", "hour": 18, "zone": "Asia/Kolkata"},
    "keeping": {"copies": 3, "days": 30},
}
ALL_ITEMS = {"collection": "erp_items", "columns": ["item_code", "stock_qty"]}
NEEDED = {
    "GET /api/items/import/<import_id>/rows": "?kind=new",
    "GET /api/racks/replay": "?since=2025-12-11T10:00:00Z",
    "GET /api/reports/serials": "?serial=SN-1",
}
"""What a query cannot do without."""
OWNERS = {
    "ada": Role.COUNTER,
    "ben": Role.COUNTER,
    "sue": Role.SUPERVISOR,
    "sam": Role.SUPERVISOR,
    "handheld": Role.DEVICE,
    "ann": Role.ADMIN,
    "max": Role.AUDITOR,
}


@contextmanager
def lived_in(mongo_uri, redis_url, redis, *, db, book=None, on_answer=None, **stocktake):
    """A lived-in warehouse on an empty Redis and an empty database. `book`: the book's figure
    of each item; `on_answer`: hears every answer; `stocktake`: its options.
    """
    redis.flushall()
    unlimited = {"rate_limit_per_minute": 1_000_000}
    settings = make_settings(mongo_uri, redis_url, db.name, **unlimited)
    warehouse = make_warehouse(settings, MovableClock())
    try:
        app = create_app(warehouse, settings)
        app.after_request(on_answer or (lambda answer: answer))
        yield LivedIn(app, warehouse, book or {}, stocktake)
    finally:
        warehouse.close()


class LivedIn:
    """`people` by name, each signed in; `ids` by the placeholder of a route."""

    def __init__(self, app, warehouse, book, stocktake):
        self.app, self.warehouse = app, warehouse
        rows = [
            a_row(code, item_name=f"NAME OF {code}", stock_qty=str(book.get(code, 10)))
            for code in ITEMS
        ]
        warehouse.imports.load_items(rows)
        plan_racks(warehouse, *RACKS)
        self.people = {name: Phone(app, name, role) for name, role in OWNERS.items()}
        self.ids = {
            "stocktake_id": self._reopened(stocktake),
            "item_code": "A1",
            "barcode": "20A1",
            "floor": "Ground",
            "user_id": "u-ada",
            "filename": "favicon.svg",
        }
        self._count()
        self._steer()
        self._report()

    def path_of(self, route, **ids):
        """The route's path with the ids of real things, or with these instead."""
        ids = self.ids | ({"job_id": self.comparison} if "/compare/" in route.rule else {}) | ids
        path = route.rule
        for name, value in ids.items():
            path = path.replace(f"<path:{name}>", value).replace(f"<{name}>", value)
        assert "<" not in path, f"the lived-in warehouse has nothing for {route}"
        return path + NEEDED.get(str(route), "")

    def _reopened(self, options):
        """The id of a stocktake of all racks, opened anew with these options."""
        self.warehouse.clock.move(1)
        wish = {"name": "Year's end", **options}
        answer = self.people["sue"].post("/api/stocktakes", wish)
        return _good(answer).json["stocktake_id"]

    def _count(self):
        """Ada counts G-01 and leaves it open; G-02 is finished; F-01 is offered to her by Ben."""
        ada, ben = self.people["ada"], self.people["ben"]
        finished = ada.claim("G-02")
        ada.count(finished, item_code="B2", verified_qty=7)
        _good(ada.finish(finished))
        self.ids |= {"rack_id": "G-01", "session_id": ada.claim("G-01")}
        session_id = self.ids["session_id"]
        photo = {"photo": (io.BytesIO(a_photo()), "photo.png")}
        kept = ada._client.post("/api/evidence", data=photo, headers=ada._headers)
        self.ids["evidence_id"] = _good(kept).json["evidence_id"]
        ada.count(
            session_id,
            client_record_id="a-1",
            item_code="A1",
            serial_numbers=["SN-1"],
            evidence_photos=[],
        )
        twice = ada.sync(a_record_json(session_id, item_code="C3", serial_numbers=["SN-1"]))
        self.ids["conflict_id"] = twice["conflicts"][0]["conflict_id"]
        self.bens = ben.claim("F-01")
        ben.count(self.bens, item_code="unheard-of", verified_qty=3)
        given_back = ben.claim("G-03")
        ben.count(given_back, item_code="C3", verified_qty=2)
        _good(ben.post("/api/racks/G-03/release"))
        self.late = given_back

    def _steer(self):
        """Sue moves stock, imports a file, sends a message; Ann enrols a device; a fault comes."""
        sue, ann, warehouse = self.people["sue"], self.people["ann"], self.warehouse
        moved = {
            "movement_id": "m1",
            "item_code": "A1",
            "quantity": 1,
            "at": "2025-12-11T10:00:00Z",
        }
        _good(sue.post("/api/items/movements", {"movements": [moved]}))
        _good(sue.post("/api/notifications", {"message": "Tea is ready.", "level": "info"}))
        file = {"file": (csv_file(["item_code", "item_name"], ["D4", "NEW"]), "items.csv")}
        sent = sue._client.post("/api/items/import", data=file, headers=sue._headers)
        self.ids["import_id"] = _good(sent).json["import_id"]
        self._do_jobs()
        enrolled = _good(ann.post("/api/devices", {"name": "Handheld 7"})).json
        self.ids["device_id"], self.device_token = (
            enrolled["device"]["device_id"],
            enrolled["token"],
        )
        warehouse.faults.heed(
            fault_of(ValueError("a fault"), endpoint="GET /api/x", severity="error")
        )
        warehouse.faults.flush()
        warehouse.activity.flush()
        (fault, *_) = sue.get("/api/logs/errors").json["errors"]
        self.ids["error_id"] = fault["error_id"]
        warehouse.tally.catch_up()
        (line, *_) = sue.get("/api/count-lines", rack="G-02").json["lines"]
        self.ids["line_id"] = line["line_id"]

    def _report(self):
        """Sue keeps two snapshots, has them compared, and has one made a file by a job."""
        sue = self.people["sue"]
        wish = {"name": "Stock", "query": ALL_ITEMS}
        first, second = (
            _good(sue.post("/api/reports/snapshots", wish)).json["snapshot_id"] for _ in range(2)
        )
        self.ids["snapshot_id"] = first
        made = _good(sue.post("/api/reports/schedules", {**wish, **EVERY_DAY})).json
        self.ids |= {"schedule_id": made["schedule_id"], "delivery_id": "none-yet"}
        pair = {"snapshot_a_id": first, "snapshot_b_id": second, "key": ["item_code"]}
        self.comparison = _good(sue.post("/api/reports/compare", pair)).json["job_id"]
        asked = _good(sue.post(f"/api/reports/snapshots/{first}/export", {"format": "xlsx"})).json
        self.ids["job_id"] = asked["job_id"]
        self._do_jobs()
        done = _good(sue.get(f"/api/jobs/{asked['job_id']}")).json
        self.ids["token"] = done["result"]["url"].rpartition("/")[2]

    def _do_jobs(self):
        """What a worker would do."""
        for job in self.people["sue"].get("/api/jobs").json["jobs"]:
            self.warehouse.running.run(job["job_id"], kinds_of(self.warehouse))


def a_photo(kind="PNG"):
    """A small photo."""
    file = io.BytesIO()
    Image.new("RGB", PHOTO_SIZE, "red").save(file, kind)
    return file.getvalue()


def _good(answer):
    assert answer.status_code in {200, 201, 202}, (answer.request.path, answer.text)
    return answer
