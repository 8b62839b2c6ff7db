"""Presence: who is here, on which device."""

from __future__ import annotations

from contextlib import suppress

from app.auth.accounts import Accounts
from app.auth.identity import Identity
from app.errors import RedisUnavailable, UserUnknown
from app.events import Logged, PresenceChanged, Publisher
from app.services.lock_manager import LockManager


class Presence:
    """The sockets of this process and whose they are."""

    def __init__(self, locks: LockManager, accounts: Accounts, publish: Publisher) -> None:
        self._locks = locks
        self._accounts = accounts
        self._publish = publish
        self._sockets: dict[str, Identity] = {}

    def came(self, sid: str, identity: Identity) -> None:
        """A socket connected."""
        first = identity.user_id not in self._users()
        self._sockets[sid] = identity
        with suppress(RedisUnavailable):
            self._locks.update_user_heartbeat(identity.user_id)
        if first:
            self._tell(identity, online=True)

    def went(self, sid: str) -> None:
        """A socket is gone; its user may have others."""
        identity = self._sockets.pop(sid, None)
        if identity is not None and identity.user_id not in self._users():
            with suppress(RedisUnavailable):
                self._locks.end_user_presence(identity.user_id)
            self._tell(identity, online=False)

    def sweep(self) -> None:
        """Prolong the presence of who has a socket here, and tell of those whose presence ended:
        their process died, or a device without a socket fell silent. Raises RedisUnavailable.
        """
        if here := self._users():
            self._locks.update_user_heartbeats(sorted(here))
        for user_id in self._locks.take_ended_presences():
            with suppress(UserUnknown):
                account = self._accounts.of_id(user_id)
                gone = {"user_id": user_id, "username": account.username}
                self._publish(PresenceChanged(**gone, role=account.role.value, online=False))

    def heed(self, event: Logged) -> None:
        """Set right what another process told: its last socket of a user is not the user's last."""
        if event.name != PresenceChanged.name or event.data["online"]:
            return
        for identity in self.sockets().values():
            if identity.user_id == event.data["user_id"]:
                with suppress(RedisUnavailable):
                    self._locks.update_user_heartbeat(identity.user_id)
                self._tell(identity, online=True)
                return

    def identity(self, sid: str) -> Identity:
        """Whose socket it is. Raises KeyError."""
        return self._sockets[sid]

    def sockets(self) -> dict[str, Identity]:
        """All sockets of this process."""
        return dict(self._sockets)

    def _users(self) -> set[str]:
        return {identity.user_id for identity in self._sockets.values()}

    def _tell(self, identity: Identity, *, online: bool) -> None:
        self._publish(
            PresenceChanged(
                user_id=identity.user_id,
                username=identity.username,
                role=identity.role.value,
                online=online,
                device_id=identity.device_id,
            )
        )
