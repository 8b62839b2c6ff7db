"""The application for tests: real routes on real servers, and a clock that tests move."""

from __future__ import annotations

from app.auth.accounts import NewUser
from app.auth.identity import Role
from app.auth.store import AuthStore
from app.db.migrate import migrate
from app.job_worker import kinds_of
from app.warehouse import build
from config import Settings, new_secret
from tests.support.builders import an_account
from tests.support.quick import QuickPasswords

PASSWORD = "correct horse battery"
PIN = "4711"

PASSWORD_HASH = QuickPasswords().hash(PASSWORD)
"""Made once for all tests, and checked hundreds of times."""


def make_settings(mongo_uri, redis_url, database_name, **more):
    """Settings of a program on these servers, with no secret worth keeping."""
    return Settings(
        mongo_uri=mongo_uri,
        redis_url=redis_url,
        mongo_db=database_name,
        jwt_secret=new_secret(),
        cookie_secure=False,
        async_mode="threading",
        **more,
    )


def make_warehouse(settings, clock):
    """A migrated warehouse with an account of each role: `counter`, `supervisor`, …"""
    warehouse = build(settings, clock=clock)
    migrate(warehouse.db)
    AuthStore(warehouse.db).add_missing(
        an_account(role.value, role, created_at=clock.now(), password_hash=PASSWORD_HASH)
        for role in Role
    )
    warehouse.stocktakes.ensure_open()
    return warehouse


def do_jobs(warehouse):
    """Do all jobs that wait, as a worker does."""
    for job in list(warehouse.db.jobs.find({"state": "queued"}).sort("at")):
        warehouse.running.run(job["job_id"], kinds_of(warehouse))


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
