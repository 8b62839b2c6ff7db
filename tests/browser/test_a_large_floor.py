"""Two thousand racks with a hundred changes a second: what the frames of the map take."""

from __future__ import annotations

from pathlib import Path

from tests.browser.conftest import DESK

MEASURE = (Path(__file__).parent / "measure_map.js").read_text("utf-8")
SECONDS = 10
MOST_DROPPED = 0.10
"""Of the frames, on a machine that runs other tests beside: docs/performance.md has the figure of a
quiet one."""


def test_a_large_floor_stays_smooth_while_it_changes(signed_in):
    page = signed_in("supervisor1", DESK)
    page.locator("rack-tile").first.wait_for()
    page.set_default_timeout(60_000)
    figures = page.evaluate(MEASURE, {"racks": 2000, "perSecond": 100, "seconds": SECONDS})
    assert figures["tiles"] == 2000
    assert figures["events"] >= 100 * (SECONDS - 1)
    assert figures["dropped"] <= MOST_DROPPED * figures["frames"], figures
