"""The 20,000 real counts, by 20 people at once, through one server: each line is ok once."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
import requests

from app.prepare import load_demo_warehouse
from app.processes import wait_until
from tests.support.builders import a_record_json

COUNTS = Path(__file__).parents[1] / "data" / "counts.csv"
PEOPLE = 20
BATCH = 100
CUT_EVERY = 10
"""Of so many batches one loses its answer, and is sent again."""


@pytest.fixture(scope="module")
def lines_by_rack():
    racks = defaultdict(list)
    with COUNTS.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            racks[line["rack_id"]].append(line)
    return racks


@pytest.fixture(scope="module")
def people(depot, program):
    load_demo_warehouse(depot.warehouse)
    depot.warehouse.stocktakes.ensure_open()
    return [depot.person(program) for _ in range(PEOPLE)]


def records_of(session_id, lines, device_id):
    return [
        a_record_json(
            session_id,
            client_record_id=f"line-{line['line']}",
            item_code=line["item_code"],
            verified_qty=int(line["verified_qty"]),
            rack_id=line["rack_id"],
            floor=line["floor"],
            device_id=device_id,
            client_seq=int(line["line"]),
        )
        for line in lines
    ]


def batches_of(records):
    return [records[n : n + BATCH] for n in range(0, len(records), BATCH)]


def lose_the_answer(person, batch):
    """Send a batch and hang up before it is answered."""
    with suppress(requests.Timeout):
        person.post("/api/sync/batch", {"records": batch}, timeout=(5, 0.005))


def count_rack(person, lines):
    """Claim the lines' rack, send them all, finish; the records and the ids that were ok."""
    session_id = person.claim(lines[0]["rack_id"])["session_id"]
    records, ok = records_of(session_id, lines, person.user_id), []
    for number, batch in enumerate(batches_of(records)):
        if number % CUT_EVERY == 0:
            lose_the_answer(person, batch)
        ok += person.count(session_id, *batch)["ok"]
    finished = person.post(f"/api/sessions/{session_id}/complete", {})
    assert finished.status_code == 200, finished.text
    return records, ok


def until_empty(queue, act):
    """What the act makes of each of the queue's entries, one after another."""
    results = []
    with suppress(Empty):
        while True:
            results.append(act(queue.get_nowait()))
    return results


def all_at_work(people, work, act):
    """`act(person, piece)` for each piece, whoever is free takes the next; all results."""
    queue = SimpleQueue()
    for piece in work:
        queue.put(piece)
    with ThreadPoolExecutor(len(people)) as pool:
        results = pool.map(lambda one: until_empty(queue, lambda piece: act(one, piece)), people)
        return [result for of_one in results for result in of_one]


def everything(db):
    """Each record's revision and quantity, and each session's progress."""
    records = db.verification_records.find({}, {"_id": 0})
    sessions = db.verification_sessions.find({}, {"records": 1, "pieces": 1, "status": 1})
    conflicts = db.sync_conflicts.count_documents({})
    return {r["client_record_id"]: r for r in records}, list(sessions), conflicts


def told_in(db):
    """The records of all sessions' progress."""
    return sum(s["records"] for s in db.verification_sessions.find({}, {"records": 1}))


def test_each_real_line_is_ok_once_and_totals_are_the_files(depot, people, lines_by_rack):
    db = depot.warehouse.db
    lines = [line for of_rack in lines_by_rack.values() for line in of_rack]
    assert len(lines) == 20_000

    counted = all_at_work(people, lines_by_rack.values(), count_rack)
    ok = [record_id for _, of_rack in counted for record_id in of_rack]
    assert Counter(ok) == {f"line-{line['line']}": 1 for line in lines}

    expected = Counter()
    for line in lines:
        expected[line["item_code"]] += int(line["verified_qty"])
    assert wait_until(lambda: told_in(db) == 20_000, 5)
    before = everything(db)
    kept, sessions, conflicts = before
    totals = Counter()
    for record in kept.values():
        totals[record["item_code"]] += record["verified_qty"]
    assert totals == expected
    assert all(record["rev"] == 1 for record in kept.values())
    assert conflicts == 0
    assert sum(session["pieces"] for session in sessions) == sum(expected.values())
    assert {session["status"] for session in sessions} == {"completed"}
    assert db.rack_registry.count_documents({"status": "completed"}) == len(lines_by_rack)

    owners = {s["session_id"]: s["user_id"] for s in db.verification_sessions.find()}
    by_user = {person.user_id: person for person in people}
    again = []
    for records, _ in counted:
        person = by_user[owners[records[0]["session_id"]]]
        again += [(person, batch) for batch in batches_of(records)]
    answers = all_at_work(people, again, lambda _, sent: sent[0].count("", *sent[1]))
    assert sorted(i for answer in answers for i in answer["ok"]) == sorted(ok)
    assert everything(db) == before
