"""Child processes that end with their parent, and what an earlier parent may have left running."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.02
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

Child = subprocess.Popen[bytes]

YOUNG_OBJECTS = 10_000
"""How many new objects start a collection; few of the thousands of a request outlive it."""


def start(
    command: Sequence[str | Path],
    *,
    output: Path | None = None,
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> Child:
    """Start `command` in a session of its own, so that a terminal's Ctrl-C reaches only the parent.

    The child gets SIGTERM when the thread that called this ends, even by `kill -9`; call it from
    the main thread. What it prints goes to the end of `output`, or where the parent prints.
    """
    with output.open("ab") if output else nullcontext() as sink:
        return subprocess.Popen(  # noqa: S603  # a list of words, none of them from a request
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=None if env is None else dict(env),
            start_new_session=True,
            pass_fds=tuple(pass_fds),
            preexec_fn=_tie_to(os.getpid()),  # noqa: PLW1509  # it calls prctl and getppid only
        )


def stop(*children: Child, within: float) -> None:
    """End all children: SIGTERM, and SIGKILL for whoever is still there after `within` seconds."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    wait_until(lambda: all(child.poll() is not None for child in children), within)
    for child in children:
        if child.poll() is None:
            child.kill()
        child.wait()


def end_leftover(pid_file: Path, *, mark: Path, within: float) -> None:
    """End the process that `pid_file` names, if it runs and its command line names `mark`.

    Numbers of processes are given out again, so a number alone proves nothing.
    """
    pid = read_pid(pid_file)
    if pid is None:
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not _runs(pid, mark):
            break
        os.kill(pid, sign)
        wait_until(lambda: not _runs(pid, mark), within)
    pid_file.unlink(missing_ok=True)


def read_pid(pid_file: Path) -> int | None:
    """The number in the file, or None where the file is missing, empty or torn."""
    try:
        return int(pid_file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def wait_until(is_true: Callable[[], bool], within: float) -> bool:
    """Ask again and again; whether it became true in `within` seconds."""
    deadline = time.monotonic() + within
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def die_with(parent: int | None) -> None:
    """Have Linux kill this process at once when `parent`, which forked it, dies."""
    if LIBC is None:
        return
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def _tie_to(parent: int) -> Callable[[], None]:
    """What the child runs between fork and exec: Linux shall tell it when `parent` dies."""

    def tie() -> None:
        if LIBC is None:
            return
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(1)

    return tie


def _runs(pid: int, mark: Path) -> bool:
    """Whether process `pid` lives and names `mark`. A zombie has no command line left."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(os.fsencode(mark) in word for word in words)


def spare_the_lasting() -> None:
    """Have the garbage collector pass over what a start made, which stays, and look at more at a
    time of what requests leave behind. What the start alone needed goes back to the system, where
    the C library can do that (glibc): 18 MB.
    """
    gc.collect()
    gc.freeze()
    if LIBC is not None and hasattr(LIBC, "malloc_trim"):
        LIBC.malloc_trim(0)
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
