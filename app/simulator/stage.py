"""The stage of a play: a device that signed in, with a rack of its own, and what it sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from app.simulator.client import Answer, Client

BATCH = "/api/sync/batch"
MOST_KEPT = 200


class Failed(Exception):
    """A rule does not hold; the text is what was found instead."""


def expect(holds: object, found: str) -> None:
    """Raise Failed where a rule does not hold."""
    if not holds:
        raise Failed(found)


class Stage:
    """What the rules share. Raises Failed where the stage cannot be set."""

    def __init__(self, client: Client, credentials: dict[str, Any], rack_id: str | None) -> None:
        self.client = client
        self.credentials = credentials
        self.refresh_token = ""
        self.rack_id = rack_id or ""
        self.session_id = ""
        self.item_code = ""
        self._sequence = int(datetime.now(UTC).timestamp()) * 1000
        self.sent: dict[str, dict[str, Any]] = {}

    def set_up(self) -> None:
        """Sign in, find an item, and claim the rack, or the first that is free."""
        self.sign_in()
        items = self.client.get("/api/items", limit=1).body.get("items") or [{}]
        self.item_code = str(items[0].get("item_code") or "SIMULATED")
        if not self.rack_id:
            free = self.client.get("/api/racks/available").body.get("racks") or []
            expect(free, "no rack is free for this account")
            self.rack_id = str(free[0]["rack_id"])
        self.claim()

    def take_back(self) -> None:
        """Take all counts of the session back: nothing of the play is in a figure."""
        kept = {each["client_record_id"] for each in self._kept(self.session_id)}
        voids = [
            self.newer(record, verified_qty=0, serial_numbers=[], voided=True)
            for record_id, record in self.sent.items()
            if record_id in kept
        ]
        if voids:
            self.send(*({k: void[k] for k in void if k != "base_rev"} for void in voids))

    def tear_down(self) -> None:
        """Take the counts back, and give the rack back."""
        self.take_back()
        self.client.post(f"/api/racks/{self.rack_id}/release")

    def sign_in(self) -> None:
        answer = self.client.post("/api/auth/login", self.credentials)
        expect(answer.status == 200, f"signing in answered {answer}")  # noqa: PLR2004
        self._take_tokens(answer)

    def refresh(self) -> Answer:
        answer = self.client.post("/api/auth/refresh", {"refresh_token": self.refresh_token})
        if "access_token" in answer.body:
            self._take_tokens(answer)
        return answer

    def claim(self) -> None:
        answer = self.client.post(f"/api/racks/{self.rack_id}/claim", {})
        expect(answer.body.get("session_id"), f"claiming {self.rack_id} answered {answer}")
        self.session_id = str(answer.body["session_id"])

    # ── counts ───────────────────────────────────────────────────────────────────────────────────

    def record(self, quantity: float = 3, **fields: Any) -> dict[str, Any]:
        """A new count."""
        now = _iso(datetime.now(UTC))
        self._sequence += 1
        return {
            "client_record_id": f"sim-{uuid4().hex}",
            "session_id": self.session_id,
            "item_code": self.item_code,
            "verified_qty": quantity,
            "status": "finalized",
            "created_at": now,
            "updated_at": now,
            "device_id": self.credentials.get("device_id"),
            "client_seq": self._sequence,
            **fields,
        }

    def newer(self, record: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A change of a count, made now."""
        return {**record, "updated_at": _iso(datetime.now(UTC) + timedelta(seconds=1)), **fields}

    def skip_a_number(self) -> int:
        """A count that the device could not keep: its number is never sent."""
        self._sequence += 1
        return self._sequence

    def batch(self, *records: dict[str, Any]) -> dict[str, Any]:
        """A batch's body; its records are remembered, to be taken back at the end."""
        self.sent |= {r["client_record_id"]: r for r in records if r.get("client_record_id")}
        return {"batch_id": uuid4().hex, "records": list(records)}

    def send(self, *records: dict[str, Any]) -> dict[str, Any]:
        """Send records; the answer of a batch that was taken, each record in one list."""
        return taken(self.client.post(BATCH, self.batch(*records)), records)

    def stored(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        """How the server shows this count: once, or not at all."""
        kept = self._kept(record["session_id"])
        return [each for each in kept if each["client_record_id"] == record["client_record_id"]]

    def expect_stored_once(self, records: Sequence[dict[str, Any]]) -> None:
        """Each of these counts is stored once, with the quantity it was sent with."""
        for record in records:
            found = [each["verified_qty"] for each in self.stored(record)]
            wanted = [record["verified_qty"]]
            expect(found == wanted, f"{record['client_record_id']} is stored as {found}")

    def _kept(self, session_id: str) -> list[dict[str, Any]]:
        path = f"/api/sessions/{session_id}/records"
        return self.client.get(path, limit=MOST_KEPT).body.get("records") or []

    def _take_tokens(self, answer: Answer) -> None:
        self.client.token = answer.body.get("access_token")
        self.refresh_token = str(answer.body.get("refresh_token"))


def taken(answer: Answer, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The body of a batch's answer, in which each record stands in exactly one list."""
    expect(answer.status == 200, f"the batch answered {answer}")  # noqa: PLR2004
    body = answer.body
    named = [
        *body.get("ok", ()),
        *(each["client_record_id"] for each in body.get("conflicts", ())),
        *(each["client_record_id"] for each in body.get("errors", ())),
    ]
    wanted = [record.get("client_record_id") for record in records]
    expect(sorted(map(str, named)) == sorted(map(str, wanted)), "a record is in no list, or in two")
    return body


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
