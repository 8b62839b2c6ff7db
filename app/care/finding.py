"""What a check looks for, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pymongo
from pymongo.client_session import ClientSession

from app.db.client import Db, Document, in_one_act

LONGEST_S = 24 * 3600.0
AT_ONCE = 500

Mend = Callable[[Db, Document, ClientSession], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that disagrees. `mending` says what `mend` does; without one a person decides.

    `mend` looks again first, in the transaction in which it writes; False: it is no more so.
    """

    code: str
    text: str
    mending: str
    mend: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A pipeline over a collection that yields what disagrees. What it yields has at `_id` the
    value that documents have at `key`, by which one of them is looked at again.
    """

    code: str
    collection: str
    steps: Sequence[Document]
    says: Callable[[Document], str]
    mending: str
    mend: Mend | None = None
    key: str = "_id"

    def findings(self, db: Db) -> Iterator[Finding]:
        """What disagrees now. The first look reads collections one after the other while people
        count; only what a second look, at one moment, sees again is a finding.
        """
        with pymongo.timeout(LONGEST_S):
            seen = db[self.collection].aggregate(self.steps, allowDiskUse=True, batchSize=AT_ONCE)
            for doc in seen:
                confirmed = self._again(db, doc, None)
                if confirmed is None:
                    continue
                mend = partial(self._mended, db, doc) if self.mend else None
                yield Finding(
                    code=self.code, text=self.says(confirmed), mending=self.mending, mend=mend
                )

    def _mended(self, db: Db, doc: Document) -> bool:
        return self._again(db, doc, self.mend) is not None

    def _again(self, db: Db, doc: Document, mend: Mend | None) -> Document | None:
        """Look at one of them at one moment, and mend it in the same act."""
        steps = [{"$match": {self.key: doc["_id"]}}, *self.steps]

        def act(s: ClientSession) -> Document | None:
            found = next(db[self.collection].aggregate(steps, session=s), None)
            if found is not None and mend is not None:
                mend(db, found, s)
            return found

        return in_one_act(db.client, act)


def older_than(field: str, minutes: int) -> Document:
    """A condition: what was written less long ago may be half of an act that is under way."""
    grace = {"$dateSubtract": {"startDate": "$$NOW", "unit": "minute", "amount": minutes}}
    return {"$match": {"$expr": {"$lt": [field, grace]}}}


def of(
    collection: str, local: str, foreign: str, name: str, *pipeline: Document, **let: str
) -> Document:
    """What another collection has for a field, each along its index."""
    return {
        "$lookup": {
            "from": collection,
            "localField": local,
            "foreignField": foreign,
            "let": let,
            "pipeline": list(pipeline),
            "as": name,
        }
    }


def where(*conditions: Document, **fields: object) -> Document:
    """A `$match` by fields and by expressions, which may name variables."""
    return {"$match": {**fields, "$expr": {"$and": list(conditions)}}}
