"""What the supervision of matters keeps: numbers without gaps, and two persons at every strike-off (I36, I37)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from casework.keeping.view import View
from casework.matters.tables import Sequence
from casework.supervisions.actions import words
from casework.supervisions.tables import Supervision, UrgingNotice


def slips(view: View) -> Iterator[str]:
    """I36: slips and urging notices of a county and year are numbered from 1 without gaps and say their number.

    Files of earlier years may bring slips with gaps; then none is beyond the sequence.
    """
    slip = (Supervision.county, Supervision.slip_year, Supervision.slip_no)
    yield from _gaps(view, "slip", slip, told=func.count().filter(Supervision.is_imported))
    notice = (UrgingNotice.county, UrgingNotice.year, UrgingNotice.no)
    yield from _gaps(view, "urging", notice, told=func.count().filter(UrgingNotice.no < 0))
    for row in view.session.scalars(select(Supervision).where(Supervision.slip_no.is_not(None))):
        if row.slip_number != words()["slip"].format(year=row.slip_year, n=row.slip_no):
            yield row.number
    counted = select(func.count()).where(UrgingNotice.supervision_id == Supervision.id).scalar_subquery()
    unequal = or_(Supervision.urges < counted, (Supervision.urges != counted) & ~Supervision.is_imported)
    yield from view.ids(select(Supervision.number).where(unequal))


def _gaps(view: View, kind: str, columns: tuple[InstrumentedAttribute[Any], ...], *, told: Any) -> Iterator[str]:
    county, year, no = columns
    asked = select(county, year, func.count(), func.min(no), func.max(no), told).where(no.is_not(None))
    for place, in_year, count, first, last, from_files in view.stream(asked.group_by(county, year)):
        scope = f"{kind}-{place}-{in_year}"
        given = view.session.scalar(select(Sequence.last).where(Sequence.scope == scope)) or 0
        is_whole = (first, last) == (1, count) and given == count
        if (not from_files and not is_whole) or last > given:
            yield scope


def strike_offs(view: View) -> Iterator[str]:
    """I37: what is struck off here was signed, reported, verified on evidence, and agreed to by two persons."""
    lacking = (
        Supervision.slip_number,
        Supervision.result,
        Supervision.evidence,
        Supervision.verified_by,
        Supervision.proposed_by,
        Supervision.struck_off_by,
        Supervision.struck_off_on,
    )
    wrong = or_(*(column.is_(None) for column in lacking), Supervision.proposed_by == Supervision.struck_off_by)
    struck = (Supervision.state == "struck_off", ~Supervision.is_imported)
    yield from view.ids(select(Supervision.number).where(*struck, wrong))
    standing = or_(Supervision.struck_off_on.is_not(None), Supervision.struck_off_by.is_not(None))
    yield from view.ids(select(Supervision.number).where(Supervision.state != "struck_off", standing))
