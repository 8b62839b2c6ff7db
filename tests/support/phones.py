"""Phones: people who count through the application's own routes, without a network between."""

from __future__ import annotations

from app.auth.identity import Role
from app.auth.store import AuthStore
from tests.support.app import PASSWORD_HASH, signed_in
from tests.support.builders import a_record_json, an_account


class Phone:
    """Somebody of that name with a device. `role` matters where the warehouse has no such account;
    `user_id` is the account's.
    """

    def __init__(self, app, username="counter", role=Role.COUNTER):
        self.user_id = f"u-{username}"
        self.username = username
        self.warehouse = app.extensions["warehouse"]
        now = self.warehouse.clock.now()
        account = an_account(username, role, created_at=now, password_hash=PASSWORD_HASH)
        AuthStore(self.warehouse.db).add_missing([account])
        self._client = app.test_client(use_cookies=False)
        self._headers = signed_in(self._client, username)

    def get(self, path, **query):
        return self._client.get(path, headers=self._headers, query_string=query)

    def post(self, path, body=None):
        return self._client.post(path, headers=self._headers, json=body or {})

    def claim(self, rack_id):
        """Claim a rack; the session's id."""
        answer = self.post(f"/api/racks/{rack_id}/claim")
        assert answer.status_code == 200, answer.text
        return answer.json["session_id"]

    def sync(self, *records, batch_id="b1"):
        """Send a batch; the answer of one that was taken. Its news is told, as a moment later."""
        answer = self.post("/api/sync/batch", {"records": records, "batch_id": batch_id})
        assert answer.status_code == 200, answer.text
        self.warehouse.batches.news.follow_up()
        return answer.json

    def count(self, session_id, **fields):
        """Send one record that is expected to be ok; the record as it was sent."""
        record = a_record_json(session_id, **fields)
        assert self.sync(record)["ok"] == [record["client_record_id"]]
        return record

    def finish(self, session_id, **wish):
        return self.post(f"/api/sessions/{session_id}/complete", wish)


def only_conflict(answer):
    """The one conflict of an answer that has nothing else."""
    assert answer["ok"] == []
    assert answer["errors"] == []
    (conflict,) = answer["conflicts"]
    return conflict


def only_error(answer):
    """The one error of an answer that has nothing else."""
    assert answer["ok"] == []
    assert answer["conflicts"] == []
    (error,) = answer["errors"]
    return error


def stored(warehouse, record_id):
    """A record as it is kept."""
    return warehouse.db.verification_records.find_one({"client_record_id": record_id}, {"_id": 0})


def holders(warehouse):
    """Which record holds each serial number."""
    return {s["serial_number"]: s["client_record_id"] for s in warehouse.db.item_serials.find()}
