"""The queries of `report_compare_jobs`, and of `report_compare_rows.<job id>`: what differs.

What a comparison that was cut left is dropped when it begins again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pymongo
from pymongo import ReturnDocument, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from app.chunks import chunks
from app.db.client import Db, Document
from app.errors import CompareUnknown
from app.jobs.ends import why_not_done
from app.jobs.job import Job
from app.reports.compare import Cells, Pair, Sifted, sift
from app.reports.reader import ROWS, ids_of_collections
from app.reports.snapshot import Change, CompareJob, JobStatus, Total
from app.reports.store import columns_doc, columns_from

CHUNK = 2_000
INDEX_SECONDS = 120.0
MOST_ORDERS = 60
"""Orders of one snapshot's rows that are kept: MongoDB takes 64 indexes."""
DIFFERENCES = "report_compare_rows"
_OPEN = {"$in": [JobStatus.QUEUED.value, JobStatus.RUNNING.value]}
_RANKS = {change: at for at, change in enumerate(Change)}
_CHANGES = tuple(Change)
_ONCE = WriteConcern(w=1)
"""Of rows that are made again after a crash."""


class CompareStore:
    """Comparisons and the rows that differ."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._jobs: Collection[Document] = db.report_compare_jobs

    # ── jobs ─────────────────────────────────────────────────────────────────────────────────────

    def add(self, job: CompareJob, session: ClientSession) -> None:
        self._jobs.insert_one(_document(job), session=session)

    def get(self, job_id: str) -> CompareJob:
        """One job. Raises CompareUnknown."""
        found = self._jobs.find_one({"job_id": job_id})
        if found is None:
            raise CompareUnknown(job_id)
        return _job(found)

    def page(self, *, after: tuple[datetime, str] | None, limit: int) -> list[CompareJob]:
        """Jobs, the newest first."""
        where: Document = {}
        if after is not None:
            at, job_id = after
            where = {"created_at": {"$lte": at}}
            where["$or"] = [{"created_at": {"$lt": at}}, {"job_id": {"$lt": job_id}}]
        order = [("created_at", -1), ("job_id", -1)]
        return [_job(job) for job in self._jobs.find(where).sort(order).limit(limit)]

    def begin(self, job_id: str, now: datetime) -> CompareJob | None:
        """Say that a worker does it now; None: it is over already. Raises CompareUnknown."""
        begun = {"status": JobStatus.RUNNING.value, "started_at": now}
        found = self._jobs.find_one_and_update(
            {"job_id": job_id, "status": _OPEN},
            {"$set": begun},
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            self.get(job_id)
            return None
        return _job(found)

    def finish(self, job_id: str, **facts: Any) -> None:
        """Say how it stands, unless it is over already."""
        self._jobs.update_one({"job_id": job_id, "status": _OPEN}, {"$set": facts})

    def give_up(self, job: Job, session: ClientSession) -> None:
        """Say that its job ended before it was done, and why."""
        failed = {
            "status": JobStatus.FAILED.value,
            "error": why_not_done(job),
            "finished_at": job.ended_at,
        }
        where = {"job_id": job.params["compare_id"], "status": _OPEN}
        self._jobs.update_one(where, {"$set": failed}, session=session)

    def before(self, at: datetime, *, limit: int) -> list[str]:
        """Comparisons that were asked for before then."""
        where = {"created_at": {"$lt": at}}
        return [job["job_id"] for job in self._jobs.find(where, {"job_id": 1}, limit=limit)]

    def remove(self, job_id: str) -> None:
        self._jobs.delete_one({"job_id": job_id})

    def without_rows(self, job_ids: Sequence[str]) -> set[str]:
        """Of these, those that are gone or failed: they need no rows."""
        where = {
            "job_id": {"$in": list(job_ids)},
            "status": {"$ne": JobStatus.FAILED.value},
        }
        return set(job_ids) - {job["job_id"] for job in self._jobs.find(where, {"job_id": 1})}

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────

    def by_key(self, snapshot_id: str, key: Sequence[str]) -> Iterator[Cells]:
        """The frozen rows of a snapshot in the order of their key, along an index that is made for
        it and stays for the next comparisons.
        """
        rows = self._db[f"{ROWS}.{snapshot_id}"]
        along = _order(rows, key)
        for doc in rows.find({}, {"_id": 0}, batch_size=CHUNK).sort(along).hint(along):
            yield doc["c"]

    def sifted(self, job: CompareJob, *, after: tuple[int, int] | None) -> Iterator[Sifted]:
        """The later snapshot's rows in the order of their key, each told from those that differ."""
        number, passed = after or (0, 0)
        key = job.key_places
        later = self._later(job.snapshot_b_id, key, number)
        return sift(later, self._differing(job.job_id, passed), key, passed=passed)

    def all(self, job_id: str) -> Iterator[Pair]:
        """All that differs, kind by kind."""
        with pymongo.timeout(None):
            for doc in self._differences(job_id).find(batch_size=CHUNK).sort("_id", 1):
                yield _placed(doc)[1]

    def keep(self, job_id: str, differences: Iterable[Pair]) -> None:
        """Keep what differs, in the place of what an earlier try left."""
        kept = self._differences(job_id)
        kept.drop()
        by_place = {"key": {"_id": 1}, "unique": True}
        self._db.create_collection(kept.name, clusteredIndex=by_place)
        writable = kept.with_options(write_concern=_ONCE)
        numbered = enumerate(differences, start=1)
        for chunk in chunks(numbered, CHUNK):
            writable.insert_many([_pair_doc(pair, n) for n, pair in chunk], ordered=False)

    def differences(
        self, job_id: str, change: Change | None, *, after: tuple[int, int] | None, limit: int
    ) -> list[tuple[tuple[int, int], Pair]]:
        """A page of what differs, of one kind or of all, with the place of each."""
        low = (_RANKS[change], 0) if change else (0, 0)
        high = _RANKS[change] if change else len(_RANKS)
        start = max(low, after or low)
        where = {"_id": {"$gt": _place(*start), "$lt": _place(high + 1, 0)}}
        found = self._differences(job_id).find(where).sort("_id", 1).limit(limit)
        return [_placed(doc) for doc in found]

    def forget(self, job_id: str) -> None:
        self._differences(job_id).drop()

    def kept_rows(self) -> list[str]:
        """The comparisons of which there are rows, by their ids."""
        return ids_of_collections(self._db, DIFFERENCES)

    def _later(
        self, snapshot_id: str, key: Sequence[str], number: int
    ) -> Iterator[tuple[int, Cells]]:
        """Rows in the order of their key behind the one of that number, from the index that the
        comparison left, unless many others came after it.
        """
        rows = self._db[f"{ROWS}.{snapshot_id}"]
        along = _order(rows, key)
        found = rows.find(batch_size=CHUNK).sort(along).hint(along)
        last = rows.find_one({"_id": number}) if number else None
        if last is not None:
            found = found.min([(f"c.{place}", last["c"][place]) for place in key])
        return ((doc["_id"], doc["c"]) for doc in found if doc["_id"] != number)

    def _differing(self, job_id: str, passed: int) -> Iterator[tuple[int, Cells]]:
        """The later side of what changed and what was added, in the order of their key, which is
        that of their numbers.
        """
        kept = self._differences(job_id)
        kinds = [
            kept.find({"_id": {"$gt": _place(rank, passed), "$lt": _place(rank + 1, 0)}})
            .sort("_id", 1)
            .batch_size(CHUNK)
            for rank in (_RANKS[Change.CHANGED], _RANKS[Change.ADDED])
        ]
        for doc in heapq.merge(*kinds, key=lambda doc: doc["_id"]["n"]):
            yield doc["_id"]["n"], doc["b"]

    def _differences(self, job_id: str) -> Collection[Document]:
        return self._db[f"{DIFFERENCES}.{job_id}"]


