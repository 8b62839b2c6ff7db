"""A device: one keep-alive connection, signed in, that times what it asks."""

from __future__ import annotations

import http.client
import json
from time import perf_counter
from typing import Any
from uuid import uuid4


class Device:
    """One signed-in connection. `ask` answers the body and the milliseconds it took."""

    def __init__(self, port: int, username: str, password: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Content-Type": "application/json"}
        answer, _ = self.ask("/api/auth/login", {"username": username, "password": password})
        self._headers["Authorization"] = f"Bearer {answer['access_token']}"
        self.username = username

    def ask(self, path: str, body: dict[str, Any] | None = None) -> tuple[dict[str, Any], float]:
        """POST a body, or GET without one. Raises RuntimeError for a refusal."""
        data = None if body is None else json.dumps(body)
        started = perf_counter()
        self._connection.request("GET" if data is None else "POST", path, data, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        took_ms = (perf_counter() - started) * 1000
        if answer.status not in (http.client.OK, http.client.CREATED, http.client.ACCEPTED):
            raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
        return json.loads(content), took_ms


def batch_of(session_id: str, size: int, *, serials: int = 0) -> dict[str, Any]:
    """A batch of new records, each with so many serial numbers of its own."""
    return {"records": [_record(session_id, serials) for _ in range(size)], "batch_id": uuid4().hex}


def _record(session_id: str, serials: int) -> dict[str, Any]:
    moment = "2026-01-05T08:00:00Z"
    return {
        "client_record_id": uuid4().hex,
        "session_id": session_id,
        "item_code": "85123A",
        "verified_qty": 12,
        "damage_qty": 1,
        "serial_numbers": [uuid4().hex for _ in range(serials)],
        "mfg_date": "2025-01",
        "mrp": 2.55,
        "uom": "EA",
        "category": "Holder",
        "item_condition": "good",
        "status": "finalized",
        "created_at": moment,
        "updated_at": moment,
    }
