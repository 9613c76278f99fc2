"""The inboxes of what villagers sent: difficulties become cases, topics are talked over, or it is said why not.

Both are one page under two paths; `wish` says which, and `_INBOXES` how they differ.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file, url_for

from casework.cases import codes, public_reports
from casework.cases.intake import TITLE_LENGTH
from casework.cases.public_reports import HELP, TOPIC, Content
from casework.cases.tables import PublicReport
from casework.consultations import codes as consultation_codes
from casework.consultations import topics
from casework.core import personal
from casework.core.errors import FieldError, Invalid
from casework.matters import attachments, held
from casework.registry import categories, office_settings
from web import frames, identity, unit
from web.access import needs
from web.forms import field, with_mistakes
from web.headers import SAVED_POLICY
from web.locales import locale, words
from web.pages.consultations import consultation_parts
from web.pages.public_parts import next_address, title_of
from web.views import counting
from web.views.counting import framed
from workflows.cases import public_intake
from workflows.cases.public_intake import PERMISSION
from workflows.consultations import public_topics

blueprint = Blueprint("public_inbox", __name__)

_CASES, _TOPICS = {"wish": HELP}, {"wish": TOPIC}
_TITLE_FROM_WORDS = 40


@blueprint.get("/triage/public", defaults=_CASES)
@blueprint.get("/consultations/inbox", defaults=_TOPICS)
@needs(PERMISSION, anywhere=True)
def show(wish: str) -> Response:
    """Show an inbox with its first report open."""
    rows = public_reports.waiting(unit.session(), identity.actor(), wish=wish)
    return _page(wish, rows[0] if rows else None)


@blueprint.get("/triage/public/<uuid:report_id>", defaults=_CASES)
@blueprint.get("/consultations/inbox/<uuid:report_id>", defaults=_TOPICS)
@needs(PERMISSION)
def show_one(wish: str, report_id: UUID) -> Response:
    """Show one report."""
    return _page(wish, _take(wish, report_id))


@blueprint.get("/triage/public/<uuid:report_id>/photos/<uuid:photo_id>", defaults=_CASES)
@blueprint.get("/consultations/inbox/<uuid:report_id>/photos/<uuid:photo_id>", defaults=_TOPICS)
@needs(PERMISSION)
def photo(wish: str, report_id: UUID, photo_id: UUID) -> Response:
    """Show a photo; pictures were drawn anew when they came in, so nothing in them runs."""
    row = attachments.get(unit.session(), matter_id=_take(wish, report_id).id, attachment_id=photo_id)
    path = attachments.path_of(unit.office().settings.attachments, row.sha256)
    held.require_there(path)
    response = send_file(path, mimetype=row.media_type, download_name=row.name)
    response.headers["Content-Security-Policy"] = SAVED_POLICY
    return response


@blueprint.post("/triage/public/<uuid:report_id>/turn", defaults=_CASES)
@blueprint.post("/consultations/inbox/<uuid:report_id>/turn", defaults=_TOPICS)
@needs(PERMISSION)
def turn(wish: str, report_id: UUID) -> Response:
    """Make a case or a topic of a report."""
    inbox, report = _INBOXES[wish], _take(wish, report_id, lock=True)
    given = {name: request.form.get(name) for name in inbox.asked}
    try:
        row = inbox.turn(unit.session(), report, given, actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _page(wish, report, mistakes=mistake.errors, status=422)
    return _back(wish, words(inbox.turned, number=row.number))


@blueprint.post("/triage/public/<uuid:report_id>/decline", defaults=_CASES)
@blueprint.post("/consultations/inbox/<uuid:report_id>/decline", defaults=_TOPICS)
@needs(PERMISSION)
def decline(wish: str, report_id: UUID) -> Response:
    """Decline a report with a reason its sender will read."""
    report = _take(wish, report_id, lock=True)
    try:
        public_intake.decline(unit.session(), report, request.form.get("reason"), actor=identity.actor(), at=unit.at())
    except Invalid as mistake:
        return _page(wish, report, mistakes=mistake.errors, status=422)
    return _back(wish, words("inbox.declined"))


def _take(wish: str, report_id: UUID, *, lock: bool = False) -> PublicReport:
    return public_reports.get(unit.session(), identity.actor(), report_id, wish=wish, lock=lock)


def _back(wish: str, said: str) -> Response:
    frames.say(said)
    return make_response(redirect(url_for("public_inbox.show", wish=wish), 303))


def _page(
    wish: str, report: PublicReport | None, *, mistakes: Sequence[FieldError] = (), status: int = 200
) -> Response:
    rows = public_reports.waiting(unit.session(), identity.actor(), wish=wish)
    page = render_template(
        "triage/public.html",
        topics=wish == TOPIC,
        **_INBOXES[wish].surroundings(),
        poster_url=url_for("public.poster"),
        is_off=not office_settings.value_of(unit.session(), _INBOXES[wish].switch),
        rows=[_row(each, current=report is not None and each.id == report.id) for each in rows],
        report=None if report is None else _opened(report, mistakes),
    )
    return make_response(page, status)


def _url(name: str, report: PublicReport, **values: Any) -> str:
    return url_for(f"public_inbox.{name}", wish=report.wish, report_id=report.id, **values)


def _row(report: PublicReport, *, current: bool) -> dict[str, Any]:
    subject, place = title_of(unit.session(), report)
    by = public_intake.promised_by(unit.session(), report.created_at)
    late = by < unit.today()
    return {
        "id": str(report.id),
        "url": _url("show_one", report),
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
    """Return what a report says, its person masked, with its two ways on."""
    session = unit.session()
    content = public_reports.content_of(session, report)
    shown = _row(report, current=True)
    return {
        **shown,
        "subject": shown["title"],
        "via": words(f"inbox.via.{content.via}"),
        # Masked here as everywhere; whoever needs the whole reveals it on the case, where it is noted.
        "reporter": f"{personal.mask_name(content.name)} {personal.mask_phone(content.phone)}",
        "text": content.words,
        "added": [
            {"when": words("inbox.added", when=frames.told_instant(when)), "text": text} for when, text in content.added
        ],
        "photos": [
            {"url": _url("photo", report, photo_id=file.id), "name": file.name}
            for file in attachments.of_matter(session, report.id)
        ],
        "settled": None if report.status == public_reports.WAITING else words("refusal.public_report_settled"),
        **_forms(report, content, mistakes),
    }


def _forms(report: PublicReport, content: Content, mistakes: Sequence[FieldError]) -> dict[str, Any]:
    # Both forms may have a field `reason`: whose mistakes these are is known by the title that only one of them sends.
    turning = "title" in request.form
    asked = _INBOXES[report.wish].fields(report, content, request.form if turning else {})
    fields, summary = with_mistakes(asked, mistakes if turning else ())
    typed = None if turning else request.form.get("reason")
    reason = field("reason", "inbox.reason", kind="textarea", value=typed, hint="inbox.reason_hint", rows=3)
    reason["hint"] += words("inbox.next_address", who=next_address(report.category))
    refusing, refused = with_mistakes([reason], () if turning else mistakes)
    return {
        "turn": {"url": _url("turn", report), "fields": fields, "errors": summary},
        "decline": {"url": _url("decline", report), "fields": refusing, "errors": refused},
    }


def _first_words(text: str) -> str:
    """Propose a title: the first sentence, as far as it is short."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    for mark in map(chr, (0x3002, 0xFF01, 0xFF1F, 0xFF1B)):
        line = line.partition(mark)[0]
    return line[:_TITLE_FROM_WORDS]


