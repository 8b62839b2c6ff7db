"""Sign-ins: proving who one is, staying signed in by rotating refresh tokens, ending it.

A sign-in is a family of refresh tokens. Only the newest one counts; whoever shows an older one has
a copy that somebody else used already, so the whole family ends (RFC 9700, 4.14.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import structlog

from app.auth.code_check import CodeCheck
from app.auth.identity import Account, Identity, as_username
from app.auth.passwords import Passwords
from app.auth.permissions import PIN_ROLES
from app.auth.store import AuthStore, Rotation, SignIn
from app.clock import Clock
from app.errors import NotSignedIn, WrongCredentials
from app.events import Publisher, SignInOpened, SignInRefused, SignInsEnded

# The answer to a refresh is lost when the Wi-Fi drops between the aisles: the server has rotated,
# the handheld still has the token of before, and tries it again. Within this time that is taken
# for what it is and answered with the same new token; a thief gains half a minute by it.
GRACE = timedelta(seconds=30)

_log = structlog.get_logger("sign_ins")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who is signed in, and the id that the next refresh token must carry."""

    identity: Identity
    refresh_jti: str


class SignIns:
    """Opens, keeps and ends sign-ins. `lifetime` is how long one lasts without use."""

    def __init__(
        self,
        store: AuthStore,
        passwords: Passwords,
        codes: CodeCheck,
        publish: Publisher,
        clock: Clock,
        *,
        lifetime: timedelta,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._codes = codes
        self._publish = publish
        self._clock = clock
        self._lifetime = lifetime

    def sign_in(
        self,
        username: str,
        *,
        password: str | None = None,
        pin: str | None = None,
        code: str | None = None,
        device_id: str | None = None,
    ) -> SignedIn:
        """Open a sign-in for whoever proves the account's password, or its PIN, and gives a code
        where the account has a second factor.

        Raises:
            WrongCredentials: unknown, disabled, no such secret or a wrong one; all told alike, and
                after the same time. Or the code is wrong, or was used before.
            SecondFactorRequired: the secret is right, and no code came.
        """
        account = self._store.account_named(as_username(username))
        hashed = hash_to_prove(account, by_pin=pin is not None)
        proved = self._passwords.verify(pin or password or "", hashed)
        if account is None or not proved or not self._codes.passes(account, code):
            self._tell_refusal(account)
            raise WrongCredentials
        return self.open(account, device_id)

    def refresh(self, sign_in_id: str, *, user_id: str, jti: str) -> SignedIn:
        """Go on with a sign-in: `jti` dies, the answer carries the id of its successor.

        Shown again within GRACE, the token just replaced gives the same successor once more.

        Raises:
            NotSignedIn: the sign-in is over, or this ended it because `jti` was used before.
        """
        now = self._clock.now()
        sign_in = self._store.rotate(
            Rotation(
                sign_in_id=sign_in_id,
                user_id=user_id,
                presented=jti,
                fresh=_new_id(),
                at=now,
                grace_from=now - GRACE,
                expires_at=now + self._lifetime,
            )
        )
        if sign_in is None:
            self._end_reused(sign_in_id, user_id)
            raise NotSignedIn
        account = self._store.account(user_id)
        if account is None or not account.active:
            raise NotSignedIn
        return self._signed_in(account, sign_in)

    def check(self, identity: Identity) -> Identity:
        """The identity, if its sign-in is alive: one read by primary key.

        A changed role or password and a disabled account have ended it, in the same transaction.

        Raises:
            NotSignedIn: it was revoked or has expired.
        """
        alive = self._store.is_open(
            identity.sign_in_id, user_id=identity.user_id, at=self._clock.now()
        )
        if not alive:
            raise NotSignedIn
        return identity

    def still_open(self, sign_in_ids: Iterable[str]) -> set[str]:
        """Those of the sign-ins that are alive: one round trip."""
        return self._store.open_among(sign_in_ids, at=self._clock.now())

    def sign_out(self, identity: Identity) -> None:
        """End this sign-in: all its tokens are dead at once. Ending it again changes nothing."""
        self._revoke(identity.sign_in_id, identity.user_id)

    def sign_out_everywhere(self, user_id: str) -> int:
        """End all sign-ins of the user; how many there were."""
        ended = self._store.revoke_all(user_id, at=self._clock.now())
        self._publish(SignInsEnded(user_id=user_id))
        return ended

    def open(self, account: Account, device_id: str | None) -> SignedIn:
        """Open a sign-in for somebody who has proved who they are.

        Raises:
            WrongCredentials: the account was changed meanwhile.
        """
        now = self._clock.now()
        sign_in = SignIn(
            sign_in_id=_new_id(),
            user_id=account.user_id,
            device_id=device_id,
            refresh_jti=_new_id(),
        )
        self._store.open(sign_in, at=now, expires_at=now + self._lifetime)
        self._refuse_if_overtaken(account, sign_in)
        self._publish(
            SignInOpened(user_id=account.user_id, username=account.username, device_id=device_id)
        )
        return self._signed_in(account, sign_in)

    def _tell_refusal(self, account: Account | None) -> None:
        """Told alike of nobody and somebody: the answer takes the same time."""
        known = account and {"user_id": account.user_id, "username": account.username}
        self._publish(SignInRefused(**(known or {})))

    def _refuse_if_overtaken(self, account: Account, sign_in: SignIn) -> None:
        """Look at the account once more, now that the sign-in stands.

        Whoever was disabled while their password was checked had no sign-in yet to be ended.
        """
        current = self._store.account(account.user_id)
        if current is None or current.rights_rev != account.rights_rev:
            self._store.revoke(sign_in.sign_in_id, user_id=account.user_id, at=self._clock.now())
            raise WrongCredentials

    def _end_reused(self, sign_in_id: str, user_id: str) -> None:
        """The token was genuine and is not the newest: two have copies, nobody knows who is who."""
        if self._revoke(sign_in_id, user_id):
            _log.warning("refresh_token_reused", user_id=user_id, sign_in_id=sign_in_id)

    def _revoke(self, sign_in_id: str, user_id: str) -> bool:
        """End one sign-in and tell so; whether this call ended it."""
        ended = self._store.revoke(sign_in_id, user_id=user_id, at=self._clock.now())
        if ended:
            self._publish(SignInsEnded(user_id=user_id, sign_in_id=sign_in_id))
        return ended

    def _signed_in(self, account: Account, sign_in: SignIn) -> SignedIn:
        return SignedIn(
            identity=Identity(
                user_id=account.user_id,
                username=account.username,
                name=account.name,
                role=account.role,
                sign_in_id=sign_in.sign_in_id,
                device_id=sign_in.device_id,
                needs_second_factor=self._codes.is_missing(account),
            ),
            refresh_jti=sign_in.refresh_jti,
        )


def hash_to_prove(account: Account | None, *, by_pin: bool) -> str | None:
    """The hash that the secret must fit; None where no secret would do."""
    if account is None or not account.active:
        return None
    if by_pin:
        return account.pin_hash if account.role in PIN_ROLES else None
    return account.password_hash


def _new_id() -> str:
    return uuid4().hex
