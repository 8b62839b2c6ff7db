"""Files, jobs and indexes: nothing is promised that is not there, nothing lies about unnamed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from app.care.finding import Check, Finding, of, older_than, where
from app.db.client import Db, Document
from app.db.indexes import create_indexes, get_index_stats
from app.errors import ExportGone
from app.jobs.job import State
from app.reports.snapshot import JobStatus

BUCKETS = ("evidence", "exports", "item_import_files")
UPLOAD_MIN = 60
"""A file's chunks come before its document."""
ROWS, DIFFERENCES = "report_rows", "report_compare_rows"


def _fail(db: Db, job: Document, s: ClientSession) -> None:
    failed = {
        "$set": {"state": State.FAILED.value, "error": ExportGone.code},
        "$unset": {"result": ""},
    }
    db.jobs.update_one({"_id": job["_id"]}, failed, session=s)


def _remove_chunks(bucket: str, db: Db, file: Document, s: ClientSession) -> None:
    db[f"{bucket}.chunks"].delete_many({"files_id": file["_id"]}, session=s)


def _chunks_without_file(bucket: str) -> Check:
    return Check(
        code="chunks_without_file",
        collection=f"{bucket}.chunks",
        key="files_id",
        steps=[
            {"$sort": {"files_id": 1}},
            {"$group": {"_id": "$files_id"}},  # along the index: no piece is read
            of(f"{bucket}.files", "_id", "_id", "file", {"$project": {"_id": 1}}),
            {"$match": {"file": []}},
            of(
                f"{bucket}.chunks",
                "_id",
                "files_id",
                "first",
                {"$limit": 1},
                {"$project": {"_id": 1}},
            ),
            {"$set": {"at": {"$toDate": {"$first": "$first._id"}}}},
            older_than("$at", UPLOAD_MIN),
        ],
        says=lambda file: f"{bucket}.chunks has pieces of file {file['_id']}, which is not there",
        mending="removes the pieces",
        mend=partial(_remove_chunks, bucket),
    )


def _file_without_chunks(bucket: str) -> Check:
    wanted = {"$ceil": {"$divide": ["$length", "$chunkSize"]}}
    return Check(
        code="file_without_chunks",
        collection=f"{bucket}.files",
        steps=[
            of(f"{bucket}.chunks", "_id", "files_id", "there", {"$count": "n"}),
            where({"$lt": [{"$ifNull": [{"$first": "$there.n"}, 0]}, wanted]}),
        ],
        says=lambda file: f"{bucket}.files names file {file['_id']}, of which pieces are missing",
        mending="nothing brings it back but a backup",
    )


CHECKS = (
    *(_chunks_without_file(bucket) for bucket in BUCKETS),
    *(_file_without_chunks(bucket) for bucket in BUCKETS),
    Check(
        code="export_without_file",
        collection="jobs",
        steps=[
            {"$match": {"kind": "export", "state": State.DONE.value}},
            where({"$gt": [{"$toDate": "$result.until"}, "$$NOW"]}),
            of("exports.files", "job_id", "_id", "file", {"$project": {"_id": 1}}),
            {"$match": {"file": []}},
        ],
        says=lambda job: f"export {job['job_id']} is done, and its file is not there",
        mending="tells who asked for it to ask again",
        mend=_fail,
    ),
    Check(
        code="import_without_file",
        collection="item_imports",
        steps=[
            {"$match": {"state": {"$in": ["reading", "preview"]}}},
            of("item_import_files.files", "import_id", "_id", "file", {"$project": {"_id": 1}}),
            {"$match": {"file": []}},
        ],
        says=lambda one: f"import {one['import_id']} waits, and its file is not there",
        mending="a person sends the file again",
    ),
)


def reports(db: Db) -> Iterator[Finding]:
    """Reports and the collections that hold their rows."""
    has_rows, is_done = {"summary.rows": {"$gt": 0}}, {"status": JobStatus.DONE.value}
    yield from _rows_of(db, db.report_snapshots, "snapshot_id", ROWS, has_rows)
    yield from _rows_of(db, db.report_compare_jobs, "job_id", DIFFERENCES, is_done)


def _rows_of(
    db: Db, reports: Collection[Document], name: str, rows: str, has_rows: Document
) -> Iterator[Finding]:
    """A report's rows are made before it and go after it, so only what another look says too is
    so. The names are read once: there may be thousands of reports.
    """
    there = set(_named(db, f"^{rows}\\."))
    for report in reports.find(has_rows, {name: 1}):
        kept = f"{rows}.{report[name]}"
        if kept in there or _named(db, f"^{kept}$"):
            continue
        if reports.find_one({"_id": report["_id"]}):
            yield Finding(
                code="report_without_rows",
                text=f"{reports.name} has {report[name]}, whose rows are not there",
                mending="a person removes the report and makes it anew",
            )
    for found in _named(db, f"^{rows}\\."):
        if reports.find_one({name: found.removeprefix(f"{rows}.")}, {"_id": 1}) is None:
            yield Finding(
                code="rows_without_report",
                text=f"{found} belongs to no report",
                mending="a person drops it, unless the report is being made",
            )


def _named(db: Db, pattern: str) -> list[str]:
    return sorted(db.list_collection_names(filter={"name": {"$regex": pattern}}))


def indexes(db: Db) -> Iterator[Finding]:
    """Indexes that the tables list and the database lacks, and those that only it has."""
    stats = get_index_stats(db)
    for name in stats.missing:
        yield Finding(
            code="index_missing",
            text=f"there is no index {name}",
            mending="makes it",
            mend=partial(_make_indexes, db),
        )
    for name in stats.extra:
        yield Finding(
            code="index_extra",
            text=f"{name} is no index of StockVerify's",
            mending="a person drops it, unless it is there on purpose",
        )


def _make_indexes(db: Db) -> bool:
    create_indexes(db)
    return True
