"""Where the private servers of a running program are, for a second process beside it.

While the program runs, `servers.env` in its data folder holds the variables that lead to them:
`set -a; . var/servers.env` and a second server, a command or a tool works on the same warehouse.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from shlex import quote, split

from app.embedded.server import ServersUnavailable
from config import Settings

FILE = "servers.env"
TOLD = ("MONGO_URI", "REDIS_URL", "JWT_SECRET_KEY", "COOKIE_SECURE")


@contextmanager
def told(settings: Settings) -> Iterator[None]:
    """Keep the file, readable by the owner only, for the block."""
    file = settings.data_dir / FILE
    known = settings.as_env()
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={quote(known[name])}\n" for name in TOLD), encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def settings_beside(settings: Settings) -> Settings:
    """The settings that lead to the servers of the program that runs in the data folder.

    Raises:
        ServersUnavailable: none runs there.
    """
    try:
        lines = (settings.data_dir / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise ServersUnavailable(
            f"STOCKVERIFY_DATA_DIR: no program runs in {settings.data_dir}; start it, "
            "or set MONGO_URI, REDIS_URL and JWT_SECRET_KEY"
        ) from None
    values = dict(line.split("=", 1) for line in lines)
    return Settings.from_env(os.environ | {name: split(v)[0] for name, v in values.items()})
