"""Which bulletins there are, and who may know of which: a signed one is everybody's, a draft the office's."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from casework.bulletins.tables import Bulletin
from casework.core.actors import TRIAGE_ROLES, Actor
from casework.core.database import Session
from casework.core.ranges import lies_in
from casework.matters import sight

ISSUED = ("signed", "recalled")
_READERS = TRIAGE_ROLES | {"observer", "auditor"}


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on the bulletins an actor may know of."""
    drafts = [lies_in(Bulletin.region_code, prefix) for prefix in actor.regions(frozenset(_READERS))]
    return or_(Bulletin.state.in_(ISSUED), *drafts)


def get(session: Session, actor: Actor, bulletin_id: UUID, *, lock: bool = False) -> Bulletin:
    """Return a bulletin.

    Raises:
        NotFound: there is none, or none the actor may know of.
    """
    return sight.take(session, Bulletin, bulletin_id, visible_to(actor), lock=lock)


def page(
    session: Session,
    actor: Actor,
    *,
    campaign: str | None = None,
    quarter: str | None = None,
    state: str | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> Sequence[Bulletin]:
    """Return bulletins, the newest first."""
    asked = select(Bulletin).where(*_fitting(actor, campaign, quarter, state))
    if after is not None:
        created_at, last = after
        earlier = and_(Bulletin.created_at == created_at, Bulletin.id < last)
        asked = asked.where(or_(Bulletin.created_at < created_at, earlier))
    return session.scalars(asked.order_by(Bulletin.created_at.desc(), Bulletin.id.desc()).limit(limit)).all()


def count(
    session: Session,
    actor: Actor,
    *,
    campaign: str | None = None,
    quarter: str | None = None,
    state: str | None = None,
) -> int:
    """Count all bulletins that fit."""
    fitting = _fitting(actor, campaign, quarter, state)
    return session.scalar(select(func.count()).select_from(Bulletin).where(*fitting)) or 0


def _fitting(actor: Actor, campaign: str | None, quarter: str | None, state: str | None) -> list[ColumnElement[bool]]:
    asked = ((Bulletin.campaign, campaign), (Bulletin.quarter, quarter), (Bulletin.state, state))
    return [visible_to(actor), *(column == value for column, value in asked if value is not None)]


def in_force(session: Session, campaign: str, quarter: str) -> Bulletin | None:
    """Return the bulletin of a quarter that counts: the signed one last corrected, else the one under way."""
    asked = select(Bulletin).where(
        Bulletin.campaign == campaign, Bulletin.quarter == quarter, Bulletin.state != "recalled"
    )
    rows = session.scalars(asked.order_by(Bulletin.created_at.desc(), Bulletin.id.desc())).all()
    return next((row for row in rows if row.state == "signed"), rows[0] if rows else None)


def signed_between(session: Session, *, region: str, since: date, until: date) -> Sequence[Bulletin]:
    """Return the bulletins of a county that were signed on days from `since` and before `until`, the eldest first."""
    inside = lies_in(Bulletin.region_code, region)
    signed = and_(Bulletin.state == "signed", Bulletin.signed_on >= since, Bulletin.signed_on < until)
    return session.scalars(select(Bulletin).where(inside, signed).order_by(Bulletin.signed_on, Bulletin.id)).all()


def correction_of(session: Session, bulletin: Bulletin) -> Bulletin | None:
    """Return the issue signed last that corrects a bulletin."""
    asked = select(Bulletin).where(Bulletin.corrects_id == bulletin.id, Bulletin.state == "signed")
    return session.scalars(asked.order_by(Bulletin.created_at.desc(), Bulletin.id.desc()).limit(1)).first()


def under_way(session: Session, campaign: str, quarter: str) -> Bulletin | None:
    """Return the bulletin of a quarter that is not signed yet."""
    asked = select(Bulletin).where(
        Bulletin.campaign == campaign, Bulletin.quarter == quarter, Bulletin.state.not_in(ISSUED)
    )
    return session.scalars(asked.limit(1)).first()


def printing(session: Session, actor: Actor, campaign: str, commitment: str) -> Sequence[Bulletin]:
    """Return the issued bulletins in which the commitment to a seed is printed, the first first."""
    asked = select(Bulletin).where(
        visible_to(actor), Bulletin.campaign == campaign, Bulletin.state.in_(ISSUED), Bulletin.frozen.is_not(None)
    )
    return [
        row
        for row in session.scalars(asked.order_by(Bulletin.signed_on, Bulletin.id))
        if any(each["commitment"] == commitment for each in (row.frozen or {}).get("commitments", ()))
    ]
