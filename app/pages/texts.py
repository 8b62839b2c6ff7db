"""The texts of the screens: a JSON file a language, the same for templates and scripts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from flask import g, request

FOLDER = Path(__file__).resolve().parents[2] / "static" / "texts"
DEFAULT = "en"
LANGUAGES = {"en": "English", "hi": "हिन्दी"}
"""By code, each in its own words. A further one is a file in `FOLDER` and a line here."""
COOKIE = "lang"
"""What a person chose, on this device; it is no secret and outlives the sign-in."""

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@cache
def catalogue(lang: str = DEFAULT) -> dict[str, str]:
    """All texts of a language by key."""
    texts: dict[str, str] = json.loads((FOLDER / f"{lang}.json").read_text("utf-8"))
    return texts


def chosen() -> str:
    """The language to answer in: what the address asks for, as the service worker's do that keeps
    them all; else what was chosen on the device, else what the browser asks for.
    """
    told = request.args.get(COOKIE) or request.cookies.get(COOKIE)
    return told if told in LANGUAGES else request.accept_languages.best_match(LANGUAGES, DEFAULT)


def direction(lang: str) -> str:
    """Which way a language is written, as HTML has it."""
    return "rtl" if lang in _RIGHT_TO_LEFT else "ltr"


def text(key: str, **facts: object) -> str:
    """The text of a key in the page's language (`g.lang`), its {names} filled in. Raises KeyError
    for a key that is not there.
    """
    found = catalogue(g.get("lang", DEFAULT))[key]
    return found.format_map(facts) if facts else found
