"""The records behind the points of a sheet, as a page tells them: what each is, where, and which page shows it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from casework.activities.tables import Activity, Attendance, Service, Suggestion
from casework.assessment.tables import Assessment, SpotFinding
from casework.campaign.tables import Goal, Link
from casework.cases.tables import Case
from casework.cases.visibility import visible_cases, visible_to
from casework.consultations.tables import ConsensusItem, Consultation
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import Edition, known
from casework.core.ids import parse_id
from casework.funds.tables import FundLine
from casework.households.tables import Household


@dataclass(frozen=True, slots=True)
class Shown:
    """One record: its title, what stands beside it, and the record whose page shows it (kind and key), if any.

    `note` is a code: the kind of an activity, the part of a link, the state of a goal. `checklist` is of goals alone.
    """

    title: str
    region_code: str = ""
    note: str = ""
    page: tuple[str, str] | None = None
    checklist: str = ""
    amount_fen: int | None = None


Key = tuple[str, UUID]


def of_sheet(session: Session, row: Assessment, *, actor: Actor, at: datetime) -> Mapping[Key, Shown]:
    """Return every record a sheet counts, as it was known when it was computed; what is not there any more is left out.

    Of a case the actor may not know of nothing is told.
    """
    wanted: dict[str, list[UUID]] = defaultdict(list)
    for item in row.content["items"]:
        for count in item["counts"]:
            for each in count["evidence"]:
                found = parse_id(each["id"])
                if found is not None:
                    wanted[each["kind"]].append(found)
    told: dict[Key, Shown] = {}
    for kind, ids in wanted.items():
        if kind in _TELLERS:
            shown = _TELLERS[kind](_Reader(session, row, actor, at), ids)
            told |= {(kind, record_id): each for record_id, each in shown.items()}
    return told


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads records as they were known when the sheet was computed; from a file, as they are known now."""

    session: Session
    sheet: Assessment
    actor: Actor
    at: datetime

    def rows(self, table: type[Edition], ids: Iterable[UUID]) -> Sequence[Any]:
        asked = select(table).where(table.id.in_(set(ids)), known(table, self.sheet.known_at))
        return self.session.scalars(asked).all()

    def heads(self, ids: Iterable[UUID | None]) -> Mapping[UUID, str]:
        """Return the masked heads of households."""
        wanted = {each for each in ids if each is not None}
        return {row.id: row.head_name for row in self.rows(Household, wanted)} if wanted else {}


def _page_of_household(household_id: UUID | None) -> tuple[str, str] | None:
    return None if household_id is None else ("household", str(household_id))


def _activities(reader: _Reader, ids: Sequence[UUID]) -> Mapping[UUID, Shown]:
    rows = reader.rows(Activity, ids)
    heads = reader.heads(row.household_id for row in rows)
    return {
        row.id: Shown(
            heads.get(row.household_id) or row.title or row.findings,
            row.region_code,
            row.kind,
            _page_of_household(row.household_id),
        )
        for row in rows
    }


def _attendances(reader: _Reader, ids: Sequence[UUID]) -> Mapping[UUID, Shown]:
    rows = reader.rows(Attendance, ids)
    held = {row.id: row for row in reader.rows(Activity, [each.activity_id for each in rows])}
    return {
        row.id: Shown(held[row.activity_id].title, held[row.activity_id].region_code, held[row.activity_id].kind)
        for row in rows
        if row.activity_id in held
    }


def _links(reader: _Reader, ids: Sequence[UUID]) -> Mapping[UUID, Shown]:
    rows = reader.rows(Link, ids)
    heads = reader.heads(row.object_id for row in rows)
    return {
        row.id: Shown(heads.get(row.object_id, ""), row.region_code, row.part, ("link", str(row.id))) for row in rows
    }


def _goals(reader: _Reader, ids: Sequence[UUID]) -> Mapping[UUID, Shown]:
    rows = reader.rows(Goal, ids)
    heads = reader.heads(row.object_id for row in rows)
    return {
        row.id: Shown(
            heads.get(row.object_id, ""),
            row.region_code,
            row.item,
            _page_of_household(row.object_id if row.object_id in heads else None),
            checklist=row.checklist,
        )
        for row in rows
    }


def _given(table: type[Edition]) -> Callable[[_Reader, Sequence[UUID]], Mapping[UUID, Shown]]:
    def tell(reader: _Reader, ids: Sequence[UUID]) -> Mapping[UUID, Shown]:
        page = "suggestion" if table is Suggestion else ""
        rows = reader.rows(table, ids)
        return {row.id: Shown(row.content, row.region_code, page=(page, str(row.id))) for row in rows}

    return tell


def _cases(reader: _Reader, ids: Sequence[UUID]) -> Mapping[UUID, Shown]:
    rows = reader.session.scalars(visible_cases(reader.actor, at=reader.at).where(Case.id.in_(ids)))
    return {row.id: Shown(row.title, row.region_code, page=("case", row.number)) for row in rows}


def _fund_lines(reader: _Reader, ids: Sequence[UUID]) -> Mapping[UUID, Shown]:
    seen = and_(Case.id == FundLine.matter_id, visible_to(reader.actor, at=reader.at))
    asked = select(FundLine, Case.number).outerjoin(Case, seen).where(FundLine.id.in_(ids))
    rows: Sequence[Any] = reader.session.execute(asked).all()
    return {
        row.id: Shown(
            row.project or row.source,
            row.region_code,
            row.document_no,
            None if number is None else ("case", number),
            amount_fen=row.amount_fen,
        )
        for row, number in rows
    }


def _findings(reader: _Reader, ids: Sequence[UUID]) -> Mapping[UUID, Shown]:
    rows = reader.rows(SpotFinding, ids)
    visits = {row.id: row for row in reader.rows(Activity, [each.activity_id for each in rows])}
    heads = reader.heads(row.household_id for row in visits.values())
    told = {}
    for row in rows:
        visit = visits.get(row.activity_id)
        head = heads.get(visit.household_id, "") if visit is not None and visit.household_id is not None else ""
        page = ("spot_check", str(row.spot_check_id))
        told[row.id] = Shown(row.words or head, row.region_code, row.outcome, page)
    return told


def _agreed(reader: _Reader, ids: Sequence[UUID]) -> Mapping[UUID, Shown]:
    held = Consultation.id == ConsensusItem.consultation_id
    asked = select(ConsensusItem, Consultation).join(Consultation, held).where(ConsensusItem.id.in_(ids))
    rows: Sequence[Any] = reader.session.execute(asked).all()
    return {
        row.id: Shown(row.text, meeting.region_code, page=("consultation", meeting.number)) for row, meeting in rows
    }


_TELLERS: Mapping[str, Callable[[_Reader, Sequence[UUID]], Mapping[UUID, Shown]]] = {
    "activity": _activities,
    "attendance": _attendances,
    "case": _cases,
    "consensus": _agreed,
    "fund_line": _fund_lines,
    "goal": _goals,
    "link": _links,
    "service": _given(Service),
    "spot_finding": _findings,
    "suggestion": _given(Suggestion),
}
