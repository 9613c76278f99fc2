"""What can be asked of leaders: who is in the group on a day, in the order of their roles."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select

from casework.core.database import Session
from casework.core.editions import standing
from casework.leaders.tables import Leader

# In the order in which a notice names them; the last is no member of the group.
ROLES = ("head", "deputy", "member", "office")
COUNTY_LEADER = "county_leader"


def in_office(on: date) -> ColumnElement[bool]:
    """Return the condition on `Leader` that holds for who is in office on a day."""
    return and_(Leader.valid_from <= on, or_(Leader.valid_to.is_(None), Leader.valid_to >= on))


def order() -> Sequence[Any]:
    """Return the order in which leaders are told: by role, then since when, then by name."""
    ranks = {role: rank for rank, role in enumerate((*ROLES, COUNTY_LEADER))}
    return (case(ranks, value=Leader.role), Leader.valid_from, Leader.name, Leader.id)


def group(session: Session, region_code: str, *, on: date) -> Sequence[Leader]:
    """Return the leading group of a county on a day."""
    asked = select(Leader).where(
        standing(Leader), in_office(on), Leader.region_code.startswith(region_code), Leader.role.in_(ROLES)
    )
    return session.scalars(asked.order_by(*order())).all()


def every(session: Session, region_code: str) -> Sequence[Leader]:
    """Return all leaders of a county, those of the past too."""
    asked = select(Leader).where(standing(Leader), Leader.region_code.startswith(region_code))
    return session.scalars(asked.order_by(*order())).all()
