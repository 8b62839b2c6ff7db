"""A small server for tests of the edge: real routes, a real database, a clock that tests move."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from flask import Flask

from app.api import auth, users
from app.api.json import OrjsonProvider
from app.api.problems import answer_with_problems
from app.auth.accounts import Accounts, NewUser
from app.auth.identity import Account, Role
from app.auth.passwords import Passwords
from app.auth.sign_ins import SignIns
from app.auth.store import AuthStore
from app.extensions import jwt, limiter
from config import Settings, new_secret
from tests.support.clock import MovableClock

PASSWORD = "correct horse battery"
PIN = "4711"

_PASSWORDS = Passwords()
_HASH = _PASSWORDS.hash(PASSWORD)  # once for all tests: it is slow on purpose


def make_app(db, *, clock=None):
    """The app with the accounts `admin`, `auditor`, `supervisor`, `counter` and `device`."""
    _create_indexes(db)
    settings = Settings(jwt_secret=new_secret(), cookie_secure=False)
    app = Flask(__name__)
    app.json = OrjsonProvider(app)
    app.config.update(auth.jwt_config(settings), TESTING=False)
    app.config.update(RATELIMIT_STORAGE_URI="memory://", RATELIMIT_STRATEGY="moving-window")
    jwt.init_app(app)
    limiter.init_app(app)
    answer_with_problems(app)
    app.register_blueprint(auth.blp)
    app.register_blueprint(users.blp)
    app.extensions["warehouse"] = _warehouse(db, settings, clock or MovableClock())
    return app


def log_in(client, username="counter", **wish):
    """Sign in, by PASSWORD unless the wish says otherwise; the whole answer."""
    secret = {} if "pin" in wish else {"password": PASSWORD}
    return client.post("/api/auth/login", json={"username": username, **secret, **wish})


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def signed_in(client, username="counter", **wish):
    """The bearer header of a fresh sign-in."""
    return bearer(log_in(client, username, **wish).json["access_token"])


def add_counter(app, username, **secret):
    """Make a counter as an administrator would."""
    new = NewUser(username=username, name="Ada", role=Role.COUNTER, **secret)
    return app.extensions["warehouse"].accounts.create(new)


def _warehouse(db, settings, clock):
    store = AuthStore(db)
    store.add_missing(_account(role, clock.now()) for role in Role)
    lifetime = timedelta(seconds=settings.refresh_ttl)
    return SimpleNamespace(
        accounts=Accounts(store, _PASSWORDS, clock),
        sign_ins=SignIns(store, _PASSWORDS, clock, lifetime=lifetime),
    )


def _account(role, created_at):
    return Account(
        user_id=f"u-{role.value}",
        username=role.value,
        name=role.value.title(),
        role=role,
        active=True,
        created_at=created_at,
        password_hash=_HASH,
    )


def _create_indexes(db):
    db["users"].create_index("user_id", unique=True)
    db["users"].create_index("username", unique=True)
    db["users"].create_index([("role", 1), ("active", 1)])
    db["sign_ins"].create_index("user_id")
    db["sign_ins"].create_index("expires_at", expireAfterSeconds=0)
