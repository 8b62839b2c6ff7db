"""A query frozen by the clock: once each due time, kept for a while, and sent to who wants it."""

from __future__ import annotations

import io
import json
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from app import create_app
from app.auth.identity import Identity, Role
from app.job_worker import kinds_of
from app.jobs.running import Work, WorkerStops
from app.reports.reader import Reader
from app.reports.snapshots import Snapshots
from app.reports.store import ReportStore
from app.schedules.deliveries import SILENT
from app.schedules.delivery import PAUSES
from app.schedules.sending import MOST_ROWS_ENCLOSED, MOST_ROWS_POSTED
from tests.support.app import signed_in
from tests.support.receiver import running_postbox, running_receiver

DAY = 86_400
ITEMS = {
    "collection": "erp_items",
    "columns": ["item_code", "stock_qty"],
    "sort": [{"column": "item_code"}],
}
BOSS = Identity(
    user_id="u-supervisor", username="supervisor", name="", role=Role.SUPERVISOR, sign_in_id="s"
)
"""For what comes after the end of every token."""
DAILY = {"every": "day", "hour": 7, "minute": 30, "zone": "Asia/Kolkata"}


def a_wish(**parts):
    return {"name": "Stock", "query": ITEMS, "rhythm": DAILY, "keeping": {"copies": 3}, **parts}


class Manager:
    """A supervisor's requests, and the clockwork of a server with its worker."""

    def __init__(self, warehouse, settings, username="supervisor"):
        self.warehouse, self.db = warehouse, warehouse.db
        self._client = create_app(warehouse, settings).test_client()
        self._header = signed_in(self._client, username)

    def ask(self, method, path, body=None, status=200):
        answer = self._client.open(
            f"/api/reports{path}", method=method, json=body, headers=self._header
        )
        assert answer.status_code == status, answer.text
        return answer.json

    def add(self, **parts):
        return self.ask("POST", "/schedules", a_wish(**parts), 201)

    def work(self):
        """What a worker does with all that is queued."""
        queued = [job["job_id"] for job in self.db.jobs.find({"state": "queued"})]
        for job_id in queued:
            self.warehouse.running.run(job_id, kinds_of(self.warehouse))
        return len(queued)

    def tick(self):
        """A turn of the clockwork, until nothing is left to do."""
        self.warehouse.schedules.begin_due()
        self.warehouse.deliveries.begin_due()
        while self.work():
            self.warehouse.deliveries.begin_due()

    def made(self, schedule):
        """What the schedule made, the oldest first."""
        found = self.db.report_snapshots.find({"schedule_id": schedule["schedule_id"]})
        return list(found.sort("created_at", 1))

    def sent(self, schedule):
        return self.ask("GET", f"/schedules/{schedule['schedule_id']}/deliveries")["deliveries"]


@pytest.fixture
def manager(warehouse, settings):
    warehouse.db.erp_items.insert_many(
        {"item_code": f"I-{n:03d}", "stock_qty": n} for n in range(20)
    )
    return Manager(warehouse, settings)


@pytest.fixture
def receiver():
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def postbox():
    with running_postbox() as postbox:
        yield postbox


@pytest.fixture
def sender(manager, warehouse_on, settings, receiver, postbox):
    """A manager of a server that may send letters, and call this machine."""
    outward = {
        "smtp_url": postbox.url,
        "mail_from": "StockVerify <stock@example.com>",
        "webhook_networks": ("127.0.0.0/8",),
        "public_url": "https://stock.example.com",
    }
    return Manager(warehouse_on(**outward), settings)


def wait_for(clock, schedule):
    """Move the clock to the schedule's next due time."""
    due = datetime.fromisoformat(schedule["next_at"])
    clock.move((due - clock.now()).total_seconds())
    return due


# ── due ──────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_due_at_its_hour_in_its_place(manager, clock):
    schedule = manager.add()
    manager.tick()
    assert manager.made(schedule) == []
    due = wait_for(clock, schedule)
    local = due.astimezone(ZoneInfo("Asia/Kolkata"))
    assert (local.hour, local.minute) == (7, 30)
    manager.tick()
    (made,) = manager.made(schedule)
    assert (made["snapshot_type"], made["summary"]["rows"]) == ("scheduled", 20)
    assert (made["created_by"], made["name"]) == ("u-supervisor", "Stock")
    told = manager.ask("GET", f"/schedules/{schedule['schedule_id']}")
    assert told["next_at"] == iso(due + timedelta(days=1))
    assert (told["last_at"], told["last"]["state"]) == (iso(due), "done")
    assert told["last"]["result"] == {"snapshot_id": made["snapshot_id"], "rows": 20}


