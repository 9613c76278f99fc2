"""Long texts in their versions: the prose of a bulletin, the reply to a reporter."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from casework.bulletins import prose, queries
from casework.cases import reply_texts
from casework.core.errors import NotFound
from casework.matters import text_versions
from casework.matters.text_versions import Version
from casework.permissions import Subject, permits
from casework.registry import queries as registry
from web import bodies, identity, unit
from web.api import answers, desks
from web.api.consultations import consultation_schemas
from web.api.consultations.consultation_texts import shown
from web.api.operations import Reply, operation
from web.api.schemas import ListOut, Model, Named
from web.locales import local
from workflows import records
from workflows.campaign import bulletins
from workflows.cases import replying


class ProseOut(Model):
    """One version of the prose of a bulletin."""

    version: int
    title: str
    sections: list[dict[str, Any]]
    restores: int | None
    written_by: Named | None
    written_at: datetime


class ProseList(ListOut):
    """The versions, the newest first."""

    items: list[ProseOut]


@operation(
    "GET",
    "/bulletins/<bulletin_id>/versions",
    permission=bulletins.DRAFT,
    summary="List the versions of the prose of a bulletin",
    answers={200: ProseList},
    problems=(404,),
)
def list_prose(bulletin_id: str) -> Reply:
    """List every version that was saved; sent back with PATCH, one is brought back."""
    row = queries.get(unit.session(), identity.actor(), answers.path_id(bulletin_id))
    if not permits(identity.actor(), bulletins.DRAFT, Subject(row.region_code)):
        raise NotFound("bulletin")
    found = text_versions.every(unit.session(), row.id, prose.NAME)
    names = registry.people_by_id(unit.session(), [each.written_by for each in found])
    items = [
        ProseOut(
            version=each.place,
            **prose.read(each),
            restores=each.restores,
            written_by=None if each.written_by is None else answers.named(each.written_by, names.get(each.written_by)),
            written_at=local(each.written_at),
        )
        for each in found
    ]
    return Reply(ProseList(items=items, next=None))


@operation(
    "GET",
    "/cases/<id>/reply-versions",
    permission=replying.PERMISSION,
    summary="List the versions of the reply",
    answers={200: consultation_schemas.MinutesList},
    problems=(404,),
)
def list_reply(id: str) -> Reply:
    """List the versions of the reply to the reporter, the newest first; the handling unit's own."""
    desk = desks.take(id)
    records.require(desk.actor, replying.PERMISSION, desk.subject)
    return Reply(_all(text_versions.every(unit.session(), desk.case.id, reply_texts.NAME)))


@operation(
    "POST",
    "/cases/<id>/reply-versions",
    permission=replying.PERMISSION,
    summary="Save the reply",
    request_model=consultation_schemas.MinutesIn,
    answers={201: consultation_schemas.MinutesOut},
    problems=(404, 409),
    has_etag=True,
)
def save_reply(id: str) -> Reply:
    """Save the reply as one more version; refused where somebody else saved since `based_on`."""
    desk = desks.take(id, lock=True)
    raw = bodies.json_object()
    made = replying.save(unit.session(), desk.case, raw, **desk.acting())
    return Reply(_all([made]).items[0], 201)


def _all(found: Sequence[Version]) -> consultation_schemas.MinutesList:
    return consultation_schemas.MinutesList(items=shown(found), next=None)
