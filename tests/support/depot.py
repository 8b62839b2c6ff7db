"""A depot: a warehouse of its own, programs that serve it as processes, and people who use them."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import count
from uuid import uuid4

import requests

from app.auth.identity import Role
from app.auth.store import AuthStore
from app.clock import SystemClock
from tests.support.app import PASSWORD, PASSWORD_HASH, make_settings, make_warehouse
from tests.support.builders import a_record_json, an_account, plan_racks
from tests.support.servers import Programs, fresh_database
from tests.support.sockets import Screen

TIMEOUT_S = 30


@contextmanager
def open_depot(folder, mongo_uri, redis_url, *, db=None, **environ):
    """A depot on these servers, in that empty database or a new one; `environ` are more variables
    of its programs.
    """
    programs = Programs(folder)
    with fresh_database(mongo_uri) if db is None else nullcontext(db) as database:
        settings = make_settings(mongo_uri, redis_url, database.name)
        warehouse = make_warehouse(settings, SystemClock())
        try:
            yield Depot(programs, settings, warehouse, environ)
        finally:
            programs.end_all()
            warehouse.close()


class Depot:
    """`warehouse` arranges and looks at the database; what is tested goes through a program."""

    def __init__(self, programs, settings, warehouse, environ):
        self.warehouse = warehouse
        self._programs = programs
        self._numbers = count(1)
        self.environ = {
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DB": settings.mongo_db,
            "REDIS_URL": settings.redis_url,
            "JWT_SECRET_KEY": settings.jwt_secret,
            "COOKIE_SECURE": "0",
            **environ,
        }

    def start(self, **environ):
        """A program that serves this depot, ready."""
        return self._programs.start(**self.environ | environ).wait_ready()

    def racks(self, letter="G", number=1):
        """Ids of fresh free racks; the letter is the floor."""
        ids = [f"{letter}-{next(self._numbers):03}" for _ in range(number)]
        plan_racks(self.warehouse, *ids)
        return ids

    def rack(self, letter="G"):
        """The id of a fresh free rack."""
        return self.racks(letter)[0]

    def person(self, program, role=Role.COUNTER, **wish):
        """Somebody new of that role, signed in at the program."""
        username = f"{role.value}-{next(self._numbers)}"
        account = an_account(
            username,
            role,
            name=f"Name of {username}",
            created_at=self.warehouse.clock.now(),
            password_hash=PASSWORD_HASH,
        )
        AuthStore(self.warehouse.db).add_missing([account])
        return Person(program, username).sign_in(**wish)

    def supervisor(self, program):
        return self.person(program, Role.SUPERVISOR)


class Person:
    """Somebody with a device: HTTP calls and screens of a program."""

    def __init__(self, program, username):
        self.base_url = program.base_url
        self.username = username
        self.user_id = f"u-{username}"
        self.name = f"Name of {username}"
        self.tokens = {}
        self._http = requests.Session()
        self.get = partial(self.ask, "GET")
        self.post = partial(self.ask, "POST")

    def sign_in(self, **wish):
        answer = self.post(
            "/api/auth/login", {"username": self.username, "password": PASSWORD, **wish}
        )
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        self._http.headers["Authorization"] = f"Bearer {self.token}"
        return self

    @property
    def token(self):
        return self.tokens["access_token"]

    def at(self, program):
        """The same sign-in at another program of the depot."""
        other = Person(program, self.username)
        other.tokens = self.tokens
        other._http.headers["Authorization"] = f"Bearer {self.token}"
        return other

    def ask(self, method, path, body=None, **more):
        """A request; its answer, whatever it is."""
        more.setdefault("timeout", TIMEOUT_S)
        return self._http.request(method, self.base_url + path, json=body, **more)

    def screen(self, **more):
        """A connected screen."""
        return Screen(self.base_url, self.token, **more)

    # ── acts ─────────────────────────────────────────────────────────────────────────────────────

    def claim(self, rack_id):
        """Claim a rack; the answer of a claim that won."""
        answer = self.post(f"/api/racks/{rack_id}/claim", {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def move(self, rack_id, move, **body):
        """Release, pause, resume, recount, … a rack."""
        answer = self.post(f"/api/racks/{rack_id}/{move}", body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def count(self, session_id, *records, **fields):
        """Send records, by default one; the answer of a batch that was taken."""
        records = records or (a_record_json(session_id, **fields),)
        answer = self.post("/api/sync/batch", {"records": records, "batch_id": uuid4().hex})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self, rack_id):
        """The rack as GET …/status shows it."""
        answer = self.get(f"/api/racks/{rack_id}/status")
        assert answer.status_code == 200, answer.text
        return answer.json()
