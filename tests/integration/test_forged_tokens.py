"""Tokens that we did not give, or not for this use, and what a check of a good one costs."""

from __future__ import annotations

import jwt as pyjwt
import pytest

from app.auth.identity import Identity, Role
from tests.support.app import bearer, log_in


@pytest.fixture
def claims(client):
    token = log_in(client).json["access_token"]
    return pyjwt.decode(token, options={"verify_signature": False})


def forged(claims, key, algorithm="HS256"):
    return pyjwt.encode(claims, key, algorithm=algorithm)


@pytest.mark.parametrize(
    "forge",
    [
        lambda claims, _: forged(claims, None, "none"),
        lambda claims, _: forged(claims, "0123456789abcdef" * 4),
        lambda claims, key: forged(claims, key, "HS512"),
        lambda claims, key: forged({**claims, "exp": claims["iat"] - 60}, key),
        lambda claims, key: forged({**claims, "sign_in": "another"}, key),
        lambda claims, key: forged({**claims, "sub": "another"}, key),
        lambda claims, key: forged({**claims, "role": "emperor"}, key),
        lambda claims, key: forged({k: v for k, v in claims.items() if k != "sign_in"}, key),
        lambda claims, key: forged(claims, key)[:-4] + "AAAA",
        lambda *_: "no.token.at-all",
        lambda *_: "",
    ],
    ids=["alg none", "wrong key", "other algorithm", "expired", "other sign-in", "other user",
         "unknown role", "no sign-in", "changed", "nonsense", "empty"],
)  # fmt: skip
def test_a_token_that_we_did_not_give_is_refused(app, client, claims, forge):
    token = forge(claims, app.config["JWT_SECRET_KEY"])
    answer = client.get("/api/auth/me", headers=bearer(token))
    assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")


def test_the_forger_of_these_tests_can_make_a_good_token(app, client, claims):
    token = forged(claims, app.config["JWT_SECRET_KEY"])
    assert client.get("/api/auth/me", headers=bearer(token)).status_code == 200


def test_a_refresh_token_is_no_access_token(client):
    token = log_in(client).json["refresh_token"]
    assert client.get("/api/auth/me", headers=bearer(token)).status_code == 401


def test_no_token_no_answer(client):
    assert client.get("/api/auth/me").json["code"] == "not_signed_in"


def test_checking_an_identity_costs_one_read_by_primary_key(app, client, db):
    user = log_in(client).json["user"]
    opened = db["sign_ins"].find_one({"user_id": user["user_id"]})
    identity = Identity(
        user_id=user["user_id"],
        username="counter",
        name="Counter",
        role=Role.COUNTER,
        sign_in_id=opened["_id"],
    )
    db.command("profile", 2)
    assert app.extensions["warehouse"].sign_ins.check(identity) is identity
    db.command("profile", 0)
    reads = list(db["system.profile"].find({"ns": f"{db.name}.sign_ins"}))
    assert [read["planSummary"] for read in reads] in (["IDHACK"], ["IXSCAN { _id: 1 }"])
