"""A second factor: on by the password and a code of it, off by the password, reset by others."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from app.activity.log import Filters
from tests.support.app import PASSWORD, PIN, add_counter, bearer, log_in, signed_in
from tests.support.authenticator import URL, begin, confirm, turn_on

NEW = "tulip anvil harbour"


def is_in(client, header):
    return client.get("/api/auth/me", headers=header).status_code == 200


def is_asked(client, username="admin"):
    return log_in(client, username).json.get("code") == "second_factor_required"


def user_id_of(client, header):
    return client.get("/api/auth/me", headers=header).json["user_id"]


@pytest.mark.parametrize("role", ["counter", "supervisor", "auditor", "admin"])
def test_everybody_turns_a_second_factor_on_and_off(client, clock, role):
    header = signed_in(client, role)
    off = {"on": False, "needed": False, "since": None, "recovery_codes_left": 0}
    assert client.get(URL, headers=header).json == off
    _, codes = turn_on(client, header, clock)
    assert len({*codes}) == 8
    state = client.get(URL, headers=header).json
    assert (state["on"], state["recovery_codes_left"]) == (True, 8)
    assert is_asked(client, role)
    answer = client.post(f"{URL}/off", json={"password": PASSWORD}, headers=header)
    assert (answer.status_code, answer.json) == (200, {"success": True})
    assert client.get(URL, headers=header).json == off
    assert log_in(client, role).status_code == 200


def test_the_secret_comes_as_text_as_an_address_and_as_a_picture(client):
    header = signed_in(client, "admin")
    begun = client.post(URL, json={"password": PASSWORD}, headers=header).json
    address = urlsplit(begun["address"])
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/StockVerify:admin"
    assert parse_qs(address.query)["secret"] == [begun["secret"]]
    assert len(begun["secret"]) == 32
    assert begun["qr"].startswith("data:image/svg+xml")
    again = client.post(URL, json={"password": PASSWORD}, headers=header).json
    assert again["secret"] != begun["secret"]


def test_nothing_counts_before_a_code_was_proved(client, clock):
    header = signed_in(client, "admin")
    app = begin(client, header, clock)
    refused = confirm(client, header, app.wrong_code())
    assert (refused.status_code, refused.json["code"]) == (403, "wrong_code")
    assert log_in(client, "admin").status_code == 200
    assert confirm(client, header, app.code()).status_code == 200
    assert is_asked(client)


def test_who_does_not_know_the_password_turns_nothing_on_or_off(client, clock):
    header = signed_in(client, "admin")
    wrong = {"password": "not the password"}
    answer = client.post(URL, json=wrong, headers=header)
    assert (answer.status_code, answer.json["code"]) == (403, "wrong_current_secret")
    turn_on(client, header, clock)
    answer = client.post(f"{URL}/off", json=wrong, headers=header)
    assert (answer.status_code, answer.json["code"]) == (403, "wrong_current_secret")
    assert is_asked(client)


def test_a_pin_is_no_password_that_turns_it_on(app, client):
    add_counter(app, "ada", pin=PIN)
    header = signed_in(client, "ada", pin=PIN)
    answer = client.post(URL, json={"password": PIN}, headers=header)
    assert answer.json["code"] == "wrong_current_secret"


def test_a_secret_that_was_shown_waits_ten_minutes(client, clock):
    header = signed_in(client, "admin")
    assert confirm(client, header, "123456").json["code"] == "second_factor_not_begun"
    app = begin(client, header, clock)
    clock.move(601)
    late = confirm(client, header, app.code())
    assert (late.status_code, late.json["code"]) == (409, "second_factor_not_begun")
    app = begin(client, header, clock)
    clock.move(599)
    assert confirm(client, header, app.code()).status_code == 200


def test_a_secret_that_was_shown_is_void_after_a_new_password(client, clock):
    header = signed_in(client, "admin")
    app = begin(client, header, clock)
    wish = {"current": PASSWORD, "new_password": NEW}
    assert client.post("/api/auth/password", json=wish, headers=header).status_code == 200
    assert confirm(client, header, app.code()).json["code"] == "second_factor_not_begun"


def test_a_secret_turns_it_on_once(client, clock):
    header = signed_in(client, "admin")
    app, _ = turn_on(client, header, clock)
    clock.move(30)
    assert confirm(client, header, app.code()).json["code"] == "second_factor_not_begun"


def test_a_new_phone_takes_the_place_of_the_old_one(client, clock):
    header = signed_in(client, "admin")
    old, old_codes = turn_on(client, header, clock)
    clock.move(30)
    new = begin(client, header, clock)
    assert log_in(client, "admin", code=old.code()).status_code == 200  # until the new one proved
    assert confirm(client, header, new.code()).status_code == 200
    clock.move(30)
    assert log_in(client, "admin", code=old.code()).status_code == 401
    assert log_in(client, "admin", code=old_codes[0]).status_code == 401
    assert log_in(client, "admin", code=new.code()).status_code == 200


@pytest.mark.parametrize("turned", ["on", "off"])
def test_turning_it_on_or_off_ends_all_other_sign_ins(client, clock, turned):
    header, others = signed_in(client, "admin"), signed_in(client, "supervisor")
    if turned == "off":
        app, _ = turn_on(client, header, clock)
        clock.move(30)
        there = log_in(client, "admin", code=app.code()).json
        client.post(f"{URL}/off", json={"password": PASSWORD}, headers=header)
    else:
        there = log_in(client, "admin").json
        turn_on(client, header, clock)
    assert is_in(client, header)
    assert is_in(client, others)
    assert not is_in(client, bearer(there["access_token"]))
    refresh = client.post("/api/auth/refresh", headers=bearer(there["refresh_token"]))
    assert refresh.status_code == 401


def test_guesses_at_it_count_with_those_at_the_sign_in(client, clock):
    header = signed_in(client, "admin")
    app = begin(client, header, clock)
    for _ in range(5):
        assert log_in(client, "admin", password="a wrong guess").status_code == 401
    guesses = [confirm(client, header, app.wrong_code()).status_code for _ in range(6)]
    assert guesses == [403] * 5 + [429]
    assert confirm(client, header, app.code()).status_code == 429
    off = client.post(f"{URL}/off", json={"password": PASSWORD}, headers=header)
    assert off.status_code == 429


# Reset by others


def test_an_administrator_forgets_the_second_factor_of_who_lost_the_phone(client, clock):
    admin, header = signed_in(client, "admin"), signed_in(client, "supervisor")
    turn_on(client, header, clock)
    user_id = user_id_of(client, header)
    users = client.get("/api/users", headers=admin).json["users"]
    assert [user["username"] for user in users if user["has_second_factor"]] == ["supervisor"]
    wish = {"second_factor": False}
    assert client.patch(f"/api/users/{user_id}", json=wish, headers=header).status_code == 403
    answer = client.patch(f"/api/users/{user_id}", json=wish, headers=admin)
    assert (answer.status_code, answer.json["has_second_factor"]) == (200, False)
    assert not is_in(client, header)
    assert log_in(client, "supervisor").status_code == 200


def test_nobody_is_given_a_second_factor_and_ones_own_takes_the_password(client, clock):
    admin = signed_in(client, "admin")
    turn_on(client, admin, clock)
    mine = f"/api/users/{user_id_of(client, admin)}"
    for wish in ({"second_factor": True}, {"second_factor": False}):
        answer = client.patch(mine, json=wish, headers=admin)
        assert answer.status_code == 400
        assert "second_factor" in answer.json["errors"]
    assert is_asked(client)


def test_an_operator_lets_the_only_administrator_in_again(app, client, clock):
    turn_on(client, signed_in(client, "admin"), clock)
    run = app.test_cli_runner().invoke
    done = run(args=["users", "forget-second-factor", "admin"])
    assert (done.exit_code, done.output) == (0, "admin signs in without a code now.\n")
    assert log_in(client, "admin").status_code == 200
    assert run(args=["users", "forget-second-factor", "nobody"]).exit_code == 1


# Kept and told


def test_the_log_tells_of_on_off_and_reset(client, clock, warehouse):
    header, admin = signed_in(client, "supervisor"), signed_in(client, "admin")
    turn_on(client, header, clock)
    client.post(f"{URL}/off", json={"password": PASSWORD}, headers=header)
    turn_on(client, header, clock)
    wish = {"second_factor": False}
    client.patch(f"/api/users/{user_id_of(client, header)}", json=wish, headers=admin)
    warehouse.activity.flush()
    own = warehouse.activity.search(Filters(action="own_secret_changed"), limit=9).entries
    told = [(entry.user, entry.details["changed"]) for entry in own]
    on, off = ("supervisor", ["second_factor:on"]), ("supervisor", ["second_factor:off"])
    assert told == [on, off, on]
    reset = warehouse.activity.search(Filters(action="user_changed"), limit=9).entries[0]
    assert reset.user == "admin"
    assert reset.details == {"whom": "supervisor", "changed": ["second_factor:off"]}


def test_no_answer_and_no_log_shows_the_secret_or_a_code_again(client, clock, warehouse, db):
    header, admin = signed_in(client, "supervisor"), signed_in(client, "admin")
    app, codes = turn_on(client, header, clock)
    clock.move(30)
    log_in(client, "supervisor", code=codes[0])
    log_in(client, "supervisor", code=app.code())
    secret = db["users"].find_one({"username": "supervisor"})["second_factor"]["key"]
    warehouse.activity.flush()
    kept = [
        doc for name in db.list_collection_names() if name != "users" for doc in db[name].find()
    ]
    rules = [rule.rule for rule in client.application.url_map.iter_rules() if "GET" in rule.methods]
    answers = [
        client.get(rule, headers=who).text
        for rule in rules
        if rule.startswith("/api/") and "<" not in rule
        for who in (header, admin)
    ]
    assert len(answers) > 40
    for hidden in (secret, app.code(), *codes):
        assert hidden not in str(kept)
        assert [answer for answer in answers if hidden in answer] == []


def test_recovery_codes_are_kept_as_hashes_only(client, clock, db):
    header = signed_in(client, "supervisor")
    _, codes = turn_on(client, header, clock)
    kept = json.dumps(db["users"].find_one({"username": "supervisor"}), default=str)
    for code in codes:
        assert code not in kept
        assert code.replace("-", "") not in kept
