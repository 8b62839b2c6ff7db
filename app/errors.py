"""Every domain error: its code, HTTP status and title. This page is the API's table of codes.

A use case raises the most specific error with the facts as attributes; app/api/problems.py turns
it into an RFC 9457 problem. The text that a person reads is made here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from app.clock import iso


class DomainError(Exception):
    """Something a caller did, or met, that has a name in the warehouse."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "Bad request"

    def __init__(self, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


class InvalidRequest(DomainError):
    """The request's fields do not fit; `fields` names each and why."""

    code, status, title = "invalid_request", 400, "The request does not fit"

    def __init__(self, fields: dict[str, object]) -> None:
        super().__init__("Correct the named fields and send again.", errors=fields)


class MalformedJson(DomainError):
    code, status, title = "malformed_json", 400, "The body is no JSON object"


class UnsupportedMediaType(DomainError):
    code, status, title = "unsupported_media_type", 415, "The body must be JSON"


class UnknownEvent(DomainError):
    """A socket sent an event that the server does not have."""

    code, status, title = "unknown_event", 400, "There is no such event"

    def __init__(self) -> None:
        super().__init__("Send watch or heartbeat.")


class NotSignedIn(DomainError):
    """No token, or one that is forged, expired or revoked. Says nothing about which."""

    code, status, title = "not_signed_in", 401, "Sign in first"

    def __init__(self) -> None:
        super().__init__("Sign in and send the request again.")


class WrongCredentials(DomainError):
    code, status, title = "wrong_credentials", 401, "Name or password is wrong"

    def __init__(self) -> None:
        super().__init__("Check the user name and the password or PIN.")


class WrongCurrentSecret(DomainError):
    """No 401: the sign-in of who asks is good, and a page should not refresh it."""

    code, status, title = "wrong_current_secret", 403, "The current password or PIN is wrong"

    def __init__(self) -> None:
        super().__init__("Enter the password or PIN that you sign in with until now.")


class SecondFactorRequired(DomainError):
    """The password or PIN is right, and the account has a second factor. No failed guess."""

    code, status, title = "second_factor_required", 401, "A code is needed too"

    def __init__(self) -> None:
        super().__init__("Send the sign-in again with the code of the authenticator app.")


class WrongCode(DomainError):
    """No 401: the sign-in of who asks is good."""

    code, status, title = "wrong_code", 403, "The code does not fit"

    def __init__(self) -> None:
        super().__init__("Enter the six digits that the authenticator app shows now.")


class SecondFactorNeeded(DomainError):
    """The caller's role must have a second factor: without it, nothing but turning it on."""

    code, status, title = "second_factor_needed", 403, "Your role needs a second factor"

    def __init__(self) -> None:
        super().__init__("Turn it on in the account menu, then refresh the sign-in.")


class SecondFactorNotBegun(DomainError):
    code, status, title = "second_factor_not_begun", 409, "No secret waits for a code"

    def __init__(self) -> None:
        super().__init__("Begin again: the secret is shown anew.")


class CsrfFailed(DomainError):
    """A cookie came without its CSRF header."""

    code, status, title = "csrf_failed", 401, "The page's token is missing"

    def __init__(self) -> None:
        super().__init__("Reload the page and try again.")


class NotAllowed(DomainError):
    """The caller's role may not do this; nothing is said about what exists."""

    code, status, title = "not_allowed", 403, "Your role may not do this"

    def __init__(self) -> None:
        super().__init__("Ask a supervisor or an administrator.")


class NotYourSession(DomainError):
    code, status, title = "not_your_session", 403, "The session is not yours"

    def __init__(self, session_id: str) -> None:
        super().__init__("Claim the rack to start your own session.", session_id=session_id)


class NotFound(DomainError):
    code, status, title = "not_found", 404, "There is no such thing"


class RackUnknown(NotFound):
    code, title = "rack_unknown", "There is no such rack"

    def __init__(self, rack_id: str) -> None:
        super().__init__(f"No rack {rack_id!r} is on the floor plan.", rack_id=rack_id)


class FloorUnknown(NotFound):
    code, title = "floor_unknown", "There is no such floor"

    def __init__(self, floor: str) -> None:
        super().__init__(f"The floor plan has no rack on {floor!r}.", floor=floor)


class SessionUnknown(NotFound):
    code, title = "unknown_session", "There is no such session"

    def __init__(self, session_id: str) -> None:
        super().__init__("Claim the rack to start a session.", session_id=session_id)


class ItemUnknown(NotFound):
    code, title = "item_unknown", "The catalogue has no such item"

    def __init__(self, key: str) -> None:
        super().__init__(f"The catalogue has nothing under {key!r}.", key=key)


class ExportUnknown(NotFound):
    code, title = "export_unknown", "There is no such file"

    def __init__(self) -> None:
        super().__init__("The link is not whole, or is another's.")


class ExportGone(DomainError):
    """The link ended: the file was kept for an hour."""

    code, status, title = "export_gone", 410, "The file is kept no longer"

    def __init__(self) -> None:
        super().__init__("Export the report again.")


class JobUnknown(NotFound):
    code, title = "job_unknown", "There is no such job"

    def __init__(self, job_id: str) -> None:
        super().__init__("It was forgotten by its age, or is another's.", job_id=job_id)


class JobEnded(DomainError):
    code, status, title = "job_ended", 409, "The job is over"

    def __init__(self, job_id: str) -> None:
        super().__init__("There is nothing left to cancel.", job_id=job_id)


class TooManyJobs(DomainError):
    """One person shall not keep all others waiting."""

    code, status, title = "too_many_jobs", 409, "You have enough jobs under way"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Wait until one of your {limit} jobs is done, or cancel one.", limit=limit
        )


