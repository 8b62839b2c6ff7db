"""No request reads a whole collection: every route is asked for what is there, in every way that
its query can ask, and the database tells which plan ran.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.auth.identity import Role
from app.reports.export_store import ExportStore
from tests.support.app import signed_in
from tests.support.builders import a_record_json
from tests.support.catalogue import a_row
from tests.support.routes import routes_of
from tests.support.scans import scans_of, told

MOMENT = "2025-12-01T00:00:00Z"
ASKED = {
    "floor": "Ground", "rack": "G-01", "item": "85", "item_code": "85123A", "search": "red",
    "variance": "over", "known": "true", "damaged": "true", "status": "open", "since": "0",
    "user": "u-counter", "action": "claim", "from": MOMENT, "to": MOMENT, "severity": "error",
    "type": "invalid_quantity", "endpoint": "/x", "resolved": "false", "older_than": "60",
    "sort": "oldest", "kind": "new", "change": "changed", "tag": "x", "created_by": "u-supervisor",
    "query_hash": "x", "pieces": "1", "percent": "1", "value": "1", "limit": "5", "before": MOMENT,
    "unchanged": "true", "format": "csv",
}  # fmt: skip
"""A value for each thing that a list can be asked for."""
OF_THE_LOG = {"status": "done", "since": MOMENT}
QUERY = {
    "collection": "verification_records",
    "columns": ["client_record_id", "rack_id", "verified_qty"],
}
READ_WHOLE = ("report_rows.", "report_compare_rows.")
"""Collections of one report each: its sums are over all of it."""


class People:
    """Everybody, each by the headers of a sign-in."""

    def __init__(self, app):
        self._client = app.test_client(use_cookies=False)
        self._headers = {role: signed_in(self._client, role.value) for role in Role}

    def ask(self, role, method, path, body=None, **more):
        """The answer, which is no fault of the server's."""
        answer = self._client.open(
            path, method=method, headers=self._headers[role], json=body, **more
        )
        assert answer.status_code < 500, (method, path, answer.text)
        return answer

    def post(self, role, path, body=None):
        answer = self.ask(role, "POST", path, body or {})
        assert answer.status_code < 300, (path, answer.text)
        return answer.json


@pytest.fixture
def people(app):
    return People(app)


@pytest.fixture
def shift(people, warehouse):
    """A day's work; the ids of what came of it, by the name that routes give them."""
    boss, counter = Role.SUPERVISOR, Role.COUNTER
    warehouse.imports.load_items([a_row("85123A", rack="G-01"), a_row("22", rack="G-02")])
    racks = [
        {"rack_id": f"G-0{n}", "floor": "Ground", "zone": "A", "row": 1, "column": n}
        for n in range(1, 5)
    ]
    people.post(Role.SUPERVISOR, "/api/racks", {"racks": racks})
    first = people.post(counter, "/api/racks/G-01/claim")["session_id"]
    good = [a_record_json(first, serial_numbers=[f"SN-{n}"]) for n in range(3)]
    bad = a_record_json(first, verified_qty=1, damage_qty=2)
    again = a_record_json(first, serial_numbers=["SN-1"])
    sent = people.post(
        counter, "/api/sync/batch", {"records": [*good, bad, again], "batch_id": "b"}
    )
    for path in ("/api/sync/heartbeat", f"/api/sessions/{first}/heartbeat"):
        people.post(counter, path, {"session_id": first})
    warehouse.beats.follow_up()
    newer = good[0] | {"verified_qty": 11, "updated_at": "2025-12-11T12:05:00Z"}
    people.post(counter, "/api/sync/batch", {"records": [newer], "batch_id": "c"})
    for move in ("pause", "resume"):
        people.post(counter, f"/api/racks/G-01/{move}")
    conflicts = [each["conflict_id"] for each in sent["conflicts"]]
    decision = {"resolution": "accept_server", "note": "seen"}
    people.post(boss, f"/api/sync/conflicts/{conflicts[0]}/resolve", decision)
    people.ask(counter, "POST", f"/api/sessions/{first}/complete", {})
    people.post(counter, "/api/racks/G-02/claim")
    people.post(counter, "/api/racks/G-02/release")
    people.post(boss, "/api/racks/G-03/assign", {"user_id": "u-counter"})
    stocktake = people.ask(boss, "GET", "/api/stocktakes").json["stocktakes"][0]["stocktake_id"]
    lines = people.ask(boss, "GET", "/api/count-lines").json["lines"]
    snapshots = [
        people.post(boss, "/api/reports/snapshots", {"name": "A", "query": QUERY})["snapshot_id"]
        for _ in range(2)
    ]
    wish = dict(zip(("snapshot_a_id", "snapshot_b_id"), snapshots, strict=True))
    job = people.post(boss, "/api/reports/compare", wish)["job_id"]
    device = people.post(Role.ADMIN, "/api/devices", {"name": "Scanner"})
    yet = {"user_id": "u-counter", "item_code": "85123A", "barcode": "85123A", "floor": "Ground"}
    return yet | {
        "rack_id": "G-01",
        "session_id": first,
        "conflict_id": conflicts[1],
        "stocktake_id": stocktake,
        "stocktake": stocktake,
        "line_id": lines[0]["line_id"],
        "snapshot_id": snapshots[0],
        "job_id": job,
        "device_id": (device.get("device") or device)["device_id"],
    }


