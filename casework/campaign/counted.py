"""The records behind a figure: exactly those it counts, one page at a time, personal data masked.

A page is cut by the id (or code) of what is counted, so that it costs the same at the end as in front.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, func, literal, select

from casework.activities.tables import Activity, Service, Suggestion
from casework.campaign.definition import Figure
from casework.campaign.figures import AMOUNT, kind_of_records, rows_of
from casework.campaign.sources import Instants, links_held, within
from casework.campaign.tables import Goal, Link
from casework.cases.tables import Case
from casework.consultations.tables import ConsensusItem, Consultation
from casework.core.columns import Id
from casework.core.database import Session
from casework.core.editions import Edition, known
from casework.core.errors import NotFound
from casework.funds.tables import FundLine
from casework.households.tables import Household
from casework.industries.tables import Industry
from casework.members.tables import Member
from casework.projects.tables import Project
from casework.registry.tables import Org, Region
from casework.supervisions.tables import Supervision, UrgingNotice


@dataclass(frozen=True, slots=True)
class Only:
    """A part of what a figure counts: of one category, in one place and what lies in it, of one unit, since a day."""

    category: str | None = None
    place: str | None = None
    org: UUID | None = None
    since: date | None = None


WHOLE = Only()


@dataclass(frozen=True, slots=True)
class Counted:
    """One record a figure counts: what it is, when and where, and what stands on its line."""

    kind: str
    # An id, or the code of a place.
    key: str
    title: str
    region_code: str | None = None
    on: date | None = None
    amount_fen: int | None = None
    # What an activity, a service or a suggestion is; the number of a case or a document.
    note: str = ""
    # The matter whose page shows it, where it has none of its own.
    of: str = ""


def page(
    session: Session, instants: Instants, figure: Figure, *, after: str | None, limit: int, only: Only = WHOLE
) -> Sequence[Counted]:
    """Return the next records of a figure, or of a part of it, in the order of their keys, `limit` at most."""
    kind = kind_of_records(instants.campaign, figure)
    rows = rows_of(instants, figure).subquery()
    asked = select(rows.c.value).distinct().where(*_only(instants, figure, rows, only))
    asked = asked.order_by(rows.c.value).limit(limit)
    if after is not None:
        last = literal(after, Text()) if kind == "region" else literal(UUID(after), Id())
        asked = asked.where(rows.c.value > last)
    return told(session, kind, session.scalars(asked).all(), instants)


def told(session: Session, kind: str, keys: Sequence[Any], instants: Instants) -> Sequence[Counted]:
    """Return records of a kind by their keys, in the order of these."""
    found = _TELLERS[kind](session, keys, instants)
    return [found[key] for key in keys]


def count(session: Session, instants: Instants, figure: Figure) -> int:
    """Return how many records a figure counts; for money this is not the figure itself."""
    rows = rows_of(instants, figure).subquery()
    return session.scalar(select(func.count(rows.c.value.distinct()))) or 0


def part(session: Session, instants: Instants, figure: Figure, only: Only) -> int:
    """Return the number of a part of a figure: records, or fen for money."""
    rows = rows_of(instants, figure).subquery()
    told = func.sum(rows.c.amount) if figure.measure == AMOUNT else func.count(rows.c.value.distinct())
    return int(session.scalar(select(told).where(*_only(instants, figure, rows, only))) or 0)


def _only(instants: Instants, figure: Figure, rows: Any, only: Only) -> Sequence[ColumnElement[bool]]:
    """Return what holds of the records of a part.

    Raises:
        NotFound: the figure has no such parts.
    """
    kind = kind_of_records(instants.campaign, figure)
    table = _OF_PLACES.get(kind)
    told: list[ColumnElement[bool]] = []
    if only.category is not None:
        if figure.split != "category":
            raise NotFound("figure")
        told.append(rows.c.category == only.category)
    rest = replace(only, category=None)
    if rest == WHOLE:
        return told
    if kind == "household" and figure.of == "link" and rest == Only(place=only.place):
        # A household stands where its link says.
        homes = select(Link.object_id).where(*links_held(instants), within(Link.region_code, str(only.place)))
        return [*told, rows.c.value.in_(homes)]
    asked = {"org_id": only.org, "on_date": only.since}
    if table is None or any(value is not None and not hasattr(table, name) for name, value in asked.items()):
        raise NotFound("figure")
    there = select(table.id)
    if issubclass(table, Edition):
        there = there.where(known(table, instants.known_at))
    if only.place is not None:
        there = there.where(within(table.region_code, only.place))
    if only.org is not None:
        there = there.where(table.org_id == only.org)
    if only.since is not None:
        there = there.where(table.on_date >= only.since)
    return [*told, rows.c.value.in_(there)]


def _of_editions(table: type[Edition], make: Callable[[Any], Counted]) -> Any:
    """Return a teller of records that keep editions, told as they were known at the instant asked for."""

    def tell(session: Session, values: Sequence[UUID], instants: Instants) -> Mapping[UUID, Counted]:
        asked = select(table).where(table.id.in_(values), known(table, instants.known_at))
        return {row.id: make(row) for row in session.scalars(asked)}

    return tell


def _plain(table: Any, make: Callable[[Any], Counted]) -> Any:
    def tell(session: Session, values: Sequence[UUID], _instants: Instants) -> Mapping[UUID, Counted]:
        return {row.id: make(row) for row in session.scalars(select(table).where(table.id.in_(values)))}

    return tell


def _cases(session: Session, values: Sequence[UUID], _instants: Instants) -> Mapping[UUID, Counted]:
    def tell(row: Case) -> Counted:
        # The office's day: what is reported before eight in the morning is of the day before elsewhere.
        on = row.reported_at.astimezone(session.info["zone"]).date()
        return Counted("case", str(row.id), row.title, row.region_code, on, note=row.number)

    return {row.id: tell(row) for row in session.scalars(select(Case).where(Case.id.in_(values)))}


def _regions(session: Session, values: Iterable[str], _instants: Instants) -> Mapping[str, Counted]:
    rows = session.scalars(select(Region).where(Region.code.in_(list(values))))
    return {row.code: Counted("region", row.code, row.name, row.code) for row in rows}


def _goals(session: Session, values: Sequence[UUID], instants: Instants) -> Mapping[UUID, Counted]:
    labels = {
        (checklist.code, item.code): item.label["zh"]
        for checklist in instants.campaign.checklists.values()
        for item in checklist.items
    }
    rows = session.scalars(select(Goal).where(Goal.id.in_(values), known(Goal, instants.known_at)))
    return {
        row.id: Counted(
            "goal",
            str(row.id),
            labels.get((row.checklist, row.item), row.item),
            row.region_code,
            row.reached_on,
            note=row.state,
        )
        for row in rows
    }


def _agreed(session: Session, values: Sequence[UUID], _instants: Instants) -> Mapping[UUID, Counted]:
    asked = select(ConsensusItem, Consultation).join(Consultation, Consultation.id == ConsensusItem.consultation_id)
    return {
        item.id: Counted(
            "consensus",
            str(item.id),
            item.text,
            row.region_code,
            row.meets_on,
            note=row.number,
            of=str(row.id),
        )
        for item, row in session.execute(asked.where(ConsensusItem.id.in_(values)))
    }


def _urgings(session: Session, values: Sequence[UUID], _instants: Instants) -> Mapping[UUID, Counted]:
    asked = select(UrgingNotice, Supervision).join(Supervision, Supervision.id == UrgingNotice.supervision_id)
    return {
        notice.id: Counted(
            "urging",
            str(notice.id),
            row.title,
            row.region_code,
            notice.on_date,
            note=notice.number,
            of=str(row.id),
        )
        for notice, row in session.execute(asked.where(UrgingNotice.id.in_(values)))
    }


def _dated(kind: str, row: Any, title: str, note: str = "") -> Counted:
    return Counted(kind, str(row.id), title, row.region_code, row.on_date, note=note)


# Whose records stand in a place, so that a part of a figure can be asked for by it.
_OF_PLACES: Mapping[str, Any] = {
    "activity": Activity,
    "service": Service,
    "suggestion": Suggestion,
    "case": Case,
    "fund_line": FundLine,
}
_TELLERS: Mapping[str, Any] = {
    "member": _of_editions(Member, lambda row: Counted("member", str(row.id), row.name, row.region_code)),
    "household": _of_editions(Household, lambda row: Counted("household", str(row.id), row.head_name, row.region_code)),
    "industry": _of_editions(Industry, lambda row: Counted("industry", str(row.id), row.name, row.region_code)),
    "link": _of_editions(
        Link, lambda row: Counted("link", str(row.id), row.kind, row.region_code, row.valid_from, note=row.part)
    ),
    "activity": _of_editions(Activity, lambda row: _dated("activity", row, row.title or row.findings, row.kind)),
    "service": _of_editions(Service, lambda row: _dated("service", row, row.content, row.kind)),
    "suggestion": _of_editions(Suggestion, lambda row: _dated("suggestion", row, row.content, row.adoption)),
    "project": _of_editions(
        Project, lambda row: Counted("project", str(row.id), row.name, row.region_code, row.begun_on, note=row.kind)
    ),
    "org": _plain(Org, lambda row: Counted("org", str(row.id), row.name, row.region_code, note=row.kind)),
    "region": _regions,
    "goal": _goals,
    "consultation": _plain(
        Consultation,
        lambda row: Counted(
            "consultation", str(row.id), row.title, row.region_code, row.meets_on, note=row.number, of=str(row.id)
        ),
    ),
    "consensus": _agreed,
    "supervision": _plain(
        Supervision,
        lambda row: Counted(
            "supervision",
            str(row.id),
            row.title,
            row.region_code,
            row.issued_on,
            note=row.slip_number or row.number,
            of=str(row.id),
        ),
    ),
    "urging": _urgings,
    "case": _cases,
    "fund_line": _plain(
        FundLine,
        lambda row: Counted(
            "fund_line",
            str(row.id),
            row.project or row.source,
            row.region_code,
            row.on_date,
            amount_fen=row.amount_fen,
            note=row.document_no,
        ),
    ),
}