class ConflictUnknown(NotFound):
    code, title = "conflict_unknown", "There is no such conflict"

    def __init__(self, conflict_id: str) -> None:
        super().__init__("It may have been settled by an import.", conflict_id=conflict_id)


class ImportUnknown(NotFound):
    code, title = "import_unknown", "There is no such import"

    def __init__(self, import_id: str) -> None:
        super().__init__("Upload the file again.", import_id=import_id)


class ImportBusy(DomainError):
    """Another import changes the catalogue just now."""

    code, status, title = "import_busy", 409, "Another import is running"

    def __init__(self, import_id: str) -> None:
        super().__init__("Wait until it is done, and try again.", running=import_id)


class ImportNotReady(DomainError):
    """The import's state does not allow this: `state`."""

    code, status, title = "import_not_ready", 409, "The import's state does not allow this"

    def __init__(self, import_id: str, *, state: str) -> None:
        super().__init__(f"The import is {state}.", import_id=import_id, state=state)


class ImportSuperseded(DomainError):
    """Another import changed the catalogue since: taking this one back would take that back too."""

    code, status, title = "import_superseded", 409, "Another import came later"

    def __init__(self, import_id: str) -> None:
        super().__init__("Take the later import back first.", import_id=import_id)


class UnusableFile(DomainError):
    """The file is no table that can be read; the detail says why and what to do."""

    code, status, title = "unusable_file", 400, "The file cannot be read"


class EvidenceUnknown(NotFound):
    code, title = "evidence_unknown", "There is no such photo"

    def __init__(self, evidence_id: str) -> None:
        super().__init__("It was not uploaded, or not by you.", evidence_id=evidence_id)


class UserUnknown(NotFound):
    code, title = "user_unknown", "There is no such user"

    def __init__(self, user_id: str) -> None:
        super().__init__("Choose a user from the list.", user_id=user_id)


class ErrorUnknown(NotFound):
    code, title = "error_unknown", "The error log has no such entry"

    def __init__(self, error_id: str) -> None:
        super().__init__("It may have been removed by its age.", error_id=error_id)


class DeviceUnknown(NotFound):
    code, title = "device_unknown", "There is no such device"

    def __init__(self, device_id: str) -> None:
        super().__init__("Choose a device from the list.", device_id=device_id)


class UserExists(DomainError):
    code, status, title = "user_exists", 409, "The user name is taken"

    def __init__(self, username: str) -> None:
        super().__init__("Choose another user name.", username=username)


class RackExists(DomainError):
    code, status, title = "rack_exists", 409, "The rack exists already"

    def __init__(self, rack_id: str) -> None:
        super().__init__(f"Choose another id than {rack_id}.", rack_id=rack_id)


class PlaceTaken(DomainError):
    """Two racks cannot stand in one place."""

    code, status, title = "place_taken", 409, "Another rack stands there"

    def __init__(self, rack_id: str, *, row: int, column: int, by: str) -> None:
        super().__init__(
            f"Rack {by} stands in row {row}, column {column}. Choose a free place for {rack_id}.",
            rack_id=rack_id,
            row=row,
            column=column,
            by=by,
        )


class RackCounted(DomainError):
    """Somebody claimed the rack once, so records and sessions name it."""

    code, status, title = "rack_counted", 409, "The rack was counted before"

    def __init__(self, rack_id: str) -> None:
        super().__init__(f"Rack {rack_id} stays on the plan: its counts need it.", rack_id=rack_id)


