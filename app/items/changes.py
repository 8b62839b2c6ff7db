"""What a write did to the catalogue, and what a change of an item is known by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The last change of an item: its number, and whether the item is gone."""

    item_code: str
    seq: int
    deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """How many items a write created, changed, and found as they are."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Saved) -> Saved:
        return Saved(
            created=self.created + other.created,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
        )
