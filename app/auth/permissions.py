"""The one table of who may do what. HTTP routes and socket events both ask it."""

from __future__ import annotations

from enum import StrEnum

from app.auth.identity import Identity, Role


class Action(StrEnum):
    """Something a route or a socket event lets a caller do."""

    SIGN_IN = "sign_in"
    OWN_ACCOUNT = "own_account"
    SEE_RACKS = "see_racks"
    SEE_ITEMS = "see_items"
    COUNT = "count"
    SEE_COUNTS = "see_counts"
    SEE_BOOK = "see_book"
    MOVE_STOCK = "move_stock"
    IMPORT_ITEMS = "import_items"
    SEE_CONFLICTS = "see_conflicts"
    SETTLE_CONFLICTS = "settle_conflicts"
    STEER_RACKS = "steer_racks"
    SEND_MESSAGE = "send_message"
    MANAGE_STOCKTAKES = "manage_stocktakes"
    DECIDE_LINES = "decide_lines"
    SEE_USERS = "see_users"
    MANAGE_USERS = "manage_users"
    SEE_DEVICES = "see_devices"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_RACKS = "manage_racks"
    SEE_LOGS = "see_logs"
    RESOLVE_ERRORS = "resolve_errors"
    SEE_REPORTS = "see_reports"
    ASK_REPORTS = "ask_reports"
    KEEP_REPORTS = "keep_reports"
    SEE_JOBS = "see_jobs"
    SEE_ALL_JOBS = "see_all_jobs"
    CANCEL_JOBS = "cancel_jobs"
    SEE_PROMISES = "see_promises"
    SEE_HEALTH = "see_health"


_EVERYBODY = frozenset(Role)
_COUNTS = frozenset({Role.COUNTER, Role.DEVICE, Role.SUPERVISOR, Role.ADMIN})
_STEERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_READS_ALL = _STEERS | {Role.AUDITOR}

ROLES: dict[Action, frozenset[Role]] = {
    Action.OWN_ACCOUNT: _EVERYBODY,
    Action.SEE_RACKS: _EVERYBODY,
    Action.SEE_ITEMS: _EVERYBODY,
    Action.SEE_CONFLICTS: _EVERYBODY,
    Action.SEE_PROMISES: _EVERYBODY,
    Action.COUNT: _COUNTS,
    Action.SEE_COUNTS: _READS_ALL,
    Action.SEE_BOOK: _READS_ALL,
    Action.MOVE_STOCK: _STEERS,
    Action.IMPORT_ITEMS: _STEERS,
    Action.SETTLE_CONFLICTS: _STEERS,
    Action.STEER_RACKS: _STEERS,
    Action.SEND_MESSAGE: _STEERS,
    Action.SEE_DEVICES: frozenset({Role.ADMIN, Role.AUDITOR}),
    Action.MANAGE_DEVICES: frozenset({Role.ADMIN}),
    Action.MANAGE_RACKS: _STEERS,
    Action.MANAGE_STOCKTAKES: _STEERS,
    Action.DECIDE_LINES: _STEERS,
    Action.SEE_LOGS: _READS_ALL,
    Action.RESOLVE_ERRORS: _STEERS,
    Action.SEE_REPORTS: _READS_ALL,
    Action.ASK_REPORTS: _READS_ALL,
    Action.KEEP_REPORTS: _STEERS,
    Action.SEE_JOBS: _READS_ALL,
    Action.SEE_ALL_JOBS: frozenset({Role.ADMIN, Role.AUDITOR}),
    Action.CANCEL_JOBS: _READS_ALL,
    Action.SEE_USERS: frozenset({Role.ADMIN, Role.AUDITOR}),
    Action.MANAGE_USERS: frozenset({Role.ADMIN}),
}

PIN_ROLES = frozenset({Role.COUNTER, Role.DEVICE})
"""Who may sign in with a PIN: four digits are enough to count, never to settle or to manage."""

PUBLIC = frozenset({Action.SIGN_IN, Action.SEE_HEALTH})
"""Actions that need no sign-in."""


def may(identity: Identity, action: Action) -> bool:
    """Whether the caller's role allows the action. Without the second factor that the role must
    have, only what one does with one's own account.
    """
    if identity.needs_second_factor and action not in {*PUBLIC, Action.OWN_ACCOUNT}:
        return False
    return action in PUBLIC or identity.role in ROLES[action]
