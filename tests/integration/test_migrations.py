"""Migrations: in order, once, by one process at a time, and again after a crash."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.db.migrate import BadMigration, migrate

STEP = '''"""Because the test wants it."""

def up(db):
    db["ran"].insert_one({{"step": "{name}"}})
'''


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "README.md").write_text("no step")
    return tmp_path


def add_step(folder, name, text=STEP):
    (folder / f"{name}.py").write_text(text.format(name=name))


def ran(db):
    return [entry["step"] for entry in db["ran"].find(sort=[("_id", 1)])]


def test_steps_run_in_the_order_of_their_numbers_and_once(db, folder):
    add_step(folder, "0002_second")
    add_step(folder, "0001_first")
    assert migrate(db, folder) == ["0001_first", "0002_second"]
    assert migrate(db, folder) == []
    add_step(folder, "0003_third")
    assert migrate(db, folder) == ["0003_third"]
    assert ran(db) == ["0001_first", "0002_second", "0003_third"]


def test_a_failed_step_runs_again_at_the_next_start_and_holds_nobody_up(db, folder):
    add_step(folder, "0001_first")
    add_step(folder, "0002_broken", '"""Fails."""\ndef up(db):\n    raise RuntimeError\n')
    with pytest.raises(RuntimeError):
        migrate(db, folder)
    add_step(folder, "0002_broken")
    assert migrate(db, folder) == ["0002_broken"]


def test_of_processes_that_start_at_once_one_migrates(db, folder):
    slow = STEP.replace("def up(db):", "def up(db):\n    import time; time.sleep(0.3)")
    add_step(folder, "0001_slow", slow)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: migrate(db, folder), range(4)))
    assert sorted(results) == [[], [], [], ["0001_slow"]]
    assert ran(db) == ["0001_slow"]


def test_the_lock_of_a_crashed_process_ends_by_itself(db, folder):
    add_step(folder, "0001_first")
    soon = datetime.now(UTC) + timedelta(seconds=1)
    db["migration_lock"].insert_one({"_id": "lock", "holder": "crashed", "expires_at": soon})
    assert migrate(db, folder) == ["0001_first"]
    assert datetime.now(UTC) >= soon


@pytest.mark.parametrize("text", ["def up(db): pass\n", '"""No step."""\n'])
def test_a_file_without_reason_or_step_is_refused(db, folder, text):
    add_step(folder, "0001_bad", text)
    with pytest.raises(BadMigration, match="0001_bad"):
        migrate(db, folder)


def test_two_files_of_one_number_are_refused(db, folder):
    add_step(folder, "0001_one")
    add_step(folder, "0001_other")
    with pytest.raises(BadMigration, match="same number"):
        migrate(db, folder)
    assert ran(db) == []
