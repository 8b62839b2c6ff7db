"""A token found genuine is not verified again, as long as it lives and is shown the same way."""

from __future__ import annotations

import pytest

from app.api.known_tokens import KnownTokens


class Verifier:
    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return {"sub": "u1", "exp": 100}


@pytest.fixture
def verify():
    return Verifier()


def shown(**other):
    facts = {"method": "POST", "header": "Bearer a.b.c", "cookie": None, "csrf": None} | other
    return tuple(facts.values())


def test_the_same_token_is_verified_once(verify):
    tokens = KnownTokens(now=lambda: 99)
    assert tokens.claims(shown(), verify) == tokens.claims(shown(), verify)
    assert verify.calls == 1


def test_an_expired_token_is_verified_again(verify):
    now = [99]
    tokens = KnownTokens(now=lambda: now[0])
    tokens.claims(shown(), verify)
    now[0] = 100
    tokens.claims(shown(), verify)
    assert verify.calls == 2


@pytest.mark.parametrize(
    "other",
    [{"method": "GET"}, {"header": "Bearer a.b.d"}, {"cookie": "a.b.c"}, {"csrf": "x"}],
    ids=lambda other: next(iter(other)),
)
def test_what_is_shown_in_another_way_is_verified_for_itself(verify, other):
    tokens = KnownTokens(now=lambda: 0)
    tokens.claims(shown(), verify)
    tokens.claims(shown(**other), verify)
    assert verify.calls == 2


def test_a_refusal_is_not_remembered(verify):
    tokens = KnownTokens(now=lambda: 0)

    def refuse():
        raise PermissionError

    for _ in range(2):
        with pytest.raises(PermissionError):
            tokens.claims(shown(), refuse)
    assert tokens.claims(shown(), verify)["sub"] == "u1"


def test_only_the_latest_are_kept(verify):
    tokens = KnownTokens(most=2, now=lambda: 0)
    for name in "abc":
        tokens.claims(shown(header=name), verify)
    tokens.claims(shown(header="c"), verify)
    assert verify.calls == 3
    tokens.claims(shown(header="a"), verify)
    assert verify.calls == 4
