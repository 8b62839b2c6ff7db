"""What differs between two runs of the same acts: ids, tokens and times."""

from __future__ import annotations

import re

CHANCE = [
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "TOKEN"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DAY"),
    (re.compile(r'("(processing_time_ms|timestamp)": ?)[\d.e-]+'), r"\1N"),
    (re.compile(r'("next_cursor": ?)"[\w=-]+"'), r'\1"CURSOR"'),
    (re.compile(r'nonce[-=]"?[\w-]{16,}'), "NONCE"),
    (re.compile(r"\bc-[0-9a-f]{12}\b"), "RECORD"),
    (re.compile(r"[\w.-]{40,}"), "MADE"),
]  # fmt: skip


def without_chance(text):
    """The text with a word in place of each of them."""
    for pattern, name in CHANCE:
        text = pattern.sub(name, text)
    return text
