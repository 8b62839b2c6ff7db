"""`python -m tests.support.audit`: what the registries know of holes in what is installed.

Asks by pip-audit and by `npm audit`. Ends with 1 where a registry names a hole, and with 0 where it
names none or does not answer: a registry that is away is no fault of the program, and is told.
"""

from __future__ import annotations

import json
import subprocess
import sys

from config import ROOT

WITHIN_S = 300
PYTHON = [
    *(sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"),
    *("--no-deps", "--disable-pip", "-r", "requirements.txt"),
]
BROWSER = ["npm", "audit", "--json"]


def python_holes(report):
    """The holes that pip-audit tells of, a line each; None where no registry answered."""
    known = [each for each in _parsed(report).get("dependencies", ()) if "vulns" in each]
    if not known:
        return None
    return [f"{each['name']} {each['version']}: {hole['id']}, mended in "
            f"{', '.join(hole['fix_versions']) or 'none yet'}"
            for each in known for hole in each["vulns"]]  # fmt: skip


def browser_holes(report):
    """The holes that npm tells of, a line each; None where no registry answered."""
    told = _parsed(report)
    if "vulnerabilities" not in told:
        return None
    return [f"{name}: {hole['severity']}" for name, hole in told["vulnerabilities"].items()]


def _parsed(report):
    try:
        told = json.loads(report)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def answer_of(command):
    """What a command prints."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def main():
    """Ask both; the exit code."""
    found = {
        "Python packages": python_holes(answer_of(PYTHON)),
        "browser packages": browser_holes(answer_of(BROWSER)),
    }
    for what, holes in found.items():
        said = "no registry answered" if holes is None else f"{len(holes)} known holes"
        print(f"{what}: {said}", *(holes or ()), sep="\n  ")  # noqa: T201 — it is asked for
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main())
