"""Serves the program: in this process, or in several that share the port."""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import TextIO

from app import create_app, extensions, processes
from app.connections import family_of, listen
from app.db.client import connect
from app.embedded import Watch, private_servers
from app.green import MAX_CONNECTIONS
from app.kept import INHERITED, READY, Keeper
from app.lan import code_for_terminal, on_the_lan, trust_page
from app.prepare import prepare
from app.warehouse import build
from config import ROOT, BadSetting, Settings

WORKER_STOP_SECONDS = 6.0
JOBS_STOP_SECONDS = 2.0
"""A job under way is given back at once."""
READY_SECONDS = 60.0
SPARE_DESCRIPTORS = 1000
LINE_WIDTH = 100
TRUST_PORT_ABOVE = 1
"""The page for phones is served by plain HTTP on the next port."""

Account = tuple[str, str]


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        BadSetting: the address cannot be listened on.
        ServersUnavailable: the private servers cannot run.
        KeyboardInterrupt: a stop signal came before the program served.
    """
    extensions.stop_signals.watch(in_green_thread=settings.async_mode == "eventlet")
    _allow_many_connections()
    if INHERITED in os.environ:  # one of several workers: their parent prepared all
        _serve_here(settings, inherited=int(os.environ[INHERITED]), on_ready=_tell_parent)
        return
    if settings.lan:
        settings = on_the_lan(settings)
    _check_port(settings)
    watch = Watch()
    with _servers_for(settings, watch) as reachable:
        _check_mongo(reachable)
        accounts = prepare(reachable, demo=settings.is_demo)
        serve = _supervise if reachable.workers > 1 else _serve_alone
        serve(reachable, watch, lambda: _announce(reachable, accounts))


def _servers_for(settings: Settings, watch: Watch) -> AbstractContextManager[Settings]:
    return private_servers(settings, watch) if settings.is_demo else nullcontext(settings)


def _serve_alone(settings: Settings, watch: Watch, on_ready: Callable[[], None]) -> None:
    """Serve in this process, with the job workers beside it.

    Raises:
        ServersUnavailable: a private server died of each of its starts.
    """
    jobs = _job_workers(settings)

    def be_ready() -> None:
        on_ready()
        extensions.spawn(jobs.keep, extensions.sleep)
        extensions.spawn(watch.keep, extensions.sleep, _end_this_process)

    try:
        _serve_here(settings, inherited=None, on_ready=be_ready)
    finally:
        watch.stop()
        jobs.stop(within=JOBS_STOP_SECONDS)
    if watch.failure:
        raise watch.failure


def _serve_here(settings: Settings, *, inherited: int | None, on_ready: Callable[[], None]) -> None:
    warehouse = build(
        settings,
        run_heavy=extensions.in_native_thread,
        breathe=lambda: extensions.sleep(0),
    )
    app = create_app(warehouse, settings)
    app.extensions["background"].start()
    processes.spare_the_lasting()
    try:
        extensions.serve(app, settings, inherited=inherited, on_ready=on_ready)
    finally:
        app.extensions.get("warehouse_stop", lambda: None)()


def _end_this_process() -> None:
    """As whoever stops it from outside would."""
    os.kill(os.getpid(), signal.SIGTERM)


def _supervise(settings: Settings, watch: Watch, on_ready: Callable[[], None]) -> None:
    """Keep `settings.workers` processes serving; end them when this one is told to stop, replace
    them one by one at SIGHUP.

    This process holds the socket that all of them listen on: a connection that a worker did not
    take before it ended is another's.
    """
    environ = {**os.environ, **replace(settings, workers=1).as_env()}
    with listen((settings.host, settings.port)) as listener:
        servers = Keeper(
            settings.workers,
            "Worker",
            [sys.executable, ROOT / "wsgi.py"],
            environ,
            gift=listener.fileno(),
        )
        jobs = _job_workers(settings)
        wishes = _renewals()
        try:
            servers.start()
            servers.wait_ready(within=READY_SECONDS)
            on_ready()
            jobs.start()
            while True:
                if wishes:
                    wishes.clear()
                    servers.renew(within=READY_SECONDS)
                watch.look()
                servers.look()
                jobs.look()
                time.sleep(0.2)
        finally:
            processes.stop(*servers.children, *jobs.children, within=WORKER_STOP_SECONDS)


def _renewals() -> list[bool]:
    """A list that is not empty once this process got SIGHUP."""
    wishes: list[bool] = []
    signal.signal(signal.SIGHUP, lambda *_: wishes.append(True))
    return wishes


def _tell_parent() -> None:
    """Tell the parent that this worker serves, where it wants to know."""
    if READY in os.environ:
        parent = int(os.environ[READY])
        os.write(parent, b"1")
        os.close(parent)


def _job_workers(settings: Settings) -> Keeper:
    environ = {**os.environ, **settings.as_env(), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "app.job_worker"]
    return Keeper(settings.job_workers, "Job worker", command, environ)


def _allow_many_connections() -> None:
    """Each connection takes a file descriptor, and the usual soft limit is 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + SPARE_DESCRIPTORS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft not in (resource.RLIM_INFINITY, wanted):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _check_port(settings: Settings) -> None:
    """Refuse an address in use: workers share theirs on purpose, two starts would by accident."""
    where = (settings.host, settings.port)
    try:
        socket.create_server(where, family=family_of(settings.host)).close()
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL or (error.errno or 0) < 0:  # the resolver's are < 0
            raise BadSetting("HOST", f"{settings.host!r} is no address of this machine") from None
        if error.errno == errno.EADDRINUSE:
            raise BadSetting("PORT", f"{settings.port} is in use; set another") from None
        why = os.strerror(error.errno or 0)
        raise BadSetting("PORT", f"{settings.port} cannot be opened: {why}") from None


