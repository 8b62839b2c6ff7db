"""The zip that proves a stocktake: its files and their lines, streamed.

Every line is canonical JSON, so that a stocktake has exactly one bundle.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from app.custody.canonical import quick
from app.custody.chain import Link
from app.custody.figures import Figures

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
PUBLIC_KEY = "public-key.pem"
LINES = "lines.ndjson"
README = "README.txt"
ALWAYS = (README, MANIFEST, SIGNATURE, PUBLIC_KEY, LINES)

README_TEXT = b"""\
Proof of custody of one stocktake, by StockVerify.

manifest.json    what was sealed when the stocktake was closed: each rack's number of links, the
                 hash of its last link, its figures; the count lines' totals; the approvals
manifest.sig     its Ed25519 signature, in hexadecimal, over exactly the bytes of manifest.json
public-key.pem   the key to check it with; compare its fingerprint with the one that the
                 installation shows: whoever changes everything can sign with a key of their own
racks/*.ndjson   each rack's chain, a link a line with the version of the record that it is of
lines.ndjson     the count lines: what was counted, what the book said, who decided

All JSON is canonical (RFC 8785). A version's digest is the SHA-256 of its JSON, in "content" of its
link; a link's hash is the SHA-256 of the link's JSON without "hash"; its "prev" is the hash before.
The first "prev" is the SHA-256 of {"format":...,"rack_id":...,"stocktake_id":...}.

To check all of it, anywhere, without a server or a network:

    flask verify this.zip --key "the fingerprint"      or      python -m app.custody this.zip

It says what holds, names the first link that does not, and ends with 0 or 1.
"""
README_DIGEST = sha256(README_TEXT).hexdigest()


class State(StrEnum):
    """Where a version stands: only the first is part of the figures, unless it is voided."""

    STANDS = "stands"
    EARLIER = "earlier"
    PARKED = "parked"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a rack's file: a link with its version. No version: it is lost. No link: nobody
    sealed the version.
    """

    link: Link | None
    version: Mapping[str, Any] | None
    state: State | None

    def line(self) -> bytes:
        told = {
            "link": self.link and self.link.as_json(),
            "version": self.version,
            "state": self.state and self.state.value,
        }
        return quick(told)


def rack_file(position: int) -> str:
    """The file of the manifest's rack at that position, counted from 1: an id may name no file."""
    return f"racks/{position:05}.ndjson"


def figures_of(entries: Iterable[Entry]) -> Figures:
    """What a rack's entries come to."""
    figures = Figures()
    for entry in entries:
        figures.add(entry.version, entry.state)
    return figures


def bundle(
    manifest: bytes,
    signature: bytes,
    public_pem: bytes,
    racks: Iterable[tuple[str, Iterable[Entry]]],
    lines: Iterable[bytes],
) -> Iterator[bytes]:
    """The zip, piece by piece; `racks` are the files with their entries."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            (README, README_TEXT),
            (MANIFEST, manifest),
            (SIGNATURE, f"{signature.hex()}\n".encode()),
            (PUBLIC_KEY, public_pem),
        ):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        for name, entries in racks:
            yield from _written(archive, sink, name, (entry.line() for entry in entries))
        yield from _written(archive, sink, LINES, lines)
    yield sink.taken()


def _written(
    archive: zipfile.ZipFile, sink: _Sink, name: str, lines: Iterable[bytes]
) -> Iterator[bytes]:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as file:
        for line in lines:
            file.write(line + b"\n")
            if piece := sink.taken():
                yield piece


class _Sink(io.RawIOBase):
    """Keeps what a zip writes until it is taken: it is never gone back in."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
