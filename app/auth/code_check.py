"""The second question at a sign-in: a code, of whoever has a second factor. And who must."""

from __future__ import annotations

from app.auth.codes import is_of_a_phone, recovery_hash, step_of
from app.auth.factor_store import FactorStore
from app.auth.identity import Account, Role
from app.clock import Clock
from app.errors import SecondFactorRequired
from app.events import Publisher, RecoveryCodeUsed


class CodeCheck:
    """Takes codes, each of them once. `needed_by`: the roles that must have a second factor."""

    def __init__(
        self,
        factors: FactorStore,
        publish: Publisher,
        clock: Clock,
        *,
        needed_by: frozenset[Role] = frozenset(),
    ) -> None:
        self._factors = factors
        self._publish = publish
        self._clock = clock
        self._needed_by = needed_by

    def is_needed(self, role: Role) -> bool:
        """Whether everybody in this role must have a second factor."""
        return role in self._needed_by

    def is_missing(self, account: Account) -> bool:
        """Whether the account must have a second factor and has none."""
        return self.is_needed(account.role) and not account.has_second_factor

    def passes(self, account: Account, code: str | None) -> bool:
        """Whether the account has no second factor, or this is a code of it that nobody used yet;
        from now on it is used.

        Raises:
            SecondFactorRequired: the account has one, and no code came.
        """
        if not account.has_second_factor:
            return True
        if code is None:
            raise SecondFactorRequired
        if is_of_a_phone(code):
            return self._takes_step(account, code)
        return self._takes_recovery(account, code)

    def _takes_step(self, account: Account, code: str) -> bool:
        factor = self._factors.factor(account.user_id)
        step = step_of(code, factor.key, self._clock.now()) if factor else None
        return step is not None and self._factors.use_step(account.user_id, step)

    def _takes_recovery(self, account: Account, code: str) -> bool:
        used = self._factors.use_recovery(account.user_id, recovery_hash(code))
        if used:
            self._publish(RecoveryCodeUsed(user_id=account.user_id, username=account.username))
        return used
