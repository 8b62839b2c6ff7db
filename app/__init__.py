"""StockVerify: the Flask application, from its parts, on one page."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from socketio import RedisManager
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, telemetry
from app.api import (
    auth,
    conflicts,
    count_lines,
    devices,
    evidence,
    exports,
    health,
    imports,
    items,
    jobs,
    logs,
    notifications,
    openapi,
    people,
    problems,
    promises,
    racks,
    reports,
    schedules,
    second_factor,
    sessions,
    sheets,
    stocktakes,
    sync,
    users,
)
from app.api import settings as settings_page
from app.api.context import caller_key
from app.api.headers import protect_answers
from app.api.json import OrjsonProvider, SocketJson
from app.api.known_tokens import KnownTokens
from app.api.schemas.racks import RackSchema
from app.api.storage_guard import guard_storage
from app.background import (
    CUSTODY_EVERY_S,
    JOBS_EVERY_S,
    LEFTOVERS_EVERY_S,
    LOG_EVERY_S,
    LOG_SWEEP_EVERY_S,
    NEWS_EVERY_S,
    SCHEDULES_EVERY_S,
    SLOW_EVERY_S,
    SNAPSHOTS_EVERY_S,
    TALLY_EVERY_S,
    Background,
    EventFollower,
    Loop,
)
from app.extensions import (
    api,
    hang_up,
    jwt,
    limiter,
    sleep,
    socket_backlogs,
    socketio,
    spawn,
)
from app.live.fanout import FanOut
from app.live.farewell import Farewell
from app.live.presence import Presence
from app.live.relay import Relay
from app.live.replay import Replay
from app.live.slow import Backlog, SlowSockets
from app.live.sockets import Sockets
from app.pages import routes as pages
from app.services.event_log import EventTail
from app.services.limit_storage import SHARED
from app.services.redis_address import for_limiter
from app.services.roll_call import EVERY_S, RollCall
from app.warehouse import Warehouse
from config import ROOT, Settings, shown

MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_MESSAGE_BYTES = 64 * 1024
QUEUE = "socketio"
PRESENCE_BEATS = 4
"""How often a presence is prolonged within its time to live, so that nobody here flickers."""
BLUEPRINTS = (
    *(auth, second_factor, users, devices, people, notifications, racks, sessions, sync, conflicts),
    *(items, imports, stocktakes, count_lines, sheets, reports, exports, schedules, jobs, evidence),
    promises,
    *(logs, settings_page, health),
)


def create_app(warehouse: Warehouse, settings: Settings) -> Flask:
    """The application around a warehouse; `app.extensions["background"]` starts its loops."""
    app = Flask(__name__, static_folder=ROOT / "static", template_folder=str(ROOT / "templates"))
    app.json = OrjsonProvider(app)
    app.extensions["warehouse"] = warehouse
    app.config.update(
        openapi.SETTINGS,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        SYNC_MAX_BATCH=settings.sync_max_batch,
        SHOWN_SETTINGS=shown(settings),
        **auth.jwt_config(settings),
    )
    telemetry.observe(app, settings)
    guard_storage(app)
    protect_answers(app, only_https=settings.cookie_secure)
    jwt.init_app(app)
    app.extensions["known_tokens"] = KnownTokens()
    _limit(app, settings)
    _document(app)
    _go_live(app, warehouse, settings)
    app.register_blueprint(pages.blueprint)
    if given := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=given, x_proto=given)  # type: ignore[method-assign]
    cli.add_commands(app)
    return app


def _limit(app: Flask, settings: Settings) -> None:
    """A working device never meets the limit; a client gone wild does."""
    uri, options = for_limiter(settings.redis_url)
    app.config.update(
        RATELIMIT_STORAGE_URI=SHARED + uri,
        RATELIMIT_STORAGE_OPTIONS=options,
        RATELIMIT_STRATEGY="moving-window",
        REQUEST_LIMIT=f"{settings.rate_limit_per_minute} per minute",
        REQUEST_LIMIT_KEY=caller_key,
    )
    limiter.init_app(app)


def _document(app: Flask) -> None:
    api.init_app(app)
    openapi.document_problems(api)
    openapi.document_patterns(api)
    problems.answer_with_problems(app)  # after flask-smorest, which registers a handler of its own
    for module in BLUEPRINTS:
        api.register_blueprint(module.blp)


def _go_live(app: Flask, warehouse: Warehouse, settings: Settings) -> None:
    """Sockets, and the loops that feed them."""
    socketio.init_app(
        app,
        async_mode=settings.async_mode,
        client_manager=RedisManager(settings.redis_url, channel=QUEUE),
        cors_allowed_origins=list(settings.cors_origins) or None,
        max_http_buffer_size=MAX_MESSAGE_BYTES,
        manage_session=False,
        json=SocketJson,
    )
    relay = Relay(
        warehouse.event_log,
        FanOut(socketio.server, spawn=spawn, sleep=sleep).emit,
        warehouse.clock,
        sleep,
    )
    dump = RackSchema(many=True).dump
    replay = Replay(warehouse.event_log, relay, warehouse.rack_map, dump, warehouse.clock)
    presence = Presence(warehouse.locks, warehouse.accounts, warehouse.publish)
    Sockets(socketio, replay, presence).register()
    roll_call = RollCall(warehouse.redis, warehouse.event_log)
    background = _background(
        warehouse, settings, relay=relay, presence=presence, roll_call=roll_call
    )
    app.extensions["background"] = background
    app.extensions["presence"] = presence
    app.extensions["warehouse_stop"] = lambda: [
        stop() for stop in (background.stop, roll_call.leave)
    ]


def _background(
    warehouse: Warehouse,
    settings: Settings,
    *,
    relay: Relay,
    presence: Presence,
    roll_call: RollCall,
) -> Background:
    """All that goes on beside the requests."""
    farewell = Farewell(presence, warehouse.sign_ins, socketio.server.disconnect)
    tail = EventTail.of(settings.redis_url)
    follower = EventFollower(tail, warehouse.event_log, relay, presence.heed, farewell.heed)
    return Background(
        warehouse.sweep,
        follower,
        farewell,
        Loop(name="presence", turn=presence.sweep, pause_s=settings.heartbeat_ttl / PRESENCE_BEATS),
        Loop(name="beats", turn=warehouse.beats.follow_up, pause_s=NEWS_EVERY_S, at_the_end=True),
        Loop(
            name="progress",
            turn=warehouse.batches.news.follow_up,
            pause_s=NEWS_EVERY_S,
            at_the_end=True,
        ),
        Loop(name="tally", turn=warehouse.tally.catch_up, pause_s=TALLY_EVERY_S),
        Loop(name="custody", turn=warehouse.proofs.catch_up, pause_s=CUSTODY_EVERY_S),
        Loop(name="slow_sockets", turn=_slow_sockets().sweep, pause_s=SLOW_EVERY_S),
        *_loops_of_logs(warehouse),
        Loop(name="roll_call", turn=roll_call.answer, pause_s=EVERY_S),
        Loop(name="jobs", turn=warehouse.jobs.sweep, pause_s=JOBS_EVERY_S),
        *_loops_of_leftovers(warehouse),
        *_loops_of_schedules(warehouse),
        spawn=spawn,
        sleep=sleep,
        on_failure=warehouse.faults.heed_loop,
    )


def _loops_of_leftovers(warehouse: Warehouse) -> list[Loop]:
    """What removes what nobody needs any more."""
    turns = {
        "exports": warehouse.exports.sweep,
        "import_leftovers": warehouse.import_leftovers.sweep,
        "report_leftovers": warehouse.report_leftovers.sweep,
    }
    return [Loop(name=name, turn=turn, pause_s=LEFTOVERS_EVERY_S) for name, turn in turns.items()]


def _slow_sockets() -> SlowSockets:
    def backlogs() -> Iterator[Backlog]:
        for client, packets, size in socket_backlogs():
            yield Backlog(client=client, packets=packets, bytes=size)

    return SlowSockets(backlogs, hang_up)


def _loops_of_schedules(warehouse: Warehouse) -> list[Loop]:
    """What has scheduled snapshots made, delivered and removed."""
    turns = {
        "schedules": (warehouse.schedules.begin_due, SCHEDULES_EVERY_S),
        "deliveries": (warehouse.deliveries.begin_due, SCHEDULES_EVERY_S),
        "snapshots": (warehouse.snapshots.drop_ended, SNAPSHOTS_EVERY_S),
    }
    return [Loop(name=name, turn=turn, pause_s=s) for name, (turn, s) in turns.items()]


def _loops_of_logs(warehouse: Warehouse) -> list[Loop]:
    """What keeps the activity log and the error log."""
    turns = {"activity_log": warehouse.activity.flush, "error_log": warehouse.faults.flush}
    return [
        *(
            Loop(name=name, turn=turn, pause_s=LOG_EVERY_S, at_the_end=True)
            for name, turn in turns.items()
        ),
        Loop(name="log_retention", turn=warehouse.retention.sweep, pause_s=LOG_SWEEP_EVERY_S),
    ]
