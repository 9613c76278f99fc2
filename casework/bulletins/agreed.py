"""What was talked over in a quarter and what is supervised, as a bulletin counts them: facts for its prose, two tables.

Counted from the matters themselves, whose ids a row keeps: they have no editions, so that only a frozen bulletin can
say later which it counted. Days that a matter bears (met, converted, issued, struck off) are held to the day
of the bulletin; what it says of itself, such as whether a thing agreed was realised, is said as it stands now.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from casework.bulletins.drawing import Drawing
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants, within
from casework.consultations.tables import ConsensusItem, Consultation
from casework.core.database import Session
from casework.registry.tables import Org, Region
from casework.supervisions import queries
from casework.supervisions.actions import LISTED
from casework.supervisions.tables import Supervision

_TOWN = 9
# States of a consultation that was held; one that is archived was held if it has minutes.
_HELD = ("held", "minuted", "implementing", "evaluated")
_OWING = frozenset({"issued", "in_progress"})
Ids = Sequence[UUID]
# The key of a row, its name, and what each of its cells counts.
Rows = list[tuple[str, str, Sequence[Ids]]]


@dataclass(frozen=True, slots=True)
class Meeting:
    """One consultation that was held, with the things agreed there, those of them converted, and those realised."""

    id: UUID
    region_code: str
    agreed: Ids
    converted: Ids
    realised: Ids


@dataclass(frozen=True, slots=True)
class Matter:
    """One supervised matter of a quarter, and the notices that urged it."""

    id: UUID
    org_id: UUID | None
    urged: Ids
    is_open: bool
    is_listed: bool
    is_struck_off: bool
    is_late: bool


def meetings(session: Session, instants: Instants, quarter: Quarter) -> Sequence[Meeting]:
    """Return the consultations held in a quarter, the earliest first."""
    last = min(quarter.last, instants.until)
    asked = select(Consultation.id, Consultation.region_code).where(
        Consultation.meets_on >= quarter.first,
        Consultation.meets_on <= last,
        or_(Consultation.state.in_(_HELD), (Consultation.state == "archived") & (Consultation.minutes != "")),
        within(Consultation.region_code, instants.campaign.region_code),
    )
    held = session.execute(asked.order_by(Consultation.meets_on, Consultation.id)).all()
    over = _end_of(session, last)
    items: dict[UUID, list[ConsensusItem]] = defaultdict(list)
    of_these = ConsensusItem.consultation_id.in_([row.id for row in held])
    for item in session.scalars(select(ConsensusItem).where(of_these)) if held else ():
        items[item.consultation_id].append(item)
    return [
        Meeting(
            row.id,
            row.region_code,
            [each.id for each in items[row.id]],
            [each.id for each in items[row.id] if each.converted_at is not None and each.converted_at <= over],
            [each.id for each in items[row.id] if each.realised],
        )
        for row in held
    ]


def _end_of(session: Session, day: date) -> datetime:
    return datetime.combine(day, time.max, tzinfo=session.info["zone"])


def matters(session: Session, instants: Drawing, quarter: Quarter) -> Sequence[Matter]:
    """Return what was under supervision at any time in a quarter."""
    last, begun = instants.last(quarter), instants.begun(quarter, session.info["zone"])
    asked = select(Supervision).where(
        Supervision.issued_on <= last,
        or_(Supervision.struck_off_on.is_(None), Supervision.struck_off_on >= quarter.first),
        within(Supervision.region_code, instants.campaign.region_code),
    )
    rows = session.scalars(asked).all()
    urged = queries.urgings_between(session, [row.id for row in rows], first=quarter.first, last=last)
    return [
        Matter(
            row.id,
            row.lead_org_id,
            urged.get(row.id, ()),
            is_open=not (ended := row.struck_off_on is not None and row.struck_off_on <= last),
            is_listed=row.level == LISTED,
            is_struck_off=ended,
            is_late=not ended and row.state in _OWING and row.due_on < begun,
        )
        for row in rows
    ]


def of_facts(session: Session, instants: Drawing, quarter: Quarter) -> Mapping[str, Ids]:
    """Return what the numbers count that the prose of a bulletin may say."""
    held, watched = meetings(session, instants, quarter), matters(session, instants, quarter)
    return {
        "quarter_consultations": [each.id for each in held],
        "quarter_agreed": _all(each.agreed for each in held),
        "quarter_converted": _all(each.converted for each in held),
        "quarter_realised": _all(each.realised for each in held),
        "quarter_supervised": [each.id for each in watched],
        "quarter_listed": [each.id for each in watched if each.is_listed],
        "quarter_urged": _all(each.urged for each in watched),
        "quarter_struck_off": [each.id for each in watched if each.is_struck_off],
    }


def facts(session: Session, instants: Drawing, quarter: Quarter) -> Mapping[str, int]:
    """Return the numbers that the prose of a bulletin may say."""
    return {fact: len(found) for fact, found in of_facts(session, instants, quarter).items()}


def by_town(session: Session, instants: Instants, quarter: Quarter) -> Rows:
    """Return a row for each township, by code: meetings held, things agreed, converted, realised."""
    found: dict[str, list[Meeting]] = defaultdict(list)
    for each in meetings(session, instants, quarter):
        found[each.region_code[:_TOWN]].append(each)
    names = dict(session.execute(select(Region.code, Region.name).where(Region.code.in_(found))).all())
    return [
        (
            town,
            names.get(town, town),
            (
                [each.id for each in found[town]],
                _all(each.agreed for each in found[town]),
                _all(each.converted for each in found[town]),
                _all(each.realised for each in found[town]),
            ),
        )
        for town in sorted(found)
    ]


def by_unit(session: Session, instants: Drawing, quarter: Quarter) -> Rows:
    """Return a row for each unit, by code: under supervision, listed, urged, struck off, late."""
    found: dict[Any, list[Matter]] = defaultdict(list)
    for each in matters(session, instants, quarter):
        found[each.org_id].append(each)
    orgs = session.scalars(select(Org).where(Org.id.in_([each for each in found if each])).order_by(Org.code)).all()
    return [
        (
            str(org.id),
            org.name,
            (
                [each.id for each in found[org.id] if each.is_open],
                [each.id for each in found[org.id] if each.is_listed],
                _all(each.urged for each in found[org.id]),
                [each.id for each in found[org.id] if each.is_struck_off],
                [each.id for each in found[org.id] if each.is_late],
            ),
        )
        for org in orgs
    ]


def _all(found: Iterable[Ids]) -> Ids:
    return [each for ids in found for each in ids]
