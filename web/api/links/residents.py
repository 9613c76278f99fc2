"""Who lives in a household: for staff and for the members who visit it, names masked."""

from casework.campaign import visibility
from casework.households import residents
from casework.households.tables import Household, HouseholdMember
from casework.permissions import Subject, require
from web import bodies, identity, unit
from web.api.answers import path_id
from web.api.links import link_schemas
from web.api.operations import Reply, expected_version, operation
from web.locales import local

READ, WRITE = "household.read_residents", "household.write"
_PLAIN = ("name", "relation", "sex", "birth_year", "health", "labour", "education", "school", "workplace", "left_on")


@operation(
    "GET",
    "/households/<household_id>/residents",
    permission=READ,
    summary="List who lives in a household",
    answers={200: link_schemas.ResidentList},
    problems=(404,),
)
def list_residents(household_id: str) -> Reply:
    """List who lives or lived in a household, names masked."""
    row, subject = _take(household_id)
    require(identity.actor(), READ, subject)
    items = [_out(each) for each in residents.of_household(unit.session(), row.id)]
    return Reply(link_schemas.ResidentList(items=items, next=None))


@operation(
    "POST",
    "/households/<household_id>/residents",
    permission=WRITE,
    summary="Enter somebody who lives in a household",
    request_model=link_schemas.ResidentIn,
    answers={201: link_schemas.ResidentOut},
    problems=(404,),
    has_etag=True,
)
def enter_resident(household_id: str) -> Reply:
    """Enter somebody; the name is sealed, and shown masked from then on."""
    row, subject = _take(household_id)
    raw = bodies.json_object()
    require(identity.actor(), WRITE, subject)
    made = residents.enter(unit.session(), row.id, raw, actor=identity.actor(), at=unit.at())
    return Reply(_out(made), 201)


@operation(
    "PATCH",
    "/households/<household_id>/residents/<resident_id>",
    permission=WRITE,
    summary="Change what is told of somebody in a household",
    request_model=link_schemas.ResidentPatch,
    answers={200: link_schemas.ResidentOut},
    problems=(404, 412),
    has_etag=True,
    takes_if_match=True,
)
def change_resident(household_id: str, resident_id: str) -> Reply:
    """Change what is named; who has moved out has a last day."""
    row, subject = _take(household_id)
    raw = bodies.json_object()
    require(identity.actor(), WRITE, subject)
    changed = residents.change(
        unit.session(),
        row.id,
        path_id(resident_id),
        raw,
        actor=identity.actor(),
        at=unit.at(),
        expected_version=expected_version(),
    )
    return Reply(_out(changed))


def _take(household_id: str) -> tuple[Household, Subject]:
    session, today = unit.session(), unit.today()
    row = visibility.take_household(session, identity.actor(), path_id(household_id), on=today)
    return row, visibility.subject_of_household(session, row, on=today)


def _out(row: HouseholdMember) -> link_schemas.ResidentOut:
    return link_schemas.ResidentOut(
        id=row.id,
        version=row.version,
        created_at=local(row.created_at),
        updated_at=local(row.recorded_at),
        **{name: getattr(row, name) for name in _PLAIN},
    )