class RackLocked(DomainError):
    """Somebody else holds the rack."""

    code, status, title = "rack_locked", 409, "The rack is being counted"

    def __init__(
        self, rack_id: str, *, holder: Mapping[str, object], since: datetime | None = None
    ) -> None:
        super().__init__(
            f"{holder.get('name') or 'Somebody'} is counting rack {rack_id}. Choose another rack.",
            rack_id=rack_id,
            holder=dict(holder),
            since=iso(since) if since else None,
        )


class WrongFloor(DomainError):
    """A claim named another floor than the rack stands on: the plan on the device is old."""

    code, status, title = "wrong_floor", 409, "The rack stands on another floor"

    def __init__(self, rack_id: str, *, floor: str) -> None:
        super().__init__(f"Rack {rack_id} stands on {floor}.", rack_id=rack_id, floor=floor)


class HeldOnOtherDevice(DomainError):
    """The caller holds the rack on another device, and may take it over by saying so."""

    code, status, title = "held_on_other_device", 409, "You count this rack on another device"

    def __init__(self, rack_id: str, *, holder: Mapping[str, object]) -> None:
        super().__init__(
            f"You count rack {rack_id} on another device. Take it over to go on here.",
            rack_id=rack_id,
            holder=dict(holder),
        )


class NotHolder(DomainError):
    """The move is the holder's, and the caller is not the holder."""

    code, status, title = "not_holder", 403, "You do not hold this rack"

    def __init__(self, rack_id: str) -> None:
        super().__init__(f"Claim rack {rack_id} first.", rack_id=rack_id)


class IllegalMove(DomainError):
    """The rack's state does not allow the move."""

    code, status, title = "illegal_move", 409, "The rack's state does not allow this"

    def __init__(self, rack_id: str, *, move: str, state: str) -> None:
        super().__init__(
            f"Rack {rack_id} is {state}; {move} is not possible.",
            rack_id=rack_id,
            move=move,
            state=state,
        )


class RackAssigned(DomainError):
    """A supervisor keeps the rack for somebody else."""

    code, status, title = "rack_assigned", 409, "The rack is assigned to somebody else"

    def __init__(self, rack_id: str, *, assigned_to: Mapping[str, object]) -> None:
        super().__init__(
            f"Rack {rack_id} is assigned to {assigned_to.get('name')}. Choose another rack.",
            rack_id=rack_id,
            assigned_to=dict(assigned_to),
        )


class CannotAssign(DomainError):
    """The person cannot count this rack."""

    code, status, title = "cannot_assign", 409, "This person cannot count the rack"

    def __init__(self, rack_id: str, *, name: str, why: str) -> None:
        super().__init__(
            f"{name} {why}. Choose somebody else for rack {rack_id}.", rack_id=rack_id, name=name
        )


class PassTaken(DomainError):
    """The caller took an earlier pass of this rack; a recount is another person's."""

    code, status, title = "pass_taken", 409, "A recount is another person's"

    def __init__(self, rack_id: str) -> None:
        super().__init__(
            f"You counted rack {rack_id} before, so somebody else recounts it.", rack_id=rack_id
        )


class TooManySessions(DomainError):
    code, status, title = "too_many_sessions", 409, "You hold as many racks as you may"

    def __init__(self, limit: int) -> None:
        super().__init__(f"Finish or release one of your {limit} racks first.", limit=limit)


class LeaseLost(DomainError):
    """The session no longer holds the rack."""

    code, status, title = "lease_lost", 409, "The rack is no longer yours"

    def __init__(self, rack_id: str) -> None:
        super().__init__(
            f"Your lease of rack {rack_id} ended. Your counts are safe; claim the rack again.",
            rack_id=rack_id,
        )


class NothingOffered(DomainError):
    """Nobody offered this rack to the caller."""

    code, status, title = "nothing_offered", 409, "The rack was not offered to you"

    def __init__(self, rack_id: str) -> None:
        super().__init__(f"Ask the holder of rack {rack_id} to offer it to you.", rack_id=rack_id)


class StocktakeUnknown(NotFound):
    code, title = "stocktake_unknown", "There is no such stocktake"

    def __init__(self, stocktake_id: str) -> None:
        super().__init__("Look at the list of stocktakes.", stocktake_id=stocktake_id)


class LineUnknown(NotFound):
    code, title = "line_unknown", "There is no such count line"

    def __init__(self) -> None:
        super().__init__("Look at the list of count lines.")


