"""The log: one JSON line a request with its id, and never a secret."""

from __future__ import annotations

import json

import pytest
import requests

from app.auth.identity import Role
from tests.support.app import PASSWORD
from tests.support.builders import a_record_json
from tests.support.sockets import Refused, Screen

PIN = "48151623"
NEW_PASSWORD = "trombone-quartz-17"
WRONG_PASSWORD = "umbrella-garlic-99"


@pytest.fixture(scope="module")
def admin(depot, program):
    return depot.person(program, Role.ADMIN)


def lines_of(program):
    return [json.loads(line) for line in program.output.splitlines() if line.startswith("{")]


def test_a_request_leaves_one_line_with_its_id(program, admin):
    admin.get("/api/racks/floors", headers={"X-Request-ID": "look-for-me"})
    (line,) = [line for line in lines_of(program) if line.get("request_id") == "look-for-me"]
    assert (line["event"], line["method"], line["status"]) == ("answered", "GET", 200)
    assert (line["path"], line["user"]) == ("/api/racks/floors", admin.username)
    assert line["ms"] > 0


def test_what_else_a_request_logs_carries_its_id(program, depot):
    counter = depot.person(program)
    counter.get("/api/users", headers={"X-Request-ID": "who-may"})
    lines = [line for line in lines_of(program) if line.get("request_id") == "who-may"]
    assert [line["event"] for line in lines] == ["refused", "answered"]
    assert lines[0]["code"] == "not_allowed"


def test_every_line_of_the_log_is_json(program, admin):
    admin.get("/api/nothing")
    said = [
        line for line in program.output.splitlines() if line and "StockVerify is ready" not in line
    ]
    assert all(json.loads(line) for line in said)


def test_no_password_and_no_token_gets_into_the_log(depot, program, admin):
    new = {"username": "newcomer", "name": "N", "role": "counter", "password": NEW_PASSWORD}
    newcomer = admin.post("/api/users", new).json()["user_id"]
    admin.ask("PATCH", f"/api/users/{newcomer}", {"password": NEW_PASSWORD + "!", "pin": PIN})
    admin.post("/api/users", new | {"role": "emperor"})
    wrong = {"username": admin.username, "password": WRONG_PASSWORD}
    admin.post("/api/auth/login", wrong)
    admin.post("/api/auth/login", wrong | {"pin": PIN})
    admin.post("/api/auth/login", data=b'{"password": "' + WRONG_PASSWORD.encode())
    for own in ({"current": PASSWORD, "new_pin": PIN}, {"current": WRONG_PASSWORD}):
        admin.post("/api/auth/password", {"new_password": NEW_PASSWORD, **own})
    counter = depot.person(program)
    first = counter.tokens
    for _ in range(2):
        answer = counter.post(
            "/api/auth/refresh", {"refresh_token": counter.tokens["refresh_token"]}
        )
        counter.tokens = answer.json()
    counter.post("/api/auth/refresh", {"refresh_token": first["refresh_token"]})
    counter.get(f"/api/racks?token={first['access_token'][:40]}")
    with pytest.raises(Refused):
        Screen(program.base_url, first["access_token"])
    with depot.person(program).screen() as screen:
        screen.call("watch", {"floors": [1], "token": first["access_token"]})
    secrets = [PASSWORD, PIN, NEW_PASSWORD, WRONG_PASSWORD, depot.environ["JWT_SECRET_KEY"]]
    for person in (admin, counter):
        for token in (
            person.tokens["access_token"],
            person.tokens["refresh_token"],
            *first.values(),
        ):
            secrets += [part for part in str(token).split(".") if len(part) > 40]
    assert len(secrets) > 8
    assert [secret for secret in secrets if secret in program.output] == []


def test_what_a_whole_day_logs_holds_no_secret(depot, program, admin):
    """Each secret in its right place and in wrong ones, with all the errors that brings."""
    enrolled = admin.post("/api/devices", {"name": "Handheld 9"}).json()
    token = enrolled["token"]
    for body in ({"token": token}, {"token": token + "x"}, {"token": [token]}, {token: 1}):
        admin.post("/api/auth/device", body)
    admin.post(f"/api/devices/{enrolled['device']['device_id']}/revoke")
    admin.post("/api/auth/device", {"token": token})
    for row in (f"nora,Nora,counter,{NEW_PASSWORD},{PIN}", f"nora,Nora,{NEW_PASSWORD},,{PIN}"):
        file = {"file": ("users.csv", f"username,name,role,password,pin\n{row}\n")}
        admin.ask("POST", "/api/users/import", files=file)
    page = requests.Session()
    url, wish = f"{program.base_url}/api/auth/login", {"username": admin.username, "cookies": True}
    page.post(url, json=wish | {"password": PASSWORD}, timeout=10)
    page.post(f"{program.base_url}/api/auth/refresh", timeout=10)
    page.post(f"{program.base_url}/api/racks", json={"x": 1}, timeout=10)
    cookies = [cookie.value for cookie in page.cookies]
    assert len(cookies) == 4
    parts = [part for value in cookies for part in value.split(".") if len(part) > 30]
    secrets = [token, NEW_PASSWORD, PASSWORD, PIN, *parts]
    assert [secret for secret in secrets if secret in program.output] == []


def test_no_count_gets_into_the_log(depot, program):
    counter = depot.person(program)
    session_id = counter.claim(depot.rack())["session_id"]
    counter.count(session_id, a_record_json(session_id, verified_qty=70_733_117))
    counter.post("/api/sync/batch", {"records": [{"verified_qty": 70_733_117}]})
    assert "70733117" not in program.output


def test_a_name_cannot_forge_a_line(program, admin):
    forged = 'x"}\n{"event":"forged","level":"info"}'
    admin.post("/api/auth/login", {"username": forged, "password": "x"})
    admin.get("/api/racks/a%0a%7B%22event%22:%22forged%22%7D/status")
    admin.get("/api/racks/floors", headers={"X-Request-ID": '{"event":"forged"}'})
    assert [line for line in lines_of(program) if line["event"] == "forged"] == []
