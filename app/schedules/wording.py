"""A snapshot as what goes out: a letter, or the body of a webhook. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import orjson

from app.clock import iso
from app.reports.columns import Row
from app.reports.formats.table import as_text
from app.reports.snapshot import Snapshot

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME
TYPE = "report.snapshot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A file that goes with a letter."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A snapshot to be sent, and where people find it (None: this server's address is not set)."""

    delivery_id: str
    schedule_name: str
    snapshot: Snapshot
    summary: Mapping[str, Any]
    link: str | None


def letter(parcel: Parcel, to: str, enclosed: Enclosed | None) -> EmailMessage:
    """The letter to one person, with the file or, where that is too large, without."""
    made = EmailMessage()
    made["To"] = to
    made["Subject"] = f"{parcel.schedule_name}: {parcel.snapshot.summary.rows:,} rows"
    made["Date"] = format_datetime(parcel.snapshot.created_at)
    made["Message-ID"] = f"<{parcel.delivery_id}@stockverify.invalid>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("\n".join(_lines(parcel, enclosed)))
    if enclosed is not None:
        main, _, sub = enclosed.media_type.partition(";")[0].partition("/")
        made.add_attachment(enclosed.content, maintype=main, subtype=sub, filename=enclosed.name)
    return made


def _lines(parcel: Parcel, enclosed: Enclosed | None) -> list[str]:
    facts = [f"{label}: {as_text(cell)}" for label, cell in parcel.summary.items() if cell]
    where = parcel.link or "StockVerify, Reports, Snapshots"
    file = (
        f"The file {enclosed.name} is attached."
        if enclosed is not None
        else "It is too large for a letter: download it where it is kept."
    )
    return [parcel.snapshot.name, "", *facts, "", file, f"Kept at: {where}", ""]


def body(parcel: Parcel, rows: Sequence[Row] | None) -> bytes:
    """The body for a webhook, with the rows where they are few enough."""
    snapshot = parcel.snapshot
    columns = [
        {"name": column.name, "label": column.label, "type": column.type.value}
        for column in snapshot.columns
    ]
    sums = {name: found.sum for name, found in snapshot.summary.sums.items()}
    data = {
        "schedule": parcel.schedule_name,
        "snapshot_id": snapshot.snapshot_id,
        "name": snapshot.name,
        "tags": list(snapshot.tags),
        "taken_at": snapshot.created_at,
        "row_count": snapshot.summary.rows,
        "sums": sums,
        "columns": columns,
        "rows": None if rows is None else [list(row) for row in rows],
        "url": parcel.link,
    }
    told = {"type": TYPE, "timestamp": snapshot.created_at, "data": data}
    return orjson.dumps(told, iso, _OPTIONS)
