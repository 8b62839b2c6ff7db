"""What every page has takes no name from a screen: scripts find a part by the first of its name."""

from __future__ import annotations

import re

from config import ROOT

TEMPLATES = ROOT / "templates"
ON_EVERY_PAGE = ("base.html", "macros/own-account.html", "macros/own-factor.html")
OF_COPIES = {"icon", "read", "text"}
"""Parts of what is copied: they are looked for within the copy."""


def parts_of(*files):
    return {name for f in files for name in re.findall(r'data-part="([\w-]+)"', f.read_text())}


def test_no_part_of_every_page_stands_in_the_way_of_a_screens():
    common = [TEMPLATES / name for name in ON_EVERY_PAGE]
    others = [f for f in TEMPLATES.rglob("*.html") if f not in common]
    assert len(others) > 20
    assert parts_of(*common) & parts_of(*others) <= OF_COPIES
