"""A slogan is put on an activity, a project or a case, and taken off again; slogans themselves: campaign_records.py."""

from casework.campaign import slogans
from casework.core import reading
from casework.slogans.tables import Slogan
from web import bodies, identity, unit
from web.api.campaign import announcement_schemas
from web.api.campaign.campaign_records import RESOURCES, found
from web.api.operations import Reply, operation

_KIND = next(each for each in RESOURCES if each.name == "slogans")


@operation(
    "POST",
    f"{_KIND.path}/<record_id>/marks",
    permission=slogans.MARK,
    anywhere=True,
    summary="Put a slogan on a record, or take it off",
    request_model=announcement_schemas.MarkIn,
    answers={200: announcement_schemas.MarkOut},
    problems=(404, 409),
)
def mark(record_id: str) -> Reply:
    """Put a slogan on a record of a kind, or with `off` take it from there."""
    slogan: Slogan = found(_KIND, record_id)
    readers = {
        "kind": reading.choice("kind", slogans.KINDS),
        "record": reading.record_id("record"),
        "off": reading.flag("off"),
    }
    told = reading.fields(bodies.json_object(), readers, required=("kind", "record"))
    session, actor, at = unit.session(), identity.actor(), unit.at()
    kind = told["kind"]
    taken = slogans.take(session, kind, told["record"], actor=actor, at=at)
    if told.get("off"):
        changed = slogans.take_off(session, slogan, taken, actor=actor, at=at)
    else:
        changed = slogans.put(session, slogan, kind, taken, actor=actor, at=at)
    return Reply(announcement_schemas.MarkOut(changed=changed))
