"""Links of a campaign (三联): who is tied to whom, listed, shown, made, put right, ended by a day and a reason."""

from collections.abc import Sequence
from uuid import UUID

from flask import request, url_for

from casework.campaign import visibility, visits
from casework.campaign.links import link_entries, link_list
from casework.campaign.links.link_list import Asked
from casework.campaign.loader import campaigns
from casework.campaign.tables import Link
from casework.core import texts
from casework.core.errors import invalid
from casework.permissions import permits
from casework.registry import queries as registry
from web import bodies, identity, unit
from web.api import asked, paging, parameters, requests
from web.api.answers import path_id
from web.api.asked import CODE_OF_CAMPAIGN
from web.api.links import link_answers, link_schemas
from web.api.operations import Parameter, Reply, expected_version, operation
from web.api.requests import DAY

READ, WRITE = "link.read", "link.write"
NAME = "links"
_ID = {"type": "string", "pattern": requests.UUID}
FILTERS = (
    Parameter("campaign", CODE_OF_CAMPAIGN, "of this campaign"),
    Parameter("kind", {"type": "string", "minLength": 1, "maxLength": 64}, "of this kind"),
    Parameter("member", _ID, "held by the member of this id"),
    Parameter("org", {"type": "string", "minLength": 1, "maxLength": 64}, "held by the unit of this code"),
    Parameter("household", _ID, "to the household of this id"),
    Parameter("industry", _ID, "to the industry of this id"),
    Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so", many=True),
    Parameter("part", {"type": "string", "minLength": 1, "maxLength": link_entries.PART_LENGTH}, "as this part"),
    Parameter("active_on", {"type": "string", "pattern": DAY}, "holding on this day"),
)


@operation(
    "GET",
    "/links",
    permission=READ,
    anywhere=True,
    summary="List links",
    answers={200: link_schemas.CampaignLinkList},
    parameters=(*FILTERS, *parameters.PAGING),
)
def list_campaign_links() -> Reply:
    """List links, newest first."""
    session, actor, on = unit.session(), identity.actor(), unit.today()
    wanted, limit, count, before = parameters.all_of(
        asked_links, parameters.asked_limit, parameters.asked_count, lambda: paging.after_id(NAME)
    )
    rows = link_list.page(session, actor, wanted, on=on, before=before, limit=limit + 1)
    files, more = paging.cut(NAME, rows, limit, lambda file: [str(file.link.id)])
    total = link_list.count(session, actor, wanted, on=on) if count else None
    items = [link_answers.link_out(each) for each in files]
    return Reply(link_schemas.CampaignLinkList(items=items, next=more, total=total))


@operation(
    "POST",
    "/links",
    permission=WRITE,
    anywhere=True,
    summary="Make a link",
    request_model=link_schemas.CampaignLinkIn,
    answers={201: link_schemas.CampaignLinkShown},
    problems=(409,),
    has_etag=True,
)
def make_campaign_link() -> Reply:
    """Tie a member to a household, or a unit to a place, from a day on."""
    made = link_entries.enter(
        unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at(), today=unit.today()
    )
    return _answer(made, status=201)


@operation(
    "GET",
    "/links/<link_id>",
    permission=READ,
    summary="Show a link",
    answers={200: link_schemas.CampaignLinkShown},
    problems=(404,),
    has_etag=True,
)
def show_campaign_link(link_id: str) -> Reply:
    """Show a link with the names at both ends."""
    return _answer(_take(link_id))


@operation(
    "PATCH",
    "/links/<link_id>",
    permission=WRITE,
    summary="End a link, or put it right",
    request_model=link_schemas.CampaignLinkPatch,
    answers={200: link_schemas.CampaignLinkShown},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def change_campaign_link(link_id: str) -> Reply:
    """End a link by its last day, or put it right; either with a reason. Nothing is deleted."""
    row, session = _take(link_id, lock=True), unit.session()
    raw = bodies.json_object()
    changed = link_entries.change(
        session,
        row,
        raw,
        subject=visibility.subject_of_link(session, row, on=unit.today()),
        actor=identity.actor(),
        at=unit.at(),
        expected_version=expected_version(),
    )
    return _answer(changed)


@operation(
    "GET",
    "/links/<link_id>/history",
    permission=READ,
    summary="List what was changed in a link",
    answers={200: link_schemas.EditionList},
    problems=(404,),
    parameters=parameters.PAGING,
)
def list_link_changes(link_id: str) -> Reply:
    """List what was changed in a link, oldest first."""
    row = _take(link_id)
    subject = visibility.subject_of_link(unit.session(), row, on=unit.today())
    return link_answers.history_out(row, plainly=permits(identity.actor(), WRITE, subject))


def asked_links() -> Asked:
    """Return what the list of this request is narrowed to.

    Raises:
        Invalid: every wrong filter.
    """
    campaign, kind, member, org, household, industry, regions, part, day = parameters.all_of(
        asked.campaign,
        asked.choice("kind", _kinds()),
        asked.record_id("member"),
        _org,
        asked.record_id("household"),
        asked.record_id("industry"),
        parameters.asked_regions,
        asked.text("part", link_entries.PART_LENGTH),
        parameters.asked_day("active_on"),
    )
    return Asked(campaign, kind, _both(member, org), _both(household, industry), regions, part, day)


def _kinds() -> Sequence[str]:
    return tuple(dict.fromkeys(code for campaign in campaigns().values() for code in campaign.links))


def _org() -> UUID | None:
    given = request.args.get("org")
    if given is None:
        return None
    code = texts.parse_code(given, field="org")
    found = registry.orgs_by_code(unit.session(), [code])
    if code not in found:
        raise invalid("org", "no_such_org", value=code)
    return found[code].id


def _both(one: UUID | None, other: UUID | None) -> UUID | None:
    """Return what a list is narrowed to by two filters of one column; nothing is of both."""
    if one is not None and other is not None and one != other:
        return UUID(int=0)
    return one if one is not None else other


def _take(link_id: str, *, lock: bool = False) -> Link:
    return visibility.take_link(unit.session(), identity.actor(), path_id(link_id), on=unit.today(), lock=lock)


def _answer(link: Link, *, status: int = 200) -> Reply:
    where = url_for("api.links_show_campaign_link", link_id=link.id)
    file = link_list.files(unit.session(), [link])[0]
    return Reply(
        link_answers.link_shown(file, visits.outside(unit.session(), link)),
        status,
        {"Location": where} if status == 201 else {},
    )
