"""A server process keeps what it loads for as long as it runs; what jobs alone need, jobs load."""

import subprocess
import sys

from config import ROOT

LIBRARIES_OF_JOBS = {"openpyxl", "xlsxwriter", "reportlab", "duckdb"}
LOADED = "import sys, app, app.serving, app.warehouse; print(*sys.modules, sep='\\n')"


def test_a_server_process_loads_no_library_that_only_jobs_need():
    program = [sys.executable, "-c", LOADED]
    told = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(told.stdout.split())
    assert {"flask", "app.items.reading"} <= loaded
    assert not loaded & LIBRARIES_OF_JOBS
