"""Endpoints of other systems: made, mended, paused, ended by an administrator; and what such a system is told.

Told is where to look, not what is there: id, number, state, what moved it and when. No name, no text, no phone.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from casework.core import outbound, reading
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, Refusal, Refused, invalid, refused
from casework.core.ids import new_id
from casework.core.outbound import Allowed, NoTarget
from casework.matters.tables import OutboxEvent
from casework.registry import audit
from casework.webhooks import deliveries, endpoints
from casework.webhooks.endpoints import EVENTS, KINDS
from casework.webhooks.tables import Webhook, WebhookDelivery
from workflows import records
from workflows.firing import MATTERS

MANAGE = "webhook.manage"
FIELDS = ("url", "events", "active")
MOST_WEBHOOKS = 50
_PATHS: Mapping[str, str] = {
    "case": "cases",
    "consultation": "consultations",
    "supervision": "supervisions",
    "bulletin": "bulletins",
    "assessment": "assessments",
    "expected_fund": "funds",
}
# Of the facts of an event, those that name nobody.
_TOLD: Mapping[str, str] = {
    "trigger": "trigger",
    "from": "from_state",
    "kind": "deadline",
    "level": "level",
    "due_at": "due_at",
    "document_no": "document_no",
    "quarter": "quarter",
}


# ------------------------------------------------------------------ what is told
def spelled_out(events: Collection[str]) -> Collection[str]:
    """Return the events that a list of events and kinds (`case.*`) stands for."""
    return _spelled_out(tuple(events))


@lru_cache(maxsize=256)
def _spelled_out(events: tuple[str, ...]) -> frozenset[str]:
    kinds = {each[:-1] for each in events if each.endswith(".*")}
    return frozenset(each for each in EVENTS if each in events or f"{each.partition('.')[0]}." in kinds)


def payload(session: Session, event: OutboxEvent) -> str | None:
    """Return the body that tells of an event; None when its matter is not there."""
    kind = str(event.facts.get("workflow") or event.event.partition(".")[0])
    matter = _matter(session, kind, event.matter_id)
    if matter is None:
        return None
    zone = session.info["zone"]
    data = {
        "id": str(matter.id),
        "kind": matter.workflow,
        "number": matter.number,
        # As it was then, not as it is now.
        "state": event.facts.get("to") or event.facts.get("state") or matter.state,
        "at": event.created_at.astimezone(zone).isoformat(),
        "link": f"/api/v1/{_PATHS[matter.workflow]}/{matter.id}",
    }
    data |= {name: event.facts[fact] for fact, name in _TOLD.items() if event.facts.get(fact) is not None}
    if event.seq is not None:
        data["seq"] = event.seq
    return _body(event.event, event.created_at, data, session)


def _matter(session: Session, kind: str, matter_id: UUID | None) -> Any:
    if matter_id is None:
        return None
    kinds = [MATTERS[kind]] if kind in MATTERS else MATTERS.values()
    return next((found for each in kinds if (found := session.get(each, matter_id)) is not None), None)


def _body(kind: str, at: datetime, data: Mapping[str, Any], session: Session) -> str:
    told = {"type": kind, "timestamp": at.astimezone(session.info["zone"]).isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


# ------------------------------------------------------------------ operations
def make(
    session: Session, raw: Mapping[str, Any], *, actor: Actor, at: datetime, allowed: Allowed
) -> tuple[Webhook, str]:
    """Keep an endpoint (`url`, `events`); returns it and its secret, which nobody is shown again.

    Raises:
        Invalid: every mistake; an address that nothing may be sent to is one.
        Refused: there are enough.
    """
    values = reading.fields(raw, _readers(allowed, but=("active",)), required=("url", "events"))
    if endpoints.count(session) >= MOST_WEBHOOKS:
        raise refused("webhooks_enough", most=MOST_WEBHOOKS)
    row, secret = endpoints.add(session, **values, actor=actor, at=at)
    _audit(session, "webhook.made", row, actor=actor, at=at, url=row.url, events=row.events)
    return row, secret


def mend(
    session: Session,
    webhook_id: UUID,
    raw: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
    allowed: Allowed,
    expected_version: int | None = None,
) -> Webhook:
    """Change the address or the events of an endpoint, pause it (`active` false) or send to it again.

    Raises:
        NotFound: there is none of this id.
        Stale: somebody else changed it since.
        Invalid: every mistake.
    """
    row = endpoints.get(session, webhook_id, lock=True)
    records.require_version(row, expected_version)
    values = reading.fields(raw, _readers(allowed))
    active = values.pop("active", None)
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if active is not None and active != (row.status == "active"):
        changed["active"] = active
        if active:
            endpoints.resume(row)
            deliveries.hurry(session, row.id, at=at)
        else:
            endpoints.pause(row, why="asked")
    if changed:
        endpoints.touch(session, row, at=at)
        _audit(session, "webhook.changed", row, actor=actor, at=at, **changed)
    return row


def rotate(session: Session, webhook_id: UUID, *, actor: Actor, at: datetime) -> tuple[Webhook, str]:
    """Give an endpoint another secret; for a day the old one signs beside it.

    Raises:
        NotFound: there is none of this id.
    """
    row = endpoints.get(session, webhook_id, lock=True)
    secret = endpoints.rotate(session, row, at=at)
    _audit(session, "webhook.secret_changed", row, actor=actor, at=at)
    return row, secret


def end(session: Session, webhook_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Send nothing to an endpoint any more, for good; what waits for it is given up.

    Raises:
        NotFound: there is none of this id.
    """
    row = endpoints.get(session, webhook_id, lock=True)
    deliveries.end_all(session, row.id, at=at)
    row.status = "ended"
    endpoints.touch(session, row, at=at)
    _audit(session, "webhook.ended", row, actor=actor, at=at)


