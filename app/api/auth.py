"""Signing in and out, and the tokens: bearer tokens for devices, cookies for browsers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, after_this_request, current_app
from flask_jwt_extended import (
    create_access_token,
    create_refresh_token,
    get_jwt_request_location,
    set_access_cookies,
    set_refresh_cookies,
    unset_jwt_cookies,
)

from app.api.blueprint import Blueprint
from app.api.context import permit, verified_claims, warehouse, who
from app.api.guessing import limit_guessing, limit_own_guessing
from app.api.openapi import NO_SIGN_IN
from app.api.schemas.auth import (
    IdentitySchema,
    LoginSchema,
    LoginWish,
    NewSecretSchema,
    RefreshSchema,
    RefreshWish,
    SuccessSchema,
    Tokens,
    TokensSchema,
)
from app.api.schemas.devices import DeviceTokenSchema
from app.auth.identity import Identity
from app.auth.own_secrets import NewSecret
from app.auth.permissions import Action
from app.auth.sign_ins import SignedIn
from config import Settings

REFRESH_PATH = "/api/auth"

# Servers' clocks differ a little, and a token made by one is shown to the next at once.
CLOCK_SKEW_S = 5

blp = Blueprint("auth", __name__, url_prefix="/api/auth", description="Signing in and out")


def jwt_config(settings: Settings) -> dict[str, Any]:
    """The configuration of flask-jwt-extended. One algorithm, so that no token chooses its own."""
    return {
        "JWT_SECRET_KEY": settings.jwt_secret,
        "JWT_ALGORITHM": "HS256",
        "JWT_DECODE_ALGORITHMS": ["HS256"],
        "JWT_DECODE_LEEWAY": CLOCK_SKEW_S,
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(seconds=settings.access_ttl),
        "JWT_REFRESH_TOKEN_EXPIRES": timedelta(seconds=settings.refresh_ttl),
        "JWT_TOKEN_LOCATION": ["headers", "cookies"],
        "JWT_COOKIE_SECURE": settings.cookie_secure,
        "JWT_COOKIE_SAMESITE": "Lax",
        "JWT_COOKIE_CSRF_PROTECT": True,
        "JWT_REFRESH_COOKIE_PATH": REFRESH_PATH,
        "JWT_SESSION_COOKIE": False,
    }


@blp.post("/login")
@permit(Action.SIGN_IN)
@blp.doc(**NO_SIGN_IN)
@blp.arguments(LoginSchema)
@blp.response(200, TokensSchema)
@limit_guessing
def login(wish: LoginWish) -> Tokens:
    """Sign in by password or PIN; 401 `wrong_credentials` does not say what was wrong. Where the
    account has a second factor, 401 `second_factor_required` asks for the same with a `code`.
    """
    signed_in = warehouse().sign_ins.sign_in(
        wish.username,
        password=wish.password,
        pin=wish.pin,
        code=wish.code,
        device_id=wish.device_id,
    )
    return _hand_out(signed_in, in_cookies=wish.cookies)


@blp.post("/device")
@permit(Action.SIGN_IN)
@blp.doc(**NO_SIGN_IN)
@blp.arguments(DeviceTokenSchema)
@blp.response(200, TokensSchema)
def device(wish: dict[str, Any]) -> Tokens:
    """Sign an enrolled device in by its own token; what comes is bound to its `device_id`."""
    return _hand_out(warehouse().devices.sign_in(wish["token"]), in_cookies=False)


@blp.post("/refresh")
@permit(Action.SIGN_IN)
@blp.doc(**NO_SIGN_IN)
@blp.arguments(RefreshSchema, required=False)
@blp.response(200, TokensSchema)
def refresh(wish: RefreshWish) -> Tokens:
    """Get a new pair for a refresh token, which dies by it; they come back as it came."""
    places = ["json"] if wish.refresh_token else ["headers", "cookies"]
    claims = verified_claims(refresh=True, places=places)
    signed_in = warehouse().sign_ins.refresh(
        claims["sign_in"], user_id=claims["sub"], jti=claims["jti"]
    )
    return _hand_out(signed_in, in_cookies=get_jwt_request_location() == "cookies")


@blp.post("/logout")
@permit(Action.OWN_ACCOUNT)
@blp.response(200, SuccessSchema)
def logout() -> dict[str, bool]:
    """End this sign-in with all its tokens, and take the browser's cookies away."""
    warehouse().sign_ins.sign_out(who())
    after_this_request(_without_cookies)
    return {"success": True}


@blp.post("/password")
@permit(Action.OWN_ACCOUNT)
@blp.arguments(NewSecretSchema)
@blp.response(200, SuccessSchema)
@limit_own_guessing
def change_secret(wish: NewSecret) -> dict[str, bool]:
    """Change one's own password or PIN; all other sign-ins of the caller end at once."""
    warehouse().own_secrets.change(wish, by=who())
    return {"success": True}


@blp.get("/me")
@permit(Action.OWN_ACCOUNT)
@blp.response(200, IdentitySchema)
def me() -> Identity:
    """Who is asking."""
    return who()


def _hand_out(signed_in: SignedIn, *, in_cookies: bool) -> Tokens:
    """The tokens in the answer's body, or in cookies that no script can read."""
    access, refresh = _access_token(signed_in.identity), _refresh_token(signed_in)
    lives: timedelta = current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]

    @after_this_request
    def finish(answer: Response) -> Response:
        answer.headers["Cache-Control"] = "no-store"
        if in_cookies:
            _put_into_cookies(answer, access, refresh)
        return answer

    return Tokens(
        user=signed_in.identity,
        expires_in=int(lives.total_seconds()),
        access_token=None if in_cookies else access,
        refresh_token=None if in_cookies else refresh,
    )


def _access_token(identity: Identity) -> str:
    token: str = create_access_token(
        identity.user_id,
        additional_claims={
            "username": identity.username,
            "name": identity.name,
            "role": identity.role.value,
            "sign_in": identity.sign_in_id,
            "device_id": identity.device_id,
            "needs_second_factor": identity.needs_second_factor,
        },
    )
    return token


def _refresh_token(signed_in: SignedIn) -> str:
    token: str = create_refresh_token(
        signed_in.identity.user_id,
        additional_claims={
            "sign_in": signed_in.identity.sign_in_id,
            "jti": signed_in.refresh_jti,
        },
    )
    return token


def _put_into_cookies(answer: Response, access: str, refresh: str) -> None:
    """Both outlive the access token: an expired one tells the page to refresh, none to sign in."""
    lives: timedelta = current_app.config["JWT_REFRESH_TOKEN_EXPIRES"]
    seconds = int(lives.total_seconds())
    set_access_cookies(answer, access, max_age=seconds)
    set_refresh_cookies(answer, refresh, max_age=seconds)


def _without_cookies(answer: Response) -> Response:
    unset_jwt_cookies(answer)
    return answer
