"""Users come from a list, row by row: one bad row never fails its neighbours."""

from __future__ import annotations

import io

import pytest

from tests.support.app import log_in, signed_in

LIST = """username,name,role,pin,password
Ada,Ada Lovelace,counter,,
bob,Bob,counter,4711,
counter,Somebody else,counter,,
x y,Nobody,counter,,
cleo,Cleo,emperor,,
dora,Dora,supervisor,,
eve,Eve,supervisor,4711,
ADA,Another Ada,counter,,
"""


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def admin(client):
    return signed_in(client, "admin")


def send(client, header, content=LIST, **query):
    file = content if isinstance(content, bytes) else content.encode()
    return client.post(
        "/api/users/import",
        data={"file": (io.BytesIO(file), "users.csv")},
        query_string=query,
        headers=header,
    )


def names(client, header):
    return {u["username"] for u in client.get("/api/users", headers=header).json["users"]}


def test_a_preview_tells_what_would_become_of_each_row_and_changes_nothing(client, admin):
    before = names(client, admin)
    rows = send(client, admin, dry_run=True).json["rows"]
    assert [(row["line"], row["verdict"]) for row in rows] == [
        (2, "new"), (3, "new"), (4, "exists"), (5, "invalid"),
        (6, "invalid"), (7, "new"), (8, "invalid"), (9, "exists"),
    ]  # fmt: skip
    assert "username" in rows[3]["why"]
    assert "role" in rows[4]["why"]
    assert "pin" in rows[6]["why"]
    assert all(row["pin"] is None and row["password"] is None for row in rows)
    assert names(client, admin) == before


def test_the_good_rows_become_users_who_sign_in_with_what_was_told(client, admin):
    rows = {row["username"]: row for row in send(client, admin).json["rows"]}
    assert log_in(client, "ada", pin=rows["Ada"]["pin"]).status_code == 200
    assert log_in(client, "bob", pin="4711").status_code == 200
    assert rows["bob"]["pin"] is None
    assert log_in(client, "dora", password=rows["dora"]["password"]).status_code == 200
    assert "eve" not in names(client, admin)


def test_the_same_list_again_changes_nothing(client, admin):
    send(client, admin)
    rows = send(client, admin).json["rows"]
    assert "new" not in {row["verdict"] for row in rows}


@pytest.mark.parametrize(
    "content",
    [b"", b"username,name\nada,Ada\n", b"username,name,role\n", b"\xff\xfe\x00", b'"a\nb', b"\x00"],
)
def test_what_is_no_list_of_users_is_refused(client, admin, content):
    answer = send(client, admin, content)
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")


def test_a_list_that_is_too_long_is_refused_whole(client, admin):
    rows = "".join(f"u{n},Name,counter\n" for n in range(101))
    assert send(client, admin, f"username,name,role\n{rows}").status_code == 400
    assert "u1" not in names(client, admin)


@pytest.mark.parametrize("role", ["counter", "supervisor", "auditor"])
def test_only_administrators_import_users(client, role):
    assert send(client, signed_in(client, role)).status_code == 403


def test_settings_are_shown_without_secrets(client, admin, settings):
    shown = client.get("/api/settings", headers=admin)
    values = {each["name"]: each["value"] for each in shown.json["settings"]}
    assert values["RACK_LOCK_TTL"] == "60"
    assert values["JWT_SECRET_KEY"] == "set"
    assert settings.jwt_secret not in shown.text
    for role, status in (("auditor", 200), ("supervisor", 403), ("counter", 403)):
        assert client.get("/api/settings", headers=signed_in(client, role)).status_code == status


def test_a_list_cannot_bring_what_is_easily_guessed(client, admin):
    lines = ["username,name,role,pin,password", "fay,Fay,counter,1111,", "guy,Guy,admin,,Passw0rd!"]
    for query in ({"dry_run": "true"}, {}):
        rows = send(client, admin, "\n".join(lines), **query).json["rows"]
        assert [(row["verdict"], list(row["why"])) for row in rows] == [
            ("invalid", ["pin"]), ("invalid", ["password"]),
        ]  # fmt: skip
    assert not {"fay", "guy"} & names(client, admin)
