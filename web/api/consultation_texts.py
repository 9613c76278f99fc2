"""The minutes of a consultation in all their versions; one more is saved knowing which it was made from."""

from collections.abc import Sequence

from casework.consultations import minutes, queries
from casework.core.errors import NotFound
from casework.matters import text_versions
from casework.matters.text_versions import Version
from casework.permissions import permits
from casework.registry import queries as registry
from web import bodies, identity, unit
from web.api import consultation_schemas as shapes
from web.api.consultations import READ, take
from web.api.operations import Reply, operation
from web.api.schemas import Named
from web.locales import local
from workflows import minuting


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
