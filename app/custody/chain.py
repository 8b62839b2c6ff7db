"""The chain of a rack's counts in a stocktake: each accepted version of a record is a link.

A link holds the digest of the version, who took it, on which device, under which fence and pass,
when the server received it, and the hash of the link before. The first holds the hash of what the
chain is of, so that no chain passes for another rack's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from app.custody.canonical import digest

FORMAT = "stockverify-custody/1"


class Key(NamedTuple):
    """Which version a link is of: a rev may be given twice, where the first was withdrawn."""

    record_id: str
    rev: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A version that was accepted, as its link tells it. `content` is the digest of all of it."""

    record_id: str
    rev: int
    content: str
    counter: str
    device: str | None
    fence: int
    pass_no: int
    received_at: str

    @classmethod
    def of(cls, version: Mapping[str, Any]) -> Taken:
        """What the link of this version says. Raises KeyError where it is none."""
        return cls(
            record_id=version["client_record_id"],
            rev=version["rev"],
            content=digest(version),
            counter=version["user_id"],
            device=version["device_id"],
            fence=version["fence"],
            pass_no=version["pass"],
            received_at=version["received_at"],
        )

    @property
    def key(self) -> Key:
        return Key(self.record_id, self.rev, self.content)

    @property
    def order(self) -> tuple[str, str, int, str]:
        """In which order versions become links: as they were received."""
        return (self.received_at, self.record_id, self.rev, self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link. `prev` is the hash before it, `hash` is over all the rest."""

    number: int
    taken: Taken
    prev: str
    hash: str

    def as_json(self) -> dict[str, Any]:
        return {**_told(self.number, self.taken, self.prev), "hash": self.hash}


def beginning(stocktake_id: str, rack_id: str) -> str:
    """The hash that the first link of a rack's chain holds."""
    return digest({"format": FORMAT, "stocktake_id": stocktake_id, "rack_id": rack_id})


def link(number: int, taken: Taken, prev: str) -> Link:
    """The link that follows `prev`."""
    return Link(number=number, taken=taken, prev=prev, hash=digest(_told(number, taken, prev)))


def links(taken: Iterable[Taken], *, after: int, last: str) -> Iterator[Link]:
    """The links that continue a chain of `after` links whose last hash is `last`."""
    for number, each in enumerate(taken, after + 1):
        made = link(number, each, last)
        last = made.hash
        yield made


def is_chain(some: Iterable[Link]) -> bool:
    """Whether each of these links is what its hash says, and follows the one before."""
    last: Link | None = None
    for each in some:
        follows = last is None or (each.prev, each.number) == (last.hash, last.number + 1)
        if not follows or each != link(each.number, each.taken, each.prev):
            return False
        last = each
    return True


def _told(number: int, taken: Taken, prev: str) -> dict[str, Any]:
    fields = asdict(taken)
    fields["pass"] = fields.pop("pass_no")
    return {"number": number, **fields, "prev": prev}
