"""The minutes of a consultation in all their versions; one more is saved knowing which it was made from."""

from collections.abc import Sequence

from flask import Response, request

from casework.bulletins import minutes_paper, printing
from casework.bulletins.drafting import day_in_words
from casework.bulletins.minutes_paper import Seen
from casework.consultations import minutes, queries
from casework.consultations.tables import Consultation
from casework.core import personal
from casework.core.errors import NotFound, invalid
from casework.matters import text_versions
from casework.matters.text_versions import Version
from casework.permissions import permits
from casework.registry import queries as registry
from web import bodies, frames, identity, unit
from web.api.campaign.bulletins import MEDIA
from web.api.consultations import consultation_schemas as shapes
from web.api.consultations.consultations import READ, take
from web.api.operations import Parameter, Reply, operation
from web.api.schemas import Named
from web.locales import local
from workflows.consultations import minuting

_FORMATS = ("docx", "pdf")
_FORMAT = Parameter("format", {"type": "string", "enum": list(_FORMATS)}, "what to write; docx if left out")


@operation(
    "GET",
    "/consultations/<consultation_id>/minutes",
    permission=READ,
    summary="List the versions of the minutes",
    answers={200: shapes.MinutesList},
    problems=(404,),
)
def list_minutes(consultation_id: str) -> Reply:
    """List the versions of the minutes, the newest first; only the office reads what was written on the way."""
    row, session = take(consultation_id), unit.session()
    if not permits(identity.actor(), minuting.RUN, queries.subject_of(session, row)):
        raise NotFound("consultation")
    return Reply(shapes.MinutesList(items=shown(text_versions.every(session, row.id, minutes.NAME)), next=None))


@operation(
    "POST",
    "/consultations/<consultation_id>/minutes",
    permission=READ,
    summary="Save the minutes",
    request_model=shapes.MinutesIn,
    answers={201: shapes.MinutesOut},
    problems=(404, 409),
)
def save_minutes(consultation_id: str) -> Reply:
    """Save the minutes as one more version; refused where somebody else saved since `based_on`."""
    row, session = take(consultation_id, lock=True), unit.session()
    subject = queries.subject_of(session, row)
    made = minuting.save(session, row, bodies.json_object(), subject=subject, actor=identity.actor(), at=unit.at())
    return Reply(shown([made])[0], 201)


@operation(
    "GET",
    "/consultations/<consultation_id>/minutes-document",
    permission=READ,
    summary="Fetch the minutes as an official paper",
    answers={200: None},
    problems=(404,),
    parameters=(_FORMAT,),
)
def fetch_minutes(consultation_id: str) -> Response:
    """Write the minutes in the form of minutes (GB/T 9704-2012) as Word or PDF."""
    format = request.args.get("format", _FORMATS[0])
    if format not in _FORMATS:
        raise invalid("format", "not_a_choice", choices=", ".join(_FORMATS))
    return document(take(consultation_id), format)


def document(row: Consultation, format: str) -> Response:
    """Return the minutes written in a format.

    Raises:
        NotFound: there are none yet.
    """
    if not row.minutes:
        raise NotFound("minutes")
    plainly = permits(identity.actor(), "consultation.read_plainly", queries.subject_of(unit.session(), row))
    seen = Seen(str, str) if plainly else Seen(personal.scrub, personal.mask_name)
    made = minutes_paper.of(
        unit.session(), row, seen, office=frames.office_name(), day=day_in_words, printed_on=unit.today()
    )
    content = printing.write(made, format, home=unit.office().settings.home)
    response = Response(content, content_type=MEDIA[format])
    response.headers["Content-Disposition"] = f'attachment; filename="{row.number}.{format}"'
    return response


def shown(found: Sequence[Version]) -> list[shapes.MinutesOut]:
    """Return versions of a text as the API shows them."""
    names = registry.people_by_id(unit.session(), [each.written_by for each in found])
    return [
        shapes.MinutesOut(
            version=each.place,
            text=each.text,
            restores=each.restores,
            written_by=None
            if each.written_by is None
            else Named(id=each.written_by, name=names.get(each.written_by, "")),
            written_at=local(each.written_at),
        )
        for each in found
    ]
