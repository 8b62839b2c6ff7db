"""No gap after a drop: a screen hears exactly what it missed, or gets the whole map."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.services.event_log import KEPT, STREAM
from tests.support.floor_picture import change, picture_of

EVENTS_A_SECOND = 100


def make_events(depot, rack_id, number=1, floor="Ground"):
    """Put that many events of a rack into the log, as a server process does; their ids."""
    log = depot.warehouse.event_log
    facts = {
        "type": "paused",
        "at": "2025-12-11T10:00:00.000Z",
        "rack_id": rack_id,
        "floor": floor,
    }
    return log.append([("rack:update", f"rack:updates:{rack_id}", facts)] * number)


class Flow:
    """Events that go on and on, at EVENTS_A_SECOND, until the block ends; `ids` of all of them."""

    def __init__(self, depot, rack_id):
        self._make = lambda: make_events(depot, rack_id)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.ids = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _run(self):
        due = time.monotonic()
        while not self._over.is_set():
            self.ids += self._make()
            due += 1 / EVENTS_A_SECOND
            time.sleep(max(0, due - time.monotonic()))


def wait_for_id(screen, event_id):
    screen._wait(lambda: event_id in screen.ids or None, 10, f"event {event_id}")


def ids_of(screen, rack_id):
    return [event["id"] for _, event in screen.events if event.get("rack_id") == rack_id]


# ── what comes after a drop ──────────────────────────────────────────────────────────────────────


def test_a_screen_that_was_away_hears_exactly_what_it_missed(depot, boss):
    rack_id = depot.rack()
    with boss.screen() as screen:
        screen.watch()
        seen = make_events(depot, rack_id)[0]
        wait_for_id(screen, seen)
    missed = make_events(depot, rack_id, 30)
    with boss.screen() as screen:
        assert screen.watch(since=seen)["since"] == seen
        assert ids_of(screen, rack_id) == missed, "all are there when the watch is answered"
        later = make_events(depot, rack_id, 3)
        wait_for_id(screen, later[-1])
        assert ids_of(screen, rack_id) == missed + later
        assert screen.heard("snapshot") == []
        assert screen.ids == sorted(set(screen.ids))


def test_a_screen_hears_only_what_its_rooms_missed(depot, counter):
    here, upstairs = depot.rack("G"), depot.rack("F")
    seen = make_events(depot, here)[0]
    make_events(depot, upstairs, 5, floor="First")
    missed = make_events(depot, here, 2)
    with counter.screen() as screen:
        screen.watch(since=seen, floors=["Ground"])
        assert ids_of(screen, here) == missed
        assert ids_of(screen, upstairs) == []


def test_a_screen_that_missed_nothing_hears_nothing(depot, boss):
    rack_id = depot.rack()
    last = make_events(depot, rack_id, 2)[-1]
    with boss.screen() as screen:
        screen.watch(since=last)
        screen.settled()
        assert screen.heard("snapshot") == []
        assert ids_of(screen, rack_id) == []


@pytest.mark.parametrize("watches", [1, 5])
def test_a_reconnect_within_a_flow_leaves_no_gap_and_no_doubles(depot, boss, watches):
    rack_id, since = depot.rack(), None
    heard = []
    with Flow(depot, rack_id) as flow:
        for _ in range(watches + 1):
            with boss.screen() as screen:
                screen.watch(since=since)
                time.sleep(0.4)
                heard += ids_of(screen, rack_id)
                since = screen.ids[-1]
            time.sleep(0.2)
    first = heard[0]
    assert len(heard) > 20
    assert heard == [event_id for event_id in flow.ids if first <= event_id <= heard[-1]]


def test_many_screens_that_reconnect_at_once_all_hear_the_same(depot, boss):
    rack_id = depot.rack()
    seen = make_events(depot, rack_id)[0]

    def hear(_):
        with boss.screen() as screen:
            screen.watch(since=seen)
            time.sleep(0.5)
            return ids_of(screen, rack_id)

    with Flow(depot, rack_id) as flow, ThreadPoolExecutor(10) as pool:
        all_heard = list(pool.map(hear, range(20)))
    for heard in all_heard:
        assert heard
        assert heard == [event_id for event_id in flow.ids if event_id <= heard[-1]]


def test_watching_again_and_again_leaves_no_gap(depot, boss):
    rack_id = depot.rack()
    with Flow(depot, rack_id) as flow, boss.screen() as screen:
        screen.watch()
        for _ in range(20):
            screen.watch(since=max([*screen.ids, screen.heard("snapshot")[0]["id"]]))
        time.sleep(0.3)
        heard = list(dict.fromkeys(ids_of(screen, rack_id)))
    assert heard == [event_id for event_id in flow.ids if heard[0] <= event_id <= heard[-1]]


def test_two_watches_of_one_socket_at_once_keep_the_order(depot, boss):
    rack_id = depot.rack()
    seen = make_events(depot, rack_id, 500)[0]
    with boss.screen() as screen:
        for number in (901, 902):
            screen.send_raw(f'42{number}["watch",{{"since":{seen}}}]')
        screen._wait(lambda: len(screen._answers) == 2 or None, 10, "two answers")
        heard = ids_of(screen, rack_id)
    assert heard[:499] == heard[499:] == sorted(heard[:499])


# ── where a snapshot is due ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("since", [None, 0, 1, 1_600_000_000_000_000])
def test_a_screen_without_a_known_past_gets_a_snapshot(depot, boss, since):
    rack_id = depot.rack()
    make_events(depot, rack_id)
    with boss.screen() as screen:
        answer = screen.watch(since=since)
        snapshot = screen.heard("snapshot")[0]
        assert answer["since"] == snapshot["id"]
        assert rack_id in picture_of(snapshot)
        after = make_events(depot, rack_id)[0]
        wait_for_id(screen, after)
        assert after > snapshot["id"]


def test_a_screen_that_says_no_since_gets_a_snapshot(boss):
    with boss.screen() as screen:
        assert screen.call("watch")["ok"]
        assert len(screen.heard("snapshot")) == 1


def test_a_since_from_the_future_gets_a_snapshot(depot, boss):
    future = make_events(depot, depot.rack())[0] + 3_600_000_000
    with boss.screen() as screen:
        assert screen.watch(since=future)["since"] < future
        assert len(screen.heard("snapshot")) == 1


def test_a_snapshot_within_a_flow_is_followed_without_a_gap(depot, boss):
    rack_id = depot.rack()
    with Flow(depot, rack_id) as flow:
        time.sleep(0.1)
        with boss.screen() as screen:
            screen.watch()
            time.sleep(0.3)
            heard, start = ids_of(screen, rack_id), screen.heard("snapshot")[0]["id"]
    assert heard == [event_id for event_id in flow.ids if start < event_id <= heard[-1]]


def test_a_snapshot_within_claims_becomes_the_true_picture(depot, program, boss):
    """Racks are read while they change: whatever the snapshot caught, the events set it right."""
    people = [depot.person(program) for _ in range(3)]
    racks = depot.racks("G", 12)

    def work(person, own):
        for rack_id in own:
            person.claim(rack_id)
            person.move(rack_id, "release")

    pictures = []
    with ThreadPoolExecutor(3) as pool:
        work_done = [pool.submit(work, person, racks[n::3]) for n, person in enumerate(people)]
        with boss.screen() as screen:
            screen.watch()
            for each in work_done:
                each.result()
            screen.settled()
            for name, event in screen.events:
                if name == "snapshot":
                    pictures.append(picture_of(event))
                else:
                    change(pictures[0], name, event)
        with boss.screen() as fresh:
            fresh.watch()
            pictures.append(picture_of(fresh.heard("snapshot")[0]))
    assert pictures[0] == pictures[1]


def test_a_since_older_than_the_log_gets_a_snapshot(depot, boss):
    """Last, because it fills the log."""
    rack_id = depot.rack()
    old = make_events(depot, rack_id)[0]
    for _ in range(KEPT // 1000 + 2):
        make_events(depot, rack_id, 1000)
    assert depot.warehouse.redis.client.xlen(STREAM) < KEPT + 1000, "the log is bounded"
    with boss.screen() as screen:
        assert screen.watch(since=old)["since"] > old
        assert len(screen.heard("snapshot")) == 1
        assert ids_of(screen, rack_id) == []
