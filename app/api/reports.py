"""/api/reports: queries, snapshots of their answers, and two of these compared."""

from __future__ import annotations

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.auth import SuccessSchema
from app.api.schemas.report_queries import (
    PreviewSchema,
    PreviewWishSchema,
    ReadyMadeQuerySchema,
    ReadyMadesSchema,
    SourcesSchema,
    all_sources,
)
from app.api.schemas.reports import (
    CompareJobSchema,
    CompareJobsSchema,
    CompareWishSchema,
    DifferencesQuerySchema,
    PageQuerySchema,
    RowDifferencesSchema,
    RowsQuerySchema,
    SnapshotRowsSchema,
    SnapshotSchema,
    SnapshotsQuerySchema,
    SnapshotsSchema,
    SnapshotWishSchema,
)
from app.api.schemas.serials import SerialQuerySchema, TrailSchema
from app.auth.permissions import Action
from app.reports.ready_made import ready_made
from app.reports.snapshot import (
    CompareJob,
    Preview,
    RowPage,
    Snapshot,
    SnapshotFilter,
    SnapshotWish,
)
from app.sync.serial_trail import Trail

blp = Blueprint("reports", __name__, url_prefix="/api/reports", description="Reports")


@blp.get("/collections")
@permit(Action.SEE_REPORTS)
@blp.response(200, SourcesSchema)
def collections() -> dict[str, Any]:
    """What a query may name: collections, their fields with types, operators, measures, spans."""
    return all_sources()


@blp.get("/ready-made")
@permit(Action.SEE_REPORTS)
@blp.arguments(ReadyMadeQuerySchema, location="query")
@blp.response(200, ReadyMadesSchema)
def ready_made_reports(wish: dict[str, Any]) -> dict[str, Any]:
    """The usual reports of a stocktake, as queries to preview, change or keep."""
    stocktake_id = warehouse().stocktakes.meant(wish["stocktake_id"])
    return {"stocktake_id": stocktake_id, "reports": ready_made(stocktake_id)}


@blp.get("/serials")
@permit(Action.SEE_REPORTS)
@blp.arguments(SerialQuerySchema, location="query")
@blp.response(200, TrailSchema)
def serial_trail(wish: dict[str, str]) -> Trail:
    """One serial number: where it was seen, by whom, when, and how it moved; the newest first."""
    return warehouse().serial_trails.of(wish["serial"])


@blp.post("/query/preview")
@permit(Action.ASK_REPORTS)
@blp.arguments(PreviewWishSchema)
@blp.response(200, PreviewSchema)
def preview(wish: dict[str, Any]) -> Preview:
    """The first rows of an answer, within half a second; it says if they are of a part only."""
    return warehouse().snapshots.preview(wish["query"], wish["rows"])


@blp.post("/snapshots")
@permit(Action.KEEP_REPORTS)
@blp.arguments(SnapshotWishSchema)
@blp.response(201, SnapshotSchema)
def take(wish: SnapshotWish) -> Snapshot:
    """Freeze all rows of an answer and their sums, as they are at one moment."""
    return warehouse().snapshots.take(wish, by=who())


@blp.get("/snapshots")
@permit(Action.SEE_REPORTS)
@blp.arguments(SnapshotsQuerySchema, location="query")
@blp.response(200, SnapshotsSchema)
def snapshots(query: SnapshotFilter) -> dict[str, Any]:
    """Snapshots, the newest first."""
    found = warehouse().snapshots.page(query)
    full = len(found) == query.limit
    following = (found[-1].created_at, found[-1].snapshot_id) if full else None
    return {"snapshots": found, "next_cursor": following}


@blp.get("/snapshots/<snapshot_id>")
@permit(Action.SEE_REPORTS)
@blp.response(200, SnapshotSchema)
def snapshot(snapshot_id: str) -> Snapshot:
    """One snapshot with its sums, without its rows."""
    return warehouse().snapshots.get(snapshot_id)


@blp.delete("/snapshots/<snapshot_id>")
@permit(Action.KEEP_REPORTS)
@blp.response(200, SuccessSchema)
def forget(snapshot_id: str) -> dict[str, bool]:
    """Remove a snapshot and its rows."""
    warehouse().snapshots.forget(snapshot_id)
    return {"success": True}


@blp.post("/snapshots/<snapshot_id>/refresh")
@permit(Action.KEEP_REPORTS)
@blp.response(201, SnapshotSchema)
def refresh(snapshot_id: str) -> Snapshot:
    """Ask the same query now, as a new snapshot; each names the other."""
    return warehouse().snapshots.refresh(snapshot_id, by=who())


@blp.get("/snapshots/<snapshot_id>/rows")
@permit(Action.SEE_REPORTS)
@blp.arguments(RowsQuerySchema, location="query")
@blp.response(200, SnapshotRowsSchema)
def rows(page: dict[str, Any], snapshot_id: str) -> RowPage:
    """A page of the frozen rows, in the query's order."""
    (after,) = page["cursor"]
    return warehouse().snapshots.rows(snapshot_id, after=after, limit=page["limit"])


@blp.post("/compare")
@permit(Action.ASK_REPORTS)
@blp.arguments(CompareWishSchema)
@blp.response(202, CompareJobSchema)
def compare(wish: dict[str, Any]) -> CompareJob:
    """Have two snapshots compared, row by row; ask for the job until it is done."""
    return warehouse().comparisons.ask(**wish, by=who())


@blp.get("/compare")
@permit(Action.SEE_REPORTS)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, CompareJobsSchema)
def comparisons(page: dict[str, Any]) -> dict[str, Any]:
    """Comparisons, the newest first."""
    found = warehouse().comparisons.page(after=page["cursor"], limit=page["limit"])
    full = len(found) == page["limit"]
    following = (found[-1].created_at, found[-1].job_id) if full else None
    return {"jobs": found, "next_cursor": following}


@blp.get("/compare/<job_id>")
@permit(Action.SEE_REPORTS)
@blp.response(200, CompareJobSchema)
def comparison(job_id: str) -> CompareJob:
    """A comparison: its state and, once it is done, counts and totals."""
    return warehouse().comparisons.get(job_id)


@blp.get("/compare/<job_id>/rows")
@permit(Action.SEE_REPORTS)
@blp.arguments(DifferencesQuerySchema, location="query")
@blp.response(200, RowDifferencesSchema)
def differences(page: dict[str, Any], job_id: str) -> dict[str, Any]:
    """A page of what differs: changed, added, removed rows with both sides, each by key."""
    columns = warehouse().comparisons.get(job_id).columns
    found, last = warehouse().comparisons.rows(job_id, **page)
    return {"columns": columns, "rows": found, "next_cursor": last}
