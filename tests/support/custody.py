"""A sealed stocktake for tests of its proof, made without any server; and files taken apart."""

from __future__ import annotations

import io
import warnings
import zipfile

from app.custody.bundle import Entry, State, bundle, figures_of
from app.custody.canonical import quick
from app.custody.chain import Taken, beginning, links
from app.custody.line_figures import LineFigures
from app.custody.manifest import manifest_bytes, rack_entry

STOCKTAKE = "year-end"


def a_version(record_id, rack_id="G-01", **fields):
    usual = {
        "client_record_id": record_id,
        "rev": 1,
        "item_code": "85123A",
        "verified_qty": 10,
        "damage_qty": 0,
        "user_id": "u-ada",
        "device_id": "handheld-7",
        "stocktake_id": STOCKTAKE,
        "rack_id": rack_id,
        "fence": 1,
        "pass": 1,
        "received_at": f"2025-12-11T10:00:{int(record_id[1:]):02}.000Z",
    }
    return {**usual, **fields}


def a_line(item_code, rack_id="G-01"):
    return {
        "rack_id": rack_id,
        "item_code": item_code,
        "status": "approved",
        "counted_qty": 10,
        "damage_qty": 0,
        "variance_qty": -2.5,
        "variance_value": -6.25,
        "ruling": {"username": "sue", "decision": "approved"},
    }


def entries_of(rack_id, versions):
    """The chain of a rack with these (version, state) pairs."""
    made = links(
        [Taken.of(version) for version, _ in versions],
        after=0,
        last=beginning(STOCKTAKE, rack_id),
    )
    return [
        Entry(link=link, version=version, state=state)
        for link, (version, state) in zip(made, versions, strict=True)
    ]


def two_racks():
    """A corrected, a parked and a withdrawn count at one rack, a plain one at the other."""
    corrected = a_version("c1", rev=2, verified_qty=12.5, received_at="2025-12-11T10:00:05.000Z")
    return {
        "G-01": entries_of(
            "G-01",
            [
                (a_version("c1"), State.EARLIER),
                (a_version("c2", user_id="u-bob", device_id=None), State.STANDS),
                (a_version("c3"), State.PARKED),
                (a_version("c4"), State.WITHDRAWN),
                (corrected, State.STANDS),
            ],
        ),
        "G-02": entries_of("G-02", [(a_version("c6", "G-02", damage_qty=3), State.STANDS)]),
    }


def sealed(key, racks=None, lines=None):
    """The zip of a stocktake with these racks, as a dictionary of its files."""
    racks = two_racks() if racks is None else racks
    lines = [a_line("A1"), a_line("B2")] if lines is None else lines
    figures = LineFigures()
    for line in lines:
        figures.add(line)
    manifest = manifest_bytes(
        stocktake={"stocktake_id": STOCKTAKE, "name": "Year-end"},
        racks=[
            rack_entry(
                position,
                rack_id,
                links=len(entries),
                last=entries[-1].link.hash,
                figures=figures_of(entries),
            )
            for position, (rack_id, entries) in enumerate(racks.items(), 1)
        ],
        lines=figures,
        sealed_at="2025-12-11T18:00:00.000Z",
        key=key.fingerprint,
    )
    files = ((f"racks/{n:05}.ndjson", e) for n, e in enumerate(racks.values(), 1))
    made = bundle(manifest, key.sign(manifest), key.public_pem, files, map(quick, lines))
    return unzipped(b"".join(made))


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files):
    """A zip of these files, a dictionary or pairs."""
    sink = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # a name that stands twice, on purpose
        for name, content in files.items() if isinstance(files, dict) else files:
            archive.writestr(zipfile.ZipInfo(name), content)
    return sink.getvalue()
