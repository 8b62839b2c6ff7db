"""A job worker that has one kind more, which takes as long as it is told."""

from __future__ import annotations

import sys
import time

from app import job_worker

STEP_S = 0.05


def slow(work):
    """Take `steps` steps."""
    steps = work.job.params["steps"]
    for step in range(steps):
        work.tell(step, steps)
        time.sleep(STEP_S)
    return {"steps": steps, "attempt": work.job.attempts}


def main():
    kinds_of = job_worker.kinds_of
    job_worker.kinds_of = lambda warehouse: {**kinds_of(warehouse), "slow": slow}
    return job_worker.main()


if __name__ == "__main__":
    sys.exit(main())
