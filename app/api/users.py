"""Managing users: administrators change them, auditors read them."""

from __future__ import annotations

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse, who
from app.api.schemas.users import (
    NewUserSchema,
    UserChangeSchema,
    UserPageSchema,
    UserSchema,
    UsersQuerySchema,
)
from app.auth.accounts import NewUser, UserChange, UserPage
from app.auth.identity import Account
from app.auth.permissions import Action

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
