"""Real servers for the tests, and the whole program as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from uuid import uuid4

import pymongo
import requests

from app.db.client import connect, database
from app.db.migrate import migrate
from app.embedded.server import LOOPBACK, free_port
from app.processes import wait_until
from config import ROOT, Settings

READY_SECONDS = 90
DROP_SECONDS = 60
"""MongoDB ends what a killed program left open after 8 s, and looks every few seconds; a drop waits
for that.
"""
STOP_SECONDS = 10
"""What the specification allows between SIGTERM and the end."""
DEMO_PASSWORD = "correct horse battery"
ANOTHER_ASYNC_MODE = os.environ.get("TESTS_ASYNC_MODE")
"""With `threading`, programs of the tests that name no mode of their own run without eventlet."""
OWN_VARIABLES = {f.metadata["name"] for f in fields(Settings)}


@contextmanager
def fresh_database(mongo_uri):
    """A database that nobody used before, dropped afterwards."""
    client = connect(mongo_uri)
    name = f"test_{uuid4().hex[:12]}"
    try:
        yield database(client, name)
    finally:
        with pymongo.timeout(DROP_SECONDS):
            client.drop_database(name)
        client.close()


class Databases:
    """Databases of a server with all their indexes, which take longer to make than most tests."""

    def __init__(self, mongo_uri, stack):
        self._mongo_uri, self._stack = mongo_uri, stack
        self._unused = []

    @contextmanager
    def one(self):
        """An empty one for the block: new, or emptied after its last use."""
        database = self._unused.pop() if self._unused else self._new()
        empty(database)
        yield database
        self._unused.append(database)

    def _new(self):
        database = self._stack.enter_context(fresh_database(self._mongo_uri))
        migrate(database)
        return database


def empty(database):
    """Remove all documents; indexes, and the note that they were made, stay."""
    names = set(database.list_collection_names()) - {"migrations"}
    made_by_use = {n for n in names if n.startswith(MADE_BY_USE) or n.endswith(PIECES)}
    for name in made_by_use:
        database.drop_collection(name)
    for name in _filled(database, names - made_by_use):
        database[name].delete_many({})


def _filled(database, names):
    """Those of these collections that hold something, found in one round trip."""

    def its_name(name):
        return {"_id": 0, "name": {"$literal": name}}

    looks = [
        {"$unionWith": {"coll": name, "pipeline": [{"$limit": 1}, {"$project": its_name(name)}]}}
        for name in sorted(names)
    ]
    return [found["name"] for found in database.aggregate([{"$documents": []}, *looks])]


MADE_BY_USE = ("system.", "report_rows.", "report_compare_rows.")
"""What the profiler wrote, in which deleting is forbidden; and the rows of a report each."""
PIECES = ".chunks"
"""Pieces of files: the driver makes their index with the first file, for no piece of a test's."""
LAN_ADDRESS = "127.0.0.2"


def start_on_the_lan(programs, folder):
    """The program as phones reach it: by HTTPS, with an authority of its own; ready."""
    program = programs.start(
        LAN=1,
        LAN_ADDRESS=LAN_ADDRESS,
        STOCKVERIFY_DATA_DIR=folder / "var",
        STOCKVERIFY_DEMO_PASSWORD=DEMO_PASSWORD,
    )
    program.base_url = f"https://{LAN_ADDRESS}:{program.port}"
    program.authority = str(folder / "var" / "lan" / "authority.pem")
    return program.wait_ready()


class Program:
    """`python wsgi.py` with its own port, and with `environ` as its only settings."""

    def __init__(self, log: Path, command=(sys.executable, "wsgi.py"), **environ):
        self.port = environ.setdefault("PORT", free_port())
        environ.setdefault("JOB_WORKERS", 0)  # a test that needs one asks for it
        if ANOTHER_ASYNC_MODE:
            environ.setdefault("ASYNC_MODE", ANOTHER_ASYNC_MODE)
        self.base_url = f"http://{LOOPBACK}:{self.port}"
        self.authority = None
        """The file of the authority whose certificates are trusted, for a program that has one."""
        self.log = log
        inherited = {name: v for name, v in os.environ.items() if name not in OWN_VARIABLES}
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=inherited | {name: str(value) for name, value in environ.items()},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )

    @property
    def output(self):
        return self.log.read_text("utf-8")

    def wait_ready(self):
        """Return self once /readyz answers 200; fail with the program's words if it ends before."""
        wait_until(lambda: self.process.poll() is not None or self.is_ready(), READY_SECONDS)
        assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.output}"
        assert self.is_ready(), f"/readyz does not answer 200:\n{self.output}"
        return self

    def is_ready(self):
        try:
            url = f"{self.base_url}/readyz"
            return requests.get(url, timeout=5, verify=self.authority).status_code == 200
        except (requests.RequestException, OSError):
            return False

    def exit_code(self, within=READY_SECONDS):
        return self.process.wait(within)

    def terminate(self, sign=signal.SIGTERM):
        """Ask it to stop; its exit code and the seconds it took."""
        asked = time.monotonic()
        self.process.send_signal(sign)
        code = self.process.wait(STOP_SECONDS + 5)
        return code, time.monotonic() - asked

    def kill(self):
        """As a crash does: at once, and only this process."""
        self.process.kill()
        self.process.wait()


class Programs:
    """All programs that a test starts; none outlives the test."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.started = []

    def start(self, **environ):
        """Start one and return at once; see `Program.wait_ready`."""
        log = self.folder / f"program-{len(self.started)}.log"
        self.started.append(Program(log, **environ))
        return self.started[-1]

    def end_all(self):
        for program in self.started:
            with suppress(ProcessLookupError):
                program.process.terminate()
        for program in self.started:
            try:
                program.process.wait(STOP_SECONDS + 5)
            except subprocess.TimeoutExpired:
                program.kill()


def processes_naming(mark):
    """Numbers of the living processes whose command line names `mark`."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and os.fsencode(mark) in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def children_of(pid):
    """Numbers of the living children of process `pid`."""
    tasks = Path(f"/proc/{pid}/task")
    lists = [(task / "children").read_text() for task in tasks.iterdir()]
    return [int(child) for children in lists for child in children.split()]
