"""Checks a bundle, anywhere: that nothing in it was lost, doubled or changed since it was sealed.

Nothing of the zip is believed before it is proved. First its manifest by the signature, then every
file by the manifest. What fails is named by its first place.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import orjson

from app.custody.bundle import (
    ALWAYS,
    LINES,
    MANIFEST,
    PUBLIC_KEY,
    README,
    SIGNATURE,
    rack_file,
)
from app.custody.canonical import canonical, quick
from app.custody.chain import FORMAT
from app.custody.line_figures import LineFigures
from app.custody.manifest import totals_of
from app.custody.rack_check import Broken, check_rack
from app.custody.signing import UnusableKey, fingerprint, is_signed

MOST_LINE_BYTES = 4 * 1024 * 1024
MOST_MANIFEST_BYTES = 512 * 1024 * 1024
MOST_SMALL_BYTES = 64 * 1024
"""Of key, signature and README. A small zip may unpack to more than any memory has."""
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
"""What reading a zip runs into that is torn, under a password, or packed in another way."""
_SHAPELESS = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What reading a manifest or a line of another shape runs into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked. `detail` says what was found, or the first place that fails."""

    rule: str
    holds: bool
    detail: str


def check(file: Path | IO[bytes], *, key: str | None = None) -> list[Finding]:
    """What holds of a bundle; the list ends with what makes it useless to look further. `key` is
    the fingerprint that the installation shows; without it the bundle's own key is only named.
    """
    findings: list[Finding] = []
    try:
        with zipfile.ZipFile(file) as archive:
            for step in (_signature, _files, _racks, _lines):
                found = _tried(step, archive, key)
                findings += found
                if not all(each.holds for each in found) and step in {_signature, _files}:
                    break
    except UNREADABLE as error:
        findings.append(_no("The zip is whole", f"it cannot be read: {error}"))
    return findings


def proves(findings: list[Finding]) -> bool:
    """Whether all holds."""
    return bool(findings) and all(each.holds for each in findings)


Step = Callable[[zipfile.ZipFile, str | None], list[Finding]]


def _tried(step: Step, archive: zipfile.ZipFile, key: str | None) -> list[Finding]:
    try:
        return step(archive, key)
    except Broken as broken:
        return [_no(broken.rule, broken.why)]
    except UNREADABLE as error:
        return [_no("The zip is whole", f"it cannot be read: {error}")]
    except _SHAPELESS as error:
        return [_no("The zip is whole", f"something in it has another shape: {error!r}")]


# ── the manifest ─────────────────────────────────────────────────────────────────────────────────


def _signature(archive: zipfile.ZipFile, key: str | None) -> list[Finding]:
    rule = "The manifest is signed"
    names = archive.namelist()
    for name in (MANIFEST, SIGNATURE, PUBLIC_KEY):
        if names.count(name) != 1:
            return [_no(rule, f"{name} is there {names.count(name)} times")]
    pem, told = _small(archive, PUBLIC_KEY, rule), _small(archive, SIGNATURE, rule)
    content = _manifest_bytes(archive)
    try:
        own = fingerprint(pem)
        signature = bytes.fromhex(told.decode("ascii").removesuffix("\n"))
        if f"{signature.hex()}\n".encode() != told or not is_signed(content, signature, pem):
            return [_no(rule, "the signature is not of this manifest by this key")]
    except (UnusableKey, ValueError) as error:
        return [_no(rule, f"no usable key or signature: {error}")]
    manifest = orjson.loads(content)
    if manifest["format"] != FORMAT or manifest["key"] != own:
        return [_no(rule, "it names another format or another key than signed it")]
    return [_yes(rule, f"on {manifest['sealed_at']}, by the key {own}"), *_trusted(own, key)]


def _trusted(own: str, key: str | None) -> list[Finding]:
    if key is None:
        return []
    same = own.replace(" ", "") == key.replace(" ", "").lower()
    detail = "it is the one that was named" if same else f"signed by {own}, expected {key}"
    return [Finding(rule="The key is the expected one", holds=same, detail=detail)]


