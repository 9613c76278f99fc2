"""Signs of life: /healthz (the process), /readyz (database, schema, broker), /metrics (numbers for Prometheus).

The broker is only a doorbell (reliability.md §0.1): without it everything is done a few seconds later, so while it is
away the service is `degraded` and answers 200 all the same. A 503 would have a balancer take every web host out at once
for something no request needs (F6, F7; docs/decisions/0092). Whether a worker is up is not asked here, but told in
/metrics.
"""

import importlib
from typing import Any

from flask import Blueprint, Request, Response, current_app, jsonify
from prometheus_client import CollectorRegistry, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from casework import migrations
from casework.core.database_faults import DatabaseFault
from web import broker, tracing, unit
from web.access import needs, open_to_all
from web.routing import Application

blueprint = Blueprint("health", __name__)

# Under this name an application keeps what it counts.
COUNTED = "casework_requests"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@blueprint.get("/healthz")
@open_to_all("asked by whoever keeps the process running; tells nothing but that it runs")
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@open_to_all("asked by load balancers; tells which part is away, nothing of what is inside")
def readyz() -> tuple[Response, int]:
    """Say whether requests can be served, and what is away."""
    parts = {"database": _database(), "migrations": _migrations(), "broker": _broker()}
    ready = parts["database"]["ok"] and parts["migrations"]["ok"]
    whole = "ready" if parts["broker"]["ok"] else "degraded"
    return jsonify(status=whole if ready else "not ready", **parts), 200 if ready else 503


@blueprint.get("/metrics")
@needs("metrics.read", anywhere=True)
def metrics() -> Response:
    """Tell the numbers in Prometheus' text format."""
    # Asked for long after the start, which need not wait for what they know.
    pulses: Any = importlib.import_module("casework.matters.pulses")
    waiting: Any = importlib.import_module("casework.matters.waiting")
    found = waiting.backlog(unit.session(), at=unit.at())
    registry = CollectorRegistry()
    for name, told in (
        ("outbox_pending", "Events that wait to be told"),
        ("outbox_dead", "Events given up after five tries"),
        ("jobs_ready", "Work that waits to be done"),
        ("jobs_dead", "Work given up after its last try"),
        ("deadlines_overdue", "Clocks that run past their due instant"),
    ):
        Gauge(f"casework_{name}", told, registry=registry).set(getattr(found, name))
    alive = Gauge("casework_alive_timestamp_seconds", "Last sign of life", ["kind", "name"], registry=registry)
    for each in pulses.every(unit.session()):
        if each.ended_at is None:
            alive.labels(each.kind, each.name).set(each.seen_at.timestamp())
    text = generate_latest(registry) + generate_latest(_requests().registry)
    return Response(text, content_type=CONTENT_TYPE_LATEST)


class Requests:
    """How long requests of this process took, by route; each application counts for itself."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "casework_request_seconds",
            "Time to answer",
            ["method", "route", "status"],
            registry=self.registry,
            buckets=_BUCKETS,
        )


def init(app: Application) -> None:
    """Count every request of this application."""
    app.extensions[COUNTED] = Requests()

    @app.on_answer
    def _count(asked: Request, response: Response) -> Response:
        # The rule, not the path: as many series as there are routes, whatever is asked for.
        route = "none" if asked.url_rule is None else asked.url_rule.rule
        kind = f"{response.status_code // 100}xx"
        method = asked.method if asked.method in _METHODS else "other"
        _requests().seconds.labels(method, route, kind).observe(tracing.seconds_so_far())
        return response


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _requests() -> Requests:
    found: Requests = current_app.extensions[COUNTED]
    return found


def _database() -> dict[str, Any]:
    try:
        unit.office().db.ping()
    except DatabaseFault:
        return {"ok": False}
    return {"ok": True}


def _migrations() -> dict[str, Any]:
    needed = migrations.head()
    try:
        current = migrations.current(unit.office().db)
    except DatabaseFault:
        return {"ok": False, "needed": needed, "current": None}
    return {"ok": current == needed, "needed": needed, "current": current}


def _broker() -> dict[str, Any]:
    answer = broker.ask(unit.office().settings)
    return {"ok": True, "embedded": True} if answer is None else {"ok": answer.ok, "embedded": False}
