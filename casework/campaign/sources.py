"""What the figures of a campaign can count: for each kind of record, the rows that stood on a day as they were known.

A source gives a SELECT of one column `value`, what is counted (ids, codes of places), and for money `amount` beside it.
A row counts in the campaign whose period and county hold it; `linked` asks for a link of that kind on the row's own day
(contract.md "Figures of the campaign"; domain.md §1.5).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, Text, and_, case, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from casework.activities.tables import Activity, Service, Suggestion
from casework.campaign.definition import Campaign
from casework.campaign.tables import Link
from casework.cases.tables import Solution
from casework.core.editions import known, standing
from casework.core.ranges import lies_in
from casework.funds.tables import FundLine
from casework.members.queries import in_office
from casework.members.tables import Member, MemberTerm
from casework.projects.tables import Beneficiary, Project


@dataclass(frozen=True, slots=True)
class Instants:
    """Of which day, in which campaign, and as it was known when (None: as it is known now)."""

    campaign: Campaign
    as_of: date
    known_at: datetime | None = None

    @property
    def until(self) -> date:
        """The last day that counts."""
        ends = self.campaign.ends
        return self.as_of if ends is None else min(self.as_of, ends)

    @property
    def undone_after(self) -> date:
        """The day after which what counts may have been undone."""
        return self.until


# One other name for a table serves all questions: each stands in a subquery of its own, and to make one is a fifth of
# the time that all figures take.
_LINK, _MIRROR = aliased(Link), aliased(FundLine)

Rows = Callable[[Instants, str, Mapping[str, Any], str | None], Select[Any]]


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of record: its rows, what may be measured of it, and what may be asked in `where`."""

    rows: Rows
    # measure → what kind of thing one counted value is; "" where the kind of link says it.
    measures: Mapping[str, str]
    asks: Sequence[str] = ()
    has_stage: bool = False
    # Of what happened on a day and stays: that day, and the day from which it was undone, if it ever was. Of several
    # days such rows are looked through once (figures.py).
    since: Any = None
    undone: Any = None
    # Value, since, undone and kind of link of the rows that links of some kinds hold, for figures asked for together.
    by_link: Callable[[Any, Sequence[str]], CompoundSelect[Any]] | None = None


def within(column: Any, prefix: str) -> ColumnElement[bool]:
    """Return the condition that a place lies in another: a range, so that an index serves it on both engines."""
    return lies_in(column, prefix)


def _in_period(day: Any, instants: Instants) -> ColumnElement[bool]:
    return and_(day >= instants.campaign.begins, day <= instants.until)


def linked(instants: Instants, kind: str, row: Any, day: Any) -> ColumnElement[bool]:
    """Return the condition that a row belongs to a link of a kind that held on the row's own day."""
    return select(_LINK.id).where(*_ties(instants, kind, row, day)).exists()


def _ties(instants: Instants, kind: str, row: Any, day: Any) -> Sequence[ColumnElement[bool]]:
    """Return the conditions on the links of a kind that a row belonged to on its own day."""
    link = _LINK
    tied_to = instants.campaign.links[kind].object
    if tied_to == "region":
        # A linked town holds its villages.
        tie = lies_in(row.region_code, link.region_code)
    else:
        tie = link.object_id == (row.household_id if tied_to == "household" else row.industry_id)
    return (
        known(link, instants.known_at),
        link.campaign == instants.campaign.code,
        link.kind == kind,
        tie,
        link.valid_from <= day,
        or_(link.valid_to.is_(None), link.valid_to >= day),
    )