class RacksInUse(DomainError):
    """Racks of the new stocktake are being counted, or were counted in one that is still open."""

    code, status, title = "racks_in_use", 409, "These racks belong to another stocktake"

    def __init__(self, rack_ids: Sequence[str], *, stocktake_ids: Sequence[str]) -> None:
        super().__init__(
            "Close the other stocktake first, or choose other floors.",
            rack_ids=list(rack_ids),
            stocktake_ids=list(stocktake_ids),
        )


class NoRacks(DomainError):
    code, status, title = "no_racks", 409, "There is nothing to count"

    def __init__(self, warehouse: str) -> None:
        super().__init__(
            "The floor plan has no rack on these floors of this warehouse.", warehouse=warehouse
        )


class NoStocktake(DomainError):
    """The rack is in no open stocktake, so a count of it would belong nowhere."""

    code, status, title = "no_stocktake", 409, "No stocktake is open for this rack"

    def __init__(self, rack_id: str) -> None:
        super().__init__("Ask a supervisor to open a stocktake.", rack_id=rack_id)


class StocktakeClosed(DomainError):
    code, status, title = "stocktake_closed", 409, "The stocktake is closed"

    def __init__(self, stocktake_id: str) -> None:
        super().__init__("Its figures stay as they are.", stocktake_id=stocktake_id)


class StocktakeUnsettled(DomainError):
    """Something still waits for a count or a decision; `waiting` says how much of what."""

    code, status, title = "stocktake_unsettled", 409, "Not all is settled yet"

    def __init__(self, stocktake_id: str, waiting: Mapping[str, int]) -> None:
        super().__init__(
            "Count, decide or settle what is left, then close it.",
            stocktake_id=stocktake_id,
            waiting=dict(waiting),
        )


class NotSealed(DomainError):
    """A stocktake has no signed manifest: it is open, or was closed a moment ago."""

    code, status, title = "not_sealed", 409, "The stocktake is not sealed yet"

    def __init__(self, stocktake_id: str, state: str) -> None:
        super().__init__(
            "Close it and wait a moment: its manifest is signed once all of it is sealed.",
            stocktake_id=stocktake_id,
            state=state,
        )


class LineFrozen(DomainError):
    """A person decided on the line, so nothing changes it any more."""

    code, status, title = "line_frozen", 409, "Somebody decided on this line"

    def __init__(self, item_code: str, *, status: str, by: str) -> None:
        super().__init__(
            f"{by} has {status} {item_code}.", item_code=item_code, decision=status, by=by
        )


class LineChanged(DomainError):
    """The line changed after the caller looked at it."""

    code, status, title = "line_changed", 409, "The line changed meanwhile"

    def __init__(self, item_code: str) -> None:
        super().__init__("Look at it again, then decide.", item_code=item_code)


class LineNotCounted(DomainError):
    """Not counted is not zero: a person has to say that there is none."""

    code, status, title = "line_not_counted", 409, "Nobody counted this item"

    def __init__(self, item_code: str) -> None:
        super().__init__(
            "Have it counted, say that there is none, or reject it to keep the book's figure.",
            item_code=item_code,
        )


class NoSuchPass(DomainError):
    code, status, title = "no_such_pass", 409, "The line has no such pass"

    def __init__(self, item_code: str, *, fence: int) -> None:
        super().__init__("Choose one of its passes.", item_code=item_code, fence=fence)


class NoLateCount(DomainError):
    """The session's counts cannot be taken as a pass."""

    code, status, title = "no_late_count", 409, "There is no late count to take in"

    def __init__(self, session_id: str, why: str) -> None:
        super().__init__(why, session_id=session_id)


class AlreadySettled(DomainError):
    """Another supervisor settled the conflict first."""

    code, status, title = "already_settled", 409, "Somebody settled it first"

    def __init__(
        self, conflict_id: str, *, by: str, name: str, at: datetime | None, resolution: str
    ) -> None:
        when = f" at {at:%H:%M} UTC" if at else ""
        super().__init__(
            f"{name} settled it{when} with {resolution}.",
            conflict_id=conflict_id,
            settled_by=by,
            settled_by_name=name,
            settled_at=iso(at) if at else None,
            resolution=resolution,
        )


class TooLarge(DomainError):
    code, status, title = "too_large", 413, "The body is too large"


class PhotoTooLarge(TooLarge):
    title = "The photo is too large"

    def __init__(self, limit: int) -> None:
        super().__init__("Take it with fewer pixels.", limit_bytes=limit)


