"""A phone that can be switched off: a browser profile on disk, killed and opened again."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import contextmanager, suppress

from app.processes import wait_until
from tests.support.servers import processes_naming


def chromium_program():
    """Where Chromium is. A missing one fails the suite."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "chromium is missing: apt-get install chromium"
    return path


class Phone:
    """Chromium with a profile of its own. `open` gives its page; what it keeps outlives `kill`."""

    def __init__(self, browser_type, folder, args, viewport):
        self._browser_type, self._folder = browser_type, folder
        self._args, self._viewport = args, viewport
        self.context = None

    def open(self, url):
        self.context = self._browser_type.launch_persistent_context(
            self._folder,
            executable_path=chromium_program(),
            args=self._args,
            viewport=self._viewport,
        )
        self.context.set_default_timeout(8_000)
        page = self.context.pages[0] if self.context.pages else self.context.new_page()
        page.goto(url)
        return page

    def kill(self):
        """As a battery that is taken out: no process of it gets a word."""
        for pid in processes_naming(str(self._folder)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not processes_naming(str(self._folder)), 10)
        with suppress(Exception):
            self.context.close()
        for lock in self._folder.glob("Singleton*"):
            lock.unlink(missing_ok=True)

    def close(self):
        if self.context:
            with suppress(Exception):
                self.context.close()


@contextmanager
def a_phone(browser_type, folder, args, viewport):
    phone = Phone(browser_type, folder, args, viewport)
    try:
        yield phone
    finally:
        phone.close()
