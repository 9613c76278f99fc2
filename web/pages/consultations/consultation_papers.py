"""Papers of a consultation to print: notice, agenda, sign-in and seat sheet, place cards, minutes; no colour needed."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from casework.consultations import queries, seating, venues
from casework.consultations.codes import FALLEN
from casework.consultations.tables import Consultation
from casework.core import personal
from casework.core.errors import NotFound
from casework.permissions import permits
from web import frames, identity, unit
from web.access import needs
from web.api.consultations.consultation_texts import document
from web.api.consultations.consultations import READ
from web.locales import locale, words
from web.pages.consultations import consultation_parts as parts
from web.pages.consultations.consultations import take
from web.views import consultation_words, reference, wording

blueprint = Blueprint("consultation_papers", __name__)

_PAPERS = ("notice", "agenda", "sign_in", "seats", "place_cards", "minutes")
# Lines left free on the sign-in sheet, for who comes without being invited.
_FREE_LINES = 6


@blueprint.get("/consultations/<meeting>/papers/<paper>")
@needs(READ)
def show(meeting: str, paper: str) -> Response:
    """Show a paper of a meeting.

    Raises:
        NotFound: there is no such paper, or the meeting has no date that stands or no minutes yet.
    """
    row = take(meeting)
    if paper not in _PAPERS or row.starts_at is None or row.state in FALLEN or (paper == "minutes" and not row.minutes):
        raise NotFound("paper")
    subject = queries.subject_of(unit.session(), row)
    plainly = permits(identity.actor(), "consultation.read_plainly", subject)
    page = render_template(
        "consultations/paper.html",
        frame={"lang": {"code": locale()}, "office": frames.office_name()},
        back_url=parts.url_of(row),
        paper=_paper(row, paper, plainly=plainly),
    )
    return make_response(page)


@blueprint.get("/consultations/<meeting>/minutes-file")
@needs(READ)
def fetch_minutes(meeting: str) -> Response:
    """Hand the minutes out as an official paper, as Word or PDF."""
    format = "pdf" if request.args.get("format") == "pdf" else "docx"
    return document(take(meeting), format)


def _paper(row: Consultation, paper: str, *, plainly: bool) -> dict[str, Any]:
    session = unit.session()
    place = venues.by_id(session, [row.venue_id]).get(row.venue_id) if row.venue_id else None
    people = queries.participants_of(session, row)
    seen = str if plainly else personal.scrub

    def name(each: Any) -> str:
        return each.name if plainly or each.person_id is not None else personal.mask_name(each.name)

    return {
        "kind": paper,
        "heading": words(f"meetings.paper.{paper}"),
        "number": row.number,
        "title": seen(row.title),
        "when": consultation_words.when_on_paper(row),
        "venue": row.place if place is None else place.name,
        "place": reference.place_told(row.region_code),
        "convenor": row.convenor_name,
        "reason": seen(row.reason),
        "people": [
            {"name": name(each), "part": words(f"meetings.part.{each.part}")}
            for each in people
            # Who came without being asked stands among those who signed, and is called to nothing.
            if each.invited is not False or paper == "sign_in"
        ],
        "seats": seating.seat([name(each) for each in people if each.invited is not False]),
        "came": [name(each) for each in people if each.attended],
        "away": [name(each) for each in people if each.invited is not False and not each.attended],
        "free": list(range(_FREE_LINES)),
        "steps": [words(f"meetings.agenda.{step}") for step in ("brief", "ask", "discuss", "settle")],
        "minutes": seen(row.minutes),
        "agreed": [
            {
                "n": item.place,
                "text": seen(item.text),
                "org": reference.org_name(item.org_id),
                "due_on": wording.paper_day(item.due_on),
            }
            for item in queries.items_of(session, [row.id])
        ],
        "unresolved": [seen(each) for each in row.unresolved],
        "printed": words(
            "meetings.printed",
            who=identity.actor().name,
            when=wording.plain_moment(unit.at()),
            office=frames.office_name(),
        ),
    }
