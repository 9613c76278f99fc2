"""The inbox of the public page: triage reads what came in and makes a case of it, or says why not."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file, url_for

from casework.cases import codes, public_reports
from casework.cases.intake import TITLE_LENGTH
from casework.cases.tables import PublicReport
from casework.core import personal
from casework.core.errors import FieldError, Invalid
from casework.matters import attachments, held
from casework.registry import categories, office_settings
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.locales import locale, words
from web.pages.public_parts import title_of
from workflows import public_intake
from workflows.public_intake import PERMISSION

blueprint = Blueprint("public_inbox", __name__)

_TITLE_FROM_WORDS = 40


@blueprint.get("/triage/public")
@needs(PERMISSION, anywhere=True)
def show() -> Response:
    """Show the inbox with its first report open."""
    rows = public_reports.waiting(unit.session(), identity.actor())
    return _page(rows[0] if rows else None)


@blueprint.get("/triage/public/<uuid:report_id>")
@needs(PERMISSION)
def show_one(report_id: UUID) -> Response:
    """Show one report."""
    return _page(public_reports.get(unit.session(), identity.actor(), report_id))


@blueprint.get("/triage/public/<uuid:report_id>/photos/<uuid:photo_id>")
@needs(PERMISSION)
def photo(report_id: UUID, photo_id: UUID) -> Response:
    """Show a photo; pictures were drawn anew when they came in, so nothing in them runs."""
    report = public_reports.get(unit.session(), identity.actor(), report_id)
    row = attachments.get(unit.session(), matter_id=report.id, attachment_id=photo_id)
    path = attachments.path_of(unit.office().settings.attachments, row.sha256)
    held.require_there(path)
    response = send_file(path, mimetype=row.media_type, download_name=row.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.post("/triage/public/<uuid:report_id>/turn")
@needs(PERMISSION)
def turn(report_id: UUID) -> Response:
    """Make a case of a report."""
    report = public_reports.get(unit.session(), identity.actor(), report_id, lock=True)
    given = {name: request.form.get(name) for name in ("title", "kind", "urgency", "category")}
    try:
        case = public_intake.turn_into_case(unit.session(), report, given, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _page(report, mistakes=mistake.errors, status=422)
    frames.say(words("inbox.turned", number=case.number))
    return _back()


@blueprint.post("/triage/public/<uuid:report_id>/decline")
@needs(PERMISSION)
def decline(report_id: UUID) -> Response:
    """Decline a report with a reason its sender will read."""
    report = public_reports.get(unit.session(), identity.actor(), report_id, lock=True)
    try:
        public_intake.decline(unit.session(), report, request.form.get("reason"), actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _page(report, mistakes=mistake.errors, status=422)
    frames.say(words("inbox.declined"))
    return _back()


def _back() -> Response:
    return make_response(redirect(url_for("public_inbox.show"), 303))


def _page(report: PublicReport | None, *, mistakes: Sequence[FieldError] = (), status: int = 200) -> Response:
    rows = public_reports.waiting(unit.session(), identity.actor())
    page = render_template(
        "triage/public.html",
        frame=frames.frame("triage"),
        topics=False,
        tabs=[],
        desk_url="/triage" if frames.has_page("/triage") else None,
        poster_url=url_for("public.poster"),
        is_off=not office_settings.value_of(unit.session(), office_settings.PUBLIC_PAGE),
        rows=[row(each, "public_inbox.show_one", current=report is not None and each.id == report.id) for each in rows],
        report=_opened(report, mistakes) if report is not None else None,
    )
    return make_response(page, status)


def row(report: PublicReport, endpoint: str, *, current: bool) -> dict[str, Any]:
    """Return a report in the list of what waits."""
    subject, place = title_of(unit.session(), report)
    by = public_intake.promised_by(unit.session(), report.created_at)
    late = by < unit.today()
    return {
        "id": str(report.id),
        "url": url_for(endpoint, report_id=report.id),
        "title": subject,
        "place": place,
        "when": frames.told_instant(report.created_at),
        "chip": {
            "tone": "red" if late else "amber" if by == unit.today() else "outline",
            "text": words("inbox.late" if late else "inbox.due", day=frames.told(by)),
        },
        "current": current,
    }


def _opened(report: PublicReport, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    content = public_reports.content_of(unit.session(), report)
    return {**told(report, "public_inbox.show_one"), **_forms(report, content.words, mistakes)}


def told(report: PublicReport, endpoint: str) -> dict[str, Any]:
    """Return what a report says, its person masked."""
    session = unit.session()
    content = public_reports.content_of(session, report)
    subject, place = title_of(session, report)
    return {
        **row(report, endpoint, current=True),
        "subject": subject,
        "place": place,
        "via": words(f"inbox.via.{content.via}"),
        # Masked here as everywhere; whoever needs the whole reveals it on the case, where it is noted.
        "reporter": f"{personal.mask_name(content.name)} {personal.mask_phone(content.phone)}",
        "text": content.words,
        "added": [
            {"when": words("inbox.added", when=frames.told_instant(when)), "text": text} for when, text in content.added
        ],
        "photos": [
            {"url": url_for("public_inbox.photo", report_id=report.id, photo_id=file.id), "name": file.name}
            for file in attachments.of_matter(session, report.id)
        ],
        "settled": None if report.status == public_reports.WAITING else words("refusal.public_report_settled"),
    }


def _forms(report: PublicReport, text: str, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    sent = request.form
    choices = [(each.code, each.label[locale()]) for each in categories.first_level(unit.session())]
    fields, summary = with_mistakes(
        [
            field(
                "title", "inbox.case_title", value=sent.get("title", first_words(text)), hint="inbox.case_title_hint",
                max=TITLE_LENGTH,
            ),
            field(
                "category", "inbox.category", kind="select", options=choices,
                value=sent.get("category", report.category),
            ),
            field(
                "kind", "inbox.kind", kind="radio", options=_told("kind", codes.KINDS), value=sent.get("kind", "help")
            ),
            field(
                "urgency", "inbox.urgency", kind="radio", value=sent.get("urgency", "normal"),
                options=_told("urgency", codes.URGENCIES),
            ),
        ],
        [each for each in mistakes if each.field != "reason"],
    )  # fmt: skip
    refusing, refused = with_mistakes(
        [field("reason", "inbox.reason", kind="textarea", value=sent.get("reason"), hint="inbox.reason_hint", rows=3)],
        [each for each in mistakes if each.field == "reason"],
    )
    return {
        "turn": {"url": url_for("public_inbox.turn", report_id=report.id), "fields": fields, "errors": summary},
        "decline": {"url": url_for("public_inbox.decline", report_id=report.id), "fields": refusing, "errors": refused},
    }


def _told(what: str, choices: Sequence[str]) -> list[tuple[str, str]]:
    return [(code, words(f"inbox.{what}.{code}")) for code in choices]


def first_words(text: str) -> str:
    """Propose a title: the first sentence, as far as it is short."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    for mark in map(chr, (0x3002, 0xFF01, 0xFF1F, 0xFF1B)):
        line = line.partition(mark)[0]
    return line[:_TITLE_FROM_WORDS]
