"""The texts of the screens: a JSON file a language, the same for templates and scripts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "static" / "texts"
DEFAULT = "en"


@cache
def catalogue(lang: str = DEFAULT) -> dict[str, str]:
    """All texts of a language by key."""
    texts: dict[str, str] = json.loads((FOLDER / f"{lang}.json").read_text("utf-8"))
    return texts


def text(key: str, **facts: object) -> str:
    """The text of a key, its {names} filled in. Raises KeyError for a key that is not there."""
    return catalogue()[key].format_map(facts) if facts else catalogue()[key]