def linked_to_any(instants: Instants, kinds: Sequence[str], row: Any, day: Any) -> ColumnElement[bool]:
    """Return the condition that a row belongs to a link of one of these kinds that held on the row's own day.

    An id is of one thing alone, so the kinds that tie households and industries are asked of together.
    """
    objects = {kind: instants.campaign.links[kind].object for kind in kinds}
    tied = [kind for kind in kinds if objects[kind] != "region"]
    ways = [linked(instants, kind, row, day) for kind in kinds if objects[kind] == "region"]
    if len({objects[kind] for kind in tied}) < 2:
        return or_(*ways, *(linked(instants, kind, row, day) for kind in tied))
    link = _LINK
    condition = (
        known(link, instants.known_at),
        link.campaign == instants.campaign.code,
        link.kind.in_(tied),
        link.object_id.in_((row.household_id, row.industry_id)),
        link.valid_from <= day,
        or_(link.valid_to.is_(None), link.valid_to >= day),
    )
    return or_(*ways, select(link.id).where(*condition).exists())


def kinds_of(told: Any) -> Sequence[str]:
    """Return what is asked for of one kind or of several as several."""
    return [told] if isinstance(told, str) else list(told)


def _members(instants: Instants, _measure: str, _where: Mapping[str, Any], _stage: str | None) -> Select[Any]:
    known_at = instants.known_at
    return (
        select(MemberTerm.member_id.label("value"))
        .join(Member, and_(Member.id == MemberTerm.member_id, known(Member, known_at)))
        .where(in_office(instants.until, known_at=known_at), within(Member.region_code, instants.campaign.region_code))
    )


def links_held(instants: Instants) -> Sequence[ColumnElement[bool]]:
    """Return the conditions on the links that held on the last day that counts, as they were known."""
    return (
        known(Link, instants.known_at),
        Link.campaign == instants.campaign.code,
        Link.valid_from <= instants.until,
        or_(Link.valid_to.is_(None), Link.valid_to >= instants.until),
        within(Link.region_code, instants.campaign.region_code),
    )


def _links(instants: Instants, measure: str, where: Mapping[str, Any], _stage: str | None) -> Select[Any]:
    column = getattr(Link, "id" if measure == "records" else measure)
    asked = select(column.label("value")).where(*links_held(instants))
    for name in ("kind", "part"):
        if name in where:
            asked = asked.where(getattr(Link, name).in_(kinds_of(where[name])))
    return asked


def _dated(table: Any) -> Rows:
    """Return the rows of a table whose records have a day, a place, and can be withdrawn."""

    def rows(instants: Instants, _measure: str, where: Mapping[str, Any], _stage: str | None) -> Select[Any]:
        asked = select(table.id.label("value")).where(
            standing(table, instants.known_at),
            _in_period(table.on_date, instants),
            within(table.region_code, instants.campaign.region_code),
        )
        for name in ("kind", "form", "adoption"):
            if name in where:
                asked = asked.where(getattr(table, name).in_(kinds_of(where[name])))
        if "linked" in where:
            asked = asked.where(linked_to_any(instants, kinds_of(where["linked"]), table, table.on_date))
        return asked

    return rows


def _fund_lines(instants: Instants, _measure: str, where: Mapping[str, Any], stage: str | None) -> Select[Any]:
    mirror = _MIRROR
    # A line that was taken back was never so; but what was known before the taking back stays what it was.
    taken_back = select(mirror.id).where(mirror.reverses_id == FundLine.id)
    columns: tuple[Any, ...] = (FundLine.id.label("value"), FundLine.amount_fen.label("amount"))
    asked = select(*columns).where(
        FundLine.reverses_id.is_(None),
        _in_period(FundLine.on_date, instants),
        within(FundLine.region_code, instants.campaign.region_code),
    )
    if stage is not None:
        asked = asked.where(FundLine.stage == stage)
    if instants.known_at is not None:
        taken_back = taken_back.where(mirror.created_at <= instants.known_at)
        asked = asked.where(FundLine.created_at <= instants.known_at)
    asked = asked.where(~taken_back.exists())
    if "linked" in where:
        asked = asked.where(linked_to_any(instants, kinds_of(where["linked"]), FundLine, FundLine.on_date))
    return asked


