"""Visits and other records of a campaign as their ledgers have them, in plain: for who may export (exporting.py)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from casework.campaign import natural
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.households import actions as household_actions
from workflows.ledgers.names import Names
from workflows.ledgers.visits import COMPANION, Visits, quarter_of

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


def _batched(rows: Iterable[Each]) -> Iterator[Sequence[Each]]:
    found = iter(rows)
    while batch := list(islice(found, _BATCH)):
        yield batch
