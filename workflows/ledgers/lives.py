"""What files of cases have in common: whole lives lived at once, mistakes translated, look-alikes marked.

Every step goes through the engine with the instant it happened at; `recorded_at` says when it was written down, and no
rung of a ladder fires for an instant before that (contract.md `casework import`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from casework.cases import imported, intake, solutions
from casework.cases.actions import MEND
from casework.cases.tables import Case
from casework.core import texts
from casework.core.actors import Actor, Grant
from casework.core.calendars import WorkCalendar
from casework.core.database import Session, change
from casework.core.errors import FieldError, Invalid
from casework.core.office import Office
from casework.matters import numbering, search_loading
from casework.matters.tables import Deadline
from casework.permissions import Subject
from casework.registry import places
from workflows import engine, records
from workflows.cases import comments, mending, splitting
from workflows.ledgers.desk import Desk

_OUR_NUMBER = re.compile(r"([A-Z]+[0-9]*)-AJ-([0-9]{4})-([0-9]{6})")
# A shorter title says too little for two cases of the same title to be the same trouble.
_TELLING_TITLE = 8
_NOON = time(12, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a lived life. `by_unit`: the handling unit made it, not the office that imports."""

    trigger: str
    at: datetime
    given: Mapping[str, Any]
    by_unit: bool = False


class Book:
    """What the new cases of one chunk need from shared places, asked once: numbers and the full text.

    A sequence is locked when its first number is asked for, so the following ones can be counted here until `close`.
    """

    def __init__(self, session: Session, *, county: str) -> None:
        self._session = session
        self._prefix = places.number_prefix(session, county)
        self._given: dict[int, tuple[int, int]] = {}
        self._unnumbered: list[tuple[Case, int]] = []
        self._words: list[search_loading.Words] = []

    def next_number(self, year: int) -> str:
        """Return the number of a new case of this year; `take_back` it if the case is refused."""
        if year not in self._given:
            before = numbering.take(self._session, scope=self._scope(year), count=0) - 1
            self._given[year] = (before, before)
        before, last = self._given[year]
        self._given[year] = (before, last + 1)
        return f"{self._scope(year)}-{last + 1:06d}"

    def take_back(self, year: int) -> None:
        """Let the number given last be given again."""
        before, last = self._given[year]
        self._given[year] = (before, last - 1)

    def number_later(self, case: Case, year: int) -> None:
        """Have a new case of this year numbered when the chunk begins to be written."""
        self._unnumbered.append((case, year))

    def number(self) -> None:
        """Number what waits for it, in its order."""
        unnumbered, self._unnumbered = self._unnumbered, []
        for case, year in unnumbered:
            change(case, number=self.next_number(year))

    def is_ours(self, number: str) -> bool:
        """Say whether a number that a file brings along is one of this county's own."""
        found = _OUR_NUMBER.fullmatch(number)
        return found is not None and found[1] == self._prefix

    def keep_number(self, number: str) -> str | None:
        """Return a number of ours that a file brings along, taken out of its sequence; None when it is none."""
        found = _OUR_NUMBER.fullmatch(number)
        if found is None or not self.is_ours(number):
            return None
        self.number()
        self._settle_numbers()
        imported.keep_number(self._session, scope=self._scope(int(found[2])), number=int(found[3]))
        return number

    def index(self, case: Case) -> None:
        """Have a case indexed when the chunk is closed."""
        self._words.append(
            search_loading.Words(
                case.id, case.workflow, case.region_code, case.reported_at, (case.title, case.description)
            )
        )

    def send(self) -> None:
        """Begin to write what waits, the full text of its cases with it, while more is made (`Session.send`)."""
        self.number()
        self._put_words()
        self._session.send()

    def close(self) -> None:
        """Write what was put off."""
        self.number()
        self._settle_numbers()
        self._put_words()

    def _put_words(self) -> None:
        words, self._words = self._words, []
        search_loading.put_many(self._session, words)

    def _settle_numbers(self) -> None:
        for year, (before, last) in self._given.items():
            if last > before:
                numbering.take(self._session, scope=self._scope(year), count=last - before)
        self._given = {}

    def _scope(self, year: int) -> str:
        return f"{self._prefix}-{intake.NUMBER_KIND}-{year}"