class FileTooLarge(TooLarge):
    title = "The file is too large"

    def __init__(self, limit: int) -> None:
        super().__init__("Split it, or save it as .xlsx.", limit_bytes=limit)


class NotAPhoto(DomainError):
    code, status, title = "not_a_photo", 415, "This is no photo"

    def __init__(self) -> None:
        super().__init__("Send a JPEG, PNG or WebP picture.")


class SnapshotUnknown(NotFound):
    code, title = "snapshot_unknown", "There is no such snapshot"

    def __init__(self, snapshot_id: str) -> None:
        super().__init__("It was removed, or never taken.", snapshot_id=snapshot_id)


class CompareUnknown(NotFound):
    code, title = "compare_unknown", "There is no such comparison"

    def __init__(self, job_id: str) -> None:
        super().__init__("It was removed, or never asked for.", job_id=job_id)


class CompareNotDone(DomainError):
    """Its rows are there once it is done."""

    code, status, title = "compare_not_done", 409, "The comparison is not done"

    def __init__(self, job_id: str, job_status: str) -> None:
        super().__init__("Ask for it until it is done.", job_id=job_id, status=job_status)


class SnapshotsDiffer(DomainError):
    """Two snapshots whose rows cannot be held against each other."""

    code, status, title = "snapshots_differ", 409, "The snapshots cannot be compared"

    def __init__(self, why: str) -> None:
        super().__init__(why)


class QueryTooSlow(DomainError):
    """A query did not end in the time it may take; nothing of it was kept."""

    code, status, title = "query_too_slow", 422, "The query takes too long"

    def __init__(self, seconds: float) -> None:
        super().__init__("Narrow it by more filters or fewer groups.", seconds=seconds)


class TooManyRequests(DomainError):
    """More than a working device sends, over HTTP and sockets together."""

    code, status, title = "too_many_requests", 429, "Too many requests"
    retry_after = 60

    def __init__(self) -> None:
        super().__init__("You send more than a working device does. Wait and go on.")


class StorageUnavailable(DomainError):
    """MongoDB cannot answer now. Nothing is acknowledged; clients keep what they have."""

    code, status, title = "storage_unavailable", 503, "The database cannot answer"
    retry_after = 2

    def __init__(self) -> None:
        super().__init__("Nothing was lost. Try again in a moment.", retryable=True)


class RedisUnavailable(DomainError):
    """Redis cannot answer now: no rack can be claimed, counts are still saved."""

    code, status, title = "redis_unavailable", 503, "Racks cannot be claimed now"
    retry_after = 2

    def __init__(self) -> None:
        super().__init__("Counts are still saved. Try again in a moment.", retryable=True)


class LastAdmin(DomainError):
    """The change would leave nobody who may manage users."""

    code, status, title = "last_admin", 409, "Somebody must stay administrator"

    def __init__(self) -> None:
        super().__init__("Make somebody else an administrator first.")


class ScheduleUnknown(NotFound):
    code, title = "schedule_unknown", "There is no such schedule"

    def __init__(self, schedule_id: str) -> None:
        super().__init__("It was removed, or has no webhook.", schedule_id=schedule_id)


class TooManySchedules(DomainError):
    """Each of them asks the database every day."""

    code, status, title = "too_many_schedules", 409, "There are enough schedules"

    def __init__(self, limit: int) -> None:
        super().__init__(f"Remove one of the {limit} that are there.", limit=limit)


class MailOff(DomainError):
    """E-mail was asked for, and no server for it is set up."""

    code, status, title = "mail_off", 409, "E-mail is not set up here"

    def __init__(self) -> None:
        super().__init__("An administrator sets SMTP_URL and MAIL_FROM. A webhook needs neither.")


class WebhookRefused(DomainError):
    """The address of a webhook is one that this server will not call."""

    code, status, title = "webhook_refused", 422, "The webhook's address is not called"

    def __init__(self, why: str) -> None:
        super().__init__(why)


class DeliveryUnknown(NotFound):
    code, title = "delivery_unknown", "There is no such delivery"

    def __init__(self, delivery_id: str) -> None:
        super().__init__("It was forgotten by its age.", delivery_id=delivery_id)


class DeliveryNotFailed(DomainError):
    """Only what failed is tried again by hand; what waits is tried anyway."""

    code, status, title = "delivery_not_failed", 409, "The delivery has not failed"

    def __init__(self, delivery_id: str, fate: str) -> None:
        super().__init__("There is nothing to try again.", delivery_id=delivery_id, fate=fate)
