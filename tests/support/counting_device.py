"""A device that counts a rack and syncs it as the browser's sync manager does.

What got no answer is sent again as it was, what changed meanwhile after it, and nothing is
forgotten but by an answer.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import requests

from app.clock import iso
from tests.support.builders import NOON, a_record_json

ANSWER_S = 6
"""More than the server takes to say 503."""
BATCH, SMALLEST = 20, 2
PAUSE_S = (0.05, 1.0)
AMENDED, WITH_SERIALS = 0.25, 0.3
NOT_NOW = {429, 503}


class Count:
    """One count: all versions of its content, the newest last, and what the server said of them."""

    def __init__(self, first):
        self.versions = [first]
        self.sent = 0
        """How many of the versions were ever sent."""
        self.acked = 0
        """How many of them the newest that was acknowledged is after."""
        self.unanswered = None
        """The number of the version that was sent and is not answered for, and as it was sent."""
        self.rev = None

    @property
    def is_due(self):
        return self.unanswered is not None or self.acked < len(self.versions)

    def to_send(self):
        if self.unanswered is None:
            based = {} if self.rev is None else {"base_rev": self.rev}
            self.unanswered = (len(self.versions), {**self.versions[-1], **based})
            self.sent = len(self.versions)
        return self.unanswered[1]

    def settle(self, rev):
        self.acked, self.unanswered, self.rev = self.unanswered[0], None, rev


class CountingDevice:
    """Counts `lines` of one rack, a few at a time, and syncs them by the way of `base_url`."""

    def __init__(self, person, base_url, lines, seed):
        self.person = person
        self.rack_id = lines[0]["rack_id"]
        self.session_id = person.claim(self.rack_id)["session_id"]
        self.counts = {}
        self.refused = []
        """Verdicts that no calm network would have given."""
        self.met = Counter()
        self._url = f"{base_url}/api/sync/batch"
        self._lines = list(lines)
        self._rng = random.Random(seed)  # noqa: S311
        self._most = BATCH
        self._quiet = threading.Event()
        self._may_work = threading.Event()
        self._may_work.set()
        self._over = threading.Event()
        self._now_is = NOON
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def rest(self):
        """Send nothing more for now; returns when nothing is on its way."""
        self._quiet.clear()
        self._may_work.clear()
        assert self._quiet.wait(ANSWER_S * 3)

    def go_on(self):
        """Work again."""
        self._may_work.set()

    def end(self):
        self._over.set()
        self._may_work.set()
        self._thread.join(ANSWER_S * 3)

    @property
    def is_done(self):
        return not self._lines and not any(count.is_due for count in list(self.counts.values()))

    # ── counting ─────────────────────────────────────────────────────────────────────────────────

    def _count_some(self):
        if self._lines and self.counts and self._rng.random() < AMENDED:
            self._amend(self._rng.choice(list(self.counts.values())))
        for line in self._lines[:5]:
            record = a_record_json(
                self.session_id,
                client_record_id=f"{self.session_id}-{line['line']}",
                item_code=line["item_code"],
                verified_qty=int(line["verified_qty"]),
                rack_id=self.rack_id,
                serial_numbers=self._serials(),
                **self._now(),
            )
            self.counts[record["client_record_id"]] = Count(record)
        del self._lines[:5]

    def _amend(self, count):
        """The counter corrects one: another quantity, and now and then other serials."""
        before = count.versions[-1]
        change = {"verified_qty": self._rng.randrange(50), "updated_at": self._now()["updated_at"]}
        if self._rng.random() < WITH_SERIALS:
            change["serial_numbers"] = before["serial_numbers"][1:] + self._serials()
        count.versions.append({**before, **change})

    def _serials(self):
        number = self._rng.choice((1, 2)) if self._rng.random() < WITH_SERIALS else 0
        return [f"SN-{uuid4().hex}" for _ in range(number)]

    def _now(self):
        self._now_is += timedelta(seconds=1)
        at = iso(self._now_is)
        return {"created_at": at, "updated_at": at}

    # ── syncing ──────────────────────────────────────────────────────────────────────────────────

    def _work(self):
        pause = PAUSE_S[0]
        while not self._over.is_set():
            if not self._may_work.is_set():
                self._quiet.set()
                self._may_work.wait()
                continue
            self._count_some()
            if self._sync():
                pause = PAUSE_S[0]
                self._most = min(BATCH, self._most * 2)
            else:
                pause = min(PAUSE_S[1], pause * 2)
            time.sleep(self._rng.uniform(0, pause))

    def _sync(self):
        """Send the oldest that are due; whether the server took them."""
        due = [count for count in self.counts.values() if count.is_due][: self._most]
        if not due:
            return True
        records = [count.to_send() for count in due]
        headers = {"Authorization": f"Bearer {self.person.token}", "Connection": "close"}
        try:
            answer = requests.post(
                self._url, json={"records": records}, headers=headers, timeout=ANSWER_S
            )
            told = answer.json()
        except (requests.RequestException, ValueError):
            self.met["unreachable"] += 1
            self._most = max(SMALLEST, self._most >> 1)
            return False
        self.met[answer.status_code] += 1
        if answer.status_code != 200:
            if answer.status_code not in NOT_NOW:
                self.refused.append(told)
            return False
        return self._settle(told)

    def _settle(self, told):
        for record_id in told["ok"]:
            self.counts[record_id].settle(told["revisions"][record_id])
        again = [each for each in told["errors"] if each["details"].get("retryable")]
        self.met["try again"] += len(again)
        self.refused += told["conflicts"] + [e for e in told["errors"] if e not in again]
        return not again
