"""The only things a route asks Flask for: the warehouse, who is asking, and `@permit`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import current_app, g, request
from flask_jwt_extended import get_jwt, verify_jwt_in_request
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException
from flask_limiter.util import get_remote_address
from jwt import PyJWTError
from pymongo.errors import PyMongoError

from app.api.known_tokens import KnownTokens
from app.auth.identity import Identity, Role
from app.auth.permissions import PUBLIC, Action, may
from app.errors import CsrfFailed, NotAllowed, NotSignedIn, SecondFactorNeeded

if TYPE_CHECKING:
    from app.warehouse import Warehouse

Route = TypeVar("Route", bound=Callable[..., Any])


def warehouse() -> Warehouse:
    """The use cases of this process."""
    return cast("Warehouse", current_app.extensions["warehouse"])


def who() -> Identity:
    """The verified caller.

    Raises:
        NotSignedIn: no token, or one that is forged, expired or revoked.
        CsrfFailed: the cookie came without its CSRF header.
    """
    identify()
    if isinstance(g.caller, Exception):
        raise g.caller
    return cast("Identity", g.caller)


def identify() -> None:
    """Verify the request's token once; what was found, an Identity or the error, is kept in `g`.

    A database that does not answer is such an error too: asked again, it would cost the caller the
    same wait once more.
    """
    if "caller" in g:
        return
    try:
        claims = _known_claims()
        g.caller = warehouse().sign_ins.check(identity_of(claims["sub"], claims))
    except (NotSignedIn, CsrfFailed, PyMongoError) as refusal:
        g.caller = refusal


def _known_claims() -> dict[str, Any]:
    """As `verified_claims`, for an access token in its usual places."""
    names = current_app.config
    shown = (
        request.method,
        request.headers.get("Authorization"),
        request.cookies.get(names["JWT_ACCESS_COOKIE_NAME"]),
        request.headers.get(names["JWT_ACCESS_CSRF_HEADER_NAME"]),
    )
    known: KnownTokens = current_app.extensions["known_tokens"]
    return known.claims(shown, verified_claims)


def verified_claims(
    *, refresh: bool = False, places: Sequence[str] | None = None
) -> dict[str, Any]:
    """The claims of the request's access or refresh token; `places`: where to look for it.

    Raises:
        NotSignedIn: no token, or one that is forged, expired or of the other kind.
        CsrfFailed: the cookie came without its CSRF header.
    """
    try:
        verify_jwt_in_request(refresh=refresh, locations=places)
    except CSRFError:
        raise CsrfFailed from None
    except (JWTExtendedException, PyJWTError, ValueError):
        raise NotSignedIn from None
    return get_jwt()


def identity_of(user_id: str, claims: dict[str, Any]) -> Identity:
    """The identity that a verified access token carries.

    Raises:
        NotSignedIn: the token is genuine, but from a version that wrote other claims.
    """
    try:
        return Identity(
            user_id=user_id,
            username=claims["username"],
            name=claims["name"],
            role=Role(claims["role"]),
            sign_in_id=claims["sign_in"],
            device_id=claims.get("device_id"),
            needs_second_factor=claims.get("needs_second_factor", False),
        )
    except (KeyError, ValueError):
        raise NotSignedIn from None


def permit(action: Action) -> Callable[[Route], Route]:
    """State which Action a route is. Outermost, so that 401 and 403 come before 400."""

    def decorate(route: Route) -> Route:
        @wraps(route)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if action not in PUBLIC and not may(who(), action):
                raise SecondFactorNeeded if who().needs_second_factor else NotAllowed
            return route(*args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return cast("Route", guarded)

    return decorate


def action_of(endpoint: str) -> Action | None:
    """Which Action a route is; None for the documents of the API and for static files."""
    return getattr(current_app.view_functions.get(endpoint), "action", None)


def caller_key() -> str:
    """Whom the request limit counts: the user, or the address of somebody who is not signed in or
    need not be.
    """
    if action_of(request.endpoint or "") not in {None, *PUBLIC}:
        identify()
        if isinstance(g.caller, Identity):
            return user_key(g.caller)
    return f"address:{get_remote_address()}"


def user_key(caller: Identity) -> str:
    """Under what the request limit counts a user, whatever their sign-ins and devices."""
    return f"user:{caller.user_id}"
