"""What changes in a supervised matter beside its state.

Keyword-only, with the session and `at` handed in; nothing here commits and nothing assigns `state`.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.ids import new_id
from casework.matters import numbering, search
from casework.registry import places
from casework.registry.tables import Org
from casework.supervisions.tables import Supervision, SupervisionUnit, UrgingNotice

NUMBER_KIND = "DB"
SOURCES = ("meeting", "document", "instruction", "case", "consultation")
# Which of them are matters of ours.
LINKED_SOURCES = ("case", "consultation")
LEVELS = (1, 2, 3)
LISTED = 3
# The clock of a listed matter for which no leader in charge was named.
LEADER_CLOCK = "leader"
WAITING, ACCEPTED, RETURNED = "waiting", "accepted", "returned"


@dataclass(frozen=True, slots=True)
class Draft:
    """A supervised matter as it was asked for, checked."""

    title: str
    requirement: str
    source: str
    source_id: UUID | None
    source_words: str | None
    org: Org
    co_orgs: Sequence[Org]
    due_on: date
    level: int
    leader: str | None
    region_code: str


@cache
def words() -> Mapping[str, str]:
    """Return how slips and notices are numbered."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))


def make(session: Session, draft: Draft, *, actor: Actor, today: date) -> Supervision:
    """Make the row of a supervised matter, numbered; the engine starts it."""
    county = draft.region_code[: places.COUNTY_DIGITS]
    prefix = places.number_prefix(session, county)
    return Supervision(
        id=new_id(),
        number=numbering.next_number(session, prefix=prefix, kind=NUMBER_KIND, year=today.year),
        workflow="supervision",
        region_code=draft.region_code,
        lead_org_id=draft.org.id,
        county=county,
        title=draft.title,
        requirement=draft.requirement,
        source=draft.source,
        source_id=draft.source_id,
        source_words=draft.source_words,
        due_on=draft.due_on,
        first_due_on=draft.due_on,
        level=draft.level,
        leader=draft.leader,
        initiated_on=today,
        initiated_by=actor.person_id,
        extensions=0,
        urges=0,
        recurrences=0,
        is_imported=False,
        attachments_total=0,
        comments_total=0,
    )


def mark_imported(row: Supervision, *, initiated_on: date, urges: int, key: str) -> None:
    """Mark a matter as told by a file, with what was counted on paper."""
    row.is_imported, row.source_key = True, key
    row.initiated_on, row.urges = initiated_on, urges
    row.initiated_by = None


def add_units(session: Session, row: Supervision, orgs: Sequence[Org]) -> None:
    """Let units help; the matter has to be written before."""
    for org in orgs:
        session.add(SupervisionUnit(id=new_id(), supervision_id=row.id, org_id=org.id))


def allot_slip(session: Session, row: Supervision, *, actor: Actor, on: date) -> str:
    """Number the slip at signing: one sequence a county and year, without gaps (domain.md §4.4)."""
    scope = f"slip-{row.county}-{on.year}"
    row.slip_year, row.slip_no = on.year, numbering.take(session, scope=scope, count=1)
    row.slip_number = words()["slip"].format(year=on.year, n=row.slip_no)
    row.issued_on, row.issued_by = on, actor.person_id
    search.mend(session, matter_id=row.id, region_code=row.region_code, parts=searched(row))
    return row.slip_number


def searched(row: Supervision) -> tuple[str | None, ...]:
    """Return what a matter is found by; it is indexed anew when any of it changes."""
    return row.title, row.requirement, row.number, row.slip_number


@cache
def _slip_form() -> re.Pattern[str]:
    told = re.escape(words()["slip"])
    return re.compile(told.replace(r"\{year\}", "([0-9]{4})").replace(r"\{n\}", "([1-9][0-9]{0,5})"))


def keep_slip(session: Session, row: Supervision, number: str) -> None:
    """Keep the number a file brings along; one of our form is not given out again."""
    row.slip_number = number
    found = _slip_form().fullmatch(number)
    if found is None:
        return
    row.slip_year, row.slip_no = int(found[1]), int(found[2])
    scope = f"slip-{row.county}-{row.slip_year}"
    last = numbering.take(session, scope=scope, count=0) - 1
    if last < row.slip_no:
        numbering.take(session, scope=scope, count=row.slip_no - last)


def urge(session: Session, row: Supervision, *, said: str, actor: Actor, on: date, at: datetime) -> UrgingNotice:
    """Write a numbered notice that urges the unit."""
    no = numbering.take(session, scope=f"urging-{row.county}-{on.year}", count=1)
    row.urges += 1
    notice = UrgingNotice(
        id=new_id(),
        supervision_id=row.id,
        nth=row.urges,
        county=row.county,
        year=on.year,
        no=no,
        number=words()["urging"].format(year=on.year, n=no),
        on_date=on,
        words=said,
        sent_by=actor.person_id,
        created_at=at,
    )
    session.add(notice)
    return notice


def set_level(row: Supervision, *, level: int, leader: str | None) -> None:
    """Set the level; a leader is in charge of what is listed, and of nothing else."""
    row.level = level
    # The account stays with the name it was given to.
    row.leader_id = row.leader_id if level == LISTED and leader in (None, row.leader) else None
    row.leader = leader or row.leader if level == LISTED else None


def lacks_leader(row: Supervision) -> bool:
    """Say whether a matter is listed and nobody was named as its leader in charge."""
    return row.level == LISTED and not row.leader


def keep_progress(row: Supervision, *, said: str, at: datetime) -> None:
    """Keep the last progress report; it waits for the office."""
    row.progress, row.progress_at, row.progress_review = said, at, WAITING


def keep_result(row: Supervision, *, result_class: str, result: str, at: datetime) -> None:
    """Keep what the unit says came of it."""
    row.result_class, row.result, row.reported_at = result_class, result, at


def drop_result(row: Supervision) -> None:
    """Set the result and all that was built on it aside; the history keeps them."""
    row.result_class = row.result = row.reported_at = None
    row.evidence = row.verified_by = row.proposed_by = None
    row.struck_off_by = row.struck_off_on = row.review_on = None
    row.progress_review = None
