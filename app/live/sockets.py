"""Socket.IO events: parse, permit, call one use case, answer `{ok, …}` or `{ok: false, error}`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any

import structlog
from flask import request
from flask_jwt_extended import decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from flask_socketio import ConnectionRefusedError as Refuse
from flask_socketio import SocketIO
from jwt import PyJWTError
from marshmallow import ValidationError
from pymongo.errors import PyMongoError

from app.api.context import identity_of, warehouse
from app.api.schemas.live import HeartbeatSchema, WatchSchema
from app.api.sync import beat_answer
from app.auth.identity import Identity
from app.auth.permissions import Action, may
from app.errors import (
    DomainError,
    InvalidRequest,
    NotAllowed,
    NotSignedIn,
    RedisUnavailable,
    SecondFactorNeeded,
    StorageUnavailable,
    TooManyRequests,
    UnknownEvent,
)
from app.extensions import sleep, spawn
from app.live.audience import own_rooms, watched_rooms
from app.live.limit import count_event
from app.live.presence import Presence
from app.live.replay import Replay

_log = structlog.get_logger("sockets")
_WATCH, _HEARTBEAT = WatchSchema(), HeartbeatSchema()
Handler = Callable[[Identity, Any], dict[str, Any]]

ACTIONS = {"watch": Action.SEE_RACKS, "heartbeat": Action.COUNT}
"""Which Action each event of a client is."""

AT_ONCE = 8
"""Events of one socket that may be under way: a device sends one or two, and each takes a thread
until it is answered."""

SETTLE_S = 1.0
"""A client that sent no `watch` for so long hears what is its own without one. Not at once: what a
screen missed while it was away must not be overtaken by what happens now."""


@dataclass(slots=True)
class _Screen:
    """One socket. Bringing it up to date takes turns: two at once would send it the same events."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    rooms: set[str] = field(default_factory=set)
    under_way: list[str] = field(default_factory=list)
    watches: bool = False

    @contextmanager
    def event(self, name: str) -> Iterator[None]:
        """An event while it is worked on. Raises TooManyRequests."""
        self.under_way.append(name)
        try:
            if len(self.under_way) > AT_ONCE:
                raise TooManyRequests
            yield
        finally:
            self.under_way.pop()  # whichever: they are counted, not told apart


