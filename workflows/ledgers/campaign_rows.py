"""Members, households and links as their ledgers have them, in plain: for who may export (exporting.py)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from casework.campaign.links import links
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.office import Office
from casework.exchange.column_sets import ColumnSet, column_set
from casework.households import actions as household_actions
from casework.households import handbook
from casework.households import queries as households
from casework.households.actions import CATEGORY, WATCH
from casework.households.tables import Household, HouseholdStatus
from casework.members import actions as member_actions
from casework.members import queries as members
from casework.registry import loading
from workflows.ledgers import campaign_named
from workflows.ledgers.names import short_village

Row = Mapping[str, Any]
_TOWN, _VILLAGE = 9, 12


def members_of(session: Session, office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    """Yield the members of the county."""
    yes, no = column_set("members").data["words"]["flags"]
    for serial, (member, term) in enumerate(members.of_county(session, office.settings.region), start=1):
        yield {
            "serial": str(serial),
            "name": member.name,
            "post": member.post,
            "phone": member_actions.plain_phone(session, member),
            "remark": member.remark,
            **(
                {}
                if term is None
                else {
                    "term": term.term,
                    "sector": term.sector,
                    "is_standing": yes if term.is_standing else no,
                    "valid_from": term.valid_from,
                    "valid_to": term.valid_to,
                }
            ),
        }


def households_of(session: Session, office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    """Yield the households of the county."""
    columns, places = column_set("households"), _places(session, office)
    for serial, (row, statuses) in enumerate(households.of_place(session, office.settings.region), start=1):
        watch = _last(statuses, WATCH)
        yield {
            "serial": str(serial),
            **_household(session, row, places),
            "phone": household_actions.plain(session, row, "phone"),
            "category": _word(columns, "categories", _last(statuses, CATEGORY)),
            "watch": _word(columns, "watches", watch),
            "watch_since": None if watch is None else watch.valid_from,
            **_handbook(row, columns),
            "remark": row.remark,
        }


def _handbook(row: Household, columns: ColumnSet) -> Row:
    told = {name: str(value) for name, value in handbook.told(row).items()}
    told |= {name: format(getattr(row, name).normalize(), "f") for name in handbook.AREAS if name in told}
    return told | {"housing_grade": columns.data["grades"][row.housing_grade][0] if row.housing_grade else ""}


def links_of(session: Session, office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    """Yield the links of members to households of the county that hold or held."""
    columns, places = column_set("links"), _places(session, office)
    terms = {member.id: term for member, term in members.of_county(session, office.settings.region)}
    # Campaigns with other parts have no column for them here.
    told = links.told_of_county(session, columns.data["categories"], office.settings.region)
    for serial, (link, member, household) in enumerate(told, start=1):
        term = terms.get(member.id)
        yield {
            "serial": str(serial),
            "member": member.name,
            "sector": "" if term is None else term.sector,
            "post": member.post,
            "member_phone": member_actions.plain_phone(session, member),
            "kind": columns.data["categories"][link.part][0],
            **_household(session, household, places),
            "head_phone": household_actions.plain(session, household, "phone"),
            "since": link.valid_from,
            "remark": link.remark,
            campaign_named.KEY: campaign_named.told(link.campaign),
        }


def _household(session: Session, row: Household, places: Mapping[str, str]) -> Row:
    code = row.region_code
    return {
        "head": household_actions.plain(session, row, "head_name"),
        "id_number": household_actions.plain(session, row, "head_id_number"),
        "people": row.people,
        "town": places.get(code[:_TOWN], "") if len(code) >= _TOWN else "",
        "village": short_village(places.get(code, "")) if len(code) >= _VILLAGE else "",
        "group": row.group_no,
    }


def _places(session: Session, office: Office) -> Mapping[str, str]:
    return {row.code: row.name for row in loading.all_places(session) if row.code.startswith(office.settings.region)}


def _last(statuses: Sequence[HouseholdStatus], part: str) -> HouseholdStatus | None:
    return next((each for each in reversed(statuses) if each.part == part), None)


def _word(columns: ColumnSet, kind: str, status: HouseholdStatus | None) -> str | None:
    return None if status is None else columns.data[kind][status.code][0]
