"""The minutes as a page: kept as they are written, in versions to compare and bring back; of two editors both texts."""

from flask import Blueprint, Response, url_for

from casework.consultations import queries as consultations
from casework.consultations.tables import Consultation
from casework.core.errors import NotFound
from casework.permissions import permits
from web import identity, unit
from web.access import needs
from web.locales import words
from web.pages import text_desks
from web.pages.consultations import consultation_parts as parts
from web.pages.consultations.consultations import take
from web.pages.text_desks import Desk
from workflows.consultations import minuting

blueprint = Blueprint("consultation_minutes", __name__)


@blueprint.get("/consultations/<meeting>/minutes")
@needs(minuting.RUN)
def write(meeting: str) -> Response:
    """Show the minutes to be written, their versions, and two of them side by side where the address names two."""
    return text_desks.page(_desk(_take(meeting)))


@blueprint.post("/consultations/<meeting>/minutes")
@needs(minuting.RUN)
def save(meeting: str) -> Response:
    """Save the minutes as a version, or show both texts where somebody else saved meanwhile."""
    row, session = _take(meeting, lock=True), unit.session()
    subject = consultations.subject_of(session, row)
    return text_desks.save(
        _desk(row),
        lambda raw: minuting.save(session, row, raw, subject=subject, actor=identity.actor(), at=unit.at()),
    )


def _take(meeting: str, *, lock: bool = False) -> Consultation:
    row = take(meeting, lock=lock)
    if not permits(identity.actor(), minuting.RUN, consultations.subject_of(unit.session(), row)):
        raise NotFound("consultation")
    return row


def _desk(row: Consultation) -> Desk:
    return Desk(
        row=row,
        text=minuting.TEXT,
        url=url_for(".save", meeting=row.number),
        title=words("meetings.minutes_of", title=parts.seen(row, row.title)),
        crumb={"text": row.number, "url": parts.url_of(row)},
        label="meetings.field.minutes",
        said="meetings.minutes_saved",
        room=parts.ROOM,
    )
