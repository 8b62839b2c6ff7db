"""A person's own password or PIN: changed by whoever proves the one before."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.auth.identity import Account, Identity
from app.auth.passwords import Passwords
from app.auth.rules import secret_misfits
from app.auth.sign_ins import hash_to_prove
from app.auth.store import AuthStore
from app.clock import Clock
from app.errors import InvalidRequest, WrongCurrentSecret
from app.events import OwnSecretChanged, Publisher, SignInRefused, SignInsEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """The password or the PIN to be, and the same kind of secret as it is until now."""

    current: str = field(repr=False)
    new_password: str | None = field(default=None, repr=False)
    new_pin: str | None = field(default=None, repr=False)

    @property
    def is_pin(self) -> bool:
        return self.new_pin is not None

    @property
    def new(self) -> str:
        return self.new_pin or self.new_password or ""


class OwnSecrets:
    """Lets people change what they sign in with."""

    def __init__(
        self, store: AuthStore, passwords: Passwords, publish: Publisher, clock: Clock
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._publish = publish
        self._clock = clock

    def change(self, wish: NewSecret, *, by: Identity) -> None:
        """Put the new secret in the place of the current one, and end all other sign-ins of the
        person in the same transaction. The one that asked goes on.

        Raises:
            WrongCurrentSecret: it is not the current one, they have none of this kind, or somebody
                changed the account meanwhile.
            InvalidRequest: the new one is too easily guessed.
        """
        account = self.prove(wish.current, by=by, by_pin=wish.is_pin)
        _check(wish, account)
        changed = "pin" if wish.is_pin else "password"
        self._store.change_rights(
            account.user_id,
            {f"{changed}_hash": self._passwords.hash(wish.new)},
            self._clock.now(),
            seen=account,
            spared=by.sign_in_id,
        )
        self._publish(
            OwnSecretChanged(user_id=by.user_id, username=by.username, changed=[changed]),
            SignInsEnded(user_id=by.user_id, spared=by.sign_in_id),
        )

    def prove(self, current: str, *, by: Identity, by_pin: bool = False) -> Account:
        """The account of whoever asks, if `current` is their password, or their PIN.

        Raises:
            WrongCurrentSecret: it is not, or they have none of this kind.
        """
        account = self._store.account(by.user_id)
        hashed = hash_to_prove(account, by_pin=by_pin)
        proved = self._passwords.verify(current, hashed)
        if account is None or not proved:
            self._publish(SignInRefused(user_id=by.user_id, username=by.username))
            raise WrongCurrentSecret
        return account


def _check(wish: NewSecret, account: Account) -> None:
    wrong = secret_misfits(
        role=account.role,
        password=wish.new_password,
        pin=wish.new_pin,
        names=(account.username, account.name),
    )
    if wrong:
        raise InvalidRequest({f"new_{field}": why for field, why in wrong.items()})
