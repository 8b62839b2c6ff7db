"""Accounts: who may sign in at all, in which role, by which secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from app.auth.factor_store import FACTOR, turned_off
from app.auth.identity import Account, Identity, Role, as_username
from app.auth.passwords import Passwords
from app.auth.permissions import PIN_ROLES
from app.auth.rules import secret_misfits
from app.auth.store import AuthStore
from app.clock import Clock
from app.errors import InvalidRequest, UserUnknown
from app.events import Publisher, SignInsEnded, UserAdded, UserChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """An account to be. `username` is kept in lower case."""

    username: str
    name: str
    role: Role
    password: str | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """What shall be different; None leaves a thing as it is."""

    name: str | None = None
    role: Role | None = None
    password: str | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)
    active: bool | None = None
    forget_second_factor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPage:
    """Some accounts by user name, and behind whom the next ones are; None: these were the last."""

    users: list[Account]
    next_position: tuple[str] | None


class Accounts:
    """Makes, changes and lists accounts."""

    def __init__(
        self, store: AuthStore, passwords: Passwords, publish: Publisher, clock: Clock
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._publish = publish
        self._clock = clock

    def page(self, *, limit: int, after: tuple[str] = ("",)) -> UserPage:
        """At most `limit` accounts behind the position, in the order of their user names."""
        found = self._store.accounts_after(*after, limit + 1)
        users = found[:limit]
        more = len(found) > limit
        return UserPage(users=users, next_position=(users[-1].username,) if more else None)

    def create(self, new: NewUser, *, by: Identity | None = None) -> Account:
        """Make an account that can sign in from now on.

        Raises:
            UserExists: the user name is taken.
            InvalidRequest: the role needs a password, or may have no PIN; or a secret is too
                easily guessed.
        """
        _check(misfits(new) or _lacking(new))
        account = self._account(new)
        self._store.add(account)
        self._publish(UserAdded(user_id=_id_of(by), whom=account.username, role=account.role.value))
        return account

    def change(self, user_id: str, change: UserChange, *, by: Identity | None = None) -> Account:
        """Change an account. Another role or secret, or the end of it, signs its user out
        everywhere in the same transaction; another name does not.

        Raises:
            UserUnknown: there is no such account.
            LastAdmin: no active administrator would be left.
            InvalidRequest: the role may have no PIN, or a secret is too easily guessed; or it is
                one's own second factor, which takes the password.
        """
        before = self.of_id(user_id)
        if change.forget_second_factor and user_id == _id_of(by):
            _check({"second_factor": ["Turn your own off in the account menu."]})
        _check(
            secret_misfits(
                role=change.role or before.role,
                password=change.password,
                pin=change.pin,
                names=(before.username, change.name or before.name),
            )
        )
        return self._change(before, change, by)

    def _change(self, before: Account, change: UserChange, by: Identity | None) -> Account:
        user_id = before.user_id
        rights = self._changed_rights(before, change)
        renamed = {"name": change.name} if change.name else {}
        if not rights and not renamed:
            return before
        told = UserChanged(
            user_id=_id_of(by), whom=before.username, changed=_told(change, rights, renamed)
        )
        if rights:
            after = self._store.change_rights(user_id, {**renamed, **rights}, self._clock.now())
            self._publish(told, SignInsEnded(user_id=user_id))
            return after
        after = self._store.rename(user_id, renamed["name"])
        self._publish(told)
        return after

    def named(self, username: str) -> Account:
        """The active account of that user name. Raises UserUnknown."""
        for account in self._store.accounts_named([as_username(username)]):
            if account.active:
                return account
        raise UserUnknown(username)

    def of_id(self, user_id: str) -> Account:
        """The account, whether it is active or not. Raises UserUnknown."""
        account = self._store.account(user_id)
        if account is None:
            raise UserUnknown(user_id)
        return account

    def taken(self, usernames: Iterable[str]) -> set[str]:
        """Those of the user names that somebody has."""
        wanted = {as_username(name) for name in usernames}
        return {account.username for account in self._store.accounts_named(wanted)}

    def ensure(self, username: str, name: str, role: Role, password: str) -> Account:
        """As `ensure_all`, for one."""
        return self.ensure_all(
            [NewUser(username=username, name=name, role=role, password=password)]
        )[0]

    def ensure_all(self, wanted: Iterable[NewUser]) -> list[Account]:
        """See to it that these accounts exist and their passwords fit; safe to run again.

        An existing account keeps its name, role and state. It gets the password only where the one
        it has does not fit, so that a restart ends nobody's sign-in. Whoever runs the program chose
        these passwords: they are not judged.
        """
        wishes = {as_username(wish.username): wish for wish in wanted}
        known = {account.username for account in self._store.accounts_named(wishes)}
        self._store.add_missing(
            self._account(wish) for name, wish in wishes.items() if name not in known
        )
        accounts = {each.username: each for each in self._store.accounts_named(wishes)}
        for name in known:
            accounts[name] = self._with_password(accounts[name], wishes[name].password)
        return [accounts[name] for name in wishes]

    def _with_password(self, account: Account, password: str | None) -> Account:
        if password is None or self._passwords.verify(password, account.password_hash):
            return account
        return self._change(account, UserChange(password=password), None)

    def _account(self, new: NewUser) -> Account:
        return Account(
            user_id=uuid4().hex,
            username=as_username(new.username),
            name=new.name,
            role=new.role,
            active=True,
            created_at=self._clock.now(),
            password_hash=self._hash(new.password),
            pin_hash=self._hash(new.pin),
        )

    def _changed_rights(self, before: Account, change: UserChange) -> dict[str, Any]:
        """The fields whose change ends the account's sign-ins."""
        fields: dict[str, Any] = {}
        if change.role is not None and change.role is not before.role:
            fields["role"] = change.role.value
            if change.role not in PIN_ROLES:
                fields["pin_hash"] = None  # else it would come back to life with the old role
        if change.active is not None and change.active is not before.active:
            fields["active"] = change.active
        if change.password is not None:
            fields["password_hash"] = self._hash(change.password)
        if change.pin is not None:
            fields["pin_hash"] = self._hash(change.pin)
        if change.forget_second_factor and before.has_second_factor:
            fields |= turned_off()
        return fields

    def _hash(self, secret: str | None) -> str | None:
        return None if secret is None else self._passwords.hash(secret)


def _told(change: UserChange, *fields: Mapping[str, Any]) -> list[str]:
    """What changed, in words that name no secret: `role:supervisor`, `active:false`, `pin`,
    `second_factor:off`.
    """
    plain = {"role": change.role, "active": change.active, FACTOR: "off"}
    names = [name.removesuffix("_hash") for each in fields for name in each]
    return [
        f"{name}:{str(plain[name]).lower()}" if plain.get(name) is not None else name
        for name in names
    ]


def _id_of(by: Identity | None) -> str | None:
    return by.user_id if by else None


def misfits(new: NewUser) -> Mapping[str, list[str]]:
    """What is wrong with the secrets of an account to be, by field; empty where all fits."""
    names = (new.username, new.name)
    return secret_misfits(role=new.role, password=new.password, pin=new.pin, names=names)


def _lacking(new: NewUser) -> Mapping[str, list[str]]:
    if new.password is None and new.role not in PIN_ROLES:
        return {"password": [f"Needed for the role {new.role}."]}
    if new.password is None and new.pin is None:
        return {"password": ["Give a password or a PIN."]}
    return {}


def _check(wrong: Mapping[str, list[str]]) -> None:
    if wrong:
        raise InvalidRequest(dict(wrong))
