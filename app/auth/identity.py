"""Who is asking: a user in a role, on a device, under one sign-in. And the account behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a user is in the warehouse."""

    COUNTER = "counter"
    DEVICE = "device"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A verified caller. `sign_in_id` names the sign-in that all their tokens come from.

    `needs_second_factor`: their role must have one, and they have none yet.
    """

    user_id: str
    username: str
    name: str
    role: Role
    sign_in_id: str
    device_id: str | None = None
    needs_second_factor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user as kept. The hashes stay out of every repr, so that no log line shows one.

    `rights_rev` grows whenever the role, a secret or `active` changes: whoever signs in meanwhile
    sees by it that what they were judged by is no longer so. Of a second factor it only says that
    there is one; the rest is read by app/auth/factor_store.py alone.
    """

    user_id: str
    username: str
    name: str
    role: Role
    active: bool
    created_at: datetime
    rights_rev: int = 0
    password_hash: str | None = field(default=None, repr=False)
    pin_hash: str | None = field(default=None, repr=False)
    has_second_factor: bool = False

    @property
    def has_pin(self) -> bool:
        return self.pin_hash is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A handheld that was enrolled. The hash stays out of every repr."""

    device_id: str
    name: str
    user_id: str
    enrolled_by: str
    enrolled_at: datetime
    revoked_by: str | None = None
    revoked_at: datetime | None = None
    token_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a rack: a user on a device."""

    user_id: str
    username: str
    name: str
    device_id: str | None = None

    @classmethod
    def of(cls, who: Identity | Account, device_id: str | None = None) -> Holder:
        """The user, on the named device or on the one they signed in with.

        A sign-in that named no device is a device of its own: two of them are not one holder.
        """
        signed_in_on = who.device_id or who.sign_in_id if isinstance(who, Identity) else None
        return cls(
            user_id=who.user_id,
            username=who.username,
            name=who.name,
            device_id=device_id or signed_in_on,
        )


def named(who: Identity | Holder) -> dict[str, str]:
    """The person, without the device: how events, refusals and documents name somebody."""
    return {"user_id": who.user_id, "username": who.username, "name": who.name}


def as_username(text: str) -> str:
    """The one spelling under which a user name is kept and looked up."""
    return text.strip().lower()
