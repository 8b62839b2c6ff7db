"""Two thousand racks with a hundred changes a second: what they cost the map."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import DESK

MEASURE = (Path(__file__).parent / "measure_map.js").read_text("utf-8")
SECONDS = 10
MOST_BUSY = 0.75
"""Of the time. Counted in the main thread's own seconds, so that other tests beside do not matter;
frames are measured on a quiet machine, see docs/performance.md."""


@pytest.mark.soak
def test_a_large_floor_leaves_the_page_time_for_every_frame(signed_in):
    page = signed_in("supervisor1", DESK)
    page.locator("rack-tile").first.wait_for()
    page.set_default_timeout(60_000)
    browser = page.context.new_cdp_session(page)
    browser.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = busy(browser)
    figures = page.evaluate(MEASURE, {"racks": 2000, "perSecond": 100, "seconds": SECONDS})
    assert figures["tiles"] == 2000
    assert figures["events"] >= 100 * (SECONDS - 1)
    assert busy(browser) - before < MOST_BUSY * SECONDS, figures


def busy(browser):
    """Seconds that the page's main thread has worked."""
    metrics = browser.send("Performance.getMetrics")["metrics"]
    return next(m["value"] for m in metrics if m["name"] == "TaskDuration")
