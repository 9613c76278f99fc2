"""Visits and other records of a campaign as their ledgers have them, in plain: for who may export (exporting.py)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from casework.activities.tables import Service, Suggestion
from casework.campaign import natural
from casework.campaign.records import activity_kinds
from casework.campaign.tables import Goal
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.office import Office
from casework.exchange.checklists import key_of
from casework.exchange.column_sets import column_set
from casework.households import actions as household_actions
from workflows.ledgers import campaign_named
from workflows.ledgers.goals import PARTS
from workflows.ledgers.names import Names
from workflows.ledgers.services import Services
from workflows.ledgers.suggestions import Suggestions, industry_in_words
from workflows.ledgers.visits import Visits, quarter_of

Row = Mapping[str, Any]
Each = TypeVar("Each")
_BATCH = 500


def visits_of(session: Session, office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    """Yield the visits of the county."""
    columns, names = column_set("visits"), Names(session, county=office.settings.region)
    words, forms = columns.data["words"], columns.data["forms"]
    serial = 0
    for batch in _batched(natural.told_visits(session, office.settings.region)):
        along = natural.companions(session, [visit.id for visit, _, _ in batch])
        for visit, member, household in batch:
            serial += 1
            yield {
                **{key: getattr(visit, name) for name, key in Visits.fields.items()},
                "serial": str(serial),
                "quarter": words["quarter"].format(year=visit.on_date.year, n=quarter_of(visit.on_date)),
                "on": visit.on_date,
                "member": words["several"].join([member.name, *along.get(visit.id, ())]),
                "head": household_actions.plain(session, household, "head_name"),
                "place": names.told(household.region_code) + household.group_no,
                "form": forms[visit.form][0] if visit.form else None,
            }


def services_of(session: Session, office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    """Yield the services given in the county."""
    columns, names = column_set("services"), Names(session, county=office.settings.region)
    credited = _Credited(session, names)
    for serial, row in enumerate(natural.told(session, Service, office.settings.region), start=1):
        town, village = names.parts(row.region_code)
        yield {
            **{key: getattr(row, name) for name, key in Services.fields.items()},
            "serial": str(serial),
            "on": row.on_date,
            "kind": columns.data["kinds"][row.kind][0],
            "provider": row.provider or credited.name(row),
            "town": town,
            "village": village,
        }


def suggestions_of(session: Session, office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    """Yield the suggestions made in the county."""
    columns, names = column_set("suggestions"), Names(session, county=office.settings.region)
    credited = _Credited(session, names)
    industries = {row.id: row.name for row in natural.industries(session, office.settings.region)}
    several, serial = columns.data["words"]["several"], 0
    for batch in _batched(natural.told(session, Suggestion, office.settings.region)):
        along = natural.cosigners(session, [row.id for row in batch])
        for row in batch:
            serial += 1
            maker = row.proposer or credited.name(row)
            industry, remark = industry_in_words(row.remark)
            yield {
                **{key: getattr(row, name) for name, key in Suggestions.fields.items()},
                "remark": remark,
                "serial": str(serial),
                "on": row.on_date,
                "proposer": several.join([maker, *(name for _, name in along.get(row.id, ()))]),
                "industry": industries.get(row.industry_id) if row.industry_id is not None else industry,
                "adoption": columns.data["adoptions"][row.adoption][0] if row.adoption else None,
            }


def attendance_of(session: Session, office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    """Yield who signed in to what in the county."""
    columns, kinds = column_set("attendance"), activity_kinds()
    for serial, told in enumerate(natural.told_attendances(session, office.settings.region), start=1):
        row, activity, member = told
        yield {
            "serial": str(serial),
            "on": activity.on_date,
            "title": activity.title,
            "kind": kinds[activity.kind]["label"]["zh"],
            "member": member.name,
            "status": columns.data["leaves" if row.leave else "statuses"][row.leave or row.status][0],
            "remark": row.remark,
        }


def goals_of(session: Session, office: Office, _actor: Actor, _at: datetime) -> Iterator[Row]:
    """Yield the goals of the county, a row for each object and year."""
    names = Names(session, county=office.settings.region)
    industries = {row.id: row.name for row in natural.industries(session, office.settings.region)}
    rows = natural.told_goals(session, office.settings.region)
    serial = 0
    for batch in _batched(rows):
        ids = {goals[0].object_id for goals in batch}
        households = natural.households_by_id(session, [each for each in ids if each is not None])
        for goals in batch:
            serial += 1
            first, row = goals[0], {"serial": str(serial), "year": goals[0].year}
            row[campaign_named.KEY] = campaign_named.told(first.campaign)
            household = None if first.object_id is None else households.get(first.object_id)
            if household is not None:
                row["object"] = household_actions.plain(session, household, "head_name")
                row["place"] = names.told(household.region_code) + household.group_no
            elif first.object_id is None:
                row["object"] = names.told(first.region_code)
            else:
                row["object"] = industries.get(first.object_id) or names.unit_told(first.object_id)
            yield row | {key: value for goal in goals for key, value in _parts_of(goal)}


def _parts_of(goal: Goal) -> Iterator[tuple[str, Any]]:
    values = {name: getattr(goal, name) for name in PARTS}
    values["reached_on"] = goal.reached_on or goal.due_on
    for name, value in values.items():
        yield key_of(goal.checklist, goal.item, name), value or None


class _Credited:
    """The members and units that records name, each member asked for once."""

    def __init__(self, session: Session, names: Names) -> None:
        self._session, self._names = session, names
        self._members: dict[UUID, str] = {}

    def name(self, row: Service | Suggestion) -> str:
        """Return the name of the member or unit of a record; empty when it has none."""
        if row.member_id is None:
            return self._names.unit_told(row.org_id)
        if row.member_id not in self._members:
            found = natural.members_by_id(self._session, [row.member_id])
            self._members[row.member_id] = found[row.member_id].name
        return self._members[row.member_id]


def _batched(rows: Iterable[Each]) -> Iterator[Sequence[Each]]:
    found = iter(rows)
    while batch := list(islice(found, _BATCH)):
        yield batch
