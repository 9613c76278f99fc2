"""Answers that came by mail: the office puts in the file of the calendar program, or its text."""

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template, request, url_for

from casework.consultations import queries
from casework.consultations.tables import Consultation
from casework.core.errors import FieldError, Invalid, Refused
from casework.permissions import Subject, permits
from web import errors, frames, identity, unit
from web.access import needs
from web.api.consultations.consultations import READ
from web.forms import field, with_mistakes
from web.locales import words
from web.pages import link_parts
from web.pages.consultations import consultation_parts as parts
from web.views import counting
from workflows.consultations import consulting, invitations

blueprint = Blueprint("consultation_replies", __name__)


def link(row: Consultation, subject: Subject) -> dict[str, str] | None:
    """Return the way to this page for who may note answers of others, while there is a date to answer."""
    if row.state not in consulting.ANSWERED_IN or not permits(identity.actor(), consulting.RUN, subject):
        return None
    return {"text": words("meetings.reply_file.title"), "url": url_for("consultation_replies.ask", meeting=row.number)}


@blueprint.get("/consultations/<meeting>/reply-file")
@needs(READ)
def ask(meeting: str) -> Response:
    """Show where the file goes."""
    return _form(queries.take(unit.session(), identity.actor(), meeting))


@blueprint.post("/consultations/<meeting>/reply-file")
@needs(READ)
def note(meeting: str) -> Response:
    """Note the answer in the file, or say why not."""
    session, actor = unit.session(), identity.actor()
    row = queries.take(session, actor, meeting, lock=True)
    subject = queries.subject_of(session, row)
    try:
        mine = invitations.read_reply(session, row, {"content": _sent()}, subject=subject, actor=actor, at=unit.at())
    except Invalid as mistake:
        return _form(row, mistakes=mistake.errors, status=422)
    except Refused as refused:
        return _form(row, said=errors.sentences(refused.refusals), status=409)
    frames.say(words("meetings.reply_file.noted", name=mine.name, answer=words(f"meetings.reply.{mine.reply}")))
    return link_parts.led_to(parts.url_of(row))


def _sent() -> str:
    file = request.files.get("file")
    content = file.stream.read(invitations.LONGEST + 1) if file is not None and file.filename else b""
    return content.decode("utf-8", "replace") or request.form.get("content", "")


def _form(
    row: Consultation, *, said: str | None = None, mistakes: Sequence[FieldError] = (), status: int = 200
) -> Response:
    shown, summary = with_mistakes(
        [
            field("file", "meetings.reply_file.file", kind="file", required=False, accept=".ics,text/calendar"),
            field("content", "meetings.reply_file.text", kind="textarea", rows=6, required=False, wide=True,
                  value=request.form.get("content", "")),
        ],
        mistakes,
    )  # fmt: skip
    page = render_template(
        "consultations/reply_file.html",
        frame=counting.framed(parts.ROOM),
        title=words("meetings.reply_file.title"),
        crumb={"text": row.number, "url": parts.url_of(row)},
        said=said,
        form={"url": url_for("consultation_replies.note", meeting=row.number), "fields": shown, "errors": summary},
    )
    return make_response(page, status)
