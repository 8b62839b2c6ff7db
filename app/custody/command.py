"""`verify`, as a command of `flask` and by itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.custody.checking import check, proves
from app.custody.sheet import sheet


@click.command("verify")
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="the fingerprint that the installation shows")
def verify(export: Path, key: str | None) -> None:
    """Prove that a stocktake's export is what was sealed; ends with 0 or 1."""
    findings = check(export, key=key)
    click.echo(sheet(export.name, findings, compared=key is not None))
    sys.exit(0 if proves(findings) else 1)
