"""The plan of consultations for a year: found, and its topics by month as far as the actor may know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, not_, or_, select

from casework.consultations.codes import DATED
from casework.consultations.queries import visible_to, within
from casework.consultations.tables import Consultation
from casework.consultations.year_tables import ConsultationYear, YearTopic
from casework.core.actors import Actor
from casework.core.database import Session

MONTHS = range(1, 13)
FIRST_YEAR, LAST_YEAR, NUMBER_LENGTH = 2000, 2100, 60
# Who approves a plan; the office alone does not.
AUTHORITIES = ("chair_meeting", "party_group")
# States in which a topic can still be planned.
PLANNED_IN = ("collected", "screened", "approved", "postponed", "scheduled", "notified")


@dataclass(frozen=True, slots=True)
class Planned:
    """One topic of a plan."""

    topic: Consultation
    month: int
    added_on: date | None


def find(session: Session, region: str, year: int, *, lock: bool = False) -> ConsultationYear | None:
    """Return the plan of a county's year."""
    asked = select(ConsultationYear).where(ConsultationYear.region_code == region, ConsultationYear.year == year)
    return session.scalars(asked.with_for_update() if lock else asked).one_or_none()


def topics_of(session: Session, actor: Actor, plan: ConsultationYear) -> Sequence[Planned]:
    """Return the topics of a plan by month, and in it by number."""
    asked = (
        select(Consultation, YearTopic.month, YearTopic.added_on)
        .join(YearTopic, YearTopic.consultation_id == Consultation.id)
        .where(YearTopic.year_id == plan.id, visible_to(actor))
        .order_by(YearTopic.month, Consultation.number)
    )
    return [Planned(*row) for row in session.execute(asked)]


def stands_as(session: Session, topic: Consultation) -> YearTopic | None:
    """Return where a topic stands in a plan, locked."""
    return session.scalars(
        select(YearTopic).where(YearTopic.consultation_id == topic.id).with_for_update()
    ).one_or_none()


def waiting(session: Session, actor: Actor, region: str, year: int, *, limit: int = 100) -> Sequence[Consultation]:
    """Return topics of a county that are in no plan yet and can still be planned for a year, the newest first."""
    planned = select(YearTopic.consultation_id)
    dated_else = and_(
        Consultation.state.in_(DATED),
        or_(Consultation.meets_on < date(year, 1, 1), Consultation.meets_on > date(year, 12, 31)),
    )
    asked = (
        select(Consultation)
        .where(visible_to(actor), within(region), Consultation.state.in_(PLANNED_IN), Consultation.id.not_in(planned))
        .where(not_(dated_else))
        .order_by(Consultation.created_at.desc(), Consultation.id)
        .limit(limit)
    )
    return session.scalars(asked).all()
