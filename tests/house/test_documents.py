"""The documents say what the code does."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from config import ROOT, Settings, default_of

OPERATIONS = ROOT / "docs" / "operations.md"


def test_the_table_of_variables_is_the_settings_own():
    text = OPERATIONS.read_text("utf-8")
    table = configuration_table()
    assert table in text, f"docs/operations.md needs this table:\n{table}"


def configuration_table():
    rows = [
        f"| `{f.metadata['name']}` | {_shown(default_of(f))} | {f.metadata['about']} |"
        for f in fields(Settings)
    ]
    return "\n".join(["| Variable | Default | What it is |", "| --- | --- | --- |", *rows])


def _shown(default):
    if isinstance(default, bool):
        return f"`{int(default)}`"
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT)}`"
    return f"`{default}`" if default not in ("", (), None) else "–"
