"""Leads are told to the town, answered by it, and the household of one is found; the rest is campaign_records.py."""

from casework.activities.tables import Lead
from casework.campaign import forms, leads, record_rights
from casework.campaign.record_visibility import subject_of
from web import bodies, identity, unit
from web.api import asked, desk_schemas
from web.api.campaign import lead_schemas
from web.api.campaign.campaign_records import RESOURCES, found, shown, where
from web.api.operations import Reply, expected_version, operation
from workflows import revealing
from workflows.campaign import leads as leading

_KIND = next(each for each in RESOURCES if each.name == "leads")


@operation(
    "POST",
    _KIND.path,
    permission=record_rights.rights_of(Lead).enter,
    anywhere=True,
    summary="Tell the town of a risk that a visit found",
    request_model=lead_schemas.LeadIn,
    answers={201: lead_schemas.LeadOut, 200: lead_schemas.LeadOut},
    problems=(409,),
    has_etag=True,
)
def tell_lead() -> Reply:
    """Enter a lead, one a visit; with a client-made `id` sent before and the same content, show what was told then."""
    session, actor, at = unit.session(), identity.actor(), unit.at()
    raw = bodies.json_object()
    before = forms.sent_before(session, leads.LEAD, raw, actor=actor, at=at)
    if before is not None:
        return Reply(shown(_KIND, before), headers=where(_KIND, before))
    row = leading.tell(session, raw, actor=actor, at=at)
    return Reply(shown(_KIND, row), 201, where(_KIND, row))


@operation(
    "POST",
    f"{_KIND.path}/<record_id>/answer",
    permission="lead.answer",
    summary="Answer a lead as the town",
    request_model=lead_schemas.LeadAnswerIn,
    answers={200: lead_schemas.LeadOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def answer_lead(record_id: str) -> Reply:
    """Say what the town found out; what the household counts as or is watched for is not changed by it."""
    row: Lead = found(_KIND, record_id, lock=True)
    session, actor, at = unit.session(), identity.actor(), unit.at()
    raw = bodies.json_object()
    return Reply(
        shown(_KIND, leading.answer(session, row, raw, actor=actor, at=at, expected_version=expected_version()))
    )


@operation(
    "POST",
    f"{_KIND.path}/<record_id>/reveal",
    permission="lead.reveal",
    summary="Show one masked value of a lead's household",
    request_model=lead_schemas.LeadRevealIn,
    answers={200: desk_schemas.RevealOut},
    problems=(404, 429),
)
def reveal_of_lead(record_id: str) -> Reply:
    """Show the plain `head_name` or `phone`, for who looks into the lead; null when there is none."""
    row: Lead = found(_KIND, record_id)
    session = unit.session()
    return asked.revealed(revealing.of_lead(session, row), subject_of(session, row, on=unit.today()))
