"""The visits a spot check drew, each with who made it, where, what the record says, and the sheet it counts in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from casework.activities.tables import Activity
from casework.assessment.tables import Assessment, SpotCheck, SpotFinding
from casework.core.database import Session
from casework.core.editions import known
from casework.households.tables import Household
from casework.members.tables import Member


@dataclass(frozen=True, slots=True)
class Drawn:
    """One visit that was drawn. `visit` is the record as it was known at the draw; `sheet` that of the year, if any."""

    finding: SpotFinding
    visit: Activity
    head_name: str
    group_no: str
    member_name: str
    sheet: Assessment | None

    @property
    def is_counted(self) -> bool:
        """Whether the sheet was computed after this was found out, so that it counts there."""
        known_at = None if self.sheet is None else self.sheet.known_at
        return known_at is not None and self.finding.recorded_at <= known_at


def visits(session: Session, check: SpotCheck, *, visit_id: UUID | None = None) -> Sequence[Drawn]:
    """Return the visits drawn, in the order of the draw; with `visit_id` that one alone."""
    asked = (
        select(SpotFinding, Activity, Household, Member.name, Assessment)
        .join(Activity, and_(Activity.id == SpotFinding.activity_id, known(Activity, check.drawn_at)))
        .outerjoin(Household, and_(Household.id == Activity.household_id, known(Household)))
        .join(Member, and_(Member.id == SpotFinding.member_id, known(Member)))
        .outerjoin(
            Assessment,
            and_(
                Assessment.member_id == SpotFinding.member_id,
                Assessment.campaign == check.campaign,
                Assessment.year == int(check.quarter[:4]),
            ),
        )
        .where(known(SpotFinding), SpotFinding.spot_check_id == check.id)
        .order_by(SpotFinding.place)
    )
    if visit_id is not None:
        asked = asked.where(SpotFinding.activity_id == visit_id)
    rows: Sequence[Any] = session.execute(asked).all()
    return [
        Drawn(
            finding,
            visit,
            "" if household is None else household.head_name,
            "" if household is None else household.group_no,
            name,
            sheet,
        )
        for finding, visit, household, name, sheet in rows
    ]
