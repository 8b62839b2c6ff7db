"""PubSubService: Redis channels for programs beside the screens.

Every event also goes to its channel (`rack:updates:{rack_id}`, `session:updates:{session_id}`,
`global:notifications`), as JSON. A subscription outlives a restart of Redis; what was published
meanwhile is in the event log.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import orjson
import redis
import structlog

from app.events import GLOBAL_CHANNEL
from app.services.redis_service import RedisService

Handler = Callable[[str, dict[str, Any]], None]

POLL_S = 0.2
RECONNECT_MIN_S = 0.1
RECONNECT_MAX_S = 1.0
_log = structlog.get_logger("pubsub")


class PubSubService:
    """Publishes JSON messages, and calls handlers `(channel, message)` for what arrives."""

    def __init__(self, redis_service: RedisService) -> None:
        self._redis = redis_service
        self._handlers: dict[str, list[Handler]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._running = threading.Event()
        self._changed = threading.Event()

    def start(self) -> None:
        """Listen in a thread of its own until `stop`."""
        if self._running.is_set():
            return
        self._running.set()
        self._thread = threading.Thread(target=self._listen, name="pubsub", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; returns when the thread ended."""
        self._running.clear()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def subscribe(self, channel: str, handler: Handler) -> None:
        """Call `handler` for each message of a channel, or of a pattern: `rack:updates:*`."""
        with self._lock:
            self._handlers.setdefault(channel, []).append(handler)
        self._changed.set()

    def unsubscribe(self, channel: str, handler: Handler | None = None) -> None:
        """Remove one handler, or all of the channel."""
        with self._lock:
            kept = [
                h for h in self._handlers.get(channel, []) if handler is not None and h != handler
            ]
            if kept:
                self._handlers[channel] = kept
            else:
                self._handlers.pop(channel, None)
        self._changed.set()

    def publish(self, channel: str, message: dict[str, Any]) -> int:
        """Tell a channel; how many subscribers heard it. Raises RedisUnavailable."""
        return self._redis.publish(channel, orjson.dumps(message).decode())

    def publish_rack_update(self, rack_id: str, message: dict[str, Any]) -> int:
        return self.publish(f"rack:updates:{rack_id}", {"rack_id": rack_id, **message})

    def publish_session_update(self, session_id: str, message: dict[str, Any]) -> int:
        return self.publish(f"session:updates:{session_id}", {"session_id": session_id, **message})

    def publish_global_notification(self, message: str, level: str = "info") -> int:
        return self.publish(GLOBAL_CHANNEL, {"level": level, "message": message})

    def _listen(self) -> None:
        pause = RECONNECT_MIN_S
        while self._running.is_set():
            began = time.monotonic()
            try:
                self._follow()
            except (redis.ConnectionError, redis.TimeoutError):
                if time.monotonic() - began > RECONNECT_MAX_S:  # it was there for a while
                    pause = RECONNECT_MIN_S
                _log.warning("redis_lost", retry_in_s=pause)
                time.sleep(pause)
                pause = min(pause * 2, RECONNECT_MAX_S)

    def _follow(self) -> None:
        """One connection's life: subscribe to what is wanted now, and hand out what arrives."""
        with self._redis.subscriber() as connection:
            subscribed: set[str] = set()
            while self._running.is_set():
                if self._changed.is_set() or not subscribed:
                    self._changed.clear()
                    subscribed = self._match(connection, subscribed)
                if not subscribed:
                    self._changed.wait(POLL_S)
                    continue
                message = connection.get_message(timeout=POLL_S)
                if message is not None:
                    self._hand_out(message)

    def _match(self, connection: Any, subscribed: set[str]) -> set[str]:
        with self._lock:
            wanted = set(self._handlers)
        for channel in wanted - subscribed:
            (connection.psubscribe if "*" in channel else connection.subscribe)(channel)
        for channel in subscribed - wanted:
            (connection.punsubscribe if "*" in channel else connection.unsubscribe)(channel)
        return wanted

    def _hand_out(self, message: dict[str, Any]) -> None:
        key = message.get("pattern") or message["channel"]
        with self._lock:
            handlers = list(self._handlers.get(key, []))
        try:
            content = orjson.loads(message["data"])
        except orjson.JSONDecodeError:
            _log.warning("no_json", channel=message["channel"])
            return
        for handler in handlers:
            try:
                handler(message["channel"], content)
            except Exception:  # noqa: BLE001 — one handler's fault ends no other's delivery
                _log.exception("handler_failed", channel=message["channel"])
