"""Cases that belong together without being one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from casework.cases.tables import Case, CaseLink
from casework.cases.visibility import visible_cases
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.ids import new_id


def add(session: Session, case: Case, other: Case, *, actor: Actor, at: datetime) -> bool:
    """Link two cases; say whether the link is new."""
    one, two = sorted((case.id, other.id))
    if session.scalars(select(CaseLink.id).where(CaseLink.one_id == one, CaseLink.other_id == two)).first():
        return False
    session.add(CaseLink(id=new_id(), one_id=one, other_id=two, created_by=actor.person_id, created_at=at))
    return True


def of_case(session: Session, case: Case, *, actor: Actor, at: datetime) -> Sequence[Case]:
    """Return the cases linked to one, as far as the actor may know of them."""
    statement = (
        visible_cases(actor, at=at)
        .join(CaseLink, or_(CaseLink.one_id == Case.id, CaseLink.other_id == Case.id))
        .where(or_(CaseLink.one_id == case.id, CaseLink.other_id == case.id), Case.id != case.id)
        .order_by(Case.reported_at.desc())
    )
    return session.scalars(statement).unique().all()
