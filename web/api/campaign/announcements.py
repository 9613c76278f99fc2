"""Announcements are sent in one step, sent to more, and reminded of; the rest is campaign_records.py."""

from casework.announcements.tables import Announcement
from casework.campaign import announcements, forms, receipts, record_rights
from web import bodies, identity, unit
from web.api import desks
from web.api.campaign import announcement_schemas
from web.api.campaign.announcement_schemas import AddressedOut, AnnouncementOut, ReminderOut
from web.api.campaign.campaign_records import RESOURCES, found, shown, where
from web.api.operations import Reply, operation
from web.locales import local

_KIND = next(each for each in RESOURCES if each.name == "announcements")
_WRITE = record_rights.rights_of(Announcement).write


@operation(
    "POST",
    _KIND.path,
    permission=_WRITE,
    anywhere=True,
    summary="Send an announcement",
    request_model=announcement_schemas.AnnouncementIn,
    answers={201: AnnouncementOut, 200: AnnouncementOut},
    problems=(409,),
    has_etag=True,
)
def send() -> Reply:
    """Send an announcement; with a client-made `id` sent before and the same content, show what was sent then."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    raw = bodies.json_object()
    named = (announcements.MEMBER_LIST, announcements.ORG_LIST)
    plain = {name: value for name, value in raw.items() if name not in named}
    before = forms.sent_before(session, announcements.ANNOUNCEMENT, plain, actor=actor, at=at)
    if before is not None:
        return Reply(shown(_KIND, before), headers=where(_KIND, before))
    row = announcements.send(session, raw, actor=actor, at=at)
    return Reply(shown(_KIND, row), 201, where(_KIND, row))


@operation(
    "POST",
    f"{_KIND.path}/<record_id>/addressees",
    permission=_WRITE,
    summary="Send an announcement to more",
    request_model=announcement_schemas.AddresseesIn,
    answers={200: AddressedOut},
    problems=(404, 409),
)
def send_to_more(record_id: str) -> Reply:
    """Address an announcement to more members and units, who are told like the others."""
    row = _to_write(record_id)
    raw = bodies.json_object()
    added = announcements.send_to_more(unit.session(), row, raw, actor=identity.actor(), at=unit.at())
    return Reply(AddressedOut(added=added))


@operation(
    "POST",
    f"{_KIND.path}/<record_id>/reminders",
    permission=_WRITE,
    summary="Remind who has not answered",
    request_model=announcement_schemas.ReminderIn,
    answers={201: ReminderOut},
    problems=(404, 409),
)
def remind(record_id: str) -> Reply:
    """Remind all who have not answered, once a working day, and nobody else."""
    row = _to_write(record_id)
    desks.require_none(desks.refuse_unknown(bodies.json_object(), ()))
    made = receipts.remind(unit.session(), row, actor=identity.actor(), at=unit.at())
    out = ReminderOut(for_day=made.for_day, reminded_at=local(made.reminded_at), waiting=made.waiting)
    return Reply(out, 201)


def _to_write(record_id: str) -> Announcement:
    row: Announcement = found(_KIND, record_id, lock=True)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row
