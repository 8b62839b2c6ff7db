"""A server double for the simulator: right in little, and wrong in what a test asks for."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from uuid import uuid4
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

MOST = 500


class Double:
    """The API as far as the simulator asks it. `faults` are names of what it does wrong."""

    def __init__(self, *faults):
        self.faults = faults
        self.token = ""
        self.refreshed = {}
        self.session = None
        self.kept = defaultdict(list)
        self.closed = set()
        self.serials = {}
        self.parked = {}
        self.last = 0
        self.lock = threading.Lock()

    def __call__(self, environ, start):
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = json.loads(environ["wsgi.input"].read(size)) if size else {}
        bearer = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        with self.lock:
            status, answer = self.answer(environ["PATH_INFO"], body, bearer)
        start(f"{status} -", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    def answer(self, path, body, bearer):  # noqa: C901, PLR0911 — a table of its addresses
        if path in {"/api/auth/login", "/api/auth/refresh"}:
            return 200, self.tokens(body.get("refresh_token"))
        if bearer != self.token and "trusts any token" not in self.faults:
            return 401, {"code": "not_signed_in"}
        match path.strip("/").split("/"):
            case ["api", "sync", "batch"]:
                return self.batch(body["records"])
            case ["api", "sync", "heartbeat"]:
                held = body["session_id"] not in self.closed
                lease = {"lease": "held" if held else "ended", "rack_renewed": held}
                return 200, {**lease, "lock_ttl_remaining": 60 if held else 0}
            case ["api", "racks", "available"]:
                return 200, {"racks": [{"rack_id": "G-01"}]}
            case ["api", "racks", _, "claim"]:
                self.session = uuid4().hex
                return 200, {"session_id": self.session}
            case ["api", "racks", _, "release"]:
                self.closed.add(self.session)
                return 200, {"success": True}
            case ["api", "sessions", session_id, "records"]:
                found = [r for some in self.kept.values() for r in some]
                return 200, {"records": [r for r in found if r["session_id"] == session_id]}
        return 200, {}

    def tokens(self, refresh_token):
        """New tokens; for a refresh token that was used, those that it was given before. A request
        that hung up may well be answered after the one that came in its place.
        """
        if refresh_token not in self.refreshed:
            self.token = uuid4().hex
            new = {"access_token": self.token, "refresh_token": uuid4().hex}
            if refresh_token is None:
                return new
            self.refreshed[refresh_token] = new
        return self.refreshed[refresh_token]

    def batch(self, records):
        if len(records) > MOST and "takes any size" not in self.faults:
            return 400, {"code": "invalid_request"}
        answer = {"ok": [], "conflicts": [], "errors": [], "revisions": {}, "gaps": []}
        for record in records:
            self.take(record, answer)
        return 200, answer

    def take(self, record, answer):
        record_id, kept = record["client_record_id"], self.kept[record["client_record_id"]]
        if record["verified_qty"] < 0:
            wrong = {"client_record_id": record_id, "error_type": "invalid_record"}
            answer["errors"].append(wrong)
        elif conflict := self.conflict(record, kept):
            parked = self.parked.setdefault(json.dumps(record), uuid4().hex)
            answer["conflicts"].append(
                {"client_record_id": record_id, "conflict_type": conflict, "conflict_id": parked}
            )
        else:
            self.store(record, kept)
            answer["ok"].append(record_id)
            answer["revisions"][record_id] = kept[-1]["rev"] if kept else 1
            self.count(record["client_seq"], answer)

    def conflict(self, record, kept):
        if kept and _content(kept[-1]) == _content(record):
            return None
        if record["session_id"] in self.closed and "mixes late counts" not in self.faults:
            return "session_closed"
        base = record.get("base_rev")
        ignores = "ignores base_rev" in self.faults
        if kept and base is not None and base != kept[-1]["rev"] and not ignores:
            return "stale_update"
        for serial in record.get("serial_numbers", ()):
            if (
                self.serials.setdefault(serial, record["client_record_id"])
                != (record["client_record_id"])
            ):
                return "duplicate_serial"
        return None

    def store(self, record, kept):
        same = kept and _content(kept[-1]) == _content(record)
        if "forgets" in self.faults or (same and "doubles" not in self.faults):
            return
        rev = kept[-1]["rev"] + 1 if kept else 1
        if "doubles" not in self.faults:
            kept.clear()
        kept.append({**record, "rev": rev})

    def count(self, number, answer):
        if self.last and number > self.last + 1 and "counts no gaps" not in self.faults:
            answer["gaps"].append({"from": self.last + 1, "to": number - 1})
        self.last = max(self.last, number)


def _content(record):
    return {name: value for name, value in record.items() if name not in {"rev", "base_rev"}}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def serving(double):
    """The double behind a port of its own; its address."""
    with make_server("127.0.0.1", 0, double, _Server, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