def test_a_scan_is_seen(warehouse):
    with scans_of(warehouse.db) as scans:
        warehouse.db.erp_items.find_one({"no_such_field": 1})
        warehouse.db.erp_items.find_one({"item_code": "1"})
    (scan,) = scans
    assert told(scan) == ("query erp_items {'find': 'erp_items', 'filter': {'no_such_field': 1}}")


def test_no_act_of_a_day_scans_a_collection(warehouse, request):
    with scans_of(warehouse.db) as scans:
        request.getfixturevalue("shift")
    assert unexpected(scans) == []


def test_no_list_and_no_detail_scans_a_collection(app, people, warehouse, shift):
    answered = 0
    with scans_of(warehouse.db) as scans:
        for route in routes_of(app):
            if route.method == "GET":
                answered += sum(
                    people.ask(*wish).status_code == 200 for wish in wishes(route, shift)
                )
    assert unexpected(scans) == []
    assert answered > 100  # they were asked for what is there


def test_no_loop_scans_a_collection(app, warehouse, shift, tmp_path):
    content, until = tmp_path / "file", warehouse.clock.now() + timedelta(hours=1)
    content.write_bytes(b"a")
    files = ExportStore(warehouse.db)
    files.keep("f", content, name="f", media_type="text/csv", until=until)
    with scans_of(warehouse.db) as scans:
        warehouse.clock.move(60)  # what waits a moment for its seal is due
        for turn in turns_of(app, warehouse):
            turn()
    assert unexpected(scans) == []


def turns_of(app, warehouse):
    """A turn of each loop that asks the database."""
    yield from (warehouse.sweep.expire_due, warehouse.tally.catch_up, warehouse.jobs.sweep)
    yield from (warehouse.exports.sweep, warehouse.retention.sweep, warehouse.proofs.catch_up)
    yield from (warehouse.activity.flush, warehouse.faults.flush)
    yield from (warehouse.import_leftovers.sweep, warehouse.report_leftovers.sweep)
    yield from (warehouse.schedules.begin_due, warehouse.deliveries.begin_due)
    yield from (warehouse.snapshots.drop_ended, app.extensions["presence"].sweep)


def wishes(route, ids):
    """The route asked for nothing, and then for each thing of its query by itself."""
    path = route.rule
    for part in [part for part in route.rule.split("/") if part.startswith("<")]:
        path = path.replace(part, str(ids.get(part.strip("<>").removeprefix("path:"), "x")))
    known = ASKED | ids | (OF_THE_LOG if "/logs/" in path else {})
    role = Role.COUNTER if "/user/" in path else Role.ADMIN
    yield role, "GET", path
    for name in route.query:
        if name in known:
            yield role, "GET", f"{path}?{name}={known[name]}"


def unexpected(scans):
    """The scans that no reason excuses, each once."""
    return sorted({told(s) for s in scans if not s["ns"].partition(".")[2].startswith(READ_WHOLE)})
