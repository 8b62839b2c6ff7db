"""Which modules a screen's script needs, so that a page can ask for all of them at once.

Without a bundler the browser learns of a module only when it has read the one that imports it: ten
levels deep is ten round trips. The page names them up front by `modulepreload`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "static"
VENDOR = {
    "idb": "vendor/idb.js",
    "socket.io-client": "vendor/socket.io.js",
    "uplot": "vendor/uplot.js",
    "gs1-barcode-parser-mod": "vendor/gs1.js",
    "barcode-detector/ponyfill": "vendor/barcode-detector/ponyfill.js",
}
"""Names in the import map, and the copies that `npm run vendor` makes."""

_IMPORT = re.compile(
    r"""^\s*(?:import\s*|(?:import|export)\b[^"'`;()]*\bfrom\s*)["']([^"']+)["'];""", re.MULTILINE
)


@cache
def modules_of(script: str) -> tuple[str, ...]:
    """The script and all it imports, as paths below static/, in the order they are found."""
    found: list[str] = []
    waiting = [script]
    while waiting:
        module = waiting.pop(0)
        if module in found:
            continue
        found.append(module)
        if module not in VENDOR.values():
            waiting += _imports(module)
    return tuple(found)


def _imports(module: str) -> list[str]:
    source = STATIC / module
    names = _IMPORT.findall(source.read_text("utf-8"))
    return [
        VENDOR.get(name) or str((source.parent / name).resolve().relative_to(STATIC))
        for name in names
    ]