def _files(archive: zipfile.ZipFile, _: str | None) -> list[Finding]:
    """Exactly the files that the manifest names, each once and whole."""
    rule = "No file is missing, doubled or added"
    manifest = manifest_of(archive)
    wanted = sorted([*ALWAYS, *(rack["file"] for rack in manifest["racks"])])
    numbered = [rack_file(n) for n in range(1, len(manifest["racks"]) + 1)]
    if numbered != [rack["file"] for rack in manifest["racks"]]:
        return [_no(rule, "the manifest names its racks' files in no order")]
    found = sorted(archive.namelist())
    if found != wanted:
        odd = sorted(set(found) ^ set(wanted)) or ["one stands twice"]
        return [_no(rule, f"it differs by {', '.join(odd[:3])}")]
    if sha256(_small(archive, README, rule)).hexdigest() != manifest["readme"]:
        return [_no(rule, "README.txt is not what was sealed")]
    return [_yes(rule, f"{len(found)} files")]


# ── what it is of ────────────────────────────────────────────────────────────────────────────────


def _racks(archive: zipfile.ZipFile, _: str | None) -> list[Finding]:
    """Each rack's chain, its versions and its figures; and their sum."""
    manifest = manifest_of(archive)
    stocktake_id = manifest["stocktake"]["stocktake_id"]
    names = [rack["rack_id"] for rack in manifest["racks"]]
    if len(set(names)) != len(names):
        raise Broken("Every rack stands once", "a rack stands twice in the manifest")
    for rack in manifest["racks"]:
        check_rack(rack, stocktake_id, _json_lines(archive, rack["file"]))
    sums = totals_of(manifest["racks"])
    if sums != manifest["totals"]:
        raise Broken("The racks add up", f"{sums} is not {manifest['totals']}")
    return [
        _yes("Every chain is unbroken", f"{sums['links']} links at {sums['racks']} racks"),
        _yes("No count was lost, doubled or changed", f"{sums['records']} counts stand"),
        _yes("The figures are those that were sealed", f"{sums['pieces']:,.12g} pieces"),
    ]


def _lines(archive: zipfile.ZipFile, _: str | None) -> list[Finding]:
    """The count lines and the decisions on them."""
    manifest = manifest_of(archive)
    figures = LineFigures()
    for line in _json_lines(archive, LINES):
        figures.add(line)
    if (
        figures.lines_json() != manifest["lines"]
        or figures.approvals_json() != manifest["approvals"]
    ):
        raise Broken("The count lines are those that were sealed", "a line or a decision differs")
    detail = f"{manifest['lines']['count']} lines"
    return [_yes("The count lines are those that were sealed", detail)]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────


def manifest_of(archive: zipfile.ZipFile) -> dict[str, Any]:
    """What the manifest says; of one whose signature was checked."""
    manifest: dict[str, Any] = orjson.loads(_manifest_bytes(archive))
    return manifest


def _manifest_bytes(archive: zipfile.ZipFile) -> bytes:
    return _whole(archive, MANIFEST, MOST_MANIFEST_BYTES, "The manifest is signed")


def _small(archive: zipfile.ZipFile, name: str, rule: str) -> bytes:
    return _whole(archive, name, MOST_SMALL_BYTES, rule)


def _whole(archive: zipfile.ZipFile, name: str, most: int, rule: str) -> bytes:
    """A file's bytes; no more are unpacked than the zip says that it has."""
    if archive.getinfo(name).file_size > most:
        raise Broken(rule, f"{name} is too large to be one")
    return archive.read(name)


def _json_lines(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    """The objects of a file, each in canonical form: one line has one meaning only."""
    with archive.open(name) as file:
        number = 0
        while raw := file.readline(MOST_LINE_BYTES):
            number += 1
            told = orjson.loads(raw)
            if quick(told) + b"\n" != raw and canonical(told) + b"\n" != raw:
                raise Broken("Every line has one form", f"{name}, line {number} is not canonical")
            yield told


def _yes(rule: str, detail: str) -> Finding:
    return Finding(rule=rule, holds=True, detail=detail)


def _no(rule: str, detail: str) -> Finding:
    return Finding(rule=rule, holds=False, detail=detail)
