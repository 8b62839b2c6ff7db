"""What a counter waits for: the screen after a restart, and a scan until it is on disk.

The budgets hold for a machine that does this alone. Here other tests run beside, so that the best
of a few tries must keep them; the figures are printed.
"""

from __future__ import annotations

from statistics import median

import pytest
from playwright.sync_api import expect

from tests.browser.hands import offline_ready, scan

pytestmark = pytest.mark.installs

HEART = "85123A"
SLOWED = 4
"""A cheap phone has a quarter of this machine's speed."""
READY_MS = 1_500
SAVED_MS = 50
TRIES = 5
SCANS = 20
READY_AT = """() => new Promise((tell) => {
  const look = (list) => {
    const [mark] = list.getEntriesByName("ready-to-scan");
    if (mark) tell(mark.startTime);
  };
  new PerformanceObserver(look).observe({ type: "mark", buffered: true });
})"""
SAVED_IN = "performance.getEntriesByName('scan-to-saved').map(({ duration }) => duration)"


@pytest.mark.soak
def test_a_slow_phone_is_ready_to_scan_in_time(counting):
    page = counting("counter4")
    offline_ready(page)
    page.reload()
    chrome = page.context.new_cdp_session(page)
    chrome.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    took = []
    for _ in range(TRIES):
        page.reload()
        took.append(page.evaluate(READY_AT))
    print(f"ready to scan after {[round(ms) for ms in took]} ms")  # noqa: T201
    assert min(took) < READY_MS


@pytest.mark.soak
def test_a_scan_is_on_disk_in_time(counting):
    page = counting("counter5")
    for n in range(1, SCANS + 1):
        scan(page, HEART)
        expect(page.get_by_role("textbox", name="Quantity")).to_have_value(str(n))
    took = page.evaluate(SAVED_IN)
    print(f"saved in {[round(ms) for ms in took]} ms, median {median(took):.0f}")  # noqa: T201
    assert len(took) == SCANS
    assert median(took[: SCANS // 2]) < SAVED_MS or median(took[SCANS // 2 :]) < SAVED_MS
