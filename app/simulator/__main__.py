"""`python -m app.simulator …`: the same as `flask simulate`."""

from __future__ import annotations

from app.simulator.command import simulate

if __name__ == "__main__":
    simulate(prog_name="python -m app.simulator")
