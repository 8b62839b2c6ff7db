"""The data folder: one process at a time, for the owner only, with a secret that stays."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app import processes
from app.embedded.server import ServersUnavailable, make_folder
from config import new_secret


@contextmanager
def only_user_of(folder: Path) -> Iterator[None]:
    """Hold the folder for the block. The lock ends with the process, however it ends.

    Raises:
        ServersUnavailable: another process holds it, or the folder cannot be made.
    """
    make_folder(folder)
    with (folder / "lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            user = processes.read_pid(folder / "lock")
            raise ServersUnavailable(
                f"STOCKVERIFY_DATA_DIR: process {user} is using {folder}; "
                "stop it, or name another folder"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def kept_secret(path: Path) -> str:
    """The secret in `path`, made at the first start and readable by the owner only."""
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(new_secret(), encoding="ascii")
        fresh.replace(path)  # whole or not at all
    return path.read_text(encoding="ascii").strip()
