"""Connecting a socket: who gets in, and what a connected one may say."""

from __future__ import annotations

import time

import jwt as pyjwt
import pytest
import requests
import socketio
import websocket

from app.auth.identity import Role
from tests.support.app import PASSWORD
from tests.support.sockets import Refused, Screen

MESSAGE_LIMIT = 64 * 1024


@pytest.fixture
def screen(counter):
    with counter.screen() as screen:
        yield screen


@pytest.fixture
def forge(depot, counter):
    """`forge(key=…, algorithm=…, claim=value, …)`: the counter's token, changed."""

    def make(key=None, algorithm="HS256", **claims):
        real = pyjwt.decode(counter.token, options={"verify_signature": False})
        key = depot.environ["JWT_SECRET_KEY"] if key is None else key
        return pyjwt.encode(real | claims, key or None, algorithm)

    return make


def cookies_of(program, person):
    """The cookies of a browser in which the person signed in."""
    browser = requests.Session()
    wish = {"username": person.username, "password": PASSWORD, "cookies": True}
    assert browser.post(f"{program.base_url}/api/auth/login", json=wish, timeout=10).ok
    return "; ".join(f"{c.name}={c.value}" for c in browser.cookies)


# ── getting in ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "auth", [None, {}, [], "token", {"token": ""}, {"token": None}, {"token": 5}, {"token": ["x"]},
             {"token": "no.token.at-all"}, {"token": "\x00"}, {"token": "x" * 20_000}],
)  # fmt: skip
def test_without_a_token_there_is_no_connection(program, auth):
    with pytest.raises(Refused, match="not_signed_in"):
        Screen(program.base_url, auth=auth)


def test_a_forged_token_opens_no_socket(program, forge):
    for token in (
        forge(key="0123456789abcdef" * 4),
        forge(key="", algorithm="none"),
        forge(algorithm="HS512"),
        forge(sub="u-admin"),
        forge(role="emperor"),
        forge(sign_in="another"),
    ):
        with pytest.raises(Refused, match="not_signed_in"):
            Screen(program.base_url, token)


def test_the_forger_of_these_tests_can_get_in(program, forge):
    with Screen(program.base_url, forge()) as screen:
        assert screen.is_open


def test_an_expired_token_opens_no_socket(program, forge):
    with pytest.raises(Refused, match="not_signed_in"):
        Screen(program.base_url, forge(exp=int(time.time()) - 60))


def test_a_refresh_token_opens_no_socket(program, counter):
    with pytest.raises(Refused, match="not_signed_in"):
        Screen(program.base_url, counter.tokens["refresh_token"])


def test_a_revoked_token_opens_no_socket(depot, program):
    leaver = depot.person(program)
    assert leaver.post("/api/auth/logout").ok
    with pytest.raises(Refused, match="not_signed_in"):
        leaver.screen()


def test_a_browser_gets_in_by_its_cookie(program, counter):
    cookie = cookies_of(program, counter)
    with Screen(program.base_url, cookie=cookie, origin=program.base_url) as screen:
        assert screen.watch()["ok"]


def test_a_bad_token_is_not_made_good_by_a_cookie(program, counter):
    with pytest.raises(Refused, match="not_signed_in"):
        Screen(program.base_url, "no.token.at-all", cookie=cookies_of(program, counter))


def test_a_page_of_another_origin_gets_no_socket(program, counter):
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        Screen(program.base_url, cookie=cookies_of(program, counter), origin="http://evil.example")
    assert refusal.value.status_code == 400


def test_the_usual_client_library_gets_on_with_it(depot, program, counter):
    client, rack_id = socketio.SimpleClient(), depot.rack()
    with client:
        client.connect(program.base_url, auth={"token": counter.token}, transports=["websocket"])
        assert client.call("watch", {"floors": ["Ground"]})["ok"]
        assert client.receive(timeout=5)[0] == "snapshot"
        counter.claim(rack_id)
        name, event = client.receive(timeout=5)
        assert (name, event["type"], event["rack_id"]) == ("rack:update", "claimed", rack_id)


# ── saying things ────────────────────────────────────────────────────────────────────────────────


