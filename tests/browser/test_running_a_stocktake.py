"""A blind double count from its opening to its close: a supervisor and counters at once."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from app.custody.checking import check as check_proof
from app.custody.checking import proves
from tests.browser.conftest import DESK, PHONE
from tests.browser.hands import count_by_code
from tests.browser.test_everybody_can_use_the_screens import both_schemes, both_sizes, check

FLOOR = "Damage Area"
"""Racks that no other test counts."""
CODES = ("85123A", "22423")
NOW = "2025-12-11T10:00:00Z"


def a_count(session_id, item_code, qty):
    return {
        "client_record_id": uuid4().hex,
        "session_id": session_id,
        "item_code": item_code,
        "verified_qty": qty,
        "status": "finalized",
        "created_at": NOW,
        "updated_at": NOW,
    }


@pytest.fixture
def floor_racks(api):
    """The racks of the floor, and the codes of what lies there, though it belongs elsewhere."""
    racks = api("supervisor1").get("/api/racks")["racks"]
    return {r["rack_id"]: CODES for r in racks if r["floor"] == FLOOR}


@pytest.fixture
def opened(api):
    """`opened(double_count=True)`: a stocktake of the floor; closed for the next test."""
    boss = api("supervisor1")

    def open_one(name="Shelf check", **wish):
        wish = {"name": name, "floors": [FLOOR], **wish}
        return boss.post("/api/stocktakes", wish)["stocktake_id"]

    yield open_one
    for each in boss.get("/api/stocktakes")["stocktakes"]:
        if each["status"] == "open" and each["floors"] == [FLOOR]:
            close_all(boss, each["stocktake_id"], api)


def close_all(boss, stocktake_id, api):
    """Bring a stocktake of a test to its end, whatever the test left."""
    for _ in range(4):
        boss.get(f"/api/stocktakes/{stocktake_id}")  # looks that its lines are up to date
        racks = boss.get("/api/racks")["racks"]
        for rack in (r for r in racks if r["floor"] == FLOOR and r["status"] != "completed"):
            if rack["holder"]:
                boss.post(f"/api/racks/{rack['rack_id']}/force-release", {"reason": "over"})
            for n in (11, 12, 13, 14):
                try:
                    take(api(f"counter{n}"), rack["rack_id"], {})
                    break
                except AssertionError:
                    continue
    lines = boss.get(f"/api/count-lines?stocktake={stocktake_id}&limit=500")["lines"]
    for line in (one for one in lines if not one["settled"]):
        wish = {"note": "over", "zero": not line["passes"]}
        boss.post(f"/api/count-lines/{line['line_id']}/approve", wish)
    boss.post(f"/api/stocktakes/{stocktake_id}/close")


def take(counter, rack_id, quantities):
    """Claim a rack, count, and finish it; what was not counted stays open."""
    session_id = counter.post(f"/api/racks/{rack_id}/claim")["session_id"]
    records = [a_count(session_id, code, qty) for code, qty in quantities.items()]
    if records:
        assert len(counter.post("/api/sync/batch", {"records": records})["ok"]) == len(records)
    path = f"/api/sessions/{session_id}/complete"
    left = counter.post(path, {"preview": True})["uncounted"]
    decisions = [{"item_code": item["item_code"], "decision": "open"} for item in left]
    counter.post(path, {"uncounted": decisions})


def rows(page):
    return page.locator("line-table tbody tr")


def row(page, item_code):
    code = page.locator("[data-part=code]").get_by_text(item_code, exact=True)
    return rows(page).filter(has=code)


def open_lines(signed_in, stocktake_id, query="status=", who="supervisor1", size=DESK, **options):
    page = signed_in(who, size, **options)
    page.goto(f"/lines?stocktake={stocktake_id}&{query}")
    return page


def test_a_blind_double_count_from_its_opening_to_its_close(signed_in, api, floor_racks, opened):
    boss = signed_in("supervisor1")
    boss.goto("/stocktakes")
    boss.get_by_role("button", name="Open a stocktake").click()
    form = boss.get_by_role("dialog")
    form.get_by_label("Name").fill("Blind night")
    form.get_by_label(FLOOR).check()
    form.get_by_label("Blind:").check()
    form.get_by_label("Double count:").check()
    expect(form.locator("#new-words")).to_contain_text("No difference is allowed")
    form.get_by_label("Pieces").fill("1")
    expect(form.locator("#new-words")).to_contain_text("from 99 to 101")
    form.get_by_role("button", name="Open it now").click()
    expect(boss.get_by_role("heading", name="Blind night")).to_be_visible()

    first = next(iter(floor_racks))
    codes = floor_racks[first]
    agreed, disputed = codes[0], codes[1]
    for rack in floor_racks:
        counted = dict.fromkeys(floor_racks[rack], 4)
        take(api("counter11"), rack, counted)
        api("supervisor1").get("/api/count-lines?limit=1")  # looks: the rack goes to another person
        other = {**counted, disputed: 9} if rack == first else counted
        take(api("counter12"), rack, other)
    waits = boss.locator("[data-part=waits]")
    expect(waits).to_contain_text("1 rack is not finished", timeout=15_000)
    expect(waits).to_contain_text("1 line has counts that differ")
    boss.get_by_role("button", name="Close the stocktake").click()
    boss.get_by_role("dialog").get_by_role("button", name="Close it").click()
    expect(boss.get_by_role("alert")).to_contain_text("cannot be closed yet")

    third = signed_in("counter13", PHONE)
    third.get_by_role("button", name=re.compile(f"^{FLOOR}")).click()
    third.locator("rack-picker [data-part=zones]").get_by_role("button", name=first).click()
    only = third.locator("[data-part=only]")
    expect(only.get_by_role("heading")).to_have_text("Count only this item")
    expect(only.get_by_role("listitem")).to_contain_text(disputed)
    count_by_code(third, disputed, 9)
    expect(only).to_contain_text("All of them are counted")
    third.get_by_role("button", name="Finish").click()
    third.get_by_role("dialog").get_by_role("button", name="Finish rack").click()
    expect(third.get_by_role("button", name="Next rack")).to_be_visible()

    expect(waits).to_contain_text("Nothing waits", timeout=15_000)
    boss.get_by_label("Note (may stay empty)").fill("All agreed.")
    boss.get_by_role("button", name="Close the stocktake").click()
    boss.get_by_role("dialog").get_by_role("button", name="Close it").click()
    expect(boss.locator("[data-part=one] [data-part=state]")).to_have_text("Closed")
    expect(boss.get_by_text("Note: All agreed.")).to_be_visible()
    fetch_the_proof(boss)
    boss.get_by_role("link", name="Agreed", exact=False).first.click()
    boss.wait_for_url(re.compile("/lines"))
    expect(row(boss, agreed).first).to_contain_text("Agreed")
    expect(boss.locator("[data-part=decision]")).to_be_hidden()


def fetch_the_proof(boss):
    """Wait for the seal, fetch the proof, and check it by the fingerprint that the screen shows."""
    panel = boss.locator("[data-part=proof]")
    expect(panel.locator("[data-part=proof-state]")).to_have_text("Sealed", timeout=30_000)
    with boss.expect_download() as download:
        panel.get_by_role("button", name="Download the proof").click()
    findings = check_proof(download.value.path(), key=panel.locator("dd").inner_text())
    assert proves(findings), findings


def test_lines_are_decided_with_the_keyboard_alone(signed_in, api, floor_racks, opened):
    stocktake_id = opened()
    rack, codes = next(iter(floor_racks.items()))
    take(api("counter11"), rack, dict.fromkeys(codes, 3))
    page = open_lines(signed_in, stocktake_id, f"rack={rack}")
    expect(rows(page)).to_have_count(len(codes))
    page.keyboard.press("j")
    expect(rows(page).first.get_by_role("button")).to_be_focused()
    page.keyboard.press("j")
    code = rows(page).nth(1).locator("[data-part=code]").inner_text()
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Say why")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_label("Note (may stay empty)")).to_be_focused()
    page.keyboard.type("checked")
    page.keyboard.press("Enter")
    expect(row(page, code)).to_contain_text("Approved")
    expect(page.get_by_label("Note (may stay empty)")).to_be_hidden()
    row(page, code).get_by_role("button").click()
    expect(page.get_by_role("heading", name="Decisions")).to_be_visible()
    expect(page.locator("line-detail")).to_contain_text("checked")


@pytest.mark.soak
def test_all_that_match_a_filter_are_approved_after_a_question(signed_in, api, floor_racks, opened):
    stocktake_id = opened(tolerance={"pieces": 1_000_000})
    rack, codes = next(iter(floor_racks.items()))
    take(api("counter11"), rack, dict.fromkeys(codes, 3))
    page = open_lines(signed_in, stocktake_id, f"rack={rack}")
    page.get_by_role("button", name="Within tolerance").click()
    page.get_by_role("button", name=f"Decide on all {len(codes)} that match").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("button", name=f"Approve {len(codes)} lines").click()
    page.get_by_role("dialog").get_by_role("button", name="Decide on all").click()
    expect(rows(page).filter(has_text="Approved")).to_have_count(len(codes))


def test_a_colleagues_decision_shows_at_once_and_nobody_overrules_it_unseen(
    signed_in, api, floor_racks, opened
):
    stocktake_id = opened()
    rack, codes = next(iter(floor_racks.items()))
    take(api("counter11"), rack, dict.fromkeys(codes, 3))
    page = open_lines(signed_in, stocktake_id, f"rack={rack}")
    expect(rows(page)).to_have_count(len(codes))
    page.keyboard.press("j")
    code = rows(page).first.locator("[data-part=code]").inner_text()
    page.keyboard.press("r")
    page.keyboard.type("once more")
    admin = api("admin1")
    page.route("**/api/count-lines?*", lambda route: route.abort())  # no news before the decision
    (line,) = admin.get(f"/api/count-lines?stocktake={stocktake_id}&item={code}&rack={rack}")[
        "lines"
    ]
    admin.post(f"/api/count-lines/{line['line_id']}/approve", {"note": "seen by me"})
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="while you looked")).to_be_visible()
    page.unroute("**/api/count-lines?*")
    admin.post(
        f"/api/count-lines/{line_of(admin, stocktake_id, codes, code)}/approve", {"note": "x"}
    )
    expect(row(page, code)).to_contain_text("Approved")
    expect(page.locator("[data-part=decision]")).to_be_hidden()


def line_of(admin, stocktake_id, codes, other_than):
    code = next(each for each in codes if each != other_than)
    return admin.get(f"/api/count-lines?stocktake={stocktake_id}&item={code}")["lines"][0][
        "line_id"
    ]


def test_an_auditor_reads_lines_and_stocktakes_and_changes_nothing(
    signed_in, api, floor_racks, opened
):
    stocktake_id = opened()
    rack, codes = next(iter(floor_racks.items()))
    take(api("counter11"), rack, dict.fromkeys(codes, 3))
    page = open_lines(signed_in, stocktake_id, f"rack={rack}", who="auditor1")
    rows(page).first.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Passes side by side")).to_be_visible()
    expect(page.locator("[data-part=decision]")).to_be_hidden()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    page.goto("/stocktakes")
    expect(page.get_by_role("heading", name="Rack by rack")).to_be_visible()
    for name in ("Open a stocktake", "Close the stocktake"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


@pytest.mark.soak
def test_a_counter_is_sent_to_where_their_work_is(signed_in):
    page = signed_in("counter11", PHONE)
    for address in ("/lines", "/stocktakes", "/sheets/rack/G-01"):
        page.goto(address)
        page.wait_for_url(re.compile("/count$"))


@pytest.mark.soak
def test_a_late_count_is_taken_in_beside_the_others(signed_in, api, floor_racks, opened):
    stocktake_id = opened()
    rack, codes = next(iter(floor_racks.items()))
    lost = api("counter14").post(f"/api/racks/{rack}/claim")["session_id"]
    api("counter14").post("/api/sync/batch", {"records": [a_count(lost, codes[0], 8)]})
    api("supervisor1").post(f"/api/racks/{rack}/force-release", {"reason": "went home"})
    take(api("counter11"), rack, dict.fromkeys(codes, 3))
    page = signed_in("supervisor1")
    page.goto(f"/stocktakes?id={stocktake_id}")
    late = page.get_by_role("listitem").filter(has_text="Counter 14")
    late.get_by_role("button", name="Take in as a pass").click()
    expect(late).to_have_count(0)
    page.goto(f"/lines?stocktake={stocktake_id}&item={codes[0]}")
    rows(page).first.get_by_role("button").click()
    passes = page.locator("line-detail .pass")
    expect(passes).to_have_count(2)
    expect(passes.first).to_contain_text("Late")
    expect(passes.last).to_contain_text("\N{MINUS SIGN}5")
    passes.first.get_by_role("button", name="Take 8").click()
    page.get_by_role("button", name="Approve and freeze").click()
    expect(rows(page).first.locator("[data-part=counted]")).to_have_text("8")


@pytest.mark.soak
def test_what_if_shows_another_tolerance_beside_what_is(signed_in, api, floor_racks, opened):
    stocktake_id = opened()
    rack, codes = next(iter(floor_racks.items()))
    take(api("counter11"), rack, dict.fromkeys(codes, 3))
    page = signed_in("supervisor1")
    page.goto(f"/stocktakes?id={stocktake_id}")
    then = page.locator("[data-part=then-within]")
    expect(then).not_to_be_empty()
    page.get_by_role("region", name="What if").get_by_label("Pieces").first.fill("1000000")
    expect(then).to_have_text(str(len(codes)))
    expect(page.locator("[data-part=what-words]")).to_contain_text("1,000,000 pieces")


def test_a_filled_sheet_goes_the_same_way_as_any_count(signed_in, api, rack_id, tmp_path):
    boss = api("supervisor1")
    number = len(boss.get(f"/api/sheets/racks/{rack_id}")["lines"])
    page = signed_in("supervisor1")
    page.goto(f"/sheets/rack/{rack_id}")
    expect(page.locator(".sheet tbody").first.get_by_role("img")).to_have_count(number)
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Download as CSV").click()
    head, *lines = downloaded.value.path().read_text("utf-8").splitlines()
    lines[:-1] = [re.sub(",,$", ",5,1", line) for line in lines[:-1]]
    filled = tmp_path / "filled.csv"
    filled.write_text("\n".join([head, *lines]), "utf-8")
    for _ in range(2):  # the same sheet again changes nothing
        expect(page.get_by_role("heading", name="Enter a filled sheet")).to_be_visible()
        page.get_by_label("Filled CSV").set_input_files(filled)
        told = f"{number - 1} lines are filled in, 1 are empty"
        expect(page.get_by_text(told)).to_be_visible()
        page.get_by_role("button", name=f"Claim {rack_id} and save").click()
        expect(page.get_by_role("status").filter(has_text="of the sheet are saved")).to_be_visible()
        session = session_at(boss, rack_id)
        assert boss.get(f"/api/sessions/{session}/stats")["records"] == number - 1
        page.reload()


def session_at(boss, rack_id):
    mine = boss.get("/api/racks/user/active")["racks"]
    return next(each["session_id"] for each in mine if each["rack_id"] == rack_id)


@both_sizes
@both_schemes
def test_the_count_lines_shut_nobody_out(signed_in, api, floor_racks, opened, size, scheme):
    stocktake_id = opened()
    rack, codes = next(iter(floor_racks.items()))
    take(api("counter11"), rack, dict.fromkeys(codes, 3))
    page = open_lines(signed_in, stocktake_id, f"rack={rack}", size=size, color_scheme=scheme)
    expect(rows(page)).to_have_count(len(codes))
    check(page)
    rows(page).first.get_by_role("button").click()
    page.get_by_role("button", name="Recount", exact=True).click()
    check(page)


@both_sizes
@both_schemes
def test_the_stocktakes_and_sheets_shut_nobody_out(signed_in, size, scheme):
    page = signed_in("supervisor1", size, color_scheme=scheme)
    page.goto("/stocktakes")
    expect(page.get_by_role("heading", name="Rack by rack")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Open a stocktake").click()
    expect(page.get_by_label(FLOOR)).to_be_visible()
    check(page)
    page.goto("/sheets/rack/BG-01")
    expect(page.get_by_role("button", name="Print")).to_be_enabled()
    check(page)
