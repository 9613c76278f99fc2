"""The inbox of topics that villagers proposed: the office takes one into the consultations, or says why not."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from casework.cases import public_reports
from casework.cases.public_reports import TOPIC
from casework.cases.tables import PublicReport
from casework.consultations import codes, topics
from casework.core.errors import FieldError, Invalid
from casework.registry import office_settings
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import words
from web.pages import consultation_parts, public_inbox
from web.views import counting
from workflows import public_intake, public_topics
from workflows.public_intake import PERMISSION

blueprint = Blueprint("public_topics", __name__)


@blueprint.get("/consultations/inbox")
@needs(PERMISSION, anywhere=True)
def show() -> Response:
    """Show the inbox with its first topic open."""
    rows = public_reports.waiting(unit.session(), identity.actor(), wish=TOPIC)
    return _page(rows[0] if rows else None)


@blueprint.get("/consultations/inbox/<uuid:report_id>")
@needs(PERMISSION)
def show_one(report_id: UUID) -> Response:
    """Show one proposed topic."""
    return _page(_take(report_id))


@blueprint.post("/consultations/inbox/<uuid:report_id>/turn")
@needs(PERMISSION)
def turn(report_id: UUID) -> Response:
    """Take a proposed topic into the consultations."""
    report = _take(report_id, lock=True)
    given = {name: request.form.get(name) for name in public_topics.FIELDS}
    try:
        row = public_topics.turn_into_topic(unit.session(), report, given, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _page(report, mistakes=mistake.errors, status=422)
    frames.say(words("inbox.topic_turned", number=row.number))
    return _back()


@blueprint.post("/consultations/inbox/<uuid:report_id>/decline")
@needs(PERMISSION)
def decline(report_id: UUID) -> Response:
    """Decline a proposed topic with a reason its sender will read."""
    report = _take(report_id, lock=True)
    try:
        public_intake.decline(unit.session(), report, request.form.get("reason"), actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _page(report, mistakes=mistake.errors, status=422)
    frames.say(words("inbox.declined"))
    return _back()


def _take(report_id: UUID, *, lock: bool = False) -> PublicReport:
    return public_reports.get(unit.session(), identity.actor(), report_id, wish=TOPIC, lock=lock)


def _back() -> Response:
    return make_response(redirect(url_for("public_topics.show"), 303))


def _page(report: PublicReport | None, *, mistakes: Sequence[FieldError] = (), status: int = 200) -> Response:
    rows = public_reports.waiting(unit.session(), identity.actor(), wish=TOPIC)
    page = render_template(
        "triage/public.html",
        frame=counting.framed(consultation_parts.ROOM),
        topics=True,
        tabs=consultation_parts.tabs("inbox"),
        desk_url=None,
        poster_url=url_for("public.poster"),
        is_off=not office_settings.value_of(unit.session(), office_settings.PUBLIC_TOPICS),
        rows=[
            public_inbox.row(each, "public_topics.show_one", current=report is not None and each.id == report.id)
            for each in rows
        ],
        report=None
        if report is None
        else {**public_inbox.told(report, "public_topics.show_one"), **_forms(report, mistakes)},
    )
    return make_response(page, status)


def _forms(report: PublicReport, mistakes: Sequence[FieldError]) -> dict[str, object]:
    content, sent = public_reports.content_of(unit.session(), report), request.form
    text = "\n\n".join((content.words, *(added for _when, added in content.added)))
    fields, summary = with_mistakes(
        [
            field("title", "meetings.field.title", value=sent.get("title", public_inbox.first_words(content.words)),
                  max=topics.TITLE_LENGTH),
            field("kind", "meetings.field.kind", kind="select", value=sent.get("kind", codes.KINDS[0]),
                  options=[(code, words(f"meetings.kind.{code}")) for code in codes.KINDS]),
            field("reason", "meetings.field.why", kind="textarea", rows=5, wide=True, hint="meetings.hint.why",
                  value=sent.get("reason", text) if "title" in sent else text),
        ],
        [each for each in mistakes if "title" in sent],
    )  # fmt: skip
    refusing, refused = with_mistakes(
        [field("reason", "inbox.reason", kind="textarea", value="", hint="inbox.reason_hint", rows=3)],
        [each for each in mistakes if "title" not in sent],
    )
    return {
        "turn": {"url": url_for("public_topics.turn", report_id=report.id), "fields": fields, "errors": summary},
        "decline": {
            "url": url_for("public_topics.decline", report_id=report.id),
            "fields": refusing,
            "errors": refused,
        },
    }
