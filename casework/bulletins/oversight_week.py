"""The weekly report of the listed matters (挂牌督办): what each unit has reported, under the leader in charge."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from casework.bulletins.drafting import day_in_words
from casework.bulletins.oversight import kept_words
from casework.core.database import Session
from casework.documents.model import Block, Heading, Official, Paragraph
from casework.registry import queries as registry
from casework.supervisions import queries
from casework.supervisions.tables import Supervision

_SECTION = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A listed matter with its report: `is_missing` once the interval of the level has passed without one."""

    row: Supervision
    org: str
    due_at: datetime | None
    is_missing: bool
    is_late: bool


def lines(session: Session, rows: Sequence[Supervision], *, at: datetime) -> Sequence[Line]:
    """Return the matters with when their report is due, in the order given."""
    clocks = queries.progress_clocks(session, [row.id for row in rows])
    orgs = registry.orgs_by_id(session, [row.lead_org_id for row in rows if row.lead_org_id is not None])
    return [
        Line(
            row=row,
            org=_name(orgs, row.lead_org_id),
            due_at=clocks.get(row.id),
            is_missing=row.id in clocks and clocks[row.id] < at,
            is_late=row.due_kind == "handle" and row.due_at is not None and row.due_at < at,
        )
        for row in rows
    ]


def _name(orgs: Mapping[UUID, Any], org_id: UUID | None) -> str:
    org = None if org_id is None else orgs.get(org_id)
    return "" if org is None else str(org.name)


def of_week(session: Session, told: Sequence[Line], *, name: str, at: datetime) -> Official:
    """Return the report as an official document; `name` is the county's. A draft until somebody signs it."""
    zone = session.info["zone"]
    general, words = kept_words(), kept_words()["week"]
    day = day_in_words(at.astimezone(zone).date())
    issuer = general["issuer"].format(county=name)
    return Official(
        title=words["title"].format(day=day),
        blocks=tuple(_blocks(told, words, day=day, zone=zone)),
        issuer=issuer,
        is_draft=True,
        signed_by=general["signed_by"].format(county=name),
    )


def _blocks(told: Sequence[Line], words: Mapping[str, str], *, day: str, zone: Any) -> Iterator[Block]:
    late, silent = sum(each.is_late for each in told), sum(each.is_missing for each in told)
    yield Paragraph((words["overview"].format(day=day, total=len(told), late=late, silent=silent),))
    if not told:
        yield Paragraph((words["none"],))
    for leader, theirs in groupby(told, key=lambda each: each.row.leader):
        yield Heading(_SECTION, words["heading"].format(leader=leader) if leader else words["nobody"])
        for each in theirs:
            row = each.row
            facts = {"title": row.title, "number": row.slip_number or row.number, "org": each.org}
            yield Paragraph((words["matter"].format(**facts, due=day_in_words(row.due_on)),))
            if row.progress is not None and row.progress_at is not None:
                on = day_in_words(row.progress_at.astimezone(zone).date())
                yield Paragraph((words["progress"].format(day=on, progress=row.progress),))
            if each.is_missing and each.due_at is not None:
                due = day_in_words(each.due_at.astimezone(zone).date())
                yield Paragraph((words["missing"].format(due=due),))
            elif row.progress is None:
                yield Paragraph((words["not_due"],))
