"""Trainings and meetings besides their record: how everybody came, in one step, and the materials as files."""

from typing import Any
from uuid import UUID

from flask import request

from casework.activities.tables import Activity
from casework.campaign import attending, record_rights
from casework.core.errors import Denied, FieldError, Invalid
from casework.matters import attachments
from casework.permissions import may_anywhere
from web import bodies, identity, unit
from web.api import requests, schemas
from web.api.campaign import announcement_schemas
from web.api.campaign.campaign_records import RESOURCES, found
from web.api.files import Files, declare_reading, stage_sent
from web.api.operations import MULTIPART, Reply, operation
from web.handing_out import MEBIBYTES
from workflows.campaign import picturing

_KIND = next(each for each in RESOURCES if each.name == "activities")
_RIGHTS = record_rights.rights_of(Activity)


@operation(
    "POST",
    f"{_KIND.path}/<record_id>/attendance",
    permission=_RIGHTS.write,
    summary="Keep how everybody came",
    request_model=announcement_schemas.AttendanceListIn,
    answers={200: announcement_schemas.AttendanceListOut},
    problems=(404, 409),
)
def keep_attendance(record_id: str) -> Reply:
    """Keep how members came, by id; who is named again is mended, and who is not named stays as they are."""
    row, raw = _to_write(record_id), bodies.json_object()
    given: Any = raw.get(attending.LISTED)
    leaves: Any = raw.get(attending.LEFT, {})
    known = (attending.LISTED, attending.LEFT)
    mistakes = [FieldError(name, "unknown_field") for name in raw if name not in known]
    if not isinstance(leaves, dict):
        mistakes.append(FieldError(attending.LEFT, "not_an_object"))
    if not isinstance(given, dict) or not given:
        mistakes.append(FieldError(attending.LISTED, "not_an_object" if given else "required"))
    if mistakes:
        raise Invalid(mistakes)
    changed = attending.keep(unit.session(), row, given, leaves, actor=identity.actor(), at=unit.at())
    came = attending.came(unit.session(), [row.id]).get(row.id, {})
    return Reply(announcement_schemas.AttendanceListOut(changed=changed, came=dict(came)))


FILES = Files(
    f"{_KIND.path}/<record_id>",
    of="an activity",
    permission=_RIGHTS.read,
    find=lambda record_id: found(_KIND, record_id).id,
    listing="list_materials",
    putting="attach_material",
    fetching="fetch_material",
)
declare_reading(FILES)


@operation(
    "POST",
    f"{_KIND.path}/<record_id>/attachments",
    permission=_RIGHTS.enter,
    summary="Put materials or pictures to an activity",
    request_model=requests.MaterialIn,
    media=MULTIPART,
    answers={201: schemas.AttachmentOut, 200: schemas.AttachmentOut},
    problems=(404, 409, 503),
    has_etag=True,
    max_mebibytes=MEBIBYTES,
)
def attach_material(record_id: str) -> Reply:
    """Take a file in, judge it by its content, and put it to the activity; a member puts pictures to their own."""
    caption = picturing.read_caption(request.form.get(picturing.CAPTION, ""))
    number = picturing.read_number(request.form.get(picturing.NUMBER, ""))
    if before := _sent_before(_to_fill(record_id), number):
        return before
    staged = stage_sent(beside=(picturing.CAPTION, picturing.NUMBER))
    row = _to_fill(record_id)
    # The same may have come by another connection while this one was being read.
    if before := _sent_before(row, number):
        return before
    kept = picturing.put(
        unit.session(), row, staged, caption=caption, actor=identity.actor(), at=unit.at(), number=number
    )
    return FILES.reply(kept)


def _sent_before(row: Activity, number: UUID | None) -> Reply | None:
    kept = attachments.sent_before(unit.session(), number, matter_id=row.id, actor=identity.actor())
    return None if kept is None else FILES.reply(kept, 200)


def _to_fill(record_id: str) -> Activity:
    """Take an activity to which the caller may put a file; whoever may not fills no disk."""
    if not may_anywhere(identity.actor(), _RIGHTS.enter):
        # What is not theirs to know of is not there; of what they may read they may only not do this.
        found(_KIND, record_id)
        raise Denied(_RIGHTS.enter)
    row: Activity = found(_KIND, record_id, lock=True)
    picturing.require(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row


def _to_write(record_id: str) -> Activity:
    row: Activity = found(_KIND, record_id, lock=True)
    record_rights.require_office(unit.session(), row, actor=identity.actor(), at=unit.at())
    return row
