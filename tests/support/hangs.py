"""A browser that hangs while it closes, which Playwright waits for without an end."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress

from tests.support.servers import children_of, processes_naming


@contextmanager
def browser_ended_after(seconds):
    """If the block takes longer, this process's browser is killed: the block raises, and what could
    not be asked any more is asked again at the end of the run.
    """
    watch = threading.Timer(seconds, _end_browsers)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _end_browsers():
    browsers = set(processes_naming("chromium"))
    for driver in children_of(os.getpid()):
        for browser in browsers.intersection(children_of(driver)):
            with suppress(ProcessLookupError):
                os.kill(browser, signal.SIGKILL)
