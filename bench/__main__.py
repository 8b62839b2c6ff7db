"""`python -m bench [NAME …]`: measure, print one table, and write JSON beside it.

Names choose scenarios by their beginnings (`live`, `batches`); `--list` tells them, `--full` makes
the long form. Ends with 1 where a scenario failed; a target that is not met is no failure.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from datetime import UTC, datetime

import orjson

from bench import counters, crowd, growth, live, reports, workers  # noqa: F401 — each registers its scenarios
from bench.figures import SCENARIOS, Figure, Scenario, as_json, chosen, table
from config import ROOT

RESULTS = ROOT / "test-results" / "bench.json"


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    words.add_argument("names", nargs="*")
    words.add_argument("--list", action="store_true")
    given = words.parse_args()
    if given.list:
        told = [f"{each.name:12} {each.take.__doc__}" for each in SCENARIOS.values()]
        print("\n".join(told))
        return 0
    try:
        wanted = chosen([name for word in given.names for name in word.split(",") if name])
    except KeyError as unknown:
        words.error(f"no scenario is called {unknown}; there are {', '.join(SCENARIOS)}")
    return asyncio.run(_measure(wanted))


async def _measure(wanted: list[Scenario]) -> int:
    figures: list[Figure] = []
    failed: dict[str, str] = {}
    for each in wanted:
        started = time.monotonic()
        try:
            async with asyncio.timeout(each.limit_s):
                async for figure in each.take():
                    figures.append(figure)  # noqa: PERF401 — what came before a failure counts
        except Exception as error:  # noqa: BLE001 — one scenario's fault is told, the others run
            failed[each.name] = repr(_root(error))[:300]
        took = time.monotonic() - started
        print(f"{each.name}: {failed.get(each.name, 'done')} in {took:.0f} s", file=sys.stderr)
        _write(figures, failed)
    print(table(figures))
    return 1 if failed else 0


def _write(figures: list[Figure], failed: dict[str, str]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    found = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "system": platform.platform()},
        "load_average": os.getloadavg(),
        "figures": as_json(figures),
        "failed": failed,
    }
    RESULTS.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))


def _root(error: BaseException) -> BaseException:
    """What a group of tasks died of first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    sys.exit(main())
