"""Farewell: loss of a right ends delivery. A socket lives no longer than its sign-in."""

from __future__ import annotations

from collections.abc import Callable

from app.auth.identity import Identity
from app.auth.sign_ins import SignIns
from app.events import Logged, SignInsEnded
from app.live.presence import Presence


class Farewell:
    """Disconnects this process's sockets whose sign-in ended, whoever ended it."""

    def __init__(
        self, presence: Presence, sign_ins: SignIns, disconnect: Callable[[str], None]
    ) -> None:
        self._presence = presence
        self._sign_ins = sign_ins
        self._disconnect = disconnect

    def heed(self, event: Logged) -> None:
        """Act on a sign-in's end as soon as the log tells it."""
        if event.name != SignInsEnded.name:
            return
        user, sign_in = event.data["user_id"], event.data["sign_in_id"]
        spared = event.data.get("spared")  # an event of an earlier version names none
        self._part_from(
            lambda who: (
                who.user_id == user
                and sign_in in {None, who.sign_in_id}
                and who.sign_in_id != spared
            )
        )

    def sweep(self) -> None:
        """Look at all sign-ins: some ran out, and of some Redis was not there to tell."""
        shown = {who.sign_in_id for who in self._presence.sockets().values()}
        over = shown - self._sign_ins.still_open(shown) if shown else shown
        self._part_from(lambda who: who.sign_in_id in over)

    def _part_from(self, is_over: Callable[[Identity], bool]) -> None:
        for sid, identity in self._presence.sockets().items():
            if is_over(identity):
                self._disconnect(sid)
