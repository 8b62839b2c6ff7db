"""Second factors as kept: a field of the user's document, which no account ever carries.

They come and go with the user's rights (`AuthStore.change_rights`), so that one transaction also
ends the other sign-ins. Here they are read, and their codes used up.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from app.db.client import Db, Document

FACTOR, DRAFT = "second_factor", "second_factor_draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """`last_step` is the latest time step whose code was used; `recovery` the hashes of the
    recovery codes that are left. Nothing of it that opens anything is in its repr.
    """

    key: str = field(repr=False)
    since: datetime
    last_step: int
    recovery: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorDraft:
    """A secret that was shown and not proved yet; void once the user's rights have changed."""

    key: str = field(repr=False)
    until: datetime
    rights_rev: int


class FactorStore:
    """The two fields of the collection `users`."""

    def __init__(self, db: Db) -> None:
        self._users = db["users"]

    def factor(self, user_id: str) -> Factor | None:
        found = self._field(user_id, FACTOR)
        return Factor(**{**found, "recovery": tuple(found["recovery"])}) if found else None

    def draft(self, user_id: str) -> FactorDraft | None:
        found = self._field(user_id, DRAFT)
        return FactorDraft(**found) if found else None

    def keep_draft(self, user_id: str, draft: FactorDraft) -> None:
        self._users.update_one({"user_id": user_id}, {"$set": {DRAFT: asdict(draft)}})

    def use_step(self, user_id: str, step: int) -> bool:
        """Take a time step's code, once for all processes: whether this call took it. Steps before
        one that was taken are gone with it.
        """
        unused = {"user_id": user_id, f"{FACTOR}.last_step": {"$lt": step}}
        taken = self._users.update_one(unused, {"$set": {f"{FACTOR}.last_step": step}})
        return taken.modified_count == 1

    def use_recovery(self, user_id: str, hashed: str) -> bool:
        """Take a recovery code, once for all processes: whether this call took it."""
        unused = {"user_id": user_id, f"{FACTOR}.recovery": hashed}
        taken = self._users.update_one(unused, {"$pull": {f"{FACTOR}.recovery": hashed}})
        return taken.modified_count == 1

    def _field(self, user_id: str, name: str) -> Document | None:
        found = self._users.find_one({"user_id": user_id}, {name: True, "_id": False})
        return found.get(name) if found else None


def turned_on(factor: Factor) -> Document:
    """The change of rights that puts this factor in the place of any before."""
    return {FACTOR: {**asdict(factor), "recovery": list(factor.recovery)}, DRAFT: None}


def turned_off() -> Document:
    """The change of rights that takes the factor away."""
    return {FACTOR: None}