def test_the_heartbeat_of_a_socket_answers_like_http(depot, program):
    counter, rack_id = depot.person(program), depot.rack()
    session_id = counter.claim(rack_id)["session_id"]
    http = counter.post(
        "/api/sync/heartbeat", {"session_id": session_id, "rack_id": rack_id}
    ).json()
    with counter.screen() as screen:
        told = screen.call("heartbeat", {"session_id": session_id, "rack_id": rack_id})
    assert told.pop("ok") is True
    assert abs(told.pop("timestamp") - http.pop("timestamp")) < 5
    assert told == http
    assert (http["lease"], http["rack_renewed"]) == ("held", True)


def test_a_heartbeat_of_a_socket_keeps_the_lease(depot, program):
    counter, rack_id = depot.person(program), depot.rack()
    session_id = counter.claim(rack_id)["session_id"]
    before = counter.status(rack_id)["lease_expires_at"]
    with counter.screen() as screen:
        screen.call("heartbeat", {"session_id": session_id, "queue_length": 3})
    assert counter.status(rack_id)["lease_expires_at"] > before


@pytest.mark.parametrize(
    ("session", "code"), [("nowhere", "unknown_session"), ("theirs", "not_your_session")]
)
def test_a_heartbeat_for_a_wrong_session_names_the_error(depot, program, screen, session, code):
    theirs = depot.person(program).claim(depot.rack())["session_id"]
    answer = screen.call("heartbeat", {"session_id": theirs if session == "theirs" else session})
    assert (answer["ok"], answer["error"]["code"]) == (False, code)


def test_an_auditor_sends_no_heartbeat(depot, program):
    with depot.person(program, Role.AUDITOR).screen() as screen:
        answer = screen.call("heartbeat", {"session_id": "s1"})
    assert answer["error"]["code"] == "not_allowed"


def test_watching_anothers_session_is_refused_by_name(depot, program, screen):
    theirs = depot.person(program).claim(depot.rack())["session_id"]
    answer = screen.call("watch", {"sessions": [theirs]})
    assert answer["error"]["code"] == "not_your_session"


@pytest.mark.parametrize(
    ("event", "data", "field"),
    [
        ("watch", {"floors": "Ground"}, "floors"),
        ("watch", {"floors": [1]}, "floors"),
        ("watch", {"floors": [{"$ne": ""}]}, "floors"),
        ("watch", {"floors": ["x" * 10_000]}, "floors"),
        ("watch", {"floors": ["F"] * 1000}, "floors"),
        ("watch", {"racks": {"$gt": ""}}, "racks"),
        ("watch", {"sessions": ["\x00"]}, "sessions"),
        ("watch", {"since": "yesterday"}, "since"),
        ("watch", {"since": -1}, "since"),
        ("watch", {"since": 1.5}, "since"),
        ("watch", {"since": 2**60}, "since"),
        ("watch", {"since": True}, "since"),
        ("watch", {"everything": True}, "everything"),
        ("watch", "Ground", "_schema"),
        ("watch", [1, 2], "_schema"),
        ("watch", 7, "_schema"),
        ("heartbeat", None, "session_id"),
        ("heartbeat", {"session_id": None}, "session_id"),
        ("heartbeat", {"session_id": {"$ne": None}}, "session_id"),
        ("heartbeat", {"session_id": ""}, "session_id"),
        ("heartbeat", {"session_id": "s", "queue_length": -1}, "queue_length"),
    ],
)
def test_a_bad_payload_is_answered_by_field(screen, event, data, field):
    answer = screen.call(event, data)
    assert (answer["ok"], answer["error"]["code"]) == (False, "invalid_request")
    assert field in answer["error"]["errors"]
    assert screen.watch()["ok"]


@pytest.mark.parametrize("event", ["claim", "message", "", "x" * 5000, "__proto__", "connect_"])
def test_an_unknown_event_gets_a_typed_error(screen, event):
    answer = screen.call(event, {"rack_id": "G-01"})
    assert (answer["ok"], answer["error"]["code"]) == (False, "unknown_event")
    assert screen.watch()["ok"]