# ------------------------------------------------------------------ how the two differ
Typed = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Inbox:
    """`turn`: what becomes of a report, from the fields `asked`; `turned`: what is said then; `switch`: if it is on."""

    surroundings: Callable[[], dict[str, Any]]
    switch: str
    fields: Callable[[PublicReport, Content, Typed], list[dict[str, Any]]]
    asked: Sequence[str]
    turn: Callable[..., Any]
    turned: str


def _desk() -> dict[str, Any]:
    return {"frame": framed("triage"), "tabs": [], "desk_url": "/triage" if frames.has_page("/triage") else None}


def _case_fields(report: PublicReport, content: Content, typed: Typed) -> list[dict[str, Any]]:
    choices = [(each.code, each.label[locale()]) for each in categories.first_level(unit.session())]
    title = typed.get("title", _first_words(content.words))
    return [
        field("title", "inbox.case_title", value=title, hint="inbox.case_title_hint", max=TITLE_LENGTH),
        field(
            "category", "inbox.category", kind="select", options=choices, value=typed.get("category", report.category)
        ),
        field(
            "kind", "inbox.kind", kind="radio", options=_choices("inbox.kind", codes.KINDS),
            value=typed.get("kind", "help"),
        ),
        field(
            "urgency", "inbox.urgency", kind="radio", options=_choices("inbox.urgency", codes.URGENCIES),
            value=typed.get("urgency", "normal"),
        ),
    ]  # fmt: skip


def _consultations() -> dict[str, Any]:
    frame, tabs = counting.framed(consultation_parts.ROOM), consultation_parts.tabs("inbox")
    return {"frame": frame, "tabs": tabs, "desk_url": None}


def _topic_fields(_report: PublicReport, content: Content, typed: Typed) -> list[dict[str, Any]]:
    title = typed.get("title", _first_words(content.words))
    text = "\n\n".join((content.words, *(added for _when, added in content.added)))
    kinds = consultation_codes.KINDS
    return [
        field("title", "meetings.field.title", value=title, max=topics.TITLE_LENGTH),
        field(
            "kind", "meetings.field.kind", kind="select", options=_choices("meetings.kind", kinds),
            value=typed.get("kind", kinds[0]),
        ),
        field(
            "reason", "meetings.field.why", kind="textarea", rows=5, wide=True, hint="meetings.hint.why",
            value=typed.get("reason", text),
        ),
    ]  # fmt: skip


def _choices(what: str, known: Sequence[str]) -> list[tuple[str, str]]:
    return [(code, words(f"{what}.{code}")) for code in known]


_INBOXES: Mapping[str, _Inbox] = {
    HELP: _Inbox(
        _desk, office_settings.PUBLIC_PAGE, _case_fields, ("title", "kind", "urgency", "category"),
        public_intake.turn_into_case, "inbox.turned",
    ),
    TOPIC: _Inbox(
        _consultations, office_settings.PUBLIC_TOPICS, _topic_fields, public_topics.FIELDS,
        public_topics.turn_into_topic, "inbox.topic_turned",
    ),
}  # fmt: skip
