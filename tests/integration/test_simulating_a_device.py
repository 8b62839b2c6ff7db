"""The simulator: a right server passes every rule, and each wrong one fails by the right rules."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from app.auth.identity import Role
from app.simulator.command import simulate
from app.simulator.rules import RULES
from config import ROOT
from tests.support.app import PASSWORD
from tests.support.broken_server import Double, serving

GUIDE = (ROOT / "docs" / "devices.md").read_text("utf-8")


def played(url, *more, username="anybody"):
    """The sheet of a play, as JSON, and how the command ended."""
    words = ["--url", url, "--username", username, "--password", PASSWORD, "--json", *more]
    done = CliRunner().invoke(simulate, words)
    assert done.exit_code in {0, 1}, done.output
    return json.loads(done.stdout), done.exit_code


def failed(told):
    return {rule["name"] for rule in told["rules"] if rule["mark"] == "failed"}


def test_the_real_server_passes_every_rule_and_keeps_nothing_in_its_figures(depot):
    program = depot.start(RATE_LIMIT_PER_MINUTE=150)
    counter = depot.person(program, Role.COUNTER)
    rack_id = depot.rack()
    told, code = played(program.base_url, "--rack", rack_id, "--flood", username=counter.username)
    assert (code, failed(told)) == (0, set()), told
    assert {rule["mark"] for rule in told["rules"]} == {"passed"}
    db = depot.warehouse.db
    counted = {"rack_id": rack_id, "sync_status": "synced", "voided": {"$ne": True}}
    assert db.verification_records.count_documents(counted) == 0
    conflicts = [c["conflict_type"] for c in db.sync_conflicts.find({"rack_id": rack_id})]
    assert sorted(conflicts) == ["duplicate_serial", "session_closed", "stale_update"]
    assert db.item_serials.count_documents({"rack_id": rack_id}) == 0
    assert db.rack_registry.find_one({"rack_id": rack_id})["status"] == "available"


def test_a_double_without_a_fault_passes(tmp_path):
    with serving(Double()) as url:
        told, code = played(url)
    assert (code, failed(told)) == (0, set()), told


@pytest.mark.parametrize(
    ("fault", "rules"),
    [
        ("forgets", {"A lost answer", "Duplicates", "Reordering", "A bad neighbour"}),
        ("doubles", {"A lost answer", "Duplicates"}),
        ("ignores base_rev", {"Reordering"}),
        ("trusts any token", {"An expired token"}),
        ("takes any size", {"Too large a batch"}),
        ("counts no gaps", {"Full storage"}),
        ("mixes late counts", {"A lost lease"}),
    ],
)
def test_a_wrong_server_fails_by_the_rules_it_breaks(fault, rules):
    with serving(Double(fault)) as url:
        told, code = played(url)
    assert code == 1
    assert rules <= failed(told), told
    if len(rules) == 1:
        assert failed(told) == rules


def test_the_sheet_says_what_was_expected_and_what_was_found():
    with serving(Double("ignores base_rev")) as url:
        words = ["--url", url, "--username", "anybody", "--password", PASSWORD]
        done = CliRunner().invoke(simulate, words)
    assert done.exit_code == 1
    assert re.search(r"3  failed +Reordering\n +A change of an older revision", done.output)
    assert "Found: the older change came to ok" in done.output
    assert f"{len(RULES)} rules: {len(RULES) - 2} passed, 1 failed, 1 not played." in done.output


def test_who_cannot_be_reached_or_signed_in_is_told_in_a_line():
    for words in (
        ["--url", "http://127.0.0.1:1", "--username", "x", "--password", "x"],
        ["--url", "ftp://nowhere", "--username", "x", "--password", "x"],
        ["--url", "http://nowhere:99999", "--username", "x", "--password", "x"],
        ["--url", "https://nowhere", "--username", "x", "--password", "x", "--authority", "none"],
        ["--url", "https://nowhere", "--username", "x", "--password", "x", "--authority", __file__],
    ):
        done = CliRunner().invoke(simulate, words)
        assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output


def test_the_kit_for_device_makers_has_the_same_rules_by_number():
    numbered = re.findall(r"^\| (\d+) \| ([^|]+) \|", GUIDE, re.MULTILINE)
    assert [(int(n), name.strip()) for n, name in numbered] == [(r.number, r.name) for r in RULES]
