"""An operator's command: whatever goes wrong is told in one line."""

from __future__ import annotations

from typing import Any

import click
from pymongo.errors import PyMongoError

from app.errors import DomainError

LONGEST = 200
"""Characters of what a driver says: it lists all that it knows of the servers."""


class Command(click.Command):
    """For `cls` of a command that asks servers. Ends with 1 where they refuse or are away."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise click.ClickException(f"{error.title}. {error.detail}") from None
        except PyMongoError as error:
            said = " ".join(str(error).split())[:LONGEST]
            raise click.ClickException(f"MongoDB did not do it: {said}") from None