def _solved(instants: Instants) -> Sequence[ColumnElement[bool]]:
    """Return the conditions on what was solved by the last day that counts, and not undone since."""
    return (
        known(Solution, instants.known_at),
        _in_period(Solution.on_date, instants),
        or_(Solution.undone_on.is_(None), Solution.undone_on > instants.undone_after),
        within(Solution.region_code, instants.campaign.region_code),
    )


def _solutions(instants: Instants, _measure: str, where: Mapping[str, Any], _stage: str | None) -> Select[Any]:
    columns: tuple[Any, ...] = (Solution.case_id.label("value"), Solution.category.label("category"))
    asked = select(*columns).where(*_solved(instants))
    if "link" in where:
        # Linked on the day it was raised: who is linked later has not raised it.
        asked = asked.where(linked_to_any(instants, kinds_of(where["link"]), Solution, Solution.raised_on))
    if "category" in where:
        asked = asked.where(Solution.category.in_(kinds_of(where["category"])))
    return asked


def _solutions_by_link(instants: Any, kinds: Sequence[str]) -> CompoundSelect[Any]:
    """Return the same rows once for each link that they count by, with its kind: joined, which is a third of the work
    of asking of each row whether there is a link of any kind.
    """
    told: tuple[Any, ...] = (Solution.case_id.label("value"), Solution.on_date.label("since"))
    asked = select(*told, Solution.undone_on.label("undone")).where(*_solved(instants))
    return union_all(
        *(
            asked.add_columns(literal(kind, Text()).label("kind")).join(
                _LINK, and_(*_ties(instants, kind, Solution, Solution.raised_on))
            )
            for kind in kinds
        )
    )


def _projects(instants: Instants, _measure: str, where: Mapping[str, Any], _stage: str | None) -> Select[Any]:
    asked = select(Project.id.label("value")).where(
        standing(Project, instants.known_at),
        _in_period(Project.begun_on, instants),
        within(Project.region_code, instants.campaign.region_code),
    )
    return asked.where(Project.kind.in_(kinds_of(where["kind"]))) if "kind" in where else asked


def _beneficiaries(instants: Instants, _measure: str, where: Mapping[str, Any], _stage: str | None) -> Select[Any]:
    asked = (
        select(Beneficiary.household_id.label("value"))
        .join(Project, and_(Project.id == Beneficiary.project_id, standing(Project, instants.known_at)))
        .where(
            standing(Beneficiary, instants.known_at),
            _in_period(Beneficiary.on_date, instants),
            Project.begun_on <= instants.until,
            within(Project.region_code, instants.campaign.region_code),
        )
    )
    return asked.where(Project.kind.in_(kinds_of(where["kind"]))) if "kind" in where else asked


# A household earns more by a project from a day on, and not before the project has begun.
_EARNING = case((Beneficiary.on_date >= Project.begun_on, Beneficiary.on_date), else_=Project.begun_on)

SOURCES: Mapping[str, Source] = {
    "member_term": Source(_members, {"member_id": "member"}),
    "link": Source(
        _links,
        {"records": "link", "object_id": "", "holder_id": "", "region_code": "region"},
        ("kind", "part"),
    ),
    "activity": Source(_dated(Activity), {"records": "activity"}, ("kind", "form", "linked"), since=Activity.on_date),
    "service": Source(_dated(Service), {"records": "service"}, ("kind", "linked"), since=Service.on_date),
    "suggestion": Source(
        _dated(Suggestion), {"records": "suggestion"}, ("adoption", "linked"), since=Suggestion.on_date
    ),
    "fund_line": Source(_fund_lines, {"amount": "fund_line"}, ("linked",), has_stage=True, since=FundLine.on_date),
    "case": Source(
        _solutions,
        {"records": "case"},
        ("link", "category"),
        since=Solution.on_date,
        undone=Solution.undone_on,
        by_link=_solutions_by_link,
    ),
    "project": Source(_projects, {"records": "project"}, ("kind",), since=Project.begun_on),
    "project_beneficiary": Source(_beneficiaries, {"household_id": "household"}, ("kind",), since=_EARNING),
}
