"""Users and their sign-ins: the only file that asks their two collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from app.auth.factor_store import FACTOR
from app.auth.identity import Account, Role
from app.db.client import DURABLE, Db, Document
from app.errors import LastAdmin, UserExists, UserUnknown, WrongCurrentSecret
from app.together import lookup

_ACTIVE_ADMINS = {"role": Role.ADMIN.value, "active": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One sign-in: the family of all refresh tokens that come from one login."""

    sign_in_id: str
    user_id: str
    device_id: str | None
    refresh_jti: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUse:
    """When a device was last heard of, and whose sign-ins on it are alive."""

    last_seen: datetime
    user_ids: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A wish to put the refresh token `fresh` in the place of `presented`.

    The token that `presented` was before counts too, if it was replaced after `grace_from`.
    """

    sign_in_id: str
    user_id: str
    presented: str
    fresh: str
    at: datetime
    grace_from: datetime
    expires_at: datetime


class AuthStore:
    """The collections `users` and `sign_ins`."""

    def __init__(self, db: Db) -> None:
        self._client = db.client
        self._users = db["users"]
        self._sign_ins = db["sign_ins"]
        self._find_sign_ins = lookup(self._sign_ins_of)

    def account(self, user_id: str) -> Account | None:
        return _account(self._users.find_one({"user_id": user_id}))

    def account_named(self, username: str) -> Account | None:
        return _account(self._users.find_one({"username": username}))

    def accounts_named(self, usernames: Iterable[str]) -> list[Account]:
        return _accounts(self._users.find({"username": {"$in": list(usernames)}}))

    def people(self, user_ids: Iterable[str]) -> dict[str, Account]:
        """Those of the accounts that exist, by id."""
        found = _accounts(self._users.find({"user_id": {"$in": list(user_ids)}}))
        return {account.user_id: account for account in found}

    def accounts_after(self, username: str, limit: int) -> list[Account]:
        """At most `limit` accounts, by user name, from the first one behind `username`."""
        later = self._users.find({"username": {"$gt": username}})
        return _accounts(later.sort("username").limit(limit))

    def add(self, account: Account) -> None:
        """Keep a new account.

        Raises:
            UserExists: the name is taken; the unique index decides.
        """
        try:
            self._users.insert_one(_document(account))
        except DuplicateKeyError:
            raise UserExists(account.username) from None

    def add_missing(self, accounts: Iterable[Account]) -> None:
        """Keep those accounts whose names are free, in one round trip; others stay as they are."""
        writes = [
            UpdateOne({"username": new.username}, {"$setOnInsert": _document(new)}, upsert=True)
            for new in accounts
        ]
        if writes:
            self._users.bulk_write(writes, ordered=False)

    def rename(self, user_id: str, name: str) -> Account:
        """Give the account another name for people; its sign-ins go on.

        Raises:
            UserUnknown: there is no such account.
        """
        return self._update(user_id, {"$set": {"name": name}})

    def change_rights(
        self,
        user_id: str,
        changes: Mapping[str, Any],
        at: datetime,
        *,
        seen: Account | None = None,
        spared: str | None = None,
    ) -> Account:
        """Change the account and end its sign-ins but the spared one, both or neither.

        Raises:
            UserUnknown: there is no such account.
            LastAdmin: no active administrator would be left.
            WrongCurrentSecret: its rights are no longer as they were `seen`.
        """
        others = {"_id": {"$ne": spared}} if spared else {}

        def change(session: ClientSession) -> Account:
            before = _account(self._users.find_one({"user_id": user_id}, session=session))
            if seen and before and before.rights_rev != seen.rights_rev:
                raise WrongCurrentSecret
            changed = self._update(
                user_id, {"$set": dict(changes), "$inc": {"rights_rev": 1}}, session
            )
            if _manages(before) and not _manages(changed):
                self._keep_an_admin(session)
            self._revoke({"user_id": user_id, **others}, at, session)
            return changed

        with self._client.start_session() as session:
            return session.with_transaction(
                change, read_concern=ReadConcern("snapshot"), write_concern=DURABLE
            )

    def _update(
        self, user_id: str, update: Document, session: ClientSession | None = None
    ) -> Account:
        changed = _account(
            self._users.find_one_and_update(
                {"user_id": user_id},
                update,
                return_document=ReturnDocument.AFTER,
                session=session,
            )
        )
        if changed is None:
            raise UserUnknown(user_id)
        return changed

    def _keep_an_admin(self, session: ClientSession) -> None:
        """Touch all active administrators, not just count them.

        Two who dismiss each other at the same moment then write to the same documents; the second
        starts over and sees that nobody else is left.
        """
        touch = self._users.update_many(_ACTIVE_ADMINS, {"$inc": {"kept": 1}}, session=session)
        if not touch.matched_count:
            raise LastAdmin

    def open(self, sign_in: SignIn, *, at: datetime, expires_at: datetime) -> None:
        self._sign_ins.insert_one(
            {
                "_id": sign_in.sign_in_id,
                "user_id": sign_in.user_id,
                "device_id": sign_in.device_id,
                "refresh_jti": sign_in.refresh_jti,
                "previous_jti": None,
                "rotated_at": at,
                "created_at": at,
                "expires_at": expires_at,
                "revoked_at": None,
            }
        )

    def is_open(self, sign_in_id: str, *, user_id: str, at: datetime) -> bool:
        """Whether the sign-in is alive. One read by primary key: every request asks this."""
        sign_in = self._find_sign_ins([sign_in_id]).get(sign_in_id)
        return sign_in is not None and _is_alive(sign_in, user_id, at)

    def open_among(self, sign_in_ids: Iterable[str], *, at: datetime) -> set[str]:
        """Those of the sign-ins that are alive."""
        alive = {"_id": {"$in": list(sign_in_ids)}, "revoked_at": None, "expires_at": {"$gt": at}}
        return {found["_id"] for found in self._sign_ins.find(alive, {"_id": True})}

    def rotate(self, wish: Rotation) -> SignIn | None:
        """Replace the refresh token in one conditional write, or tell why not by None.

        Whoever comes second with the token that was just replaced gets the very token that
        replaced it: the family never has two live branches, and nobody loses it by a race.
        """
        is_current = {"$eq": ["$refresh_jti", {"$literal": wish.presented}]}
        replaced = {
            "previous_jti": "$refresh_jti",
            "refresh_jti": wish.fresh,
            "rotated_at": wish.at,
            "expires_at": wish.expires_at,
        }
        document = self._sign_ins.find_one_and_update(
            {
                **_alive(wish.sign_in_id, wish.user_id, wish.at),
                "$or": [
                    {"refresh_jti": wish.presented},
                    {"previous_jti": wish.presented, "rotated_at": {"$gt": wish.grace_from}},
                ],
            },
            [
                {
                    "$set": {
                        name: {"$cond": [is_current, value, f"${name}"]}
                        for name, value in replaced.items()
                    }
                }
            ],
            return_document=ReturnDocument.AFTER,
        )
        return _sign_in(document)

    def revoke(self, sign_in_id: str, *, user_id: str, at: datetime) -> bool:
        """End one sign-in; whether this call ended it."""
        return self._revoke({"_id": sign_in_id, "user_id": user_id}, at) > 0

    def revoke_all(self, user_id: str, *, at: datetime) -> int:
        """End all sign-ins of a user; how many this call ended."""
        return self._revoke({"user_id": user_id}, at)

    def revoke_on_device(self, device_id: str, *, at: datetime) -> list[tuple[str, str]]:
        """End all sign-ins on a device; which and whose they were."""
        open_ones = {"device_id": device_id, "revoked_at": None}
        ended = [(each["_id"], each["user_id"]) for each in self._sign_ins.find(open_ones)]
        self._revoke({"device_id": device_id}, at)
        return ended

    def use_of_devices(self, device_ids: list[str], *, at: datetime) -> dict[str, DeviceUse]:
        """Of each of these devices its use, as far as its sign-ins reach back."""
        is_alive = {
            "$and": [{"$eq": ["$revoked_at", None]}, {"$gt": ["$expires_at", {"$literal": at}]}]
        }
        use = {
            "_id": "$device_id",
            "last_seen": {"$max": "$rotated_at"},
            "users": {"$addToSet": {"$cond": [is_alive, "$user_id", None]}},
        }
        steps: list[Document] = [{"$match": {"device_id": {"$in": device_ids}}}, {"$group": use}]
        return {
            each["_id"]: DeviceUse(
                last_seen=each["last_seen"], user_ids=frozenset(filter(None, each["users"]))
            )
            for each in self._sign_ins.aggregate(steps)
        }

    def _sign_ins_of(self, sign_in_ids: list[str]) -> dict[str, Document]:
        fields = {"user_id": True, "revoked_at": True, "expires_at": True}
        found = self._sign_ins.find({"_id": {"$in": sign_in_ids}}, fields)
        return {sign_in["_id"]: sign_in for sign_in in found}

    def _revoke(self, which: Document, at: datetime, session: ClientSession | None = None) -> int:
        ended = self._sign_ins.update_many(
            {**which, "revoked_at": None}, {"$set": {"revoked_at": at}}, session=session
        )
        return ended.modified_count


def _manages(account: Account | None) -> bool:
    return account is not None and account.active and account.role is Role.ADMIN


def _is_alive(sign_in: Document, user_id: str, at: datetime) -> bool:
    its_own = bool(sign_in["user_id"] == user_id and sign_in["revoked_at"] is None)
    return its_own and bool(sign_in["expires_at"] > at)


def _alive(sign_in_id: str, user_id: str, at: datetime) -> Document:
    return {"_id": sign_in_id, "user_id": user_id, "revoked_at": None, "expires_at": {"$gt": at}}


def _document(account: Account) -> Document:
    fields = {**asdict(account), "role": account.role.value}
    del fields["has_second_factor"]  # the factor itself says so
    return fields


def _account(document: Document | None) -> Account | None:
    if document is None:
        return None
    has_factor = document.get(FACTOR) is not None
    read = {**document, "role": Role(document["role"]), "has_second_factor": has_factor}
    return Account(**{name: read[name] for name in Account.__dataclass_fields__})


def _accounts(documents: Iterable[Document]) -> list[Account]:
    return [account for account in map(_account, documents) if account is not None]


def _sign_in(document: Document | None) -> SignIn | None:
    if document is None:
        return None
    return SignIn(
        sign_in_id=document["_id"],
        user_id=document["user_id"],
        device_id=document["device_id"],
        refresh_jti=document["refresh_jti"],
    )