@dataclass(frozen=True, slots=True)
class Scribe:
    """Writes lives down: the office, who imports, and the instant of the import."""

    office: Office
    actor: Actor
    at: datetime
    # What a mistake of the engine's fields is called in the file's columns.
    fields: Mapping[str, str]

    def subject(self, case: Case) -> Subject:
        """Return the bearings of a case for permissions."""
        return _bearings(case.region_code, case.lead_org_id, case.reported_by)

    def begin(
        self,
        session: Session,
        report: intake.Report,
        *,
        key: str,
        source: Mapping[str, Any],
        at: datetime,
        number: str,
        household_id: UUID | None = None,
    ) -> tuple[Case, list[Deadline]]:
        """Report a case as of `at`, with what the file said kept in its first row; `Book` numbers and indexes it.

        Its clocks come with it, for the steps that follow.
        """
        case = intake.sealed_case(session, report, actor=self.actor, at=at)
        source_key = imported.source_key(self.office.settings.region, key)
        change(case, number=number, source_key=source_key, household_id=household_id)
        begun = engine.start(
            session,
            case,
            actor=self.actor,
            at=at,
            facts={**intake.facts_of(case), imported.SOURCE: dict(source)},
            not_before=self.at,
            recorded_at=self.at,
        )
        session.flush()
        return case, begun.rows

    def live(
        self, session: Session, case: Case, steps: Sequence[Step], clocks: list[Deadline] | None = None
    ) -> list[Deadline] | None:
        """Let a case take these steps; `clocks` are its own if the caller has them, and are given back.

        Raises:
            Invalid: what a step was given is wrong, by the keys of the file's columns.
            Refused: a rule of the business stands against a step.
        """
        rows = clocks
        for step in steps:
            actor = self._unit(case) if step.by_unit else self.actor
            try:
                # The clocks of one step are those of the next: nobody else writes to this case meanwhile.
                rows = engine.move(
                    session,
                    case,
                    step.trigger,
                    subject=self.subject(case),
                    actor=actor,
                    at=step.at,
                    given=dict(step.given),
                    not_before=self.at,
                    recorded_at=self.at,
                    rows=rows,
                ).rows
            except Invalid as mistakes:
                raise self.translated(mistakes) from mistakes
        return rows

    def mend(
        self, session: Session, case: Case, changes: Mapping[str, Any], *, source: Mapping[str, Any], kept_anew: bool
    ) -> bool:
        """Put right what a file now tells otherwise, in one row of history; say whether anything was written.

        `kept_anew`: what is kept beside the columns has changed, so a row is written even if no field has.
        """
        version = case.version
        also = {imported.SOURCE: dict(source)}
        if changes:
            try:
                mending.mend(
                    session, case, changes, subject=self.subject(case), actor=self.actor, at=self.at, also=also
                )
            except Invalid as mistakes:
                raise self.translated(mistakes) from mistakes
        if case.version == version and kept_anew:
            records.note(session, case, actor=self.actor, at=self.at, trigger=MEND, event="mended", fields=also)
        return case.version != version

    def tie(self, session: Session, case: Case, household_id: UUID) -> None:
        """Say through which household a locked case was raised; a solution of it counts from now on."""
        case.household_id = household_id
        fields = {"household_id": {"from": None, "to": str(household_id)}}
        records.note(session, case, actor=self.actor, at=self.at, trigger=MEND, event="mended", fields=fields)
        today = self.at.astimezone(self.office.settings.zone).date()
        solutions.note(session, case, on=today, actor=self.actor, at=self.at)

    def remark(self, session: Session, case: Case, words: str) -> None:
        """Put a remark of the file to a case, as a note."""
        text = texts.clean_text(words, field="remark", max_length=comments.TEXT_LENGTH)
        case.comments_total += 1
        records.note(
            session,
            case,
            actor=self.actor,
            at=self.at,
            trigger=comments.TRIGGER,
            event="commented",
            comment=text,
            fields={imported.SOURCE: {"remark": True}},
        )

    def translated(self, mistakes: Invalid) -> Invalid:
        """Return mistakes by the keys of the columns instead of the engine's fields."""
        return Invalid([FieldError(self.fields.get(e.field, e.field), e.code, e.params) for e in mistakes.errors])

    def instant(self, day: date, calendar: WorkCalendar, *, opening: bool) -> datetime:
        """Return a plausible instant of a day a ledger names: the opening, or noon; never after the import itself."""
        return min(_instant_of(day, calendar.opens if opening else _NOON, calendar.zone), self.at)

    def _unit(self, case: Case) -> Actor:
        return _somebody_of(case.lead_org_id)


@lru_cache(4096)
def _instant_of(day: date, moment: time, zone: ZoneInfo) -> datetime:
    # The same value for all rows of a day: what is looked up by it is found without comparing.
    return datetime.combine(day, moment, tzinfo=zone).astimezone(UTC)


@lru_cache(4096)
def _bearings(region_code: str, lead_org_id: UUID | None, reported_by: UUID | None) -> Subject:
    # A ledger has a few hundred places and some dozen units.
    return Subject(region_code, lead_org_id=lead_org_id, reported_by=reported_by)


@lru_cache(500)
def _somebody_of(org_id: UUID | None) -> Actor:
    # Who of the unit it was, no file says; so the row names nobody rather than the one who imports.
    return Actor(None, "unit", (Grant("unit_head", org_id=org_id),))


def mark_lookalikes(session: Session, scribe: Scribe, made: Sequence[Case], desk: Desk) -> set[UUID]:
    """Link each new case to the oldest other one of the same title or words; return all that were written to."""
    found = imported.same_words(
        session,
        scribe.actor,
        titles=[case.title for case in made if len(case.title) >= _TELLING_TITLE],
        descriptions=[case.description for case in made],
        at=scribe.at,
    )
    own_ids = {case.id for case in made}
    first: dict[str, UUID] = {}
    # What stood here before is older than what was made just now, whichever id was made first.
    for case_id, title, description in sorted(found, key=lambda each: each[0] in own_ids):
        first.setdefault(title, case_id)
        first.setdefault(description, case_id)
    touched: set[UUID] = set()
    for case in made:
        titled = first.get(case.title) if len(case.title) >= _TELLING_TITLE else None
        twins = (each for each in (titled, first.get(case.description)) if each is not None)
        twin = min(twins, key=lambda each: (each in own_ids, each), default=case.id)
        if twin == case.id:
            continue
        # What was written together is not tracked: it is asked for before it is written to.
        own, other = imported.locked(session, case.id), imported.locked(session, twin)
        splitting.link(session, own, other, subject=scribe.subject(own), actor=scribe.actor, at=scribe.at)
        touched |= {case.id, twin}
        desk.done.marked += 1
    return touched
