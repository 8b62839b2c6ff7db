"""One's own second factor: on by the password and a code, off by the password."""

from __future__ import annotations

from typing import Any

import segno

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.guessing import limit_own_guessing
from app.api.schemas.auth import SuccessSchema
from app.api.schemas.second_factor import (
    CodeSchema,
    FactorBegunSchema,
    FactorStateSchema,
    OwnPasswordSchema,
    RecoveryCodesSchema,
)
from app.auth.permissions import Action
from app.auth.second_factors import FactorState

blp = Blueprint(
    "second_factor",
    __name__,
    url_prefix="/api/auth/second-factor",
    description="A code beside the password",
)


@blp.get("")
@permit(Action.OWN_ACCOUNT)
@blp.response(200, FactorStateSchema)
def state() -> FactorState:
    """Whether the caller has a second factor."""
    return warehouse().second_factors.state(who())


@blp.post("")
@permit(Action.OWN_ACCOUNT)
@blp.arguments(OwnPasswordSchema)
@blp.response(200, FactorBegunSchema)
@limit_own_guessing
def begin(wish: dict[str, str]) -> dict[str, Any]:
    """Get a secret for an authenticator app; it counts once `/confirm` got a code of it."""
    begun = warehouse().second_factors.begin(wish["password"], by=who())
    return {"key": begun.key, "address": begun.address, "qr": _picture(begun.address)}


@blp.post("/confirm")
@permit(Action.OWN_ACCOUNT)
@blp.arguments(CodeSchema)
@blp.response(200, RecoveryCodesSchema)
@limit_own_guessing
def confirm(wish: dict[str, str]) -> dict[str, list[str]]:
    """Turn it on by a code of the secret; all other sign-ins of the caller end at once."""
    return {"recovery_codes": warehouse().second_factors.confirm(wish["code"], by=who())}


@blp.post("/off")
@permit(Action.OWN_ACCOUNT)
@blp.arguments(OwnPasswordSchema)
@blp.response(200, SuccessSchema)
@limit_own_guessing
def turn_off(wish: dict[str, str]) -> dict[str, bool]:
    """Turn it off; all other sign-ins of the caller end at once."""
    warehouse().second_factors.turn_off(wish["password"], by=who())
    return {"success": True}


def _picture(address: str) -> str:
    """Dark on white, whatever the screen's colours are: not every camera reads the reverse."""
    return str(segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"))
