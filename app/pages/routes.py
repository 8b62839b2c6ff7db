"""HTML shells. They hold no data: every screen asks the JSON API, which decides who sees what.

So the shells are public, and a service worker may keep them. A screen whose user is not signed in
goes to /sign-in by itself, after trying to refresh: the access cookie may have run out overnight.
"""

from __future__ import annotations

import secrets
from functools import cache
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from app.api.context import identify, permit
from app.auth.identity import Identity, Role
from app.auth.permissions import Action
from app.pages.kept import Kept, keep, worker
from app.pages.modules import VENDOR, modules_of
from app.pages.texts import DEFAULT, LANGUAGES, catalogue, chosen, direction, text

blueprint = Blueprint("pages", __name__)
blueprint.add_app_template_global(text, "t")

HOME = {Role.COUNTER: "/count", Role.DEVICE: "/count"}
"""Where a role starts; all others start at the map."""

SCREENS = {
    "/count": "count",
    "/sign-in": "sign-in",
    "/map": "map",
    "/scanner-test": "scanner-test",
}
"""The screens that open without a network, by address."""

VERSION_HEADER = "X-Shell-Version"
"""A service worker takes a page only of the version that it keeps."""

_IMPORT_MAP = {"imports": {name: f"/static/{file}" for name, file in VENDOR.items()}}

_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self' ws: wss:; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types stockverify"
)


@blueprint.get("/")
@permit(Action.SIGN_IN)
def start() -> AnyResponse:
    """Send everybody to where their work is."""
    identify()
    caller = g.caller
    return redirect(HOME.get(caller.role, "/map") if isinstance(caller, Identity) else "/sign-in")


@blueprint.get("/sign-in")
@permit(Action.SIGN_IN)
def sign_in() -> str:
    """Where everybody says who they are."""
    return _shell("sign-in")


@blueprint.get("/count")
@permit(Action.SIGN_IN)
def count() -> str:
    """The counter's session HUD."""
    return _shell("count")


@blueprint.get("/map")
@permit(Action.SIGN_IN)
def rack_map() -> str:
    """The supervisor's rack map."""
    return _shell("map")


@blueprint.get("/conflicts")
@permit(Action.SIGN_IN)
def conflicts() -> str:
    """The supervisor's conflict desk; `?rack=`, `?floor=` and `?type=` narrow its queue."""
    return _shell("conflicts")


@blueprint.get("/stocktakes")
@permit(Action.SIGN_IN)
def stocktakes() -> str:
    """Stocktakes: open one, see how far it is, close it; `?id=` shows one."""
    return _shell("stocktakes")


@blueprint.get("/lines")
@permit(Action.SIGN_IN)
def lines() -> str:
    """Count lines and the decisions on them; the query narrows them as the API's does."""
    return _shell("lines")


@blueprint.get("/sheets/rack/<rack_id>")
@blueprint.get("/sheets/floor/<floor>")
@permit(Action.SIGN_IN)
def sheet(**_: str) -> str:
    """Rack sheets to print; what is on them comes from the API."""
    return _shell("rack", folder="sheets", script="sheets")


@blueprint.get("/reports")
@permit(Action.SIGN_IN)
def reports() -> str:
    """Dashboard, queries, snapshots and comparisons; `#ask=` carries a query."""
    return _shell("reports")


@blueprint.get("/promises")
@permit(Action.SIGN_IN)
def promises() -> str:
    """What is promised, and how it stands now; for everybody who is signed in."""
    return _shell("promises")


@blueprint.get("/admin")
@permit(Action.SIGN_IN)
def admin() -> str:
    """Users, devices, racks, logs and settings."""
    return _shell("admin")


@blueprint.get("/items")
@permit(Action.SIGN_IN)
def items() -> str:
    """The catalogue, and imports of files."""
    return _shell("items")


@blueprint.get("/sw.js")
@permit(Action.SIGN_IN)
def service_worker() -> Response:
    """The service worker, for all pages though it lies among none of them."""
    answer = Response(worker(_kept()), mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = "/"
    return answer


@blueprint.get("/scanner-test")
@permit(Action.SIGN_IN)
def scanner_test() -> str:
    """What a scanner sends, for whoever sets one up. Nothing there is counted."""
    return _shell("scanner-test")


@blueprint.after_request
def protect(answer: Response) -> Response:
    """What a page may load and who may frame it; caches ask again each time."""
    answer.headers["Content-Security-Policy"] = _POLICY.format(nonce=_nonce())
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    answer.headers["Cache-Control"] = "no-cache"
    answer.vary.update(["Cookie", "Accept-Language"])
    answer.headers[VERSION_HEADER] = _kept().version
    return answer


@cache
def _kept() -> Kept:
    """Once a process."""
    return keep(SCREENS, lambda screen: _shell(screen, nonce="", lang=DEFAULT))


def _shell(
    screen: str,
    *,
    nonce: str | None = None,
    lang: str | None = None,
    folder: str = "screens",
    script: str | None = None,
) -> str:
    g.lang = lang or chosen()
    script = f"js/screens/{script or screen}.js"
    return render_template(
        f"{folder}/{screen}.html",
        lang=g.lang,
        dir=direction(g.lang),
        languages=LANGUAGES,
        nonce=_nonce() if nonce is None else nonce,
        texts=catalogue(g.lang),
        script=script,
        modules=modules_of(script),
        import_map=_IMPORT_MAP,
    )


def _nonce() -> str:
    """One a request, for the inline import map."""
    nonce: Any = g.get("csp_nonce")
    if nonce is None:
        nonce = g.csp_nonce = secrets.token_urlsafe(16)
    return str(nonce)
