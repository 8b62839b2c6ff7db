"""One event to many screens: encoded once, in order, and slow lines hold nobody up."""

from __future__ import annotations

import socket

import pytest

from app.live.fanout import framed

WITHIN_S = 40
BIG = "x" * 60_000


def make_events(depot, rack_id, number, note=""):
    """Events of a rack, put into the log as a server process does; their ids."""
    facts = {
        "type": "paused",
        "at": "2025-12-11T10:00:00.000Z",
        "rack_id": rack_id,
        "floor": "Ground",
        "note": note,
    }
    return depot.warehouse.event_log.append(
        [("rack:update", f"rack:updates:{rack_id}", facts)] * number
    )


@pytest.mark.parametrize("size", [1, 125, 126, 65_535, 65_536])
def test_a_frame_says_its_own_length(size):
    frame = framed(b"x" * size)
    head = len(frame) - size
    told = frame[1] if head == 2 else int.from_bytes(frame[2:head], "big")
    assert (frame[0], head, told) == (0x81, {1: 2, 125: 2, 126: 4, 65_535: 4}.get(size, 10), size)


def test_every_screen_hears_every_event_once_and_in_order(depot, boss):
    rack_id = depot.rack()
    screens = [boss.screen() for _ in range(12)]
    for screen in screens:
        screen.watch(racks=[rack_id])
    ids = [each for _ in range(20) for each in make_events(depot, rack_id, 10)]
    for screen in screens:
        screen.wait_for("rack:update", id=ids[-1], within=WITHIN_S)
        assert [event["id"] for event in screen.heard("rack:update", rack_id=rack_id)] == ids
        screen.close()


def test_a_screen_that_reads_slowly_gets_all_of_it_in_order_in_the_end(depot, boss):
    """Its buffer fills in the middle of an event; the others do not wait for it."""
    rack_id = depot.rack()
    with boss.screen() as slow, boss.screen() as quick:
        for screen in (slow, quick):
            screen.watch(racks=[rack_id])
        slow._socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024)
        slow.pause()
        ids = make_events(depot, rack_id, 150, BIG)
        quick.wait_for("rack:update", id=ids[-1], within=WITHIN_S)
        assert len(slow.heard("rack:update", rack_id=rack_id)) < len(ids)
        slow.go_on()
        ids += make_events(depot, rack_id, 3)
        slow.wait_for("rack:update", id=ids[-1], within=WITHIN_S)
        assert [event["id"] for event in slow.heard("rack:update", rack_id=rack_id)] == ids


def test_no_socket_is_compressed_for_itself(program, boss):
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    with boss.screen(header=offer) as screen:
        assert "sec-websocket-extensions" not in screen.handshake


def test_screens_that_come_together_share_one_reading_of_the_map(depot, program, boss):
    """Each of them was there before the picture was begun, and sees what was true then."""
    screens = [boss.screen() for _ in range(8)]
    rack_id = depot.rack()
    for screen in screens:
        screen.watch()
        assert rack_id in {rack["rack_id"] for rack in screen.heard("snapshot")[0]["racks"]}
        screen.close()
