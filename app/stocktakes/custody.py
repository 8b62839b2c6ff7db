"""A stocktake's proof of custody: its chains while it is counted, its manifest once it is closed.

Closing only notes that the seal is due: a loop of every process signs the manifest a moment later,
when no batch of before can still be on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson

from app.clock import Clock, iso
from app.custody.bundle import Entry, bundle, figures_of
from app.custody.canonical import quick
from app.custody.line_figures import LineFigures
from app.custody.manifest import manifest_bytes, rack_entry
from app.custody.signing import SigningKey, fingerprint
from app.errors import NotSealed
from app.events import Publisher, StocktakeSealed
from app.stocktakes.line_documents import document_of
from app.stocktakes.lines_store import LineFilter, LineStore
from app.stocktakes.manifest_store import ManifestStore, SignedManifest
from app.stocktakes.stocktake import Stocktake
from app.stocktakes.store import StocktakeStore
from app.sync.custody import Custody
from app.sync.records import plain

SETTLE_S = 5
"""A batch that was judged before the close is written by then: MongoDB has answered or failed."""
SESSIONS_A_TURN = 20
KEPT_APART = ("_id", "verified", "rank")
"""Of a line: what follows from the rest."""


class Seal(StrEnum):
    """How far a stocktake's proof is."""

    GROWING = "growing"
    SEALING = "sealing"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyState:
    """A stocktake's seal: the links of its chains, and the key that signs or, of a sealed one, did
    sign. `key` is its fingerprint.
    """

    state: Seal
    links: int
    racks: int
    last_link_at: datetime | None
    sealed_at: datetime | None
    key: str
    public_key: str


class Proofs:
    """Seals closed stocktakes, and hands out what proves them."""

    def __init__(
        self,
        stocktakes: StocktakeStore,
        manifests: ManifestStore,
        lines: LineStore,
        custody: Custody,
        key: SigningKey,
        publish: Publisher,
        clock: Clock,
    ) -> None:
        self._stocktakes = stocktakes
        self._manifests = manifests
        self._lines = lines
        self._custody = custody
        self._publish = publish
        self._clock = clock
        self.key = key

    def catch_up(self) -> None:
        """One turn: the racks of sessions that ended, and stocktakes that were closed."""
        self._custody.catch_up(SESSIONS_A_TURN)
        before = self._clock.now() - timedelta(seconds=SETTLE_S)
        while closed := self._stocktakes.due_for_seal(before):
            self._seal(closed)

    def state(self, stocktake_id: str) -> CustodyState:
        """How far its proof is. Raises StocktakeUnknown."""
        stocktake = self._stocktakes.one(stocktake_id)
        reach = self._custody.reach(stocktake_id)
        sealed_at, public_key = self._manifests.sealed(stocktake_id) or (None, self.key.public_pem)
        open_or_due = Seal.GROWING if stocktake.is_open else Seal.SEALING
        return CustodyState(
            state=Seal.SEALED if sealed_at else open_or_due,
            links=reach.links,
            racks=reach.racks,
            last_link_at=reach.last_at,
            sealed_at=sealed_at,
            key=fingerprint(public_key),
            public_key=public_key.decode(),
        )

    def export(self, stocktake_id: str) -> Iterator[bytes]:
        """The zip that proves it, as records and lines are now.

        Raises StocktakeUnknown, NotSealed.
        """
        signed = self._manifests.one(stocktake_id)
        if signed is None:
            raise NotSealed(stocktake_id, self.state(stocktake_id).state)
        racks = orjson.loads(signed.manifest)["racks"]
        files = ((r["file"], self._custody.entries(stocktake_id, r["rack_id"])) for r in racks)
        return bundle(
            signed.manifest,
            signed.signature,
            signed.public_key,
            files,
            (quick(line) for line in self._line_documents(stocktake_id)),
        )

    def _seal(self, stocktake: Stocktake) -> None:
        """Seal every rack, and sign. Safe in many processes: the first manifest stands."""
        stocktake_id = stocktake.stocktake_id
        racks = self._custody.racks(stocktake_id)
        for rack_id in racks:
            self._custody.seal(stocktake_id, rack_id)
        signed = self._signed(stocktake, racks)
        if self._manifests.add(signed):
            closer = {"username": stocktake.closed_by or "", "name": stocktake.closed_by or ""}
            self._publish(
                StocktakeSealed(stocktake_id=stocktake_id, title=stocktake.name, by=closer)
            )
        self._stocktakes.sealed(stocktake_id)

    def _signed(self, stocktake: Stocktake, racks: list[str]) -> SignedManifest:
        now, lines = self._clock.now(), LineFigures()
        for line in self._line_documents(stocktake.stocktake_id):
            lines.add(line)
        content = manifest_bytes(
            stocktake=plain(asdict(stocktake)),
            racks=[self._rack(stocktake.stocktake_id, n, each) for n, each in enumerate(racks, 1)],
            lines=lines,
            sealed_at=iso(now),
            key=self.key.fingerprint,
        )
        return SignedManifest(
            stocktake_id=stocktake.stocktake_id,
            manifest=content,
            signature=self.key.sign(content),
            public_key=self.key.public_pem,
            sealed_at=now,
        )

    def _rack(self, stocktake_id: str, position: int, rack_id: str) -> dict[str, Any]:
        links, last = self._custody.end(stocktake_id, rack_id)
        sealed: Iterator[Entry] = (
            entry for entry in self._custody.entries(stocktake_id, rack_id) if entry.link
        )
        return rack_entry(position, rack_id, links=links, last=last, figures=figures_of(sealed))

    def _line_documents(self, stocktake_id: str) -> Iterator[dict[str, Any]]:
        """The count lines as JSON has them, by rack and item."""
        for line in self._lines.all(LineFilter(stocktake_id=stocktake_id)):
            told = document_of(line)
            yield plain({name: told[name] for name in told if name not in KEPT_APART})
