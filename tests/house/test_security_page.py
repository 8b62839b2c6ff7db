"""docs/security.md names a test for each promise: each of them exists."""

from __future__ import annotations

import re

from config import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
TESTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line][1:]


def test_each_test_that_the_page_names_exists():
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", PAGE))
    assert len(named) > 80
    known = set(re.findall(r"^def (test_\w+)\(", TESTS, re.MULTILINE))
    assert not named - known


def test_each_file_that_the_page_names_exists():
    named = set(re.findall(r"`((?:app|tests|docs)/[\w./-]+)`", PAGE))
    assert named
    assert not {path for path in named if not (ROOT / path).exists()}


def test_each_point_has_a_test_or_a_reason():
    points = [[cell.strip() for cell in row.strip("|").split("|")] for row in ROWS]
    chapters = {re.search(r"V(\d+)", row[0]).group(1) for row in points if row[0].startswith("**V")}
    assert chapters >= {str(number) for number in range(1, 17)}
    for row in points:
        assert len(row) == 3, row
        assert row[0].startswith("**V") or len(row[2]) > 3, row
