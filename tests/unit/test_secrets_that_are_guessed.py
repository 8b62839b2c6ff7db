"""Which passwords and PINs are refused, because they are guessed at once."""

from __future__ import annotations

import pytest

from app.auth.identity import Role
from app.auth.rules import password_misfit, pin_misfit, secret_misfits
from app.auth.user_import import _new_pin


@pytest.mark.parametrize(
    "password",
    [
        "password", "PASSWORD", "Password1!", "P@ssw0rd", "12345678", "qwertzuiop", "iloveyou2",
        "aaaaaaaaaaaaaaaaaaaaaaaa", "sunshine1", "drowssap", "abcdefgh", "password" * 16,
        "stockverify1", "warehouse", "Warehouse2026", "ada.lovelace", "Lovelace1",
        "ada-lovelace-26", "Adalovelace!!",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44",
    ],
)  # fmt: skip
def test_a_well_known_password_or_an_own_name_is_refused(password):
    assert password_misfit(password, "ada.lovelace", "Ada Lovelace")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse", "tulip anvil harbour", "caf\u00e9 au lait", "x9$kfL2q", "kx7 pvt2 zq",
        "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e",
        "8 1 5 1 6 2 3 4 2",
        "only small letters here", "ada likes tulips",
    ],
)  # fmt: skip
def test_any_other_password_is_taken_whatever_its_signs(password):
    assert password_misfit(password, "ada.lovelace", "Ada Lovelace") is None


def test_what_nobody_would_know_of_one_is_an_own_name_of_another():
    assert password_misfit("kavitha.raman", "kavitha.raman", "Kavitha Raman")
    assert password_misfit("kavitha.raman", "ben", "Ben") is None


@pytest.mark.parametrize(
    "pin", ["0000", "1111", "99999999", "1234", "4321", "2345", "7890", "0987", "1212", "123123",
            "474747", "47114711", "01234567"],
)  # fmt: skip
def test_a_pin_that_everybody_tries_first_is_refused(pin):
    assert pin_misfit(pin)


@pytest.mark.parametrize("pin", ["4711", "2580", "1357", "1223", "48151623", "90210", "112233"])
def test_other_pins_are_taken(pin):
    assert pin_misfit(pin) is None


def test_a_pin_made_here_is_one_that_would_be_taken():
    assert not any(pin_misfit(_new_pin()) for _ in range(200))


def test_a_pin_of_a_supervisor_is_refused_however_good():
    told = secret_misfits(role=Role.SUPERVISOR, password=None, pin="4711", names=())
    assert "password only" in told["pin"][0]
