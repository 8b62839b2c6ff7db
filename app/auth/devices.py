"""Devices: handhelds with a token of their own that an administrator gives and takes away.

A device is an account of the role `device` without password or PIN. Its token is random, shown once
and kept as its hash; a fast hash is enough, because nobody guesses 256 random bits.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from app.auth.device_store import DeviceStore
from app.auth.identity import Account, Device, Identity, Role
from app.auth.sign_ins import SignedIn, SignIns
from app.auth.store import AuthStore, DeviceUse
from app.clock import Clock
from app.errors import DeviceUnknown, WrongCredentials
from app.events import DeviceEnrolled, DeviceRevoked, Publisher, SignInsEnded

ID_BYTES = 6
SECRET_BYTES = 32
_NOBODY = sha256(b"nobody").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A fresh device and its token, which is told this once."""

    device: Device
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDevice:
    """A device, when it was last heard of, and who is signed in on it now."""

    device: Device
    last_seen: datetime | None
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePage:
    """Some devices by name, and behind which the next are; None: these were the last."""

    devices: list[SeenDevice]
    next_position: tuple[str, str] | None


class Devices:
    """Enrols, lists and revokes devices, and signs them in."""

    def __init__(
        self,
        store: DeviceStore,
        accounts: AuthStore,
        sign_ins: SignIns,
        publish: Publisher,
        clock: Clock,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._sign_ins = sign_ins
        self._publish = publish
        self._clock = clock

    def enrol(self, name: str, *, by: Identity) -> Enrolment:
        """Give a new device its account and its token. Nobody can be shown the token again."""
        device_id, secret = secrets.token_hex(ID_BYTES), secrets.token_urlsafe(SECRET_BYTES)
        now = self._clock.now()
        account = Account(
            user_id=f"d-{device_id}",
            username=f"device-{device_id}",
            name=name,
            role=Role.DEVICE,
            active=True,
            created_at=now,
        )
        device = Device(
            device_id=device_id,
            name=name,
            user_id=account.user_id,
            token_hash=_hash(secret),
            enrolled_by=by.username,
            enrolled_at=now,
        )
        self._accounts.add(account)
        self._store.add(device)
        self._publish(DeviceEnrolled(user_id=by.user_id, device_id=device_id, device=name))
        return Enrolment(device=device, token=f"{device_id}.{secret}")

    def sign_in(self, token: str) -> SignedIn:
        """Open a sign-in for whoever shows a device's token.

        Raises:
            WrongCredentials: there is no such token, or it was revoked.
        """
        device_id, _, secret = token.partition(".")
        device = self._store.device(device_id)
        expected = device.token_hash if device else _NOBODY
        fits = compare_digest(_hash(secret), expected)
        if device is None or not fits or device.revoked_at is not None:
            raise WrongCredentials
        account = self._accounts.account(device.user_id)
        if account is None or not account.active:
            raise WrongCredentials
        return self._sign_ins.open(account, device_id)

    def page(self, *, limit: int, after: tuple[str, str] = ("", "")) -> DevicePage:
        """At most `limit` devices behind the position, in the order of their names."""
        found = self._store.devices_after(after, limit + 1)
        devices = found[:limit]
        use = self._accounts.use_of_devices([d.device_id for d in devices], at=self._clock.now())
        people = self._accounts.people({user for each in use.values() for user in each.user_ids})
        seen = [_seen(device, use.get(device.device_id), people) for device in devices]
        last = (devices[-1].name, devices[-1].device_id) if len(found) > limit else None
        return DevicePage(devices=seen, next_position=last)

    def revoke(self, device_id: str, *, by: Identity) -> Device:
        """End the device's token, all its sign-ins and those of people on it. Again: no change.

        Raises:
            DeviceUnknown: there is no such device.
        """
        now = self._clock.now()
        device = self._store.revoke(device_id, by=by.username, at=now)
        if device is None:
            raise DeviceUnknown(device_id)
        self._accounts.change_rights(device.user_id, {"active": False}, now)
        ended = self._accounts.revoke_on_device(device_id, at=now)
        self._publish(
            DeviceRevoked(user_id=by.user_id, device_id=device_id, device=device.name),
            SignInsEnded(user_id=device.user_id),
            *(SignInsEnded(user_id=user, sign_in_id=sign_in) for sign_in, user in ended),
        )
        return device


def _seen(device: Device, use: DeviceUse | None, people: Mapping[str, Account]) -> SeenDevice:
    if use is None:
        return SeenDevice(device=device, last_seen=None, used_by=())
    others = sorted(
        people[user].name for user in use.user_ids if user in people and user != device.user_id
    )
    return SeenDevice(device=device, last_seen=use.last_seen, used_by=tuple(others))


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
