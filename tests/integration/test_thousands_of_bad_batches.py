"""Batches of real counts gone bad in every way: no fault, each record in exactly one list, and what
is stored is what was acknowledged and nothing else.

A seed each, so that a failure names its batch. `make test` sends every tenth of them.
"""

from __future__ import annotations

import csv
import json
import math
from random import Random

import pytest
from redis import Redis

from app import create_app
from app.clock import SystemClock
from app.sync.records import CountRecord
from config import ROOT
from tests.support.app import make_settings, make_warehouse
from tests.support.builders import a_record_json, plan_racks
from tests.support.catalogue import a_row
from tests.support.mutations import ODD_VALUES, damaged, deep, mutated, text_of
from tests.support.phones import Phone
from tests.support.servers import fresh_database

CORPUS = 12_500
SHORT = range(CORPUS // 10)
REFUSALS = {
    "malformed_json",
    "invalid_request",
    "too_large",
    "unsupported_media_type",
    "bad_request",
}
RACKS = ("G-01", "G-02", "F-01", "S-03")
UNTOUCHED = ("users", "erp_items", "sessions", "devices", "migrations", "count_lines")
LONGEST = 2_000


@pytest.fixture(scope="module")
def floor(servers):
    """Ada counts four racks of a warehouse that knows the real items."""
    with Redis.from_url(servers.redis_url) as redis, fresh_database(servers.mongo_uri) as database:
        redis.flushall()
        settings = make_settings(
            servers.mongo_uri, servers.redis_url, database.name, rate_limit_per_minute=10**7
        )
        warehouse = make_warehouse(settings, SystemClock())
        plan_racks(warehouse, *RACKS)
        warehouse.imports.load_items(a_row(row["item_code"]) for row in real_counts())
        yield Floor(create_app(warehouse, settings), warehouse)
        warehouse.close()


def real_counts():
    with (ROOT / "tests" / "data" / "counts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[:200]


class Floor:
    """`acknowledged`: what was last said to be stored, by the record's id."""

    def __init__(self, app, warehouse):
        self.warehouse = warehouse
        self.ada = Phone(app, "ada")
        self.sessions = [self.ada.claim(rack_id) for rack_id in RACKS]
        self.acknowledged = {}
        self._counts = real_counts()

    def good(self, number, random):
        """A real count as a device sends it."""
        row = self._counts[number % len(self._counts)]
        return a_record_json(
            random.choice(self.sessions),
            client_record_id=f"r{number}-{random.randrange(3)}",
            item_code=row["item_code"],
            verified_qty=int(row["verified_qty"]),
            serial_numbers=[f"SN{number}"] if random.random() < 0.2 else [],
            mfg_date="2025-01",
            lot="L1",
        )

    def send(self, body, content_type="application/json"):
        answer = self.ada._client.post(
            "/api/sync/batch", data=body, headers=self.ada._headers, content_type=content_type
        )
        if answer.status_code == 200:
            self._heed(json.loads(body)["records"], answer.json)
        else:
            assert answer.status_code in {400, 413, 415}, answer.text[:300]
            assert answer.json["code"] in REFUSALS
        return answer

    def _heed(self, sent, answer):
        """Each record stands in exactly one list, in its place."""
        ok, conflicts, errors = (
            answer["ok"],
            [each["client_record_id"] for each in answer["conflicts"]],
            [each["client_record_id"] for each in answer["errors"]],
        )
        assert len(ok) + len(conflicts) + len(errors) == len(sent) == answer["total_records"]
        assert len(answer["results"]) == len(sent)
        for record, result in zip(sent, answer["results"], strict=True):
            if result["success"]:
                assert result["id"] == record["client_record_id"]
                self.acknowledged[result["id"]] = record
        assert sorted(ok) == sorted(r["id"] for r in answer["results"] if r["success"])


def fingerprint(floor):
    collections = floor.warehouse.db.command("dbHash")["collections"]
    return {name: collections.get(name) for name in UNTOUCHED}


def one_bad_batch(floor, number):
    """Batch `number` of the corpus."""
    random = Random(number)  # noqa: S311 — a seed that a failure can name
    good = floor.good(number, random)
    batch = {"records": [mutated(good, random)], "batch_id": f"b{number}"}
    kind = number % 10
    if kind == 0:
        batch = random.choice([
            {**batch, "records": random.choice(ODD_VALUES)}, {**batch, "batch_id": deep()},
            mutated(batch, random), [batch], batch["records"], {"records": [batch]},
            {"records": [random.choice(ODD_VALUES), good]}, {"records": [good, good]},
        ])  # fmt: skip
    elif kind < 4:
        batch["records"].insert(random.randrange(2), floor.good(number + 1, random))
    body = text_of(batch)
    return damaged(body, random) if kind >= 7 else body


def send_all(floor, numbers):
    before = fingerprint(floor)
    statuses = {}
    for number in numbers:
        try:
            answer = floor.send(one_bad_batch(floor, number))
        except Exception as error:
            raise AssertionError(f"batch {number} of the corpus: {error}") from error
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
    assert fingerprint(floor) == before
    check_what_is_stored(floor)
    return statuses


def check_what_is_stored(floor):
    stored = {
        doc["client_record_id"]: doc for doc in floor.warehouse.db.verification_records.find()
    }
    assert stored.keys() == floor.acknowledged.keys()
    known = set(CountRecord.__struct_fields__) | {"pass"}
    for record_id, doc in stored.items():
        sent = floor.acknowledged[record_id]
        assert (doc["item_code"], doc["verified_qty"]) == (sent["item_code"], sent["verified_qty"])
        assert list(doc.get("serial_numbers") or []) == list(sent.get("serial_numbers") or [])
        assert doc["username"] == "ada"
        assert doc["session_id"] in floor.sessions
        assert sent.keys() <= known
        for value in leaves(doc):
            is_sound(value)


def leaves(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            assert not key.startswith("$")
            assert "." not in key
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def is_sound(value):
    """What may be kept: finite figures, and text that can be printed."""
    if isinstance(value, float):
        assert math.isfinite(value)
    if isinstance(value, str):
        assert len(value) <= LONGEST
        assert value.encode("utf-8").decode("utf-8") == value
        assert all(letter.isprintable() or letter in "\n\t\u202e" for letter in value), ascii(value)


def test_a_tenth_of_the_bad_batches_does_no_harm(floor):
    statuses = send_all(floor, SHORT)
    assert min(statuses[200], statuses[400]) > len(SHORT) / 10


@pytest.mark.soak
def test_all_bad_batches_do_no_harm(floor):
    assert len(range(CORPUS)) > 10_000
    send_all(floor, range(CORPUS))


def test_a_corpus_without_good_ones_would_prove_nothing(floor):
    random = Random(1)  # noqa: S311 — no secret
    assert floor.send(text_of({"records": [floor.good(n, random) for n in range(50)]})).json["ok"]
