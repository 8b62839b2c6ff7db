"""Whose things each route is about. What a role may at all stands in the one table of permissions;
this one adds whose. A new route needs a line in exactly one of the tables here.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.auth.permissions import Action


@dataclass(frozen=True, kw_only=True)
class Own:
    """A thing with an owner, who is one of tests/support/lived_in.py. `others`: the code that all
    others get, with `status`; `seen_with`: an Action that shows it to more than its owner; `body`:
    one that fits, so that the owner is what is wrong.
    """

    others: str
    status: int
    owner: str = "ada"
    seen_with: Action | None = None
    body: str | None = None


_SESSION = Own(others="not_your_session", status=403, seen_with=Action.SEE_COUNTS)
_OWN_SESSION = Own(others="not_your_session", status=403, body="{}")
_HOLDERS = Own(others="not_holder", status=403)

OWNED = {
    # In an order in which their owners may do all of it, one after the other.
    "GET /api/sessions/<session_id>": _SESSION,
    "GET /api/sessions/<session_id>/records": _SESSION,
    "GET /api/sessions/<session_id>/stats": _SESSION,
    "GET /api/sync/conflicts/<conflict_id>": Own(
        others="conflict_unknown", status=404, seen_with=Action.SEE_COUNTS
    ),
    "GET /api/evidence/<evidence_id>": Own(
        others="evidence_unknown", status=404, seen_with=Action.SEE_COUNTS
    ),
    "GET /api/jobs/<job_id>": Own(
        others="job_unknown", status=404, owner="sue", seen_with=Action.SEE_ALL_JOBS
    ),
    "GET /api/exports/<token>": Own(others="export_unknown", status=404, owner="sue"),
    "POST /api/jobs/<job_id>/cancel": Own(others="job_unknown", status=404, owner="sue"),
    "POST /api/sessions/<session_id>/heartbeat": _OWN_SESSION,
    "POST /api/racks/<rack_id>/pause": _HOLDERS,
    "POST /api/racks/<rack_id>/resume": _HOLDERS,
    "POST /api/racks/<rack_id>/offer": Own(
        others="not_holder", status=403, body='{"username": "ben"}'
    ),
    "POST /api/racks/<rack_id>/accept": Own(
        others="nothing_offered", status=409, owner="ben", body="{}"
    ),
    "POST /api/sessions/<session_id>/complete": _OWN_SESSION,
    "POST /api/racks/<rack_id>/release": _HOLDERS,
}
"""Routes whose path names a thing that belongs to somebody."""

THE_CALLERS = {
    "GET /api/auth/me",
    "GET /api/auth/second-factor",
    "GET /api/jobs",
    "GET /api/racks",
    "GET /api/racks/<rack_id>/status",
    "GET /api/racks/available",
    "GET /api/racks/user/active",
    "GET /api/racks/user/offered",
    "GET /api/sessions/active",
    "GET /api/sessions/user/history",
    "GET /api/sync/conflicts",
    "GET /api/sync/conflicts/stats",
    "POST /api/auth/logout",
    "POST /api/auth/password",
    "POST /api/auth/second-factor",
    "POST /api/auth/second-factor/confirm",
    "POST /api/auth/second-factor/off",
    "POST /api/sync/batch",
    "POST /api/sync/heartbeat",
}
"""Routes that show each caller their own part, or take ids in the body: each has a test by name."""

THE_WAREHOUSES = {
    "DELETE /api/racks/<rack_id>",
    "DELETE /api/reports/schedules/<schedule_id>",
    "DELETE /api/reports/snapshots/<snapshot_id>",
    "GET /api/count-lines/<line_id>",
    "GET /api/count-lines/<line_id>/history",
    "GET /api/items/<path:item_code>",
    "GET /api/items/barcode/<path:barcode>",
    "GET /api/items/import/<import_id>",
    "GET /api/items/import/<import_id>/rows",
    "GET /api/racks/<rack_id>/history",
    "GET /api/reports/compare/<job_id>",
    "GET /api/reports/compare/<job_id>/export",
    "GET /api/reports/compare/<job_id>/rows",
    "GET /api/reports/schedules/<schedule_id>",
    "GET /api/reports/schedules/<schedule_id>/deliveries",
    "GET /api/reports/snapshots/<snapshot_id>",
    "GET /api/reports/snapshots/<snapshot_id>/export",
    "GET /api/reports/snapshots/<snapshot_id>/rows",
    "GET /api/sheets/floors/<floor>",
    "GET /api/sheets/racks/<rack_id>",
    "GET /api/stocktakes/<stocktake_id>",
    "GET /api/stocktakes/<stocktake_id>/adjustments",
    "GET /api/stocktakes/<stocktake_id>/custody",
    "GET /api/stocktakes/<stocktake_id>/custody/state",
    "GET /api/stocktakes/<stocktake_id>/late-counts",
    "GET /api/stocktakes/<stocktake_id>/racks",
    "GET /api/stocktakes/<stocktake_id>/what-if",
    "PATCH /api/items/import/<import_id>",
    "PATCH /api/racks/<rack_id>",
    "PATCH /api/reports/schedules/<schedule_id>",
    "PATCH /api/users/<user_id>",
    "POST /api/count-lines/<line_id>/approve",
    "POST /api/count-lines/<line_id>/recount",
    "POST /api/count-lines/<line_id>/reject",
    "POST /api/devices/<device_id>/revoke",
    "POST /api/items/import/<import_id>/commit",
    "POST /api/items/import/<import_id>/stop",
    "POST /api/items/import/<import_id>/undo",
    "POST /api/logs/errors/<error_id>/resolve",
    "POST /api/racks/<rack_id>/assign",
    "POST /api/racks/<rack_id>/claim",
    "POST /api/racks/<rack_id>/force-release",
    "POST /api/racks/<rack_id>/recount",
    "POST /api/reports/compare/<job_id>/export",
    "POST /api/reports/deliveries/<delivery_id>/retry",
    "POST /api/reports/schedules/<schedule_id>/run",
    "POST /api/reports/schedules/<schedule_id>/secret",
    "POST /api/reports/snapshots/<snapshot_id>/export",
    "POST /api/reports/snapshots/<snapshot_id>/refresh",
    "POST /api/stocktakes/<stocktake_id>/close",
    "POST /api/stocktakes/<stocktake_id>/late-counts/<session_id>",
    "POST /api/sync/conflicts/<conflict_id>/resolve",
}
"""Routes whose path names a thing of the warehouse: whoever has the role may."""

NOBODYS = {
    "GET /api/count-lines",
    "GET /api/count-lines/matching",
    "GET /api/devices",
    "GET /api/items",
    "GET /api/items/changes",
    "GET /api/items/imports",
    "GET /api/items/movements",
    "GET /api/logs/activity",
    "GET /api/logs/errors",
    "GET /api/people",
    "GET /api/promises",
    "GET /api/racks/floors",
    "GET /api/racks/replay",
    "GET /api/reports/collections",
    "GET /api/reports/compare",
    "GET /api/reports/ready-made",
    "GET /api/reports/schedules",
    "GET /api/reports/serials",
    "GET /api/reports/snapshots",
    "GET /api/settings",
    "GET /api/stocktakes",
    "GET /api/users",
    "POST /api/count-lines/approve",
    "POST /api/count-lines/recount",
    "POST /api/count-lines/reject",
    "POST /api/devices",
    "POST /api/evidence",
    "POST /api/items/import",
    "POST /api/items/movements",
    "POST /api/logs/errors/report",
    "POST /api/notifications",
    "POST /api/racks",
    "POST /api/racks/assign",
    "POST /api/reports/compare",
    "POST /api/reports/query/preview",
    "POST /api/reports/schedules",
    "POST /api/reports/snapshots",
    "POST /api/stocktakes",
    "POST /api/sync/conflicts/resolve",
    "POST /api/users",
    "POST /api/users/import",
}
"""Routes that name no thing, and answer the same to all who may."""

OPEN = {
    "GET /api/health",
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "POST /api/auth/device",
    "POST /api/auth/login",
    "POST /api/auth/refresh",
}
"""Routes without a sign-in."""
