"""What can be asked of leaders: who is in the group on a day, in the order of their roles."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, case, or_, select

from casework.core.columns import Day
from casework.core.database import Session
from casework.core.editions import standing
from casework.leaders.tables import Leader

# In the order in which a notice names them; the last is no member of the group.
ROLES = ("head", "deputy", "member", "office")
COUNTY_LEADER = "county_leader"


def in_office(on: Any) -> ColumnElement[bool]:
    """Return the condition on `Leader` that holds for who is in office on a day."""
    return and_(Leader.valid_from <= on, or_(Leader.valid_to.is_(None), Leader.valid_to >= on))


def order() -> Sequence[Any]:
    """Return the order in which leaders are told: by role, then since when, then by name."""
    ranks = {role: rank for rank, role in enumerate((*ROLES, COUNTY_LEADER))}
    return (case(ranks, value=Leader.role), Leader.valid_from, Leader.name, Leader.id)


def group(session: Session, region_code: str, *, on: date) -> Sequence[Leader]:
    """Return the leading group of a county on a day."""
    return session.scalars(_group_asked(), {"region": region_code, "on": on}).all()


@cache
def _group_asked() -> Select[Any]:
    """Return the SELECT of `group`, built once: the leader's page asks it every time."""
    place = Leader.region_code.startswith(bindparam("region", type_=Text()))
    asked = select(Leader).where(standing(Leader), in_office(bindparam("on", type_=Day())), place)
    return asked.where(Leader.role.in_(ROLES)).order_by(*order())


def every(session: Session, region_code: str) -> Sequence[Leader]:
    """Return all leaders of a county, those of the past too."""
    asked = select(Leader).where(standing(Leader), Leader.region_code.startswith(region_code))
    return session.scalars(asked.order_by(*order())).all()
