"""`flask simulate`: plays what goes wrong on a warehouse's floor against a server."""

from __future__ import annotations

import json
import sys

import click

from app.simulator.client import Client, Unreachable
from app.simulator.play import passed, play, sheet
from app.simulator.stage import Failed, Stage


@click.command("simulate")
@click.option("--url", required=True, help="the server, such as http://127.0.0.1:5000")
@click.option("--username", required=True, help="an account that may count")
@click.option("--password", envvar="SIMULATE_PASSWORD", help="or SIMULATE_PASSWORD; else asked")
@click.option("--device", default="simulator", show_default=True, help="the handheld's name")
@click.option("--rack", help="the rack to count at; default: the first that is free")
@click.option("--authority", help="PEM file of the authority that an https server has")
@click.option("--flood", is_flag=True, help="play 429 too: the account then waits for a minute")
@click.option("--json", "as_json", is_flag=True, help="the sheet as JSON")
def simulate(url: str, username: str, password: str | None, device: str, **more: str) -> None:
    """Play lost answers, duplicates, reordering, wrong clocks and more; ends with 0 or 1.

    What it counts it takes back at the end; the rules are those of docs/devices.md.
    """
    password = password or click.prompt("Password", hide_input=True, err=True)
    credentials = {"username": username, "password": password, "device_id": device}
    try:
        client = Client(url, authority=more["authority"])
        stage = Stage(client, credentials, more["rack"])
        played = play(stage, flood=bool(more["flood"]))
    except (Failed, Unreachable) as error:
        raise click.ClickException(str(error)) from None
    if more["as_json"]:
        told = {"url": url, "passed": passed(played), "rules": [each.as_json() for each in played]}
        click.echo(json.dumps(told, indent=1))
    else:
        click.echo(sheet(url, played))
    sys.exit(0 if passed(played) else 1)