def try_out(session: Session, webhook_id: UUID, *, actor: Actor, at: datetime) -> WebhookDelivery:
    """Send an endpoint a message of no matter, to see whether it arrives.

    Raises:
        NotFound: there is none of this id.
        Refused: it is paused.
    """
    row = endpoints.get(session, webhook_id)
    if row.status != "active":
        raise refused("webhook_paused")
    body = _body(deliveries.TRIAL, at, {"id": str(row.id)}, session)
    (made,) = deliveries.write(session, [row.id], event_id=new_id(), event=deliveries.TRIAL, body=body, at=at)
    _audit(session, "webhook.tried", row, actor=actor, at=at)
    return deliveries.get(session, row.id, made)


def replay(session: Session, webhook_id: UUID, delivery_id: UUID, *, actor: Actor, at: datetime) -> WebhookDelivery:
    """Send a delivery once more, under the same id.

    Raises:
        NotFound: there is no such endpoint or delivery.
        Refused: it is being sent at this moment, or the endpoint is paused.
    """
    row = endpoints.get(session, webhook_id)
    delivery = deliveries.get(session, webhook_id, delivery_id, lock=True)
    if row.status != "active":
        raise Refused([Refusal("webhook_paused")])
    deliveries.replay(session, delivery, at=at)
    _audit(session, "webhook.replayed", row, actor=actor, at=at, delivery=str(delivery.id))
    return delivery


def _audit(session: Session, event: str, row: Webhook, *, actor: Actor, at: datetime, **facts: Any) -> None:
    audit.record(session, event=event, actor=actor, at=at, facts={"webhook": str(row.id), **facts})


# ------------------------------------------------------------------ reading
def _readers(allowed: Allowed, *, but: Sequence[str] = ()) -> reading.Readers:
    readers: dict[str, reading.Reader] = {
        "url": lambda value: read_url(value, field="url", allowed=allowed),
        "events": _read_events,
        "active": reading.flag("active"),
    }
    return {name: read for name, read in readers.items() if name not in but}


def read_url(value: Any, *, field: str, allowed: Allowed) -> str:
    """Read an address that something is to be sent to, and look where it leads.

    Raises:
        Invalid: it is none, or nothing may be sent there.
    """
    text = reading.line(field, outbound.MOST_LETTERS, required=True)(value)
    try:
        outbound.check(text, allowed=allowed)
    except NoTarget as why:
        raise invalid(field, why.code) from None
    return str(text)


def _read_events(value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        raise invalid("events", "required" if value in (None, [], "") else "not_a_list", most=len(EVENTS))
    known = (*EVENTS, *KINDS)
    mistakes = [
        FieldError(f"events.{n}", "not_a_choice", {"choices": ", ".join(known)})
        for n, each in enumerate(value)
        if not isinstance(each, str) or each not in known
    ]
    if mistakes:
        raise Invalid(mistakes)
    return list(dict.fromkeys(value))