def test_a_binary_payload_is_answered_and_harms_nothing(screen):
    screen.send_raw('451-777["watch",{"floors":{"_placeholder":true,"num":0}}]')
    screen.send_raw(b"\x00\xff" * 100)
    answer = screen._wait(lambda: screen._answers.get(777), 5, "answer")
    assert answer["error"]["code"] == "invalid_request"
    assert screen.watch()["ok"]


@pytest.mark.parametrize(
    "packet",
    ["42", "42[]", "42{}", "42[5]", '42[{"a":1},2]', "42[[]]", '42["watch",' + "[" * 30_000, "4",
     "49", '42["watch",NaN]', '42["watch",{"floors":["\\ud800"]}]', '42["connect"]', '42["*"]',
     "43[1]", "43", "44", "7", "42/other,[]", "40/other,", '40{"token":"again"}'],
)  # fmt: skip
def test_a_nonsense_packet_harms_not_even_its_own_socket(counter, packet):
    with counter.screen() as screen:
        screen.send_raw(packet)
        assert screen.watch()["ok"]


@pytest.mark.parametrize(
    "packet",
    ["hello", '45["watch"]', '451-["watch",{"_placeholder":true,"num":9}]', '42["disconnect"]'],
)
def test_a_broken_protocol_harms_no_other_socket(counter, packet):
    with counter.screen() as wild, counter.screen() as sober:
        wild.send_raw(packet)
        assert sober.watch()["ok"]
        assert counter.get("/healthz").ok


def test_a_client_that_says_disconnect_is_disconnected(counter):
    with counter.screen() as screen:
        screen.watch()
        screen.send_raw('42["disconnect","client disconnect"]')
        screen.wait_closed()


def test_a_connected_client_cannot_become_somebody_else(depot, program, boss):
    counter, rack_id = depot.person(program), depot.rack()
    with counter.screen() as screen:
        screen.watch()
        screen.send_raw(f'42["connect",{{}},{{"token":"{boss.token}"}}]')
        screen.watch()
        depot.person(program).claim(rack_id)
        screen.wait_for("rack:update", rack_id=rack_id)
        screen.settled()
        assert screen.heard("session:update") == []


def test_a_message_within_the_limit_is_answered(screen):
    answer = screen.call("watch", {"floors": ["x" * (MESSAGE_LIMIT - 1000)]})
    assert answer["error"]["code"] == "invalid_request"
    assert screen.watch()["ok"]


def test_a_message_over_the_limit_ends_only_its_own_socket(counter, screen):
    with counter.screen() as wild:
        wild.send_raw('42["watch","' + "x" * MESSAGE_LIMIT + '"]')
        wild.wait_closed()
    assert screen.watch()["ok"]


def test_an_extra_argument_of_an_event_is_no_error(screen):
    assert screen.call("watch", {}, "more", [1])["ok"]


# ── presence ─────────────────────────────────────────────────────────────────────────────────────


def test_a_supervisor_sees_who_comes_and_goes(depot, program, boss):
    comer = depot.person(program, device_id="handheld 7")
    with boss.screen() as desk:
        desk.watch()
        with comer.screen():
            came = desk.wait_for("presence", user_id=comer.user_id, online=True)
            assert (came["username"], came["role"]) == (comer.username, "counter")
            assert came["device_id"] == "handheld 7"
        desk.wait_for("presence", user_id=comer.user_id, online=False)


def test_a_user_with_two_screens_goes_with_the_last(depot, program, boss):
    person = depot.person(program)
    with boss.screen() as desk:
        desk.watch()
        with person.screen():
            with person.screen():
                desk.wait_for("presence", user_id=person.user_id, online=True)
            desk.settled()
            assert [e["online"] for e in desk.heard("presence", user_id=person.user_id)] == [True]
        desk.wait_for("presence", user_id=person.user_id, online=False)


def test_a_connected_user_counts_as_active(depot, program):
    person = depot.person(program)
    assert not depot.warehouse.locks.is_user_active(person.user_id)
    with person.screen():
        assert depot.warehouse.locks.is_user_active(person.user_id)
