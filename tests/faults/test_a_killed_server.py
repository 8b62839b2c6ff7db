"""The server is killed, or told to stop, while devices sync: nothing acknowledged is ever lost."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.faults.conftest import RECOVERY_S, recovers
from tests.support.builders import a_record_json

DEVICES = 4
RECORDS = 20
STOPPED_WITHIN_S = 10


class Device:
    """Sends batch after batch of counts at one rack, and knows which were acknowledged."""

    def __init__(self, depot, program):
        self.person = depot.person(program)
        self.session_id = self.person.claim(depot.rack())["session_id"]
        self.batches = []
        self.acknowledged = set()
        self.refused = []

    def send(self, person, records):
        """Send a batch on a connection of its own; whether an answer came."""
        headers = {"Authorization": f"Bearer {self.person.token}", "Connection": "close"}
        url = f"{person.base_url}/api/sync/batch"
        try:
            answer = requests.post(url, json={"records": records}, headers=headers, timeout=20)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            return False
        if answer.status_code != 200:
            self.refused.append(answer)
            return False
        self.acknowledged |= set(answer.json()["ok"])
        return True

    def work(self, over):
        """Send new batches until `over` is set or the server is gone."""
        while not over.is_set():
            mark = f"{self.session_id}-{len(self.batches)}"
            records = [
                a_record_json(self.session_id, serial_numbers=[f"{mark}-{n}"])
                for n in range(RECORDS)
            ]
            self.batches.append(records)
            if not self.send(self.person, records):
                return

    @property
    def sent(self):
        return {record["client_record_id"] for batch in self.batches for record in batch}


@pytest.fixture
def devices(depot, program):
    return [Device(depot, program) for _ in range(DEVICES)]


@pytest.fixture
def program(depot):
    """Each test ends its own."""
    return depot.start()


def stored_of(depot, devices):
    """How often each record of these devices is stored."""
    sessions = [device.session_id for device in devices]
    found = depot.warehouse.db.verification_records.find({"session_id": {"$in": sessions}})
    ids = [record["client_record_id"] for record in found]
    assert len(ids) == len(set(ids)), "a record is stored twice"
    return set(ids)


def run_until(devices, end_server, seconds=1.0):
    """Let the devices work for a while, then end the server under them."""
    over = threading.Event()
    with ThreadPoolExecutor(len(devices)) as pool:
        work = [pool.submit(device.work, over) for device in devices]
        time.sleep(seconds)
        ended = end_server()
        over.set()
        for each in work:
            each.result()
    return ended


@pytest.mark.parametrize("seconds", [pytest.param(0.5, marks=pytest.mark.soak), 1.1])
def test_what_was_acknowledged_survives_a_kill(depot, program, devices, seconds):
    run_until(devices, program.kill, seconds)
    acknowledged = set().union(*(device.acknowledged for device in devices))
    assert len(acknowledged) > RECORDS
    assert acknowledged <= stored_of(depot, devices)


@pytest.mark.soak
def test_a_retry_after_a_kill_completes_the_rest(depot, program, devices):
    run_until(devices, program.kill)
    successor = depot.start()
    for device in devices:
        there = device.person.at(successor)
        for batch in device.batches:
            assert device.send(there, batch)
        assert device.acknowledged == device.sent
        assert there.get(f"/api/sessions/{device.session_id}").json()["status"] == "active"
    assert stored_of(depot, devices) == set().union(*(device.sent for device in devices))
    serials = depot.warehouse.db.item_serials.distinct("serial_number")
    sessions = {device.session_id for device in devices}
    owned = [s for s in serials if s.split("-")[0] in sessions]
    assert len(owned) == sum(len(device.sent) for device in devices)


def test_a_lease_survives_the_death_of_its_server(depot, program, counter, rack_id, lease):
    program.kill()
    there = counter.at(depot.start())
    beat = there.post("/api/sync/heartbeat", {"session_id": lease["session_id"]}).json()
    assert (beat["lease"], beat["rack_renewed"]) == ("held", True)


def test_a_stop_under_load_fails_no_request_that_was_taken(depot, program, devices):
    code, seconds = run_until(devices, program.terminate)
    acknowledged = set().union(*(device.acknowledged for device in devices))
    assert code == 0, program.output[-3000:]
    assert seconds < STOPPED_WITHIN_S
    assert [answer.text for device in devices for answer in device.refused] == []
    assert len(acknowledged) > RECORDS
    assert stored_of(depot, devices) == acknowledged, "a stored batch went without its answer"


@pytest.mark.soak
def test_screens_of_a_stopped_server_go_on_at_the_next(depot, program, boss, counter):
    before, after = depot.racks("G", 2)
    with boss.screen() as screen:
        screen.watch()
        counter.claim(before)
        since = screen.wait_for("session:update", type="started")["id"]
        program.terminate()
        screen.wait_closed()
    successor = depot.start()
    there = counter.at(successor)
    there.claim(after)
    with boss.at(successor).screen() as screen:
        screen.watch(since=since)
        screen.wait_for("rack:update", type="claimed", rack_id=after)
        assert screen.heard("snapshot") == []
        assert screen.heard(rack_id=before) == []


def test_everything_dies_at_once_and_nothing_acknowledged_is_lost(ground, depot, program, devices):
    """A power cut, as far as one machine can play it."""

    def cut():
        program.process.kill()
        with ground.without(ground.redis, empty=True), ground.without(ground.mongod):
            program.process.wait()

    run_until(devices, cut)
    acknowledged = set().union(*(device.acknowledged for device in devices))
    assert len(acknowledged) > RECORDS
    assert recovers(lambda: acknowledged <= stored_of(depot, devices), RECOVERY_S)
