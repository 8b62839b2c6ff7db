from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.hands import cell, count_by_code, offline_ready, pieces_on

pytestmark = pytest.mark.installs

RECORDS = 2_000
LOOSE_SECONDS = 6
"""The aim is 2 s, kept on a quiet machine; this is for one that runs other things beside."""
FILL = """async (n) => {
  const { openStore } = await import("/static/js/core/store.js");
  const { Outbox } = await import("/static/js/core/outbox.js");
  const db = await openStore();
  const session = await db.get("meta", "session");
  const deviceId = localStorage.getItem("stockverify.device");
  const outbox = new Outbox(db, { userId: session.user_id, deviceId });
  const { session_id, rack_id, floor, fence, pass } = session;
  const count = {
    session_id, rack_id, floor, fence, pass, item_code: "85123A",
    verified_qty: 2, damage_qty: 0, serial_numbers: [], status: "finalized",
  };
  outbox.dispatchEvent = () => true;
  for (let i = 0; i < n; i += 50) {
    await Promise.all(Array.from({ length: 50 }, () => outbox.add(count, "Holder")));
  }
  outbox.close();
  db.close();
}"""


@pytest.mark.soak
def test_two_thousand_counts_drain_quickly(counting, rack_id, api):
    page = counting("counter17")
    batches = []
    page.on("request", lambda asked: batches.append(asked) if "sync/batch" in asked.url else None)
    page.context.set_offline(True)
    page.evaluate(FILL, RECORDS)
    expect(cell(page, "queue")).to_have_text("2,000 to send")
    page.evaluate(
        """() => {
          window.said = [];
          const cell = document.querySelector("status-strip [data-part=queue-text]");
          new MutationObserver(() => {
            window.said.push([performance.now(), cell.textContent]);
          }).observe(cell, { childList: true, characterData: true, subtree: true });
          addEventListener("online", () => (window.online = performance.now()));
        }"""
    )
    began = time.monotonic()
    page.context.set_offline(False)
    expect(cell(page, "queue")).to_have_text("All sent", timeout=30_000)
    took = time.monotonic() - began
    said = page.evaluate("window.said.map(([at, text]) => [Math.round(at - window.online), text])")
    print(f"{RECORDS} counts in {said[-1][0]} ms, {took:.1f} s in all")  # noqa: T201
    assert took < LOOSE_SECONDS
    assert any(text.startswith("Sending ") for _, text in said)
    assert pieces_on(api, rack_id) == 2 * RECORDS


def test_at_most_two_requests_are_under_way(counting):
    page = counting("counter18")
    page.context.set_offline(True)
    page.evaluate(FILL, 500)
    page.evaluate(
        """() => {
          const real = window.fetch;
          window.most = window.now = 0;
          window.fetch = async (path, ...more) => {
            if (!String(path).includes("sync/batch")) return real(path, ...more);
            window.most = Math.max(window.most, ++window.now);
            return real(path, ...more).finally(() => window.now--);
          };
        }"""
    )
    page.context.set_offline(False)
    expect(cell(page, "queue")).to_have_text("All sent", timeout=30_000)
    assert page.evaluate("window.most") == 2


def test_a_refused_count_is_put_aside_and_the_queue_flows_on(counting, rack_id, api):
    page = counting("counter19")
    offline_ready(page)
    page.context.set_offline(True)
    page.evaluate(FILL.replace("verified_qty: 2", "verified_qty: -2"), 50)
    count_by_code(page, "71053", 5)
    page.context.set_offline(False)
    expect(cell(page, "queue")).to_have_text("50 parked", timeout=30_000)
    assert pieces_on(api, rack_id) == 5
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Counts on this device").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    lines = Path(saved.value.path()).read_text("utf-8").splitlines()
    assert len(lines) == 1 + 50
    assert all("invalid_record" in line for line in lines[1:])
