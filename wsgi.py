"""Starts the server: `python wsgi.py`, or `make run`, which sets everything up first."""

import os
import warnings

if __name__ == "__main__" and os.environ.get("ASYNC_MODE") != "threading":
    # First of all, so that nobody keeps an unpatched socket. It warns that it gets fixes only: we
    # know, docs/architecture.md says why it is here and how it will go.
    warnings.filterwarnings("ignore", message="\nEventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()

import argparse
import atexit
import sys
from contextlib import ExitStack
from dataclasses import replace

from flask import Flask
from pymongo.errors import ConfigurationError, ConnectionFailure

import app
from app import cli
from app.embedded import ServersUnavailable, private_servers, settings_beside
from app.serving import run
from app.warehouse import build
from config import BadSetting, Settings

CANNOT_START = 2


def main() -> int:
    """Serve until a stop signal. What stops the start is told in one line."""
    words = argparse.ArgumentParser(description="StockVerify counts the stock of a warehouse.")
    words.add_argument("--workers", help="server processes that share the port (WORKERS)")
    given = words.parse_args()
    if given.workers:
        os.environ["WORKERS"] = given.workers
    try:
        run(Settings.from_env())
    except KeyboardInterrupt:
        return 0
    except (BadSetting, ServersUnavailable) as error:
        return cannot_start(str(error))
    except (ConfigurationError, ConnectionFailure) as error:
        return cannot_start(f"MONGO_URI: {error}")
    return 0


def create_app() -> Flask:
    """The application for `flask` commands, on the servers named, beside a running demo, or on the
    demo's servers, which then run as long as the command. A tool needs none of them.
    """
    if cli.begins_with_a_tool(sys.argv[1:]):
        alone = Flask("stockverify")
        cli.add_tools(alone)
        return alone
    settings = Settings.from_env()
    reachable = _demo_servers(settings) if settings.is_demo else settings
    return app.create_app(build(reachable), replace(reachable, async_mode="threading"))


def _demo_servers(settings: Settings) -> Settings:
    try:
        until_the_end = ExitStack()
        reachable = until_the_end.enter_context(private_servers(settings))
    except ServersUnavailable as unavailable:
        try:
            return settings_beside(settings)
        except ServersUnavailable:
            raise unavailable from None
    atexit.register(until_the_end.close)
    return reachable


def cannot_start(why: str) -> int:
    """Tell why in one line."""
    print(" ".join(why.split()), file=sys.stderr)
    return CANNOT_START


if __name__ == "__main__":
    sys.exit(main())
