"""SIGTERM and SIGINT: the first one ends what runs, later ones are ignored."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

from app import green

HARD_STOP_SECONDS = 9
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopSignals:
    """The stop signals of this process."""

    act: Callable[[], None] | None = None
    """What to do at the first signal, instead of interrupting the caller of `watch`."""

    def watch(self, *, in_green_thread: bool) -> None:
        """From now on the first signal raises KeyboardInterrupt in the caller, or does `act`."""
        if in_green_thread:
            self._handle(_arm_last_resort)
            green.at_a_signal(STOP_SIGNALS, lambda interrupt: (self.act or interrupt)())
        else:
            self._handle(self._in_native_thread)

    def _handle(self, handler: Callable[..., Any]) -> None:
        for sign in STOP_SIGNALS:
            signal.signal(sign, handler)

    def _in_native_thread(self, *_: object) -> None:
        if not self.act:
            raise KeyboardInterrupt
        _arm_last_resort()
        threading.Thread(target=self.act, daemon=True).start()


def _arm_last_resort(*_: object) -> None:
    """Have the kernel end this process later, should something keep it from ending itself."""
    if not any(signal.getitimer(signal.ITIMER_REAL)):
        signal.alarm(HARD_STOP_SECONDS)
