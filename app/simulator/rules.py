"""The rules, numbered as in docs/devices.md: what a device may rely on when things go wrong.

Each plays one mishap, and says in a sentence what a right server does. What it finds instead is the
rule's failure.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.simulator.stage import BATCH, Stage, expect, taken

COPIES = 4
MOST_RECORDS = 500
FLOOD_AT_MOST = 5_000
OK, UNAUTHORIZED, TOO_MANY = 200, 401, 429
REFUSED_WHOLE = {400, 413, 422}


@dataclass(frozen=True, slots=True)
class Rule:
    """`number` is the one of docs/devices.md; `wanted`: only played when it is asked for."""

    number: int
    name: str
    expected: str
    play: Callable[[Stage], None]
    wanted: bool = False


RULES: list[Rule] = []


def _rule(name: str, expected: str, *, wanted: bool = False) -> Callable[..., None]:
    def register(play: Callable[[Stage], None]) -> None:
        RULES.append(Rule(len(RULES) + 1, name, expected, play, wanted))

    return register


@_rule("A lost answer", "The batch is sent again: every id is ok, and each count is stored once.")
def _lost_answer(stage: Stage) -> None:
    records = [stage.record(n) for n in (1, 2, 3)]
    body = stage.batch(*records)
    stage.client.hang_up("POST", BATCH, body)
    answer = taken(stage.client.post(BATCH, body), records)
    expect(sorted(answer["ok"]) == sorted(r["client_record_id"] for r in records), "not all are ok")
    stage.expect_stored_once(records)


@_rule("Duplicates", "The same batch several times at once counts as if it was sent once.")
def _duplicates(stage: Stage) -> None:
    records = [stage.record(n) for n in (4, 5)]
    body = stage.batch(*records)
    with ThreadPoolExecutor(COPIES) as at_once:
        answers = list(at_once.map(lambda _: stage.client.post(BATCH, body), range(COPIES)))
    for answer in answers:
        expect(len(taken(answer, records)["ok"]) == len(records), "a copy was not ok")
    stage.expect_stored_once(records)


@_rule(
    "Reordering",
    "A change of an older revision is a stale_update conflict, and the newer one stands.",
)
def _reordering(stage: Stage) -> None:
    first = stage.record(6)
    rev = stage.send(first)["revisions"].get(first["client_record_id"])
    newest = stage.newer(first, verified_qty=8, base_rev=rev)
    stage.send(newest)
    late = stage.newer(first, verified_qty=7, base_rev=rev)
    conflicts = stage.send(late)["conflicts"]
    found = [each["conflict_type"] for each in conflicts]
    expect(found == ["stale_update"], f"the older change came to {found or 'ok'}")
    stage.expect_stored_once([newest])


@_rule("A wrong clock", "With base_rev the revision decides, however many days the clock is wrong.")
def _clock_skew(stage: Stage) -> None:
    wrong = datetime.now(UTC) - timedelta(days=2)
    record = stage.record(9, created_at=wrong.isoformat(), updated_at=wrong.isoformat())
    rev = stage.send(record)["revisions"].get(record["client_record_id"])
    earlier = (wrong - timedelta(days=1)).isoformat()
    changed = {**record, "verified_qty": 10, "updated_at": earlier, "base_rev": rev}
    expect(stage.send(changed)["ok"], "a change with the right base_rev was not ok")
    stage.expect_stored_once([changed])


@_rule(
    "A bad neighbour", "One wrong record is refused by name; the others of its batch are stored."
)
def _bad_neighbour(stage: Stage) -> None:
    good, bad = stage.record(11), stage.record(-1)
    answer = stage.send(good, bad)
    found = [each["error_type"] for each in answer["errors"]]
    expect(found == ["invalid_record"], f"the wrong record came to {found or 'ok'}")
    stage.expect_stored_once([good])


@_rule("Too large a batch", "It is refused whole and nothing is stored; its halves are taken.")
def _too_large(stage: Stage) -> None:
    records = [stage.record(1) for _ in range(2)]
    filler = [stage.record(1) for _ in range(MOST_RECORDS)]
    body = {"batch_id": "too-large", "records": [*records, *filler]}
    answer = stage.client.post(BATCH, body)
    expect(answer.status in REFUSED_WHOLE, f"{len(body['records'])} records answered {answer}")
    expect(not stage.stored(records[0]), "a record of the refused batch is stored")
    expect(len(stage.send(*records)["ok"]) == len(records), "a smaller batch was not ok")


@_rule("Full storage", "A count that the device could not keep is a gap, which the server reports.")
def _full_storage(stage: Stage) -> None:
    stage.send(stage.record(1))
    lost = stage.skip_a_number()
    gaps = stage.send(stage.record(2)).get("gaps") or []
    told = [gap for gap in gaps if gap["from"] <= lost <= gap["to"]]
    expect(told, f"gap {lost} was not reported, only {gaps}")


@_rule("An expired token", "It is answered 401; after a refresh the same batch is taken.")
def _expired_token(stage: Stage) -> None:
    record = stage.record(12)
    body = stage.batch(record)
    answer = stage.client.post(BATCH, body, token=f"{stage.client.token}x")
    expect(answer.status == UNAUTHORIZED, f"a token that does not count answered {answer}")
    expect(not stage.stored(record), "a record without a right token is stored")
    refreshed = stage.refresh()
    expect(refreshed.status == OK, f"the refresh answered {refreshed}")
    expect(taken(stage.client.post(BATCH, body), [record])["ok"], "the batch was not ok")


@_rule("A lost refresh", "The same refresh token once more within 30 s is answered again.")
def _lost_refresh(stage: Stage) -> None:
    body = {"refresh_token": stage.refresh_token}
    stage.client.hang_up("POST", "/api/auth/refresh", body)
    answer = stage.refresh()
    expect(answer.status == OK, f"the refresh answered {answer}")


@_rule("A heartbeat", "A beat of the holder renews the lease, and says how long it lasts.")
def _heartbeat(stage: Stage) -> None:
    beat = stage.client.post("/api/sync/heartbeat", {"session_id": stage.session_id}).body
    expect(beat.get("lease") == "held" and beat.get("rack_renewed"), f"it answered {beat}")
    expect(beat.get("lock_ttl_remaining", 0) > 0, "it does not say how long the lease lasts")


@_rule("One serial, one record", "The second record with a serial is a duplicate_serial conflict.")
def _serial(stage: Stage) -> None:
    serial = stage.record()["client_record_id"].upper()
    first, second = (stage.record(1, serial_numbers=[serial]) for _ in range(2))
    stage.send(first)
    found = [each["conflict_type"] for each in stage.send(second)["conflicts"]]
    expect(found == ["duplicate_serial"], f"the second came to {found or 'ok'}")


@_rule(
    "A lost lease",
    "What was stored is ok again; what is new is parked once, whole, and mixed into nothing.",
)
def _lease_loss(stage: Stage) -> None:
    stage.take_back()
    record = stage.record(0, voided=True)
    stage.send(record)
    stage.client.post(f"/api/racks/{stage.rack_id}/release")
    beat = stage.client.post("/api/sync/heartbeat", {"session_id": stage.session_id}).body
    expect(beat.get("lease") in {"ended", "lost"}, f"the heartbeat says {beat.get('lease')}")
    expect(stage.send(record)["ok"], "the same content again was not ok")
    late = stage.record(14)
    parked = [stage.send(late)["conflicts"] for _ in range(2)]
    expect(all(parked), "a count of an ended session was not parked")
    ids = {each["conflict_id"] for some in parked for each in some}
    expect(len(ids) == 1, f"the same late count is {len(ids)} conflicts")
    expect(not stage.stored(late), "a late count is stored among the others")
    stage.claim()


@_rule("Too many requests", "429 says in Retry-After how many seconds to wait.", wanted=True)
def _too_many(stage: Stage) -> None:
    for _ in range(FLOOD_AT_MOST):
        answer = stage.client.get("/api/auth/me")
        if answer.status != OK:
            break
    expect(answer.status == TOO_MANY, f"{FLOOD_AT_MOST} requests, the last answered {answer}")
    told = answer.headers.get("retry-after", "")
    expect(told.isdigit() and int(told) > 0, f"Retry-After is {told!r}")
