"""Managing users: administrators change them, auditors read them."""

from __future__ import annotations

from typing import Any

from flask import Response, after_this_request

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.users import (
    ImportFormSchema,
    ImportQuerySchema,
    NewUserSchema,
    UserChangeSchema,
    UserImportSchema,
    UserPageSchema,
    UserSchema,
    UsersQuerySchema,
)
from app.api.user_rows import user_rows
from app.auth.accounts import NewUser, UserChange, UserPage
from app.auth.identity import Account
from app.auth.permissions import Action
from app.auth.user_import import RowOutcome

blp = Blueprint("users", __name__, url_prefix="/api/users", description="Accounts and their roles")


@blp.get("")
@permit(Action.SEE_USERS)
@blp.arguments(UsersQuerySchema, location="query")
@blp.response(200, UserPageSchema)
def users(query: dict[str, Any]) -> UserPage:
    """The accounts by user name, a page at a time."""
    return warehouse().accounts.page(**query)


@blp.post("")
@permit(Action.MANAGE_USERS)
@blp.arguments(NewUserSchema)
@blp.response(201, UserSchema)
def create(new: NewUser) -> Account:
    """Make an account; 409 `user_exists` where the name is taken."""
    return warehouse().accounts.create(new, by=who())


@blp.patch("/<user_id>")
@permit(Action.MANAGE_USERS)
@blp.arguments(UserChangeSchema)
@blp.response(200, UserSchema)
def change(wish: UserChange, user_id: str) -> Account:
    """Change an account. Another role, password or PIN, or its end, signs its user out at once."""
    return warehouse().accounts.change(user_id, wish, by=who())


@blp.post("/import")
@permit(Action.MANAGE_USERS)
@blp.arguments(ImportQuerySchema, location="query")
@blp.arguments(ImportFormSchema, location="files")
@blp.response(200, UserImportSchema)
def import_users(query: dict[str, Any], form: dict[str, Any]) -> dict[str, list[RowOutcome]]:
    """Make users from a CSV file, row by row; with `dry_run` only say what would become of each."""
    after_this_request(_never_kept)
    rows = user_rows(form["file"].read())
    imports = warehouse().user_import
    done = imports.preview(rows) if query["dry_run"] else imports.commit(rows, by=who())
    return {"rows": done}


def _never_kept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
