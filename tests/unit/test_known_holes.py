"""`make audit`: a hole that a registry names ends it, a registry that is away does not."""

from __future__ import annotations

import json

import pytest

from tests.support.audit import browser_holes, python_holes

GOOD = {"name": "flask", "version": "3.1.3", "vulns": []}
BAD = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
UNKNOWN = {"name": "x", "skip_reason": "Dependency not found on PyPI"}


def test_a_hole_that_a_registry_names_fails_the_audit():
    report = json.dumps({"dependencies": [GOOD, BAD, UNKNOWN], "fixes": []})
    assert python_holes(report) == ["x 1: PYSEC-1, mended in 2"]
    report = json.dumps({"vulnerabilities": {"left-pad": {"severity": "high"}}})
    assert browser_holes(report) == ["left-pad: high"]


def test_no_hole_is_no_failure():
    assert python_holes(json.dumps({"dependencies": [GOOD]})) == []
    assert browser_holes(json.dumps({"vulnerabilities": {}})) == []


@pytest.mark.parametrize(
    "report", ["", "nonsense", "[]", '{"error": {"code": "E405"}}', '{"message": "405"}']
)
def test_a_registry_that_is_away_is_told_and_is_no_failure(report):
    assert python_holes(report) is None
    assert browser_holes(report) is None


def test_packages_that_the_registry_does_not_know_are_no_answer():
    assert python_holes(json.dumps({"dependencies": [UNKNOWN]})) is None
