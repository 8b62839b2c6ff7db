"""Socket.IO events: parse, permit, call one use case, answer `{ok, …}` or `{ok: false, error}`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
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
from app.errors import DomainError, NotAllowed, NotSignedIn, StorageUnavailable
from app.live.audience import own_rooms, watched_rooms
from app.live.presence import Presence
from app.live.replay import Replay

_log = structlog.get_logger("sockets")
Handler = Callable[[Identity, Any], dict[str, Any]]


class Sockets:
    """The handlers of the default namespace."""

    def __init__(self, socketio: SocketIO, replay: Replay, presence: Presence) -> None:
        self._socketio = socketio
        self._replay = replay
        self._presence = presence
        self.actions = {"watch": Action.SEE_RACKS, "heartbeat": Action.COUNT}

    def register(self) -> None:
        """Bind the handlers."""
        self._socketio.on_event("connect", self.connect)
        self._socketio.on_event("disconnect", self.disconnect)
        self._socketio.on_event("watch", self._answered("watch", self.watch))
        self._socketio.on_event("heartbeat", self._answered("heartbeat", self.heartbeat))

    def connect(self, auth: Any = None) -> None:
        """Let a signed-in client in; nobody else gets a connection."""
        try:
            identity = identity_of_socket(auth)
        except (DomainError, JWTExtendedException, PyJWTError, KeyError, ValueError):
            _log.warning("refused", what="connect")
            raise Refuse("not_signed_in") from None
        self._enter(own_rooms(identity))
        self._presence.came(_sid(), identity)

    def disconnect(self, *_: Any) -> None:
        """Note that the socket is gone."""
        self._presence.went(_sid())

    def watch(self, identity: Identity, data: Any) -> dict[str, Any]:
        """Hear floors, racks and sessions; what was missed since an event comes first."""
        wish = WatchSchema().load(data or {})
        visible = [
            warehouse().standing.visible_session(s, identity).session_id for s in wish.sessions
        ]
        rooms = watched_rooms(wish, visible) | own_rooms(identity)
        self._leave(rooms)  # nothing may overtake what the screen missed
        start = self._replay.watch(
            _sid(), identity, rooms=rooms, since=wish.since, enter=lambda: self._enter(rooms)
        )
        return {"since": start, "rooms": sorted(rooms)}

    def heartbeat(self, identity: Identity, data: Any) -> dict[str, Any]:
        """Keep a lease; the answer is that of the HTTP heartbeat."""
        told = HeartbeatSchema().load(data or {})
        return beat_answer(warehouse().heartbeats.beat(by=identity, **told))

    def _answered(self, name: str, handler: Handler) -> Callable[..., dict[str, Any]]:
        """The handler, permitted and with its errors as answers."""

        @wraps(handler)
        def answered(data: Any = None, *_: Any) -> dict[str, Any]:
            try:
                identity = warehouse().sign_ins.check(self._presence.identity(_sid()))
                if not may(identity, self.actions[name]):
                    raise NotAllowed
                return {"ok": True, **handler(identity, data)}
            except KeyError:
                return _refusal(NotSignedIn())
            except DomainError as error:
                return _refusal(error)
            except ValidationError as error:
                return {"ok": False, "error": {"code": "invalid_request", "errors": error.messages}}
            except PyMongoError:
                return _refusal(StorageUnavailable())

        return answered

    def _enter(self, rooms: set[str]) -> None:
        for room in rooms:
            self._socketio.server.enter_room(_sid(), room)

    def _leave(self, rooms: set[str]) -> None:
        for room in rooms:
            self._socketio.server.leave_room(_sid(), room)


def identity_of_socket(auth: Any) -> Identity:
    """Who connects: by `auth: {token}` or by the page's cookie.

    Raises:
        NotSignedIn: no token, or its sign-in ended.
        JWTExtendedException, PyJWTError: it is forged or expired.
    """
    token = auth.get("token") if isinstance(auth, dict) else None
    token = token or request.cookies.get("access_token_cookie")
    if not isinstance(token, str) or not token:
        raise NotSignedIn
    claims = decode_token(token)
    if claims.get("type") != "access":
        raise NotSignedIn
    return warehouse().sign_ins.check(identity_of(claims["sub"], claims))


def _sid() -> str:
    return request.sid  # type: ignore[attr-defined, no-any-return]


def _refusal(error: DomainError) -> dict[str, Any]:
    return {
        "ok": False,
        "error": {"code": error.code, "title": error.title, "detail": error.detail},
    }
