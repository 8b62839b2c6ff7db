"""Health: each part with its latency, liveness, readiness, and the metrics."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from flask import Response, current_app, has_request_context, jsonify
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily
from pymongo.errors import PyMongoError

from app.api.blueprint import Blueprint
from app.api.context import permit, warehouse
from app.api.openapi import NO_SIGN_IN
from app.auth.permissions import Action
from app.extensions import limiter
from app.services.circuit_breaker import breaker_states

blp = Blueprint("health", __name__, description="Operations")


class HealthSchema(Schema):
    status = fields.String(metadata={"description": "ok, degraded (no Redis) or down (no MongoDB)"})
    parts = fields.Dict()
    breakers = fields.Dict(keys=fields.String(), values=fields.String())


@blp.get("/api/health")
@permit(Action.SEE_HEALTH)
@blp.doc(**NO_SIGN_IN)
@limiter.exempt
@blp.response(200, HealthSchema)
def health() -> ResponseReturnValue:
    """Each part with its latency; 503 where no count can be stored."""
    parts = {"mongodb": _mongodb(), "redis": warehouse().redis.health_check()}
    stores, leases = parts["mongodb"]["healthy"], parts["redis"]["healthy"]
    status = "ok" if stores and leases else "degraded" if stores else "down"
    body = {"status": status, "parts": parts, "breakers": _breakers()}
    return jsonify(body), 200 if stores else 503


@blp.get("/healthz")
@permit(Action.SEE_HEALTH)
@blp.doc(**NO_SIGN_IN)
@limiter.exempt
@blp.response(200)
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify({"status": "ok"})


@blp.get("/readyz")
@permit(Action.SEE_HEALTH)
@blp.doc(**NO_SIGN_IN)
@limiter.exempt
@blp.response(200)
def readyz() -> ResponseReturnValue:
    """Counts can be stored. Redis may be away: counts are saved without it."""
    ready = _mongodb()["healthy"]
    return jsonify({"status": "ready" if ready else "not ready"}), 200 if ready else 503


@blp.get("/metrics")
@permit(Action.SEE_HEALTH)
@blp.doc(**NO_SIGN_IN)
@limiter.exempt
@blp.response(200, content_type="text/plain")
def metrics() -> Response:
    """Figures of this process for Prometheus."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _mongodb() -> dict[str, Any]:
    started = perf_counter()
    try:
        hello = warehouse().mongo.admin.command("hello")
    except PyMongoError as error:
        return {"healthy": False, "error": type(error).__name__}
    return {
        "healthy": bool(hello.get("isWritablePrimary")),
        "latency_ms": round((perf_counter() - started) * 1000, 3),
        "replica_set": hello.get("setName"),
    }


def _breakers() -> dict[str, str]:
    return {name: state.value for name, state in breaker_states().items()}


class ProcessCollector:
    """What is so at the moment of a scrape: the breakers, open sockets, events not told yet."""

    _figures = {"closed": 0, "half-open": 1, "open": 2}

    def collect(self) -> list[GaugeMetricFamily]:
        """Called by prometheus-client at each scrape."""
        gauge = GaugeMetricFamily(
            "stockverify_breaker_state", "0 closed, 1 half-open, 2 open", labels=["breaker"]
        )
        for name, state in _breakers().items():
            gauge.add_metric([name], self._figures[state])
        return [gauge, *self._live()] if has_request_context() else [gauge]

    def _live(self) -> list[GaugeMetricFamily]:
        sockets = len(current_app.extensions["presence"].sockets())
        missed = warehouse().event_log.missed
        return [
            GaugeMetricFamily("stockverify_sockets", "Open Socket.IO connections", value=sockets),
            GaugeMetricFamily("stockverify_events_missed", "Not told yet, no Redis", value=missed),
        ]


REGISTRY.register(ProcessCollector())
