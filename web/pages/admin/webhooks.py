"""Webhooks for the administrator: endpoints, each with its deliveries and what became of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from casework.core import ids, outbound
from casework.core.errors import FieldError, Invalid
from casework.webhooks import deliveries, endpoints
from casework.webhooks.tables import Webhook, WebhookAttempt, WebhookDelivery
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.pages.admin.admin_parts import act, cell, moment, page, tabs
from workflows.outside import webhooks
from workflows.outside.webhooks import MANAGE

blueprint = Blueprint("webhooks", __name__)

_PAGE = 50
_TONES = {"active": "green", "paused": "amber", "pending": "grey", "delivered": "green", "dead": "red"}


@blueprint.get("/admin/webhooks")
@needs(MANAGE, anywhere=True)
def show_webhooks() -> Response:
    """Show the endpoints, and the form for a further one."""
    return _list()


@blueprint.post("/admin/webhooks")
@needs(MANAGE, anywhere=True)
def make_webhook() -> Response:
    """Make an endpoint and show its secret, this once."""
    raw = {"url": request.form.get("url", ""), "events": request.form.getlist("events")}
    try:
        _, secret = webhooks.make(
            unit.session(), raw, actor=identity.actor(), at=unit.at(), allowed=unit.office().settings.webhook_allow
        )
    except Invalid as mistake:
        return _list(mistake.errors, status=422)
    return _list(secret=secret)


@blueprint.get("/admin/webhooks/<uuid:webhook_id>")
@needs(MANAGE, anywhere=True)
def show_webhook(webhook_id: UUID) -> Response:
    """Show an endpoint and its deliveries, the latest first."""
    return _one(endpoints.get(unit.session(), webhook_id))


@blueprint.post("/admin/webhooks/<uuid:webhook_id>")
@needs(MANAGE, anywhere=True)
def mend_webhook(webhook_id: UUID) -> Response:
    """Change where it goes and what it tells."""
    raw = {"url": request.form.get("url", ""), "events": request.form.getlist("events")}
    version = request.form.get("version", "")
    try:
        webhooks.mend(
            unit.session(),
            webhook_id,
            raw,
            actor=identity.actor(),
            at=unit.at(),
            allowed=unit.office().settings.webhook_allow,
            expected_version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        )
    except Invalid as mistake:
        return _one(endpoints.get(unit.session(), webhook_id), mistake.errors, status=422)
    return _back(webhook_id, "admin.kept")


@blueprint.post("/admin/webhooks/<uuid:webhook_id>/pause")
@needs(MANAGE, anywhere=True)
def pause_webhook(webhook_id: UUID) -> Response:
    """Send nothing to an endpoint for the time being."""
    return _switch(webhook_id, active=False)


@blueprint.post("/admin/webhooks/<uuid:webhook_id>/resume")
@needs(MANAGE, anywhere=True)
def resume_webhook(webhook_id: UUID) -> Response:
    """Send to an endpoint again."""
    return _switch(webhook_id, active=True)


def _switch(webhook_id: UUID, *, active: bool) -> Response:
    webhooks.mend(
        unit.session(),
        webhook_id,
        {"active": active},
        actor=identity.actor(),
        at=unit.at(),
        allowed=unit.office().settings.webhook_allow,
    )
    return _back(webhook_id, "admin.kept")


@blueprint.post("/admin/webhooks/<uuid:webhook_id>/rotate")
@needs(MANAGE, anywhere=True)
def rotate_secret(webhook_id: UUID) -> Response:
    """Give an endpoint another secret and show it, this once."""
    row, secret = webhooks.rotate(unit.session(), webhook_id, actor=identity.actor(), at=unit.at())
    return _one(row, secret=secret)


@blueprint.post("/admin/webhooks/<uuid:webhook_id>/try")
@needs(MANAGE, anywhere=True)
def try_webhook(webhook_id: UUID) -> Response:
    """Send a message of no matter."""
    webhooks.try_out(unit.session(), webhook_id, actor=identity.actor(), at=unit.at())
    return _back(webhook_id, "webhook.tried")


@blueprint.post("/admin/webhooks/<uuid:webhook_id>/end")
@needs(MANAGE, anywhere=True)
def end_webhook(webhook_id: UUID) -> Response:
    """Send nothing to it any more."""
    webhooks.end(unit.session(), webhook_id, actor=identity.actor(), at=unit.at())
    frames.say(words("webhook.is_ended"))
    return make_response(redirect(url_for("webhooks.show_webhooks"), 303))


@blueprint.post("/admin/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay")
@needs(MANAGE, anywhere=True)
def replay_delivery(webhook_id: UUID, delivery_id: UUID) -> Response:
    """Send a delivery once more."""
    webhooks.replay(unit.session(), webhook_id, delivery_id, actor=identity.actor(), at=unit.at())
    return _back(webhook_id, "webhook.replayed")


def _back(webhook_id: UUID, said: str) -> Response:
    frames.say(words(said))
    return make_response(redirect(url_for("webhooks.show_webhook", webhook_id=webhook_id), 303))


# ------------------------------------------------------------------ what is shown
def _list(mistakes: Sequence[FieldError] = (), *, secret: str | None = None, status: int = 200) -> Response:
    form = _form(url_for("webhooks.make_webhook"), "webhook.new", mistakes=mistakes)
    rows = endpoints.every(unit.session())
    heads = ("url", "state", "since")
    shown = page(
        "calendar",
        title=words("admin.tab.webhooks"),
        tabs=tabs("webhooks"),
        note=_secret_note(secret),
        form=form,
        table={
            "caption": words("admin.tab.webhooks"),
            "head": [words(f"webhook.head.{each}") for each in heads],
            "rows": [_row(row) for row in rows],
            "nothing": words("webhook.nothing"),
        },
    )
    return make_response(shown, status)


def _row(row: Webhook) -> dict[str, Any]:
    return {
        "cells": [
            cell(row.url, sub=" · ".join(_event(each) for each in row.events)),
            _state(row),
            cell(moment(row.created_at)),
        ],
        "acts": [act("webhook.open", url_for("webhooks.show_webhook", webhook_id=row.id))],
    }


def _state(row: Webhook) -> dict[str, Any]:
    told = row.paused_for or row.status
    since = words("webhook.failing_since", when=moment(row.failing_since)) if row.failing_since else None
    return cell("", chip=(_TONES[row.status], words(f"webhook.state.{told}")), sub=since)


def _one(
    row: Webhook, mistakes: Sequence[FieldError] = (), *, secret: str | None = None, status: int = 200
) -> Response:
    session, before = unit.session(), ids.parse_id(request.args.get("before", ""))
    found = deliveries.of_webhook(session, row.id, before=before, limit=_PAGE + 1)
    tries = deliveries.attempts_of(session, found[:_PAGE])
    older = len(found) > _PAGE
    shown = page(
        "calendar",
        title=words("webhook.title", host=outbound.host_of(row.url)),
        crumb={"text": words("admin.tab.webhooks"), "url": url_for("webhooks.show_webhooks")},
        tabs=tabs("webhooks"),
        note=_secret_note(secret) or _paused_note(row),
        form=_form(url_for("webhooks.mend_webhook", webhook_id=row.id), "webhook.mend", row=row, mistakes=mistakes),
        table={
            "caption": words("webhook.deliveries"),
            "head": [words(f"webhook.head.{each}") for each in ("event", "fate", "tries", "when")],
            "rows": [*_acts(row), *(_delivery_row(row, each, tries[each.id]) for each in found[:_PAGE])],
            "nothing": words("webhook.no_deliveries"),
        },
        pager_data=_pager(row, found[_PAGE - 1]) if older else None,
    )
    return make_response(shown, status)


def _pager(row: Webhook, last: WebhookDelivery) -> dict[str, Any]:
    url = url_for("webhooks.show_webhook", webhook_id=row.id, before=last.id)
    return {"text": "", "prev_url": None, "next_url": url}


def _acts(row: Webhook) -> list[dict[str, Any]]:
    """Return the row of the endpoint itself: what may be done with it."""
    step = "pause" if row.status == "active" else "resume"
    acts = [
        act(f"webhook.{step}", url_for(f"webhooks.{step}_webhook", webhook_id=row.id), method="post"),
        act("webhook.rotate", url_for("webhooks.rotate_secret", webhook_id=row.id), method="post"),
        act("webhook.end", url_for("webhooks.end_webhook", webhook_id=row.id), method="post"),
    ]
    if row.status == "active":
        acts.insert(0, act("webhook.try", url_for("webhooks.try_webhook", webhook_id=row.id), method="post"))
    cells = [cell(words("webhook.itself"), sub=row.url), _state(row), cell(""), cell(moment(row.created_at))]
    return [{"cells": cells, "acts": acts}]


def _delivery_row(webhook: Webhook, row: WebhookDelivery, tries: Sequence[WebhookAttempt]) -> dict[str, Any]:
    again = act(
        "webhook.replay",
        url_for("webhooks.replay_delivery", webhook_id=webhook.id, delivery_id=row.id),
        method="post",
    )
    next_try = words("webhook.next_try", when=moment(row.next_try_at)) if row.status == "pending" else None
    took = words("webhook.took", ms=tries[-1].took_ms) if tries else None
    told = words("webhook.tries", n=len(tries))
    return {
        "cells": [
            cell(_event(row.event), sub=deliveries.message_id(row)),
            cell("", chip=(_TONES[row.status], words(f"webhook.fate.{row.status}")), sub=_error(row.last_error)),
            cell(told, sub=took),
            cell(moment(row.created_at), sub=next_try),
        ],
        "acts": [again] if webhook.status == "active" else [],
    }


def _error(code: str | None) -> str | None:
    if code is None:
        return None
    told = words(f"webhook.error.{code}")
    return code if told.startswith("webhook.") else told


def _event(code: str) -> str:
    return words(f"webhook.event.{code}")


def _secret_note(secret: str | None) -> dict[str, Any] | None:
    if secret is None:
        return None
    return {"tone": "green", "strong": words("webhook.secret", secret=secret), "text": words("webhook.secret_once")}


def _paused_note(row: Webhook) -> dict[str, Any] | None:
    if row.status == "active":
        return None
    return {"tone": "amber", "strong": words(f"webhook.state.{row.paused_for}"), "text": words("webhook.waits")}


def _form(
    url: str, title: str, *, row: Webhook | None = None, mistakes: Sequence[FieldError] = ()
) -> Mapping[str, Any]:
    sent = request.form if mistakes else None
    chosen = (
        sent.getlist("events") if sent is not None else [] if row is None else list(webhooks.spelled_out(row.events))
    )
    fields = [
        field(
            "url", "webhook.url", value=sent.get("url") if sent is not None else row and row.url,
            hint="webhook.url_hint", wide=True, max=outbound.MOST_LETTERS,
        ),
        field(
            "events", "webhook.events", kind="checks", wide=True,
            options=[(each, _event(each)) for each in endpoints.EVENTS], picked=chosen,
        ),
    ]  # fmt: skip
    if row is not None:
        fields.append(field("version", "webhook.url", kind="hidden", value=row.version))
    shown, summary = with_mistakes(fields, mistakes)
    return {"url": url, "title": words(title), "fields": shown, "errors": summary, "submit": words("admin.save")}
