"""The commands of an operator: `flask users`, `flask import racks`, `flask import items`.

They run on the servers that the environment names, or beside a demo that runs in the data folder.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app import care_commands
from app.api.context import warehouse
from app.auth.accounts import NewUser, UserChange
from app.auth.identity import Role
from app.command import Command
from app.custody.command import verify
from app.db.migrate import migrate_if_new
from app.simulator.command import simulate
from app.stocktakes.campaigns import MAIN_WAREHOUSE
from app.warehouse import Warehouse

A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
users = AppGroup("users", help="Accounts.")
TOOLS = (simulate, verify)
_FLASK_OPTIONS_WITH_A_VALUE = {"-A", "--app", "-e", "--env-file"}
imports = AppGroup("import", help="Floor plan and catalogue from CSV files.")


def add_commands(app: Flask) -> None:
    """Register the commands with the app."""
    app.cli.add_command(users)
    app.cli.add_command(imports)
    care_commands.add_commands(app)
    add_tools(app)


def add_tools(app: Flask) -> None:
    """Register the commands that need no server."""
    for tool in TOOLS:
        app.cli.add_command(tool)


def begins_with_a_tool(words: Sequence[str]) -> bool:
    """Whether the first command of a command line needs no server."""
    rest = iter(words)
    for word in rest:
        if word in _FLASK_OPTIONS_WITH_A_VALUE:
            next(rest, None)
        elif not word.startswith("-"):
            return word in {tool.name for tool in TOOLS}
    return False


@users.command("add", cls=Command)
@click.argument("username")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", help="as shown on screens; default: the user name")
@click.password_option(help="asked for where it is not given")
def add_user(username: str, role: str, name: str | None, password: str) -> None:
    """Create an account, such as the first administrator's."""
    new = NewUser(username=username, name=name or username, role=Role(role), password=password)
    account = _opened().accounts.create(new)
    click.echo(f"{account.username} is {account.role.value} now.")


@users.command("forget-second-factor", cls=Command)
@click.argument("username")
def forget_second_factor(username: str) -> None:
    """Let somebody whose phone is lost sign in without a code, such as the only administrator."""
    accounts = _opened().accounts
    account = accounts.named(username)
    accounts.change(account.user_id, UserChange(forget_second_factor=True))
    click.echo(f"{account.username} signs in without a code now.")


@imports.command("racks", cls=Command)
@click.argument("file", type=A_FILE)
@click.option("--warehouse", "name", default=MAIN_WAREHOUSE, show_default=True)
def import_racks(file: Path, name: str) -> None:
    """Add racks from columns rack_id, floor, zone, row, column; those there are stay."""
    with _rows(file, "rack_id", "floor", "zone", "row", "column") as rows:
        new = _opened().floor_plan.load(rows, name)
    warehouse().stocktakes.ensure_open(name)
    _expect()
    click.echo(f"{new} racks are new.")


@imports.command("items", cls=Command)
@click.argument("file", type=A_FILE)
def import_items(file: Path) -> None:
    """Create and change items from a CSV file; items without a row stay."""
    with _rows(file, "item_code", "item_name") as rows:
        saved = _opened().imports.load_items(rows)
    _expect()
    click.echo(
        f"{saved.created} items are new, {saved.changed} changed, {saved.unchanged} did not."
    )


def _opened() -> Warehouse:
    """The warehouse, whose database may be new: people and racks come before the first start."""
    found = warehouse()
    migrate_if_new(found.db)
    return found


def _expect() -> None:
    warehouse().floor_plan.expect(warehouse().catalogue.count_by_rack())


@contextmanager
def _rows(file: Path, *needed: str) -> Iterator[Iterator[dict[str, str]]]:
    """The rows of a CSV file that has these columns, the first of which names a row. A row that is
    not understood is told by its line; importing the file again changes nothing of what it did.
    """
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines, restval="")
        try:
            if missing := [name for name in needed if name not in (rows.fieldnames or ())]:
                raise click.ClickException(f"{file} has no column {missing[0]}.")
            yield _named(rows, needed[0])
        except (ValueError, csv.Error) as error:
            why = f"{file}, line {rows.line_num}: {error}. Correct it and import the file again."
            raise click.ClickException(why) from None


def _named(rows: Iterable[dict[str, str]], key: str) -> Iterator[dict[str, str]]:
    for row in rows:
        if not row[key].strip():
            raise ValueError(f"{key} is missing")
        yield row
