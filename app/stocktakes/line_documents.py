"""Count lines as MongoDB keeps them, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.db.client import Document
from app.stocktakes.line import (
    SETTLED,
    Book,
    CountLine,
    LineItem,
    LineKey,
    LineStatus,
    Outcome,
    PassCount,
    Ruling,
)


def key_doc(key: LineKey) -> Document:
    """The `_id`: its fields keep this order, so that it ranges by stocktake, rack and item."""
    return {"s": key.stocktake_id, "r": key.rack_id, "i": key.item_code}


def document_of(line: CountLine) -> Document:
    """The whole line."""
    key = line.key
    return {
        "_id": key_doc(key),
        "session_id": key.stocktake_id,
        "rack_id": key.rack_id,
        "item_code": key.item_code,
        "floor": line.floor,
        **asdict(line.item),
        **state_of(line),
        "created_at": line.created_at,
    }


def state_of(line: CountLine) -> Document:
    """What a count or a decision changes."""
    outcome, book = line.outcome, line.book
    return {
        "book_qty": book.qty,
        "book_at": book.at,
        "moved_qty": book.moved,
        "passes": [asdict(each) for each in line.passes],
        "status": outcome.status.value,
        "verified": outcome.status in SETTLED,
        "counted_qty": outcome.counted,
        "damage_qty": outcome.damaged,
        "counted_at": outcome.at,
        "variance_qty": outcome.variance,
        "variance_value": outcome.variance_value,
        "within_tolerance": outcome.within_tolerance,
        "rank": rank_of(line),
        "said": line.said,
        "recount_after": line.recount_after,
        "ruling": None if line.ruling is None else _ruling_doc(line.ruling),
        "rev": line.rev,
        "updated_at": line.updated_at,
    }


def rank_of(line: CountLine) -> float:
    """What is at stake: the size of the variance in money, of a line that nobody counted the value
    in the book; in pieces where the item has no price.
    """
    variance = line.outcome.variance
    at_stake = line.book.expected if variance is None else variance
    return float(round(abs(at_stake) * (line.item.price or 1), 4))


def line_from(doc: Document) -> CountLine:
    """The line that a document is."""
    key = doc["_id"]
    return CountLine(
        key=LineKey(key["s"], key["r"], key["i"]),
        floor=doc["floor"],
        item=LineItem(**{name: doc[name] for name in LineItem.__dataclass_fields__}),
        book=Book(qty=doc["book_qty"], at=doc["book_at"], moved=doc["moved_qty"]),
        passes=tuple(PassCount(**each) for each in doc["passes"]),
        outcome=Outcome(
            status=LineStatus(doc["status"]),
            counted=doc["counted_qty"],
            damaged=doc["damage_qty"],
            at=doc["counted_at"],
            variance=doc["variance_qty"],
            variance_value=doc["variance_value"],
            within_tolerance=doc["within_tolerance"],
        ),
        said=doc["said"],
        recount_after=doc["recount_after"],
        ruling=ruling_from(doc["ruling"]),
        rev=doc["rev"],
        created_at=doc["created_at"],
        updated_at=doc["updated_at"],
    )


def _ruling_doc(ruling: Ruling) -> Document:
    return {**asdict(ruling), "decision": ruling.decision.value}


def ruling_from(doc: dict[str, Any] | None) -> Ruling | None:
    """The decision that a document is, if any."""
    if doc is None:
        return None
    return Ruling(**{**doc, "decision": LineStatus(doc["decision"])})
