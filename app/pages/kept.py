"""What the service worker keeps, so that the screens open without a network, by content hash.

Computed once a process: a running process tells the state that it started with. Where the files
have changed under it, their hashes do not fit, and no browser installs a mixture of two versions.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from app.pages.modules import STATIC, modules_of
from app.pages.texts import LANGUAGES

SIGNS = 20
"""Hexadecimal signs of a SHA-256 that are told: 80 bits."""

_IMPORT_MAP = re.compile(r"<script type=\"importmap\".*?</script>", re.DOTALL)
_NAMED = re.compile(r"/static/([\w@./-]+\.\w+)")
_KINDS = {".js", ".css", ".woff2", ".svg", ".png", ".webmanifest", ".json", ".wasm", ".mp3"}
_NO_SCREENS = ("vendor/swagger-ui/", "pictures/", "sw.js")
"""Only the page at /api/docs uses the first, only an installation the second; a service worker does
not keep itself."""

Render = Callable[[str], str]
"""The page of a screen, by the screen's name, the same each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`files` no screen opens without, `extras` one may ask for later (fonts of other scripts, the
    camera's decoder), `pages` by address, each in all `languages`.
    """

    version: str
    files: Mapping[str, str]
    extras: Mapping[str, str]
    pages: list[str]
    languages: list[str]

    def as_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


def keep(screens: Mapping[str, str], render: Render) -> Kept:
    """All that `screens` (names by address) need, each file with its hash."""
    pages = {address: render(screen) for address, screen in screens.items()}
    needed = {file for page in pages.values() for file in needed_by(page)}
    hashes = {file: _hash((STATIC / file).read_bytes()) for file in _files()}
    told = [hashes, {address: _hash(page.encode()) for address, page in pages.items()}]
    return Kept(
        version=_hash(json.dumps(told, sort_keys=True).encode()),
        files={f"/static/{file}": sign for file, sign in hashes.items() if file in needed},
        extras={f"/static/{file}": sign for file, sign in hashes.items() if file not in needed},
        pages=list(pages),
        languages=list(LANGUAGES),
    )


def needed_by(page: str) -> set[str]:
    """What a page cannot open without, as paths below static/: what it names and what that imports.
    The import map names what may be imported; only what is counts.
    """
    named = {
        file for file in _NAMED.findall(_IMPORT_MAP.sub("", page)) if (STATIC / file).is_file()
    }
    modules = {each for file in named if file.startswith("js/") for each in modules_of(file)}
    return named | modules


def worker(kept: Kept) -> str:
    """The service worker's text: it begins with what it keeps, so that any change is a new one."""
    return f"self.KEPT = {kept.as_json()};\n{(STATIC / 'sw.js').read_text('utf-8')}"


def _files() -> Iterator[str]:
    for path in sorted(STATIC.rglob("*")):
        file = path.relative_to(STATIC).as_posix()
        if path.suffix in _KINDS and not file.startswith(_NO_SCREENS):
            yield file


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:SIGNS]
