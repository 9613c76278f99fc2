"""Webhooks: endpoints of other systems, made by an administrator, with every delivery and its fate."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, url_for

from casework.core import ids
from casework.core.errors import NotFound
from casework.webhooks import deliveries, endpoints
from casework.webhooks.tables import Webhook, WebhookAttempt, WebhookDelivery
from web import bodies, identity, unit
from web.api import asked, paging, parameters
from web.api.admin import webhook_schemas
from web.api.admin.webhook_schemas import AttemptOut, DeliveryOut, WebhookMade, WebhookOut
from web.api.operations import Parameter, Reply, expected_version, operation
from web.locales import local
from workflows.outside import webhooks
from workflows.outside.webhooks import MANAGE

STATUSES = ("pending", "delivered", "dead")
_STATUS = Parameter("status", {"type": "string", "enum": list(STATUSES)}, "with this fate")


@operation(
    "GET",
    "/webhooks",
    permission=MANAGE,
    anywhere=True,
    summary="List endpoints",
    answers={200: webhook_schemas.WebhookList},
    parameters=parameters.PAGING,
)
def list_webhooks() -> Reply:
    """List the endpoints that are not ended, the oldest first."""
    limit, count = parameters.all_of(parameters.asked_limit, parameters.asked_count)
    rows = endpoints.every(unit.session(), after=paging.after_id("webhooks"), limit=limit + 1)
    kept, more = paging.cut("webhooks", rows, limit, lambda row: [str(row.id)])
    total = endpoints.count(unit.session()) if count else None
    return Reply(webhook_schemas.WebhookList(items=[shown(row) for row in kept], next=more, total=total))


@operation(
    "POST",
    "/webhooks",
    permission=MANAGE,
    anywhere=True,
    summary="Make an endpoint",
    request_model=webhook_schemas.WebhookIn,
    answers={201: WebhookMade},
    problems=(409,),
    has_etag=True,
)
def make_webhook() -> Reply:
    """Make an endpoint; its secret is in this answer and never again."""
    row, secret = webhooks.make(
        unit.session(),
        bodies.json_object(),
        actor=identity.actor(),
        at=unit.at(),
        allowed=unit.office().settings.webhook_allow,
    )
    where = url_for("api.webhooks_show_webhook", webhook_id=row.id)
    return Reply(WebhookMade(**_columns(row), secret=secret), 201, {"Location": where})


@operation(
    "GET",
    "/webhooks/<webhook_id>",
    permission=MANAGE,
    anywhere=True,
    summary="Show an endpoint",
    answers={200: WebhookOut},
    problems=(404,),
    has_etag=True,
)
def show_webhook(webhook_id: str) -> Reply:
    """Show an endpoint, without its secret."""
    return Reply(shown(endpoints.get(unit.session(), ids.parse_id(webhook_id))))


@operation(
    "PATCH",
    "/webhooks/<webhook_id>",
    permission=MANAGE,
    anywhere=True,
    summary="Change, pause or resume an endpoint",
    request_model=webhook_schemas.WebhookPatch,
    answers={200: WebhookOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def mend_webhook(webhook_id: str) -> Reply:
    """Change an endpoint; what waited while it was paused goes out once it is active again."""
    row = webhooks.mend(
        unit.session(),
        _id(webhook_id, "webhook"),
        bodies.json_object(),
        actor=identity.actor(),
        at=unit.at(),
        allowed=unit.office().settings.webhook_allow,
        expected_version=expected_version(),
    )
    return Reply(shown(row))


@operation(
    "DELETE",
    "/webhooks/<webhook_id>",
    permission=MANAGE,
    anywhere=True,
    summary="End an endpoint",
    answers={204: None},
    problems=(404,),
)
def end_webhook(webhook_id: str) -> Response:
    """Send nothing to it any more; what waits for it is given up."""
    webhooks.end(unit.session(), _id(webhook_id, "webhook"), actor=identity.actor(), at=unit.at())
    return Response(status=204)


@operation(
    "POST",
    "/webhooks/<webhook_id>/rotate",
    permission=MANAGE,
    anywhere=True,
    summary="Give an endpoint another secret",
    answers={200: WebhookMade},
    problems=(404,),
    has_etag=True,
)
def rotate_secret(webhook_id: str) -> Reply:
    """Give another secret; for 24 hours each message carries the signatures of both."""
    row, secret = webhooks.rotate(unit.session(), _id(webhook_id, "webhook"), actor=identity.actor(), at=unit.at())
    return Reply(WebhookMade(**_columns(row), secret=secret))


@operation(
    "POST",
    "/webhooks/<webhook_id>/test",
    permission=MANAGE,
    anywhere=True,
    summary="Send an endpoint a message to try it",
    answers={201: DeliveryOut},
    problems=(404, 409),
)
def try_webhook(webhook_id: str) -> Reply:
    """Send a message of type `webhook.test`, which is about no matter."""
    row = webhooks.try_out(unit.session(), _id(webhook_id, "webhook"), actor=identity.actor(), at=unit.at())
    return Reply(delivery_shown(row), 201)


@operation(
    "GET",
    "/webhooks/<webhook_id>/deliveries",
    permission=MANAGE,
    anywhere=True,
    summary="List deliveries of an endpoint",
    answers={200: webhook_schemas.DeliveryList},
    problems=(404,),
    parameters=(_STATUS, parameters.LIMIT, parameters.CURSOR),
)
def list_deliveries(webhook_id: str) -> Reply:
    """List deliveries with their tries, the latest first."""
    session, row = unit.session(), endpoints.get(unit.session(), ids.parse_id(webhook_id))
    limit, status = parameters.all_of(parameters.asked_limit, asked.choice("status", STATUSES))
    before = paging.after_id("deliveries")
    found = deliveries.of_webhook(session, row.id, status=status, before=before, limit=limit + 1)
    kept, more = paging.cut("deliveries", found, limit, lambda each: [str(each.id)])
    tries = deliveries.attempts_of(session, kept)
    items = [delivery_shown(each, tries[each.id]) for each in kept]
    return Reply(webhook_schemas.DeliveryList(items=items, next=more))


@operation(
    "POST",
    "/webhooks/<webhook_id>/deliveries/<delivery_id>/replay",
    permission=MANAGE,
    anywhere=True,
    summary="Send a delivery once more",
    answers={200: DeliveryOut},
    problems=(404, 409),
)
def replay_delivery(webhook_id: str, delivery_id: str) -> Reply:
    """Send a delivery once more under the same `webhook-id`, with a fresh series of tries."""
    session = unit.session()
    row = webhooks.replay(
        session,
        _id(webhook_id, "webhook"),
        _id(delivery_id, "delivery"),
        actor=identity.actor(),
        at=unit.at(),
    )
    return Reply(delivery_shown(row, deliveries.attempts_of(session, [row])[row.id]))


def _id(text: str, name: str) -> UUID:
    found = ids.parse_id(text)
    if found is None:
        raise NotFound(name)
    return found


def _columns(row: Webhook) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "created_at": local(row.created_at),
        "updated_at": local(row.updated_at),
        "url": row.url,
        "events": row.events,
        "status": row.status,
        "paused_for": row.paused_for,
        "failures": row.failures,
        "failing_since": None if row.failing_since is None else local(row.failing_since),
        "old_secret_until": None if row.old_secret_until is None else local(row.old_secret_until),
    }


def shown(row: Webhook) -> WebhookOut:
    """Return an endpoint as the API shows it."""
    return WebhookOut(**_columns(row))


def delivery_shown(row: WebhookDelivery, tries: Sequence[WebhookAttempt] = ()) -> DeliveryOut:
    """Return a delivery as the API shows it."""
    return DeliveryOut(
        id=row.id,
        webhook_id=deliveries.message_id(row),
        event=row.event,
        status=row.status,
        attempts=row.attempts,
        created_at=local(row.created_at),
        next_try_at=local(row.next_try_at) if row.status == "pending" else None,
        done_at=None if row.done_at is None else local(row.done_at),
        last_error=row.last_error,
        tries=[
            AttemptOut(at=local(each.at), took_ms=each.took_ms, status=each.status, error=each.error) for each in tries
        ],
        body=row.body,
    )