class Sockets:
    """The handlers of the default namespace."""

    def __init__(self, socketio: SocketIO, replay: Replay, presence: Presence) -> None:
        self._socketio = socketio
        self._replay = replay
        self._presence = presence
        self._screens: dict[str, _Screen] = {}

    def register(self) -> None:
        """Bind the handlers."""
        self._socketio.on_event("connect", self.connect)
        self._socketio.on_event("disconnect", self.disconnect)
        self._socketio.on_event("watch", self._answered("watch", self.watch))
        self._socketio.on_event("heartbeat", self._answered("heartbeat", self.heartbeat))
        self._socketio.on_event("*", lambda *_: _refusal(UnknownEvent()))

    def connect(self, auth: Any = None) -> None:
        """Let a signed-in client in; nobody else gets a connection."""
        if _sid() in self._screens:  # an event that a client named so, to change who it is
            return
        try:
            identity = identity_of_socket(auth)
            count_event(identity)
        except TooManyRequests as refusal:
            raise Refuse(refusal.code) from None
        except (DomainError, JWTExtendedException, PyJWTError, KeyError, ValueError):
            _log.warning("refused", what="connect")
            raise Refuse(NotSignedIn.code) from None
        except PyMongoError:
            raise Refuse(StorageUnavailable.code) from None
        self._screens[_sid()] = _Screen()
        self._presence.came(_sid(), identity)
        spawn(self._settle, _sid(), own_rooms(identity), self._replay.position)

    def disconnect(self, *_: Any) -> None:
        """Note that the socket is gone."""
        server = self._socketio.server
        if server.manager.is_connected(_sid(), "/"):  # an event that a client named so, to hide
            server.disconnect(_sid())
            return
        self._screens.pop(_sid(), None)
        self._presence.went(_sid())

    def watch(self, identity: Identity, data: Any) -> dict[str, Any]:
        """Hear floors, racks and sessions; what was missed since an event comes first."""
        wish = _WATCH.load(data or {})
        visible = warehouse().standing.visible_sessions(wish.sessions, identity)
        rooms = watched_rooms(wish, visible) | own_rooms(identity)
        sid, screen = _sid(), self._screens[_sid()]
        with screen.turn:
            screen.watches = True
            self._leave(sid, screen)  # nothing may overtake what the screen missed
            start = self._replay.watch(
                sid,
                identity,
                rooms=rooms,
                since=wish.since,
                enter=partial(self._enter, sid, screen, rooms),
            )
        return {"since": start, "rooms": sorted(rooms)}

    def heartbeat(self, identity: Identity, data: Any) -> dict[str, Any]:
        """Keep a lease; the answer is that of the HTTP heartbeat."""
        told = _HEARTBEAT.load(data or {})
        return beat_answer(warehouse().heartbeats.beat(by=identity, **told))

    def _answered(self, name: str, handler: Handler) -> Callable[..., dict[str, Any]]:
        """The handler, permitted and with its errors as answers."""

        @wraps(handler)
        def answered(data: Any = None, *_: Any) -> dict[str, Any]:
            try:
                with self._screens[_sid()].event(name):
                    identity = self._presence.identity(_sid())
                    count_event(identity)
                    warehouse().sign_ins.check(identity)
                    if not may(identity, ACTIONS[name]):
                        raise NotAllowed
                    return {"ok": True, **handler(identity, data)}
            except KeyError:
                return _refusal(NotSignedIn())
            except DomainError as error:
                return _refusal(error)
            except ValidationError as error:
                fields = error.normalized_messages()  # type: ignore[no-untyped-call]
                return _refusal(InvalidRequest(fields))
            except PyMongoError:
                return _refusal(StorageUnavailable())

        return answered

    def _settle(self, sid: str, rooms: set[str], start: int) -> None:
        """Let a client that watches nothing hear its own rooms, from its connection on."""
        sleep(SETTLE_S)
        screen = self._screens.get(sid)
        if screen is None:
            return
        with screen.turn, suppress(RedisUnavailable):
            if not screen.watches:
                enter = partial(self._enter, sid, screen, rooms)
                self._replay.resume(sid, rooms=rooms, start=start, enter=enter)

    def _enter(self, sid: str, screen: _Screen, rooms: set[str]) -> None:
        screen.rooms = rooms
        for room in rooms:
            self._socketio.server.enter_room(sid, room)

    def _leave(self, sid: str, screen: _Screen) -> None:
        for room in screen.rooms:
            self._socketio.server.leave_room(sid, room)
        screen.rooms = set()


def identity_of_socket(auth: Any) -> Identity:
    """Who connects: by `auth: {token}` or by the page's cookie.

    Raises:
        NotSignedIn: no token, or its sign-in ended.
        SecondFactorNeeded: they may only turn that on.
        JWTExtendedException, PyJWTError: it is forged or expired.
    """
    token = auth.get("token") if isinstance(auth, dict) else None
    token = token or request.cookies.get("access_token_cookie")
    if not isinstance(token, str) or not token:
        raise NotSignedIn
    claims = decode_token(token)
    if claims.get("type") != "access":
        raise NotSignedIn
    identity = identity_of(claims["sub"], claims)
    if identity.needs_second_factor:
        raise SecondFactorNeeded
    return warehouse().sign_ins.check(identity)


def _sid() -> str:
    return request.sid  # type: ignore[attr-defined, no-any-return]


def _refusal(error: DomainError) -> dict[str, Any]:
    return {
        "ok": False,
        "error": {
            "code": error.code,
            "title": error.title,
            "detail": error.detail,
            **{name: fact for name, fact in error.facts.items() if fact is not None},
        },
    }
