"""Ledgers that name people, taken out by two persons: asked for with a reason, granted by a head, taken while there."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.core.errors import FieldError, Invalid
from casework.dispatches import personal as kept
from casework.dispatches.personal_tables import PersonalExport
from casework.exchange.column_sets import column_set
from casework.permissions import Subject, permits
from casework.registry import queries as registry
from web import identity, proofs, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.handing_out import save_as
from web.locales import words
from web.pages import link_parts, once
from web.pages.admin.admin_parts import act, moment
from web.pages.exchange import exchange_parts as parts
from web.pages.exchange.dispatches import XLSX
from web.views import reference
from web.views.counting import framed
from workflows.ledgers import exporting, personal

blueprint = Blueprint("personal_exports", __name__)

_TONES = {"asked": "amber", "granted": "blue", "ready": "green", "refused": "red", "failed": "red"}


@blueprint.get("/ledgers/exports")
@needs(personal.ASK, anywhere=True)
def show() -> Response:
    """Show the form that asks, and what was asked for lately."""
    return _page()


@blueprint.post("/ledgers/exports")
@needs(personal.ASK, anywhere=True)
@once.sent_once
def ask() -> Response:
    """Ask for a ledger."""
    try:
        personal.ask(
            unit.session(),
            unit.office(),
            link_parts.sent("kind", "place", "reason"),
            actor=identity.actor(),
            at=unit.at(),
        )
    except Invalid as mistake:
        return _page(mistake.errors, status=422)
    return _done("exports.asked")


@blueprint.post("/ledgers/exports/<uuid:export_id>/grant")
@needs(personal.GRANT, anywhere=True)
def grant(export_id: UUID) -> Response:
    """Grant what somebody else asked for."""
    personal.grant(unit.session(), unit.office(), export_id, actor=identity.actor(), at=unit.at())
    return _done("exports.granted")


@blueprint.post("/ledgers/exports/<uuid:export_id>/refuse")
@needs(personal.GRANT, anywhere=True)
def refuse(export_id: UUID) -> Response:
    """Refuse it with a reason."""
    reason = request.form.get("refusal")
    personal.refuse(unit.session(), unit.office(), export_id, reason, actor=identity.actor(), at=unit.at())
    return _done("exports.refused")


@blueprint.post("/ledgers/exports/<uuid:export_id>/withdraw")
@needs(personal.ASK, anywhere=True)
def withdraw(export_id: UUID) -> Response:
    """Take one's own request back."""
    personal.withdraw(unit.session(), unit.office(), export_id, actor=identity.actor(), at=unit.at())
    return _done("exports.withdrawn")


@blueprint.post("/ledgers/exports/<uuid:export_id>/file")
@needs(personal.ASK, anywhere=True)
def take(export_id: UUID) -> Response:
    """Hand the file to who asked for it."""
    proofs.require()
    row, content = personal.take(unit.session(), unit.office(), export_id, actor=identity.actor(), at=unit.at())
    response = make_response(content)
    response.headers["Content-Type"] = XLSX
    save_as(response, f"{column_set(row.kind).title}-{row.number}.xlsx")
    return response


def _page(mistakes: Sequence[FieldError] = (), *, status: int = 200) -> Response:
    county = unit.office().settings.region
    rows = kept.listed(unit.session(), county)
    people = {each for row in rows for each in (row.asked_by, row.decided_by) if each}
    names = registry.people_by_id(unit.session(), people)
    fields, summary = with_mistakes(
        [
            field(
                "kind",
                "exchange.kind",
                kind="select",
                value=request.form.get("kind", ""),
                options=parts.kinds_of(personal.KINDS),
            ),
            field(
                "place",
                "exports.place",
                kind="place",
                required=False,
                value=request.form.get("place", ""),
                hint="exports.place_hint",
                data_url=url_for("options.offer_places"),
                label_value=request.form.get("place_text", ""),
            ),
            field(
                "reason",
                "exports.reason",
                kind="textarea",
                value=request.form.get("reason", ""),
                hint="exports.reason_hint",
                max=personal.REASON_LENGTH,
            ),
            once.field(once.given_number()),
        ],
        mistakes,
    )
    shown = render_template(
        "exchange/exports.html",
        frame=framed("ledgers"),
        back_url=url_for("exchange.show"),
        form={"url": url_for("personal_exports.ask"), "fields": fields, "errors": summary},
        rows=[_row(row, names) for row in rows],
    )
    return make_response(shown, status)


def _row(row: PersonalExport, names: Mapping[UUID, str]) -> dict[str, Any]:
    own = row.asked_by == identity.person_id()
    place = words("exports.whole") if row.place_code == row.region_code else reference.place_told(row.place_code)
    decided = names.get(row.decided_by, "") if row.decided_by else ""
    return {
        "number": row.number,
        "title": parts.title_of(row.kind),
        "place": place,
        "reason": row.reason,
        "who": words("exports.who", name=names.get(row.asked_by, ""), when=moment(row.asked_at)),
        "chip": {"tone": _TONES.get(row.status, "grey"), "text": words(f"exports.state.{row.status}")},
        "told": _told(row, decided),
        "acts": _acts(row, own=own),
        "refuse_url": url_for("personal_exports.refuse", export_id=row.id) if _may_decide(row, own=own) else None,
    }


def _told(row: PersonalExport, decided: str) -> str:
    if row.status == "ready" and row.expires_at is not None:
        until = moment(row.expires_at)
        return words("exports.ready", name=decided, rows=f"{row.rows or 0:,}", until=until, n=row.taken)
    if row.status == "refused":
        return words("exports.why", name=decided, reason=row.decision_reason or "")
    if row.status == "failed" and row.decision_reason:
        return words(f"refusal.{row.decision_reason}", limit_mb=exporting.MOST_KEPT // 1024 // 1024)
    if row.status == "gone":
        return words("exports.gone", name=decided, n=row.taken)
    return words("exports.by", name=decided) if decided and row.status != "withdrawn" else ""


def _may_decide(row: PersonalExport, *, own: bool) -> bool:
    return row.status == "asked" and not own and permits(identity.actor(), personal.GRANT, Subject(row.region_code))


def _acts(row: PersonalExport, *, own: bool) -> list[dict[str, Any]]:
    acts = []
    if _may_decide(row, own=own):
        acts.append(_act("exports.grant", "personal_exports.grant", row))
    if own and row.status == "asked":
        acts.append(_act("exports.withdraw", "personal_exports.withdraw", row))
    if own and row.status == "ready" and row.expires_at is not None and row.expires_at > unit.at():
        acts.append(_act("exports.take", "personal_exports.take", row))
    return acts


def _act(label: str, endpoint: str, row: PersonalExport) -> dict[str, Any]:
    return act(label, url_for(endpoint, export_id=row.id), method="post")


def _done(said: str) -> Response:
    return link_parts.done(said, url_for("personal_exports.show"))
