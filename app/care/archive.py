"""The archive of a backup: a zip whose last part, `manifest.json`, says what the others must hold.

Each collection is one part, its documents as BSON one behind the other, as `mongodump` writes them.
Nothing here ever holds more than a handful of documents.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from bson import json_util
from bson.timestamp import Timestamp

from app.clock import iso
from app.custody.checking import UNREADABLE

FORMAT = 1
MANIFEST = "manifest.json"
OWNER_ONLY = 0o600
LEVEL = 1
"""Of deflate: counts shrink to a fifth at little cost, more would take minutes for little."""
PIECE_BYTES = 1024 * 1024
LENGTH_BYTES = 4
LARGEST_BYTES = 17 * 1024 * 1024
"""MongoDB's documents have at most 16 MiB; a greater length is no document."""
PACKED = (".chunks",)
"""Photos and workbooks are packed already."""


class BadArchive(Exception):
    """The file is no whole backup, or not one for this program; the text is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A collection in the archive. `options` and `indexes` are what MongoDB calls so."""

    collection: str
    documents: int
    bytes: int
    sha256: str
    options: Mapping[str, Any]
    indexes: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        return name_of(self.collection)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was saved. `cluster_time` is MongoDB's name of the one moment that it is of; `schema`
    the last migration, `migrations` all that had run.
    """

    program: str
    database: str
    cluster_time: Timestamp
    schema: str
    migrations: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def moment(self) -> str:
        return iso(self.cluster_time.as_datetime())

    @property
    def documents(self) -> int:
        return sum(part.documents for part in self.parts)


class Writer:
    """Writes one archive: part after part, then the manifest."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def part(
        self,
        collection: str,
        batches: Iterable[bytes],
        *,
        options: Mapping[str, Any],
        indexes: Iterable[Mapping[str, Any]],
    ) -> Part:
        """Write a collection's documents as the database hands them over."""
        told, documents, size = sha256(), 0, 0
        with self._archive.open(_info(collection), "w", force_zip64=True) as into:
            for batch in batches:
                into.write(batch)
                told.update(batch)
                size += len(batch)
                documents += _documents_in(batch)
        return Part(
            collection=collection,
            documents=documents,
            bytes=size,
            sha256=told.hexdigest(),
            options=options,
            indexes=tuple(indexes),
        )

    def manifest(self, manifest: Manifest) -> None:
        """The last part."""
        text = json_util.dumps({"format": FORMAT, **asdict(manifest)}, indent=1)
        self._archive.writestr(MANIFEST, text)


class Reader:
    """Reads one archive. Raises BadArchive wherever the file does not hold what it says."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.manifest = _manifest(archive)

    def check(self) -> None:
        """Read every byte, and hold sums and counts against the manifest."""
        told = {part.name for part in self.manifest.parts} | {MANIFEST}
        if set(self._archive.namelist()) != told:
            raise BadArchive("its parts are not those that its manifest lists")
        for part in self.manifest.parts:
            for _ in self.documents(part):
                pass

    def documents(self, part: Part) -> Iterator[bytes]:
        """A part's documents, one by one; the last is followed by the check of their sum."""
        told, documents = sha256(), 0
        with _named(part.name), self._archive.open(part.name) as packed:
            content = io.BufferedReader(packed, PIECE_BYTES)  # type: ignore[type-var]
            while document := _next(content, part.name):
                told.update(document)
                documents += 1
                yield document
        if (documents, told.hexdigest()) != (part.documents, part.sha256):
            raise BadArchive(f"{part.name} is not what was saved")


@contextmanager
def writing(file: Path) -> Iterator[Writer]:
    """A writer of `file`, which appears, whole and readable by its owner only, when the block ends
    well, and else not at all.
    """
    half = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        opened = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        with os.fdopen(opened, "wb") as out:
            with zipfile.ZipFile(out, "w") as archive:
                yield Writer(archive)
            out.flush()
            os.fsync(out.fileno())
        half.replace(file)
        _keep_name(file.parent)
    finally:
        half.unlink(missing_ok=True)


@contextmanager
def reading(file: Path) -> Iterator[Reader]:
    """A reader of `file`. Raises BadArchive where it is torn or none of ours."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError) as error:
        raise BadArchive(f"it is no whole archive ({error})") from None
    with archive:
        yield Reader(archive)


def name_of(collection: str) -> str:
    """The part that holds a collection."""
    return f"collections/{collection}.bson"


def _info(collection: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name_of(collection))
    info.compress_type = zipfile.ZIP_STORED if collection.endswith(PACKED) else zipfile.ZIP_DEFLATED
    info._compresslevel = LEVEL  # type: ignore[attr-defined]  # noqa: SLF001 — 3.13 has a name for it
    info.external_attr = OWNER_ONLY << 16
    return info


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        with _named(MANIFEST):
            told = json_util.loads(archive.read(MANIFEST).decode())
        if told.pop("format") != FORMAT:
            raise BadArchive("a newer StockVerify made it; restore it with that one")
        parts = tuple(Part(**{**p, "indexes": tuple(p["indexes"])}) for p in told.pop("parts"))
        return Manifest(**{**told, "parts": parts, "migrations": tuple(told["migrations"])})
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadArchive("it is no backup of StockVerify") from None


@contextmanager
def _named(part: str) -> Iterator[None]:
    """Tell which part cannot be read."""
    try:
        yield
    except UNREADABLE as error:
        raise BadArchive(f"{part} is torn ({error})") from None


def _documents_in(batch: bytes) -> int:
    documents, at = 0, 0
    while at < len(batch):
        at += int.from_bytes(batch[at : at + LENGTH_BYTES], "little")
        documents += 1
    return documents


def _next(content: IO[bytes], name: str) -> bytes:
    """The next document, nothing behind the last one."""
    head = content.read(LENGTH_BYTES)
    if not head:
        return b""
    size = int.from_bytes(head, "little")
    if not LENGTH_BYTES < size <= LARGEST_BYTES:
        raise BadArchive(f"{name} is not what was saved")
    return head + content.read(size - LENGTH_BYTES)


def _keep_name(folder: Path) -> None:
    """Have the directory's entry on disk, where the file system can."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
