"""Who is asking: a user in a role, on a device, under one sign-in."""

from __future__ import annotations

from dataclasses import dataclass
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
    """A verified caller. `sign_in_id` names the sign-in that all their tokens come from."""

    user_id: str
    username: str
    name: str
    role: Role
    sign_in_id: str
    device_id: str | None = None
