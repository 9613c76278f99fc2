"""Households that members are linked to: listed, shown, entered, changed, masked; a mask lifted with a reason."""

from flask import url_for

from casework.campaign import visibility
from casework.campaign.links import household_entries, household_list
from casework.campaign.links.household_list import Asked, HouseholdFile
from casework.households import actions
from casework.households.tables import Household
from casework.permissions import permits
from web import bodies, identity, unit
from web.api import asked, desk_schemas, paging, parameters
from web.api.answers import path_id
from web.api.links import link_answers, link_schemas
from web.api.operations import Parameter, Reply, expected_version, operation
from web.api.requests import UUID
from workflows import revealing

READ, WRITE = "household.read", "household.write"
NAME = "households"
FILTERS = (
    Parameter("region", {"type": "string", "pattern": "^[0-9]{2,12}$"}, "in places whose code begins so", many=True),
    Parameter("category", {"type": "string", "enum": list(actions.CATEGORIES)}, "counting as this today"),
    Parameter("watch", {"type": "string", "enum": list(actions.WATCHES)}, "watched for this today"),
    Parameter("member", {"type": "string", "pattern": UUID}, "linked today to the member of this id"),
    Parameter(
        "head_name",
        {"type": "string", "minLength": 1, "maxLength": actions.NAME_LENGTH},
        "whose head is called exactly so",
    ),
    Parameter("linked", {"type": "boolean"}, "with a link today, or without"),
)


@operation(
    "GET",
    "/households",
    permission=READ,
    anywhere=True,
    summary="List households",
    answers={200: link_schemas.HouseholdList},
    parameters=(*FILTERS, *parameters.PAGING),
)
def list_households() -> Reply:
    """List households by place."""
    session, actor, on = unit.session(), identity.actor(), unit.today()
    wanted, limit, count, after = parameters.all_of(
        asked_households, parameters.asked_limit, parameters.asked_count, lambda: paging.after_text_and_id(NAME)
    )
    rows = household_list.page(session, actor, wanted, on=on, after=after, limit=limit + 1)
    files, more = paging.cut(NAME, rows, limit, lambda file: [file.household.region_code, str(file.household.id)])
    total = household_list.count(session, actor, wanted, on=on) if count else None
    items = [link_answers.household_out(each) for each in files]
    return Reply(link_schemas.HouseholdList(items=items, next=more, total=total))


@operation(
    "POST",
    "/households",
    permission=WRITE,
    anywhere=True,
    summary="Enter a household",
    request_model=link_schemas.HouseholdIn,
    answers={201: link_schemas.HouseholdOut},
    has_etag=True,
)
def enter_household() -> Reply:
    """Enter a household; personal values are sealed, and shown masked from then on."""
    made = household_entries.enter(
        unit.session(), bodies.json_object(), actor=identity.actor(), at=unit.at(), today=unit.today()
    )
    return _answer(made, status=201)


@operation(
    "GET",
    "/households/<household_id>",
    permission=READ,
    summary="Show a household",
    answers={200: link_schemas.HouseholdOut},
    problems=(404,),
    has_etag=True,
)
def show_household(household_id: str) -> Reply:
    """Show a household, masked."""
    return _answer(household_list.files(unit.session(), [_take(household_id)])[0])


@operation(
    "PATCH",
    "/households/<household_id>",
    permission=WRITE,
    summary="Change a household, or what it counts as",
    request_model=link_schemas.HouseholdPatch,
    answers={200: link_schemas.HouseholdOut},
    problems=(404, 409, 412),
    has_etag=True,
    takes_if_match=True,
)
def change_household(household_id: str) -> Reply:
    """Change what is named; what it counts as begins and ends by days, with the source that says so."""
    row = _take(household_id, lock=True)
    raw = bodies.json_object()
    session, today = unit.session(), unit.today()
    changed = household_entries.change(
        session,
        row,
        raw,
        subject=visibility.subject_of_household(session, row, on=today),
        actor=identity.actor(),
        at=unit.at(),
        today=today,
        expected_version=expected_version(),
    )
    return _answer(changed)


@operation(
    "GET",
    "/households/<household_id>/history",
    permission=READ,
    summary="List what was changed in a household",
    answers={200: link_schemas.EditionList},
    problems=(404,),
    parameters=parameters.PAGING,
)
def list_household_changes(household_id: str) -> Reply:
    """List what was changed in a household and what it counts as, oldest first, masked."""
    row = _take(household_id)
    subject = visibility.subject_of_household(unit.session(), row, on=unit.today())
    return link_answers.history_out(row, plainly=permits(identity.actor(), WRITE, subject))


@operation(
    "POST",
    "/households/<household_id>/reveal",
    permission="household.reveal",
    summary="Show one masked value of a household",
    request_model=link_schemas.HouseholdRevealIn,
    answers={200: desk_schemas.RevealOut},
    problems=(404, 429),
)
def reveal_of_household(household_id: str) -> Reply:
    """Show the plain `head_name`, `head_id_number` or `phone`; null when there is none."""
    row, session = _take(household_id), unit.session()
    subject = visibility.subject_of_household(session, row, on=unit.today())
    return asked.revealed(revealing.of_household(session, row), subject)


def asked_households() -> Asked:
    """Return what the list of this request is narrowed to.

    Raises:
        Invalid: every wrong filter.
    """
    return Asked(
        *parameters.all_of(
            parameters.asked_regions,
            asked.choice("category", actions.CATEGORIES),
            asked.choice("watch", actions.WATCHES),
            asked.record_id("member"),
            asked.text("head_name", actions.NAME_LENGTH),
            asked.flag("linked"),
        )
    )


def _take(household_id: str, *, lock: bool = False) -> Household:
    session, actor = unit.session(), identity.actor()
    return visibility.take_household(session, actor, path_id(household_id), on=unit.today(), lock=lock)


def _answer(file: HouseholdFile, *, status: int = 200) -> Reply:
    where = url_for("api.households_show_household", household_id=file.household.id)
    return Reply(link_answers.household_out(file), status, {"Location": where} if status == 201 else {})