def _place(rank: int, number: int) -> Document:
    return {"s": rank, "n": number}


def _pair_doc(pair: Pair, number: int) -> Document:
    return {"_id": _place(_RANKS[pair.change], number), "a": pair.before, "b": pair.after}


def _placed(doc: Document) -> tuple[tuple[int, int], Pair]:
    place = doc["_id"]
    return (place["s"], place["n"]), Pair(_CHANGES[place["s"]], doc["a"], doc["b"])


def _document(job: CompareJob) -> Document:
    fields = {name: getattr(job, name) for name in CompareJob.__slots__}
    return {
        **fields,
        "key": list(job.key),
        "columns": columns_doc(job.columns),
        "status": job.status.value,
        "totals": [asdict(total) for total in job.totals],
    }


def _job(doc: Document) -> CompareJob:
    kept = {name: doc[name] for name in CompareJob.__slots__ if name in doc}
    return CompareJob(
        **{
            **kept,
            "key": tuple(doc["key"]),
            "columns": columns_from(doc["columns"]),
            "status": JobStatus(doc["status"]),
            "totals": tuple(Total(**total) for total in doc["totals"]),
        }
    )


def _order(rows: Collection[Document], key: Sequence[str]) -> list[tuple[str, int]]:
    """The order of a key's places, for which there is an index then. The one that was made first
    goes where this one would be one too many.
    """
    along = [(f"c.{place}", 1) for place in key]
    made = {name: index["key"] for name, index in rows.index_information().items()}
    if along not in made.values():
        orders = [name for name in made if name != "_id_"]
        with pymongo.timeout(INDEX_SECONDS):
            for name in orders[: max(0, len(orders) + 1 - MOST_ORDERS)]:
                rows.drop_index(name)
            rows.create_index(along)
    return along
