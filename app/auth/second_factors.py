"""A person's second factor: turned on by whoever shows the password and then a code, and off by
the password. Either ends all other sign-ins of the person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.auth.code_check import CodeCheck
from app.auth.codes import address_of, new_key, new_recovery_codes, recovery_hash, step_of
from app.auth.factor_store import Factor, FactorDraft, FactorStore, turned_off, turned_on
from app.auth.identity import Account, Identity
from app.auth.own_secrets import OwnSecrets
from app.auth.store import AuthStore
from app.clock import Clock
from app.db.client import Document
from app.errors import SecondFactorNeeded, SecondFactorNotBegun, WrongCode
from app.events import OwnSecretChanged, Publisher, SignInRefused, SignInsEnded

DRAFT_LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorState:
    """Whether somebody has a second factor, and must have it; since when, and how many recovery
    codes are left.
    """

    on: bool
    needed: bool
    since: datetime | None = None
    recovery_codes_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorBegun:
    """The secret for the authenticator app, as text and as an `otpauth:` address."""

    key: str = field(repr=False)
    address: str = field(repr=False)


class SecondFactors:
    """Lets people turn their second factor on and off."""

    def __init__(
        self,
        store: AuthStore,
        factors: FactorStore,
        own_secrets: OwnSecrets,
        codes: CodeCheck,
        publish: Publisher,
        clock: Clock,
    ) -> None:
        self._store = store
        self._factors = factors
        self._own_secrets = own_secrets
        self._codes = codes
        self._publish = publish
        self._clock = clock

    def state(self, who: Identity) -> FactorState:
        """How it stands with the person's second factor."""
        factor, needed = self._factors.factor(who.user_id), self._codes.is_needed(who.role)
        if factor is None:
            return FactorState(on=False, needed=needed)
        left = len(factor.recovery)
        return FactorState(on=True, needed=needed, since=factor.since, recovery_codes_left=left)

    def begin(self, password: str, *, by: Identity) -> FactorBegun:
        """Make a secret and show it; it counts once a code of it was proved, and until then one
        that is on stays as it is.

        Raises:
            WrongCurrentSecret: it is not the password, or there is none.
        """
        account = self._own_secrets.prove(password, by=by)
        key = new_key()
        until = self._clock.now() + DRAFT_LASTS
        draft = FactorDraft(key=key, until=until, rights_rev=account.rights_rev)
        self._factors.keep_draft(account.user_id, draft)
        return FactorBegun(key=key, address=address_of(key, account.username))

    def confirm(self, code: str, *, by: Identity) -> list[str]:
        """Turn it on by a code of the secret that was shown; the recovery codes, told this once.

        Raises:
            SecondFactorNotBegun: no secret was shown within DRAFT_LASTS, or the account was
                changed since.
            WrongCode: it is not the code of now.
            WrongCurrentSecret: the account was changed at this moment.
        """
        account, draft = self._begun(by)
        now = self._clock.now()
        step = step_of(code, draft.key, now)
        if step is None:
            self._publish(SignInRefused(user_id=by.user_id, username=by.username))
            raise WrongCode
        codes = new_recovery_codes()
        hashes = tuple(recovery_hash(each) for each in codes)
        factor = Factor(key=draft.key, since=now, last_step=step, recovery=hashes)
        self._change(account, turned_on(factor), "on", by)
        return codes

    def turn_off(self, password: str, *, by: Identity) -> None:
        """Take the second factor away. Without one nothing changes.

        Raises:
            SecondFactorNeeded: the role must have one.
            WrongCurrentSecret: it is not the password, or the account was changed at this moment.
        """
        if self._codes.is_needed(by.role):
            raise SecondFactorNeeded
        account = self._own_secrets.prove(password, by=by)
        if account.has_second_factor:
            self._change(account, turned_off(), "off", by)

    def _begun(self, by: Identity) -> tuple[Account, FactorDraft]:
        account, draft = self._store.account(by.user_id), self._factors.draft(by.user_id)
        if account is None or draft is None:
            raise SecondFactorNotBegun
        if draft.until <= self._clock.now() or draft.rights_rev != account.rights_rev:
            raise SecondFactorNotBegun
        return account, draft

    def _change(self, account: Account, change: Document, to: str, by: Identity) -> None:
        self._store.change_rights(
            account.user_id, change, self._clock.now(), seen=account, spared=by.sign_in_id
        )
        changed = [f"second_factor:{to}"]
        self._publish(
            OwnSecretChanged(user_id=by.user_id, username=by.username, changed=changed),
            SignInsEnded(user_id=by.user_id, spared=by.sign_in_id),
        )
