"""The operator's commands: the document names those that there are, and no others."""

from __future__ import annotations

import re
import tomllib

import click

from config import ROOT, VERSION
from tests.support.openapi import application

OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
OF_LIBRARIES = {"routes", "run", "shell", "openapi"}
NAMED = re.compile(r"\bflask ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)")


def commands_of(group, before=""):
    """Every command with its parents' names."""
    for name, command in group.commands.items():
        if name in OF_LIBRARIES:
            continue
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def documented():
    """The rows of the table of commands: name and what it does."""
    table = OPERATIONS.split("| Command | What it does |", 1)[1].split("\n\n", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {NAMED.search(command)[1]: (command, does) for command, does in rows}


def test_the_table_of_commands_names_each_and_no_other():
    assert set(documented()) == {name for name, _ in commands_of(application().cli)}


def test_every_option_that_the_table_names_exists():
    rows = documented()
    for name, command in commands_of(application().cli):
        options = {option for each in command.params for option in each.opts}
        text = "".join(rows[name])
        assert set(re.findall(r"(--[a-z][a-z-]*)", text)) <= options, name
        assert command.help, name


def test_every_command_that_the_document_tells_to_run_exists():
    known = {name for name, _ in commands_of(application().cli)}
    for named in NAMED.findall(OPERATIONS):
        assert named in known or named.split()[0] in known, named


def test_the_version_is_the_same_everywhere():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert told["project"]["version"] == VERSION