def _check_mongo(settings: Settings) -> None:
    """Refuse a start without MongoDB at once; without Redis counts are saved all the same."""
    with connect(settings.mongo_uri) as client:
        client.admin.command("ping")


def _shown_host(settings: Settings) -> str:
    """The host for a person on this machine: "all addresses" is none to type into a browser."""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104


def _announce(settings: Settings, accounts: Sequence[Account]) -> None:
    _tell(f"\nStockVerify is ready at {_url(settings)}  (Ctrl-C stops it)")
    if settings.lan:
        _invite_phones(settings)
    if accounts:
        _tell("\n".join(["Sign in with:", *_table(accounts), ""]))


def _url(settings: Settings) -> str:
    host = _shown_host(settings)
    place = f"[{host}]" if ":" in host else host
    scheme = "https" if settings.tls_certificate else "http"
    return f"{scheme}://{place}:{settings.port}"


def _invite_phones(settings: Settings) -> None:
    """Serve the page that puts trust and app on a phone, and show the way to it."""
    port = settings.port + TRUST_PORT_ABOVE
    extensions.serve_beside(trust_page(settings, _url(settings)), (settings.host, port))
    url = f"http://{settings.host}:{port}"
    _tell(f"Phones begin at {url}\n{code_for_terminal(url)}")


def _table(accounts: Sequence[Account]) -> list[str]:
    """The accounts in aligned columns; those with one password share a place."""
    cells = []
    for password, group in groupby(accounts, key=itemgetter(1)):
        cells.append((_in_short([name for name, _ in group]), password))
    wide, high = (max(map(len, column)) for column in zip(*cells, strict=True))
    shown = [f"  {names:<{wide}}  {password:<{high}}" for names, password in cells]
    rows = -(-len(shown) // max(1, LINE_WIDTH // len(shown[0])))
    return ["".join(shown[row::rows]).rstrip() for row in range(rows)]


def _in_short(names: Sequence[str]) -> str:
    """Numbered neighbours as a run: counter1 … counter20."""
    runs = [list(run) for _, run in groupby(names, key=lambda name: name.rstrip("0123456789"))]
    return ", ".join(f"{run[0]} … {run[-1]}" if len(run) > 1 else run[0] for run in runs)


def _tell(text: str, stream: TextIO | None = None) -> None:
    print(text, file=stream, flush=True)
