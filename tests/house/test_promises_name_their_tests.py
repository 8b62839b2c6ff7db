"""Each promise names tests that there are."""

from __future__ import annotations

import ast

import pytest

from app.promises.promise import ATTACKS
from config import ROOT

NAMED = sorted({test for tests in ATTACKS.values() for test in tests})


@pytest.mark.parametrize("named", NAMED)
def test_a_named_test_exists(named):
    file, _, test = named.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert test in found if test else any(name.startswith("test_") for name in found | _cases(tree))


def _cases(tree):
    """State machines become tests by an assignment: `TestLeases = LeaseMachine.TestCase`."""
    return {
        f"test_{target.id}"
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.startswith("Test")
    }


def test_every_promise_is_attacked():
    assert all(ATTACKS.values())
