"""What an experience names: single cases and projects, chosen from what the office may see.

A reader is shown those of them they may know of; the bulletin prints all of them as words, without a way to them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select

from casework.activities.tables import Activity, Mention
from casework.campaign.record_visibility import find, visible_to
from casework.cases import folders
from casework.cases import queries as cases
from casework.cases.tables import Case
from casework.core import editions, personal
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.core.errors import refused
from casework.projects.tables import Project

EXPERIENCE = "experience"
CASE, PROJECT = "case", "project"
KINDS = (CASE, PROJECT)
MOST = 20


@dataclass(frozen=True, slots=True)
class Named:
    """What of an experience's mentions its reader may know of."""

    cases: Sequence[Case]
    projects: Sequence[Project]


def seen_of(session: Session, experience_id: UUID, *, actor: Actor, at: datetime) -> Named:
    """Return what an experience names, of all that the actor may know of."""
    rows = session.scalars(select(Mention).where(standing(Mention), Mention.activity_id == experience_id)).all()
    by_kind = {kind: [row.named_id for row in rows if row.kind == kind] for kind in KINDS}
    on = at.astimezone(session.info["zone"]).date()
    mine = (known(Project), Project.id.in_(by_kind[PROJECT]), visible_to(actor, Project, on=on))
    projects = session.scalars(select(Project).where(*mine).order_by(Project.name)).all() if by_kind[PROJECT] else ()
    return Named(cases.seen_of(session, actor, by_kind[CASE], at=at), projects)


def take(session: Session, kind: str, reference: str, *, actor: Actor, at: datetime) -> UUID:
    """Return the id of a case or project the actor may know of; a case is found by its number too.

    Raises:
        NotFound: there is none, or none the actor may know of.
    """
    if kind == CASE:
        return folders.take(session, actor, reference=reference, at=at).case.id
    found: UUID = find(session, actor, Project, UUID(reference), on=at.astimezone(session.info["zone"]).date()).id
    return found


def put(session: Session, row: Activity, kind: str, named_id: UUID, *, actor: Actor, at: datetime) -> bool:
    """Let an experience name what was taken; say whether it did not before.

    Raises:
        Refused: it names twenty already.
    """
    standing_ones = session.scalars(select(Mention).where(standing(Mention), Mention.activity_id == row.id)).all()
    if any(each.named_id == named_id for each in standing_ones):
        return False
    if len(standing_ones) >= MOST:
        raise refused("too_many_mentions", most=MOST)
    editions.enter(session, Mention(activity_id=row.id, kind=kind, named_id=named_id), actor=actor, at=at)
    return True


def take_off(session: Session, row: Activity, named_id: UUID, *, actor: Actor, at: datetime) -> bool:
    """Let an experience name something no more; say whether it did. That it was named stays readable."""
    mine = and_(standing(Mention), Mention.activity_id == row.id, Mention.named_id == named_id)
    found = editions.newest_of(session, Mention, mine, lock=True)
    for each in found:
        editions.mend(session, each, {"withdrawn": True}, actor=actor, at=at)
    return bool(found)


def printed(
    session: Session, experience_ids: Collection[UUID], *, known_at: datetime | None
) -> Mapping[UUID, Sequence[tuple[str, str]]]:
    """Return kind and title of all that these experiences name, as the bulletin prints them, by experience."""
    about = (standing(Mention, known_at), Mention.activity_id.in_(experience_ids))
    rows = session.scalars(select(Mention).where(*about).order_by(Mention.kind, Mention.id)).all()
    ids = [row.named_id for row in rows]
    titles: dict[UUID, str] = {}
    if ids:
        titles |= {row.id: row.title for row in session.execute(select(Case.id, Case.title).where(Case.id.in_(ids)))}
        named = select(Project.id, Project.name).where(standing(Project, known_at), Project.id.in_(ids))
        titles |= {row.id: row.name for row in session.execute(named)}
    found: dict[UUID, list[tuple[str, str]]] = {}
    for row in rows:
        if row.named_id in titles:
            found.setdefault(row.activity_id, []).append((row.kind, personal.scrub(titles[row.named_id])))
    return found
