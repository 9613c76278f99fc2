"""Signs of life: /healthz (the process), /readyz (database, schema, broker), /metrics (numbers for Prometheus)."""

from flask import Blueprint

from web.access import open_to_all

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@open_to_all("asked by whoever keeps the process running; tells nothing but that it runs")
def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}
