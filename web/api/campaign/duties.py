"""What was brought to a duty at the members' home is recorded with its cases in one step."""

from casework.campaign import record_rights
from casework.duties.tables import Duty
from web import bodies, identity, unit
from web.api.campaign import activity_schemas, announcement_schemas, record_answers
from web.api.campaign.activities import tasks_of, told_of
from web.api.campaign.campaign_records import RESOURCES, found, where
from web.api.operations import Reply, operation
from workflows.campaign import duties

_KIND = next(each for each in RESOURCES if each.name == "duties")
_ACTIVITIES = next(each for each in RESOURCES if each.name == "activities")
_ENTER = record_rights.rights_of(_ACTIVITIES.listing.form.table).enter


@operation(
    "POST",
    f"{_KIND.path}/<record_id>/record",
    permission=_ENTER,
    summary="Record what was brought to a duty",
    request_model=announcement_schemas.DutyRecordIn,
    answers={201: activity_schemas.ActivityMade},
    problems=(404, 409),
    has_etag=True,
)
def record_duty(record_id: str) -> Reply:
    """Record a duty of the caller's own, or as the office; its place, day and member are those of the roster."""
    duty: Duty = found(_KIND, record_id, lock=True)
    made = duties.record(unit.session(), duty, bodies.json_object(), actor=identity.actor(), at=unit.at())
    told = record_answers.shown(_ACTIVITIES.listing.form, [made.activity])[0]
    out = activity_schemas.ActivityMade(**told, **told_of(made), tasks=tasks_of(made))
    return Reply(out, 201, where(_ACTIVITIES, made.activity))
