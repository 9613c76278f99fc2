"""Whether proposals were taken: an outcome a subject each time a case is assigned, and the rates.

What speaks without a measured share (words, rules, habits) is corrected by how often it was taken (`corrections`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, cast, func, select

from casework.core.database import Session
from casework.core.ids import new_id
from casework.triage.tables import TriageOutcome

SUBJECTS = ("category", "org", "urgency")
LEARNT = "learnt"
# Only the latest count. What was corrected until nobody proposes it any more gets another chance after that time.
_LATEST, _REMEMBERED = 600, timedelta(days=60)
# Subject, ground and code.
Spoke = tuple[str, str, str]
# So many outcomes that nobody saw stand beside those seen, all as promised.
_PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a category, unit or urgency was proposed, and how often the office took it."""

    proposed: int
    taken: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What one number of the rates counts: the outcomes of a subject; of one code, taken or corrected where said."""

    subject: str
    code: str | None = None
    taken: bool | None = None

    def conditions(self, *, since: datetime) -> Sequence[ColumnElement[bool]]:
        """Return the conditions on `TriageOutcome` of what is counted since an instant."""
        found = [TriageOutcome.at >= since, TriageOutcome.subject == self.subject]
        found += [] if self.code is None else [TriageOutcome.proposed == self.code]
        return found if self.taken is None else [*found, TriageOutcome.taken == self.taken]


def note(
    session: Session,
    *,
    event_id: UUID,
    case_id: UUID,
    model_id: UUID | None,
    subject: str,
    ground: str,
    proposed: str,
    share: float,
    chosen: str,
    at: datetime,
) -> None:
    """Note what became of a proposal; the same event notes nothing twice for one subject."""
    known = select(TriageOutcome.id).where(TriageOutcome.event_id == event_id, TriageOutcome.subject == subject)
    if session.scalars(known).first() is not None:
        return
    session.add(
        TriageOutcome(
            id=new_id(),
            event_id=event_id,
            case_id=case_id,
            model_id=model_id,
            at=at,
            subject=subject,
            ground=ground,
            proposed=proposed,
            chosen=chosen,
            share=round(share * 100),
            taken=proposed == chosen,
        )
    )


def rates(session: Session, *, since: datetime) -> Mapping[tuple[str, str], Rate]:
    """Return the rate of everything proposed since an instant, by subject and code."""
    rows = session.execute(
        select(
            TriageOutcome.subject,
            TriageOutcome.proposed,
            func.count(),
            func.sum(cast(TriageOutcome.taken, Integer)),
        )
        .where(TriageOutcome.at >= since)
        .group_by(TriageOutcome.subject, TriageOutcome.proposed)
    )
    return {(subject, code): Rate(proposed, int(taken or 0)) for subject, code, proposed, taken in rows}


def corrections(session: Session, *, at: datetime) -> Mapping[Spoke, float]:
    """Return by which factor the latest outcomes put right what a ground says of a code; a model's share stands."""
    latest = (
        select(
            *(TriageOutcome.subject, TriageOutcome.ground, TriageOutcome.proposed),
            *(TriageOutcome.taken, TriageOutcome.share),
        )
        .where(TriageOutcome.ground != LEARNT, TriageOutcome.at >= at - _REMEMBERED)
        .order_by(TriageOutcome.at.desc())
        .limit(_LATEST)
        .subquery()
    )
    rows = session.execute(
        select(
            *(latest.c.subject, latest.c.ground, latest.c.proposed),
            *(func.sum(cast(latest.c.taken, Integer)), func.sum(latest.c.share)),
        ).group_by(latest.c.subject, latest.c.ground, latest.c.proposed)
    )
    return {
        (subject, ground, code): (int(taken or 0) + _PATIENCE) / (int(promised or 0) / 100 + _PATIENCE)
        for subject, ground, code, taken, promised in rows
    }


def rate_of(session: Session, counted: Counted, *, since: datetime) -> Rate:
    """Return the rate of a subject since an instant, of one code or of all of it, whichever of its numbers is meant."""
    both = Counted(counted.subject, counted.code)
    proposed, taken = session.execute(
        select(func.count(), func.sum(cast(TriageOutcome.taken, Integer))).where(*both.conditions(since=since))
    ).one()
    return Rate(proposed, int(taken or 0))
