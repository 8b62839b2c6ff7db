"""Before the first request: migrate, and where nothing was configured, set up the demo.

Demo accounts exist only in demo mode. Their passwords are random and stay the same over restarts
(`demo-passwords.json` in the data folder), unless STOCKVERIFY_DEMO_PASSWORD gives all of them one.
"""

from __future__ import annotations

import csv
import json
import secrets
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from app.auth.accounts import NewUser
from app.auth.identity import Role
from app.care.marks import refuse_half_restored
from app.custody.signing import UnusableKey
from app.db.migrate import migrate
from app.stocktakes.campaigns import MAIN_WAREHOUSE
from app.warehouse import Warehouse, build
from config import ROOT, BadSetting, Settings

DATA = ROOT / "data"
PASSWORDS_FILE = "demo-passwords.json"
PASSWORD_BYTES = 6
DEMO_PEOPLE = (
    *((f"counter{n}", f"Counter {n}", Role.COUNTER) for n in range(1, 21)),
    ("supervisor1", "Supervisor 1", Role.SUPERVISOR),
    ("admin1", "Administrator 1", Role.ADMIN),
    ("auditor1", "Auditor 1", Role.AUDITOR),
    ("device1", "Device 1", Role.DEVICE),
)


def prepare(settings: Settings, *, demo: bool) -> list[tuple[str, str]]:
    """Bring the database up to date; in demo mode also the demo warehouse and its accounts, which
    are returned as (user name, password).

    Raises:
        BadSetting: a restore into this database was not finished.
    """
    with closing(build(settings)) as warehouse:
        refuse_half_restored(warehouse.db, partial(BadSetting, "MONGO_DB"))
        migrate(warehouse.db)
        _make_key(warehouse)
        if demo:
            load_demo_warehouse(warehouse)
        warehouse.stocktakes.ensure_open()
        return create_demo_accounts(warehouse, settings) if demo else []


def _make_key(warehouse: Warehouse) -> None:
    """The key that signs proofs of custody. Raises BadSetting."""
    try:
        warehouse.proofs.key.ensure()
    except UnusableKey as error:
        raise BadSetting("CUSTODY_KEY", str(error)) from None


def load_demo_warehouse(warehouse: Warehouse) -> None:
    """The racks and the catalogue of data/; what is there stays as it is."""
    warehouse.floor_plan.load(_rows(DATA / "racks.csv"), MAIN_WAREHOUSE)
    if warehouse.imports.load_items(_rows(DATA / "items.csv")):
        warehouse.floor_plan.expect(warehouse.catalogue.count_by_rack())


def create_demo_accounts(warehouse: Warehouse, settings: Settings) -> list[tuple[str, str]]:
    """The demo accounts with the passwords that hold now."""
    passwords = _demo_passwords(settings)
    warehouse.accounts.ensure_all(
        NewUser(username=username, name=name, role=role, password=passwords[username])
        for username, name, role in DEMO_PEOPLE
    )
    return list(passwords.items())


def _demo_passwords(settings: Settings) -> dict[str, str]:
    usernames = [username for username, _, _ in DEMO_PEOPLE]
    if settings.demo_password:
        return dict.fromkeys(usernames, settings.demo_password)
    kept = settings.data_dir / PASSWORDS_FILE
    if not kept.exists():
        fresh = {username: secrets.token_urlsafe(PASSWORD_BYTES) for username in usernames}
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(fresh, indent=1), encoding="utf-8")
    return dict(json.loads(kept.read_text(encoding="utf-8")))


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
