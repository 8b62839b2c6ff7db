"""`flask` commands as an operator runs them: processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys

from config import ROOT
from tests.support.servers import OWN_VARIABLES

TIMEOUT_S = 120


def flask(*words, **environ):
    """Run a command; its result, whatever it is."""
    inherited = {name: v for name, v in os.environ.items() if name not in OWN_VARIABLES}
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *map(str, words)],
        cwd=ROOT,
        env=inherited | {name: str(value) for name, value in environ.items()},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
