"""What an experience names: single cases and projects, read by whoever may know of them, chosen by the office."""

from casework.activities.tables import Activity
from casework.campaign import mentions, record_rights
from casework.core import personal, reading
from casework.core.errors import NotFound
from web import bodies, identity, unit
from web.api.campaign import announcement_schemas
from web.api.campaign.campaign_records import RESOURCES, found
from web.api.operations import Reply, operation

_KIND = next(each for each in RESOURCES if each.name == "activities")
_RIGHTS = record_rights.rights_of(Activity)


@operation(
    "GET",
    f"{_KIND.path}/<record_id>/mentions",
    permission=_RIGHTS.read,
    summary="List the cases and projects an experience names",
    answers={200: announcement_schemas.MentionList},
    problems=(404,),
)
def list_mentions(record_id: str) -> Reply:
    """List what an experience names, of all that the caller may know of."""
    named = mentions.seen_of(unit.session(), _taken(record_id).id, actor=identity.actor(), at=unit.at())
    items = [
        *({"kind": mentions.CASE, "id": each.id, "name": personal.scrub(each.title)} for each in named.cases),
        *({"kind": mentions.PROJECT, "id": each.id, "name": each.name} for each in named.projects),
    ]
    return Reply(announcement_schemas.MentionList.model_validate({"items": items}))


@operation(
    "POST",
    f"{_KIND.path}/<record_id>/mentions",
    permission=_RIGHTS.write,
    summary="Let an experience name a case or project, or name it no more",
    request_model=announcement_schemas.MentionIn,
    answers={200: announcement_schemas.MarkOut},
    problems=(404, 409),
)
def mention(record_id: str) -> Reply:
    """Let an experience name a case or project that the caller may know of; with `off`, name it no more."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    row: Activity = found(_KIND, record_id, lock=True)
    record_rights.require_office(session, row, actor=actor, at=at)
    readers = {
        "kind": reading.choice("kind", mentions.KINDS),
        "record": reading.record_id("record"),
        "off": reading.flag("off"),
    }
    told = reading.fields(bodies.json_object(), readers, required=("kind", "record"))
    _require_experience(row)
    named = mentions.take(session, told["kind"], str(told["record"]), actor=actor, at=at)
    if told.get("off"):
        changed = mentions.take_off(session, row, named, actor=actor, at=at)
    else:
        changed = mentions.put(session, row, told["kind"], named, actor=actor, at=at)
    return Reply(announcement_schemas.MarkOut(changed=changed))


def _taken(record_id: str) -> Activity:
    row: Activity = found(_KIND, record_id)
    _require_experience(row)
    return row


def _require_experience(row: Activity) -> None:
    if row.kind != mentions.EXPERIENCE:
        raise NotFound(mentions.EXPERIENCE)
