"""The commands that care for the data: `flask backup`, `flask restore`, `flask check`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from app.api.context import warehouse
from app.care import traces
from app.care.archive import BadArchive, Manifest
from app.care.backup import BackupFailed, back_up
from app.care.check import findings
from app.care.finding import Finding
from app.care.marks import note_backup
from app.care.restore import RestoreRefused, checked, restore
from app.command import Command

FILE = click.Path(dir_okay=False, path_type=Path)
A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def add_commands(app: Flask) -> None:
    """Register the commands with the app."""
    app.cli.add_command(backup_command)
    app.cli.add_command(restore_command)
    app.cli.add_command(check_command)


@click.command("backup", cls=Command)
@click.argument("file", type=FILE)
@click.option("--check", is_flag=True, help="write nothing; read FILE and say whether it is whole")
@with_appcontext
def backup_command(file: Path, *, check: bool) -> None:
    """Save one moment of the database, photos included, in FILE, while people count."""
    try:
        saved = checked(file) if check else _backed_up(file)
    except (BadArchive, BackupFailed, OSError) as error:
        raise click.ClickException(f"{file}: {error}") from None
    click.echo(f"{file} is whole: {_told(saved)}")


def _backed_up(file: Path) -> Manifest:
    """Make the backup, and note when: the page of promises shows it."""
    began = warehouse().clock.now()
    saved = back_up(warehouse().db, file)
    note_backup(warehouse().db, began)
    return saved


@click.command("restore", cls=Command)
@click.argument("file", type=A_FILE)
@click.option("--replace", is_flag=True, help="remove what the database holds now")
@with_appcontext
def restore_command(file: Path, *, replace: bool) -> None:
    """Make the database what the backup FILE holds. No server may run on it."""
    redis = warehouse().redis
    try:
        saved = restore(
            warehouse().db,
            file,
            warehouse().clock,
            replace=replace,
            in_use=partial(traces.is_served, redis),
            empty_redis=partial(traces.empty, redis),
        )
    except (BadArchive, RestoreRefused) as error:
        raise click.ClickException(f"{file}: {error}") from None
    click.echo(f"Restored from {file}: {_told(saved)}")
    click.echo("Everybody signs in again. Accounts and devices are as they were then.")


@click.command("check", cls=Command)
@click.option("--mend", is_flag=True, help="do what each line says")
@with_appcontext
def check_command(*, mend: bool) -> None:
    """Find what disagrees in the data, while people count; 1 where something is left."""
    left = 0
    for finding in findings(warehouse().db, warehouse().locks):
        mended = bool(mend and finding.mend and finding.mend())
        left += not mended
        click.echo(_line(finding, mended=mended))
    click.echo(f"{left} left to mend." if left else "All agrees.")
    if left:
        raise SystemExit(1)


def _line(finding: Finding, *, mended: bool) -> str:
    what = f"{finding.code}: {finding.text}"
    if mended:
        return f"{what}. Mended."
    return f"{what}. {'--mend ' if finding.mend else ''}{finding.mending}."


def _told(saved: Manifest) -> str:
    return (
        f"{saved.documents} documents of {len(saved.parts)} collections "
        f"as of {saved.moment}, migration {saved.schema}."
    )
