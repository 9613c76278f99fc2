"""Webhooks as the API takes and gives them; a secret stands in two answers and nowhere else."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from casework.core import outbound
from casework.webhooks.endpoints import EVENTS, KINDS
from web.api.requests import Request, text
from web.api.schemas import ListOut, Model, Record

_Event = Annotated[str, Field(json_schema_extra={"enum": [*EVENTS, *KINDS]})]
_EVENTS = Annotated[list[_Event], Field(min_length=1)]


class WebhookIn(Request):
    """An endpoint and what it wants to know; `case.*` stands for all events of cases."""

    url: str = text(outbound.MOST_LETTERS)
    events: _EVENTS


class WebhookPatch(Request):
    """What may be changed of an endpoint; `active` false pauses it, true sends to it again."""

    url: str = text(outbound.MOST_LETTERS, default=None)
    events: _EVENTS = Field(None)  # type: ignore[arg-type] # left out
    active: bool = Field(None)  # type: ignore[assignment] # left out


class WebhookOut(Record):
    """An endpoint. `status`: active or paused; `paused_for`: asked, gone (it answered 410) or failing."""

    url: str
    events: list[str]
    status: str
    paused_for: str | None
    failures: int
    failing_since: datetime | None
    old_secret_until: datetime | None


class WebhookMade(WebhookOut):
    """An endpoint with its secret, shown this once."""

    secret: str


class WebhookList(ListOut):
    """Endpoints, the oldest first."""

    items: list[WebhookOut]


class AttemptOut(Model):
    """One try: `status` of the answer, or why there was none."""

    at: datetime
    took_ms: int
    status: int | None
    error: str | None


class DeliveryOut(Model):
    """One event for one endpoint. `webhook_id` is the header all its tries carry."""

    id: UUID
    webhook_id: str
    event: str
    status: str
    attempts: int
    created_at: datetime
    next_try_at: datetime | None
    done_at: datetime | None
    last_error: str | None
    tries: list[AttemptOut]
    body: str


class DeliveryList(ListOut):
    """Deliveries of an endpoint, the latest first."""

    items: list[DeliveryOut]
