"""Short links from paper and messages, and the letters that bring them to who has neither account nor number."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request

from casework.agenda.queries import villagers_of
from casework.bulletins import printing
from casework.consultations import queries, sent_links
from casework.consultations.outcome_tables import SentLink
from casework.consultations.tables import Consultation
from casework.core import personal
from casework.core.errors import Refused
from casework.documents.model import Block, Heading, Official, PageBreak, Paragraph, Picture
from casework.registry import office_settings
from web import errors, frames, identity, rates, unit
from web.access import needs, open_to_all
from web.api.consultations.consultations import READ
from web.locales import local, locale, words
from web.pages.account.login import address
from web.pages.consultations import consultation_parts as parts
from web.pages.consultations.consultations import take
from web.paper_parts import file_of
from web.views import codes, wording
from workflows import sending_links

blueprint = Blueprint("link_letters", __name__)

# By address: codes are not to be tried out.
_MOST, _WITHIN = 30, timedelta(minutes=10)


@blueprint.get("/l/<code>")
@open_to_all("the code from paper or a text message is the key: villagers have no account")
def follow(code: str) -> Response:
    """Lead from a short code to the question it stands for; one that has ended leads nowhere."""
    rates.hold_off("codes", _MOST, _WITHIN, key=rates.household(address()), at=unit.at())
    return _led(sent_links.by_code(unit.session(), code, at=unit.at()))


@blueprint.get("/links/<uuid:link_id>/mine")
@needs("profile.change")
def mine(link_id: UUID) -> Response:
    """Lead from a notice in the application to the question; whoever it does not ask learns nothing."""
    sent = sent_links.get(unit.session(), link_id)
    if sent is None or sent.person_id != identity.person_id():
        abort(404)
    return _led(sent_links.path(unit.session(), sent))


def _led(path: str | None) -> Response:
    if path is None:
        abort(404)
    response = make_response(redirect(path, 303))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.post("/consultations/<meeting>/letters")
@needs(READ)
def print_letters(meeting: str) -> Response:
    """Print a letter for everybody who can be reached by no message, as sheets or as one Word file."""
    row = take(meeting, lock=True)
    session = unit.session()
    try:
        found = sending_links.print_letters(
            session, row, subject=queries.subject_of(session, row), actor=identity.actor(), at=unit.at()
        )
    except Refused as refused:
        return make_response(errors.sentences(refused.refusals), 409)
    letters = [_letter(row, each) for each in found]
    if request.form.get("format") == "docx":
        return _as_word(row, letters)
    page = render_template(
        "consultations/letters.html",
        frame={"lang": {"code": locale()}, "office": frames.office_name()},
        back_url=parts.url_of(row),
        letters=letters,
        phone=office_settings.value_of(session, office_settings.PUBLIC_PHONE),
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _letter(row: Consultation, sent: SentLink) -> dict[str, str]:
    """Return one letter: whom it asks what, until when, and the way to the answer; no telephone, no address."""
    link = sent_links.address(unit.session(), sent) or ""
    day = wording.long_day(local(sent.ends_at - timedelta(seconds=1)).date())
    return {
        "to": sent_links.called(unit.session(), sent),
        "title": personal.scrub_with(row.title, villagers_of(unit.session(), row)),
        "number": row.number,
        "asked": words(f"letters.{sent.kind}"),
        "until": words("letters.until", day=day),
        "link": link,
        "qr_url": codes.data_uri(link, scale=6, border=2),
        "office": frames.office_name(),
        "day": wording.long_day(unit.today()),
    }


def _as_word(row: Consultation, letters: list[dict[str, str]]) -> Response:
    blocks: list[Block] = []
    for n, each in enumerate(letters):
        picture = BytesIO()
        codes.png(each["link"], picture, scale=6, border=2)
        blocks += [PageBreak()] if n else []
        blocks += [
            Heading(1, words("letters.to", name=each["to"])),
            *(Paragraph((each[name],)) for name in ("title", "asked", "until")),
            Picture(picture.getvalue(), "image/png", each["link"]),
            Paragraph((words("letters.scan"),)),
        ]
    paper = Official(
        title=words("letters.title"), blocks=tuple(blocks), number=row.number, printed_by=frames.office_name(),
        printed_on=unit.today(), language="en" if locale() == "en" else "zh",
    )  # fmt: skip
    content = printing.write(paper, "docx", home=unit.office().settings.home)
    response = file_of(content, f"{row.number}-{words('letters.title')}.docx")
    response.headers["Cache-Control"] = "no-store"
    return response
