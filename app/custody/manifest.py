"""The manifest: what a stocktake was when it was sealed, as the signed bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import fsum
from typing import Any

from app.custody.bundle import README_DIGEST, rack_file
from app.custody.canonical import canonical
from app.custody.chain import FORMAT
from app.custody.figures import Figures
from app.custody.line_figures import LineFigures


def rack_entry(
    position: int, rack_id: str, *, links: int, last: str, figures: Figures
) -> dict[str, Any]:
    """What a manifest says of one rack."""
    return {
        "rack_id": rack_id,
        "file": rack_file(position),
        "links": links,
        "last": last,
        **figures.as_json(),
    }


def totals_of(racks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The racks' figures, added up."""
    all_racks = list(racks)
    return {
        "racks": len(all_racks),
        "links": sum(rack["links"] for rack in all_racks),
        "records": sum(rack["records"] for rack in all_racks),
        "pieces": fsum(rack["pieces"] for rack in all_racks),
        "damaged": fsum(rack["damaged"] for rack in all_racks),
    }


def manifest_bytes(
    *,
    stocktake: Mapping[str, Any],
    racks: list[dict[str, Any]],
    lines: LineFigures,
    sealed_at: str,
    key: str,
) -> bytes:
    """The manifest, in the one form that is signed."""
    return canonical(
        {
            "format": FORMAT,
            "stocktake": dict(stocktake),
            "sealed_at": sealed_at,
            "key": key,
            "readme": README_DIGEST,
            "racks": racks,
            "totals": totals_of(racks),
            "lines": lines.lines_json(),
            "approvals": lines.approvals_json(),
        }
    )