def iso(moment):
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_due_time_is_made_once_though_many_processes_find_it(manager, clock, warehouse_on):
    schedule = manager.add()
    wait_for(clock, schedule)
    others = [warehouse_on() for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        turns = [pool.submit(other.schedules.begin_due) for other in others * 4]
    assert [turn.exception() for turn in turns] == [None] * 16
    assert manager.db.jobs.count_documents({"kind": "scheduled_snapshot"}) == 1
    manager.tick()
    assert len(manager.made(schedule)) == 1


def test_a_process_that_died_between_the_two_writes_of_a_due_time_loses_and_doubles_nothing(
    manager, clock
):
    schedule = manager.add()
    wait_for(clock, schedule)
    before = manager.db.report_schedules.find_one({})
    manager.warehouse.schedules.begin_due()
    manager.db.report_schedules.replace_one({}, before)  # as if it had died before the second
    manager.warehouse.schedules.begin_due()
    manager.tick()
    assert len(manager.made(schedule)) == 1
    told = manager.ask("GET", f"/schedules/{schedule['schedule_id']}")
    assert datetime.fromisoformat(told["next_at"]) > clock.now()


def test_what_was_missed_while_all_was_down_is_made_once(manager, clock):
    schedule = manager.add()
    clock.move(9 * DAY)
    manager.tick()
    manager.tick()
    assert len(manager.made(schedule)) == 1
    told = manager.warehouse.schedules.get(schedule["schedule_id"]).schedule
    assert clock.now() < told.next_at <= clock.now() + timedelta(days=1)


def test_a_worker_that_is_killed_in_the_middle_leaves_one_whole_snapshot(manager, clock):
    schedule = manager.add()
    wait_for(clock, schedule)
    manager.warehouse.schedules.begin_due()
    job_id = manager.db.jobs.find_one({})["job_id"]
    manager.db.create_collection(f"report_rows.{job_id}")  # rows of a first try, no snapshot yet
    manager.db[f"report_rows.{job_id}"].insert_one({"_id": 99, "c": {"f0": "X", "f1": 1}})

    def cut(work: Work):
        kinds_of(manager.warehouse)["scheduled_snapshot"](work)
        raise WorkerStops  # after all of it was done, before that was noted

    with pytest.raises(WorkerStops):
        manager.warehouse.running.run(job_id, {"scheduled_snapshot": cut})
    manager.tick()
    (made,) = manager.made(schedule)
    rows = manager.ask("GET", f"/snapshots/{made['snapshot_id']}/rows")["rows"]
    assert rows == [[f"I-{n:03d}", n] for n in range(20)]


def test_a_paused_schedule_makes_nothing_and_does_not_make_up_for_it(manager, clock):
    schedule = manager.add()
    manager.warehouse.schedules.pause(schedule["schedule_id"], by=BOSS)
    clock.move(3 * DAY)
    manager.tick()
    manager.warehouse.schedules.resume(schedule["schedule_id"], by=BOSS)
    manager.tick()
    assert manager.made(schedule) == []
    clock.move(DAY)
    manager.tick()
    assert len(manager.made(schedule)) == 1


def test_a_run_that_fails_says_why_and_the_next_one_comes(manager, clock):
    schedule = manager.add()
    manager.db.report_schedules.update_one({}, {"$set": {"query.columns": ["no_such_field"]}})
    wait_for(clock, schedule)
    manager.tick()
    last = manager.warehouse.schedules.get(schedule["schedule_id"]).last
    assert last is not None
    assert (last.state, last.error is not None) == ("failed", True)
    manager.db.report_schedules.update_one({}, {"$set": {"query.columns": ["item_code"]}})
    clock.move(DAY)
    manager.tick()
    assert len(manager.made(schedule)) == 1


# ── kept ─────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_latest_copies_stay_and_rows_go_with_the_rest(manager, clock):
    schedule = manager.add(keeping={"copies": 2})
    ids = []
    for _ in range(4):
        clock.move(DAY)
        manager.tick()
        ids.append(manager.made(schedule)[-1]["snapshot_id"])
    assert [made["snapshot_id"] for made in manager.made(schedule)] == ids[2:]
    there = manager.db.list_collection_names()
    assert [f"report_rows.{snapshot_id}" in there for snapshot_id in ids] == [False] * 2 + [
        True
    ] * 2


def test_a_copy_that_somebody_removes_meanwhile_keeps_no_snapshot_from_its_receivers(
    manager, clock
):
    """The rest of the job would not be done: the snapshot would be made and never sent."""

    class Behind(ReportStore):
        def beyond(self, schedule_id, copies):
            found = super().beyond(schedule_id, copies)
            assert all(map(self.remove, found))
            return found

    schedule = manager.add()
    for _ in range(3):
        clock.move(DAY)
        manager.tick()
    reader = Reader(manager.db)
    Snapshots(Behind(manager.db), reader, clock).keep_latest(schedule["schedule_id"], 1)
    assert len(manager.made(schedule)) == 1


def test_after_its_days_a_snapshot_goes_though_its_schedule_was_removed(manager, clock):
    schedule = manager.add(keeping={"days": 2})
    by_hand = manager.ask("POST", "/snapshots", {"name": "Mine", "query": ITEMS}, 201)
    clock.move(DAY)
    manager.tick()
    manager.warehouse.schedules.remove(schedule["schedule_id"], by=BOSS)
    clock.move(2 * DAY - 1)
    assert manager.warehouse.snapshots.drop_ended() == 0
    (made,) = manager.made(schedule)
    clock.move(2)
    assert manager.warehouse.snapshots.drop_ended() == 1
    assert manager.made(schedule) == []
    there = manager.db.list_collection_names()
    assert f"report_rows.{made['snapshot_id']}" not in there
    assert f"report_rows.{by_hand['snapshot_id']}" in there


# ── delivered ────────────────────────────────────────────────────────────────────────────────────


def test_a_webhook_is_tried_again_until_it_takes_the_snapshot(sender, receiver, clock):
    receiver.answers = [500, 503]
    schedule = sender.add(receivers={"webhook": receiver.url})
    sender.ask("POST", f"/schedules/{schedule['schedule_id']}/run", status=202)
    sender.tick()
    (waiting,) = sender.sent(schedule)
    assert (waiting["fate"], len(waiting["attempts"])) == ("waiting", 1)
    assert waiting["receiver"].endswith("/stock?…"), "its query may be a secret"
    sender.tick()
    assert len(receiver.got) == 1, "not before its pause is over"
    for pause in PAUSES[:2]:
        clock.move(pause.total_seconds())
        sender.tick()
    (done,) = sender.warehouse.deliveries.page(schedule["schedule_id"], after=None, limit=5)
    assert (done.fate, [a.detail for a in done.attempts]) == (
        "delivered",
        ["HTTP 500", "HTTP 503", "HTTP 200"],
    )
    first, *rest = receiver.got
    assert {each.headers["webhook-id"] for each in rest} == {first.headers["webhook-id"]}
    assert {each.path for each in receiver.got} == {"/stock?key=k1"}
    told = json.loads(rest[-1].body)
    assert (told["type"], told["data"]["row_count"]) == ("report.snapshot", 20)
    assert told["data"]["rows"][3] == ["I-003", 3]
    assert told["data"]["sums"] == {"stock_qty": 190}
    assert told["data"]["url"].startswith("https://stock.example.com/reports#kept=")
    for each in receiver.got:
        assert each.headers["webhook-signature"] == signed_by_hand(schedule["secret"], each)


def signed_by_hand(secret, message):
    """HMAC-SHA256 by RFC 2104 over id, time and body, as Standard Webhooks says."""
    key = b64decode(secret.removeprefix("whsec_")).ljust(64, b"\0")
    stamp = f"{message.headers['webhook-id']}.{message.headers['webhook-timestamp']}."
    inner = sha256(bytes(b ^ 0x36 for b in key) + stamp.encode() + message.body).digest()
    digest = sha256(bytes(b ^ 0x5C for b in key) + inner).digest()
    return "v1," + b64encode(digest).decode()


def test_a_webhook_that_never_takes_it_is_given_up_after_hours_and_tried_again_by_hand(
    sender, receiver, clock
):
    receiver.answers = [500] * (len(PAUSES) + 1)
    later = {"every": "week", "weekday": (clock.now().weekday() + 4) % 7, "hour": 0, "zone": "UTC"}
    schedule = sender.add(rhythm=later, receivers={"webhook": receiver.url})
    sender.warehouse.schedules.run_now(schedule["schedule_id"])
    sender.tick()
    for pause in PAUSES:
        clock.move(pause.total_seconds())
        sender.tick()
    (failed,) = sender.warehouse.deliveries.page(schedule["schedule_id"], after=None, limit=5)
    assert (failed.fate, len(failed.attempts)) == ("failed", len(PAUSES) + 1)
    clock.move(DAY)
    sender.tick()
    assert len(receiver.got) == len(PAUSES) + 1
    sender.warehouse.deliveries.again(failed.delivery_id)
    sender.tick()
    (done,) = sender.warehouse.deliveries.page(schedule["schedule_id"], after=None, limit=5)
    assert done.fate == "delivered"


def test_an_attempt_whose_worker_died_is_made_again(sender, receiver, clock):
    schedule = sender.add(receivers={"webhook": receiver.url})
    sender.warehouse.schedules.run_now(schedule["schedule_id"])
    sender.work()
    sender.warehouse.deliveries.begin_due()
    sender.db.jobs.update_many({"kind": "delivery"}, {"$set": {"state": "failed"}})
    sender.tick()
    assert receiver.got == []
    clock.move(601)
    sender.tick()
    clock.move(PAUSES[0].total_seconds())
    sender.tick()
    assert len(receiver.got) == 1


def test_an_attempt_that_no_worker_ever_ends_is_given_up_and_told(sender, receiver, clock):
    later = {"every": "week", "weekday": (clock.now().weekday() + 4) % 7, "hour": 0, "zone": "UTC"}
    schedule = sender.add(rhythm=later, receivers={"webhook": receiver.url})
    sender.warehouse.schedules.run_now(schedule["schedule_id"])
    sender.work()
    for pause in (*PAUSES, timedelta(0), timedelta(days=1)):
        sender.warehouse.deliveries.begin_due()
        sender.db.jobs.update_many({"kind": "delivery"}, {"$set": {"state": "failed"}})
        clock.move(601)
        sender.warehouse.deliveries.begin_due()
        clock.move(pause.total_seconds())
    (failed,) = sender.warehouse.deliveries.page(schedule["schedule_id"], after=None, limit=5)
    assert (failed.fate, failed.turn) == ("failed", len(PAUSES) + 1)
    assert [each.detail for each in failed.attempts] == [SILENT] * (len(PAUSES) + 1)
    told = [event.data["type"] for event in sender.warehouse.event_log.since(0)]
    assert told.count("report_not_delivered") == 1
    assert receiver.got == []


def test_who_asks_for_it_again_while_it_waits_gets_the_same_job(manager):
    schedule = manager.add()
    path = f"/schedules/{schedule['schedule_id']}/run"
    first, second = (manager.ask("POST", path, status=202)["job_id"] for _ in range(2))
    assert first == second
    manager.tick()
    assert manager.ask("POST", path, status=202)["job_id"] != first


def test_a_letter_goes_to_each_address_with_the_file(sender, postbox):
    schedule = sender.add(
        name="Evening stock", receivers={"mail": ["ada@example.com", "ben@example.com"]}
    )
    sender.ask("POST", f"/schedules/{schedule['schedule_id']}/run", status=202)
    sender.tick()
    assert sorted(to for (to,), _ in postbox.letters) == ["ada@example.com", "ben@example.com"]
    _, letter = postbox.letters[0]
    assert (letter["Subject"], letter["From"]) == (
        "Evening stock: 20 rows",
        "StockVerify <stock@example.com>",
    )
    text = letter.get_body(("plain",)).get_content()
    assert "https://stock.example.com/reports#kept=" in text
    assert "Sum of Book: 190" in text
    (file,) = letter.iter_attachments()
    assert file.get_filename() == "Evening-stock.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(file.get_content()))
    assert book["Rows"].max_row == 21
    assert {each["fate"] for each in sender.sent(schedule)} == {"delivered"}


def test_a_letter_that_was_taken_is_not_sent_twice_for_a_bad_farewell(sender, postbox, clock):
    postbox.farewell = "421 Too busy to say good-bye"
    schedule = sender.add(receivers={"mail": ["ada@example.com"]})
    sender.warehouse.schedules.run_now(schedule["schedule_id"])
    sender.tick()
    clock.move(PAUSES[0].total_seconds())
    sender.tick()
    assert len(postbox.letters) == 1
    assert [each["fate"] for each in sender.sent(schedule)] == ["delivered"]


def test_an_address_that_does_not_exist_fails_alone_and_at_once(sender, postbox):
    postbox.refuses = {"gone@example.com": "550 No such user", "full@example.com": "452 Full"}
    mail = ["ada@example.com", "gone@example.com", "full@example.com"]
    schedule = sender.add(receivers={"mail": mail, "format": "csv"})
    sender.ask("POST", f"/schedules/{schedule['schedule_id']}/run", status=202)
    sender.tick()
    fates = {each["receiver"]: each for each in sender.sent(schedule)}
    assert {to: each["fate"] for to, each in fates.items()} == {
        "ada@example.com": "delivered",
        "gone@example.com": "failed",
        "full@example.com": "waiting",
    }
    assert fates["gone@example.com"]["attempts"][0]["detail"] == "SMTP 550: No such user"
    assert len(postbox.letters) == 1


def test_what_is_too_large_is_sent_as_a_link(sender, postbox, receiver):
    schedule = sender.add(receivers={"mail": ["ada@example.com"], "webhook": receiver.url})
    sender.ask("POST", f"/schedules/{schedule['schedule_id']}/run", status=202)
    sender.work()
    large = max(MOST_ROWS_ENCLOSED, MOST_ROWS_POSTED) + 1
    sender.db.report_snapshots.update_one({}, {"$set": {"summary.rows": large}})
    sender.tick()
    _, letter = postbox.letters[0]
    assert list(letter.iter_attachments()) == []
    assert "download it where it is kept" in letter.get_content()
    data = json.loads(receiver.got[0].body)["data"]
    assert (data["rows"], data["row_count"]) == (None, large)


def test_a_removed_schedule_sends_nothing_more(sender, receiver, clock):
    receiver.answers = [500]
    schedule = sender.add(receivers={"webhook": receiver.url})
    sender.ask("POST", f"/schedules/{schedule['schedule_id']}/run", status=202)
    sender.tick()
    sender.ask("DELETE", f"/schedules/{schedule['schedule_id']}")
    clock.move(DAY)
    sender.tick()
    assert len(receiver.got) == 1
    (left,) = sender.warehouse.deliveries.page(schedule["schedule_id"], after=None, limit=5)
    assert left.fate == "cancelled"


# ── asked for ────────────────────────────────────────────────────────────────────────────────────


def test_the_secret_is_told_once_and_may_be_renewed(manager):
    schedule = manager.add(receivers={"webhook": "https://example.com/hook"})
    assert schedule["secret"].startswith("whsec_")
    path = f"/schedules/{schedule['schedule_id']}"
    assert "secret" not in manager.ask("GET", path)
    assert schedule["secret"] not in json.dumps(manager.ask("GET", "/schedules"))
    renewed = manager.ask("POST", f"{path}/secret", status=201)["secret"]
    assert renewed != schedule["secret"]
    other = manager.add()
    assert other["secret"] is None
    manager.ask("POST", f"/schedules/{other['schedule_id']}/secret", status=404)


def test_without_a_mail_server_e_mail_is_refused_and_the_list_says_so(manager, sender):
    wish = a_wish(receivers={"mail": ["ada@example.com"]})
    assert manager.ask("POST", "/schedules", wish, 409)["code"] == "mail_off"
    assert manager.ask("GET", "/schedules")["may_mail"] is False
    assert sender.ask("GET", "/schedules")["may_mail"] is True


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "ftp://a.b", "https://u@a.b"],
)
def test_an_address_that_will_not_be_called_is_refused_at_once(manager, url):
    wish = a_wish(receivers={"webhook": url})
    assert manager.ask("POST", "/schedules", wish, 422)["code"] == "webhook_refused"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rhythm", {**DAILY, "zone": "Asia/Nowhere"}),
        ("rhythm", {**DAILY, "zone": "../../etc/passwd"}),
        ("rhythm", {**DAILY, "hour": 24}),
        ("rhythm", {**DAILY, "every": "month"}),
        ("keeping", {}),
        ("keeping", {"copies": 0}),
        ("receivers", {"mail": ["not an address"]}),
        ("receivers", {"mail": ["a@b.example\r\nBcc: c@d.example"]}),
        ("query", {"collection": "users"}),
    ],
)
def test_what_does_not_fit_is_named(manager, field, value):
    refused = manager.ask("POST", "/schedules", a_wish(**{field: value}), 400)
    assert field in refused["errors"]


def test_who_may_what(manager, settings):
    schedule = manager.add()
    path = f"/schedules/{schedule['schedule_id']}"
    auditor = Manager(manager.warehouse, settings, "auditor")
    assert [s["name"] for s in auditor.ask("GET", "/schedules")["schedules"]] == ["Stock"]
    auditor.ask("GET", f"{path}/deliveries")
    auditor.ask("POST", "/schedules", a_wish(), 403)
    auditor.ask("DELETE", path, status=403)
    Manager(manager.warehouse, settings, "counter").ask("GET", "/schedules", status=403)
    assert manager.ask("PATCH", path, {"is_paused": True})["is_paused"] is True
    assert manager.ask("PATCH", path, {"is_paused": False})["is_paused"] is False
    manager.ask("DELETE", path)
    manager.ask("GET", path, status=404)
    manager.warehouse.activity.flush()
    acts = manager.db.activity_logs.distinct("action", {"user": "supervisor"})
    assert {"schedule_added", "schedule_paused", "schedule_resumed", "schedule_removed"} <= {*acts}
