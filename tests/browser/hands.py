"""What a counter's hands do, for the browser tests."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from app.processes import wait_until

SCANNER_GAP_S = 0.005
TOLD_S = 0.6
"""Progress is added a quarter of a second after its batch: one turn, on a busy machine."""
GS = "\x1d"
"""FNC1 between the elements of a GS1 code."""
_NAMED = {GS: {"key": "]", "code": "BracketRight", "modifiers": 2}}
_ENDS = {
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "Tab": {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
}


def scan(page, code, end="Enter", hole=None):
    """A keyboard-wedge scanner: quick keys wherever the focus is, ended by Enter. The keys carry
    the times of the hardware, so that a busy machine makes no person of a scanner. `hole`: before
    which key it stalls, and for how many seconds.
    """
    hardware = page.context.new_cdp_session(page)
    strokes = [_NAMED.get(char, {"key": char, "text": char}) for char in code] + [_ENDS[end]]
    started = time.time()
    where, stall_s = hole or (len(strokes), 0)
    for i, stroke in enumerate(strokes):
        if i == where:
            page.wait_for_timeout(stall_s * 1_000)
        at = {"timestamp": started + i * SCANNER_GAP_S + (stall_s if i >= where else 0)}
        hardware.send("Input.dispatchKeyEvent", {"type": "keyDown", **stroke, **at})
        hardware.send("Input.dispatchKeyEvent", {"type": "keyUp", **stroke, "text": "", **at})
    hardware.detach()


def count_by_code(page, code, quantity):
    """Type a code and a quantity, and save."""
    page.get_by_role("combobox").fill(code)
    page.get_by_role("button", name="Take").click()
    page.get_by_role("textbox", name="Quantity").fill(str(quantity))
    page.get_by_role("button", name="Save count").click()
    expect(page.locator("count-card")).to_be_hidden()


def cell(page, name):
    """A cell of the status bar: network, live, queue or sync."""
    return page.locator(f"status-strip [data-part={name}-text]")


def figure(page, name):
    """A figure in the rack's head: items, records or pieces."""
    return page.locator(f".rack-head [data-part={name}]")


def tile(page, rack_id):
    """The rack's tile on the map."""
    code = page.locator("[data-part=code]").get_by_text(rack_id, exact=True)
    return page.locator("rack-tile").filter(has=code)


def comes_to(api, rack_id, **figures):
    """Whether the server's count of a rack comes to these figures within 5 s."""
    return wait_until(lambda: figures.items() <= _progress_of(api, rack_id).items(), 5)


def record_of(api, rack_id):
    """What the server has counted at a rack, all sessions of it: records, items and pieces; once
    it has told all that it was sent.
    """
    time.sleep(TOLD_S)
    return _progress_of(api, rack_id)


def pieces_on(api, rack_id):
    """What the server has counted at a rack."""
    return record_of(api, rack_id)["pieces"]


def _progress_of(api, rack_id):
    racks = api("supervisor1").get("/api/racks")["racks"]
    progress = next(rack["progress"] for rack in racks if rack["rack_id"] == rack_id)
    return {name: progress[name] for name in ("records", "items", "pieces")}


def offline_ready(page):
    """Wait until the app is installed: what it needs without a network is on the device."""
    page.evaluate(
        """async () => {
          await navigator.serviceWorker.ready;
          while (!navigator.serviceWorker.controller) await new Promise((go) => setTimeout(go, 20));
        }"""
    )
