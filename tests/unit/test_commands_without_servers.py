"""A command that needs no server starts none."""

from __future__ import annotations

import pytest

from app.cli import begins_with_a_tool


@pytest.mark.parametrize(
    ("words", "is_tool"),
    [
        ("verify export.zip", True),
        ("--app wsgi verify export.zip", True),
        ("-A wsgi --debug verify export.zip", True),
        ("users add verify", False),
        ("backup verify", False),
        ("--app", False),
        ("", False),
    ],
)
def test_only_the_first_command_tells_whether_servers_are_needed(words, is_tool):
    assert begins_with_a_tool(words.split()) is is_tool
