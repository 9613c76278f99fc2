"""The cases of the campaign: lives planned as steps, and lived through the engine as of their own days.

Everything is written down when it happened. No rung of a ladder fires for a day that is over, and the events of the
past are told to nobody (`casework.cases.imported.settle_older`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from casework.cases import intake
from casework.cases.tables import Case
from casework.core.database import Session
from casework.core.office import Office
from casework.funds.tables import FundLine
from casework.matters.tables import Deadline
from casework.permissions import Subject
from workflows import engine
from workflows.demo.campaign.stage import Stage
from workflows.demo.scripts import Step
from workflows.ledgers.lives import Book
from workflows.money import campaign_funds, funding
from workflows.money.fund_fields import read_share

_BATCH = 16
# Steps that are no moves of the engine.
ADD_FUND, ATTRIBUTE = "add_fund", "attribute_fund"


@dataclass(slots=True)
class Life:
    """The life of one case: what was reported by whom and when, through what, and every step."""

    report: intake.Report
    by: str
    reported: datetime
    raised_through: dict[str, UUID]
    steps: list[Step] = field(default_factory=list)

    def ordered(self, *, now: datetime) -> list[Step]:
        """Return the steps up to now in the order of time."""
        return sorted((step for step in self.steps if step.at <= now), key=lambda step: step.at)


def live(office: Office, stage: Stage, lives: Sequence[Life]) -> None:
    """Let every life happen, those reported first in front."""
    told = sorted((life for life in lives if life.reported <= stage.now), key=lambda life: life.reported)
    for begin in range(0, len(told), _BATCH):
        with office.db.transaction() as session:
            book = Book(session, county=stage.county)
            living = [_Living(session, stage, life) for life in told[begin : begin + _BATCH]]
            with session.together():
                for each in living:
                    each.begin(book)
            for each in living:
                each.go_on(book)
            book.close()


class _Living:
    """One life while it is lived."""

    def __init__(self, session: Session, stage: Stage, life: Life) -> None:
        self._session, self._stage, self._life = session, stage, life
        self._stretches = list(_stretches(life.ordered(now=stage.now)))
        self._case = Case()
        self._rows: list[Deadline] = []
        self._lines: dict[str, FundLine] = {}

    def begin(self, book: Book) -> None:
        """Report the case and let it live until money comes."""
        self._case = self._report(book)
        if self._stretches and not _is_money(self._stretches[0][0]):
            for step in self._stretches.pop(0):
                self._move(step)

    def go_on(self, book: Book) -> None:
        """Let money come, and what follows."""
        book.index(self._case)
        for stretch in self._stretches:
            for step in stretch:
                if _is_money(step):
                    self._pay(step)
                else:
                    self._move(step)

    def _report(self, book: Book) -> Case:
        life, stage = self._life, self._stage
        actor = stage.cast.actors[life.by]
        case = intake.sealed_case(self._session, life.report, actor=actor, at=life.reported)
        case.number = book.next_number(life.reported.astimezone(stage.calendar.zone).year)
        for name, value in life.raised_through.items():
            setattr(case, name, value)
        facts = intake.facts_of(case)
        context = engine.start(
            self._session, case, actor=actor, at=life.reported, facts=facts, not_before=self._stage.now
        )
        self._rows = context.rows
        return case

    def _who(self, step: Step) -> dict[str, Any]:
        case = self._case
        subject = Subject(case.region_code, lead_org_id=case.lead_org_id, reported_by=case.reported_by)
        return {"subject": subject, "actor": self._stage.cast.actors[step.by], "at": step.at}

    def _move(self, step: Step) -> None:
        self._rows = engine.move(
            self._session,
            self._case,
            step.trigger,
            given=dict(step.given),
            not_before=self._stage.now,
            rows=self._rows,
            **self._who(step),
        ).rows

    def _pay(self, step: Step) -> None:
        given, session, who = dict(step.given), self._session, self._who(step)
        project, line = given["project"], self._lines.get(given["project"])
        # Money lies where its project lies: what is built in another village than the trouble is no money of its case.
        is_own = given.pop("place") != self._case.region_code
        if step.trigger == ATTRIBUTE and line is not None:
            share = {"org": given["org"], "share": given["share"]}
            if is_own:
                funding.give(session, line, read_share(session, share, actor=who["actor"]), at=step.at)
            else:
                funding.attribute(session, self._case, line, share, **who)
            return
        given["allocation"] = None if line is None else str(line.allocation_id)
        if is_own:
            self._lines[project] = campaign_funds.record(session, given, actor=who["actor"], at=step.at)
        else:
            self._lines[project] = funding.add_line(session, self._case, given, **who)
        session.flush()


def _is_money(step: Step) -> bool:
    return step.trigger in (ADD_FUND, ATTRIBUTE)


def _stretches(steps: Sequence[Step]) -> Iterator[list[Step]]:
    for _, stretch in groupby(steps, key=_is_money):
        yield list(stretch)
