"""The ledger of difficulties (domain.md §4.2 no. 3): 编号 is the key, a row is a case with the life its dates tell.

A row nobody knows becomes a case and lives as far as its columns go: reported on 受理日期, assigned on 交办日期 to the
主办单位, coordinated by its 进展, resolved on 办结日期, closed by 回访 or 销号. A row of a case that is here already
changes nothing when it says what an export of that case would say; else what it says differently is put right, or the
life goes on from where it is, and where neither is possible the row is refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from casework.cases import imported
from casework.cases.tables import Case
from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid, NotFound
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.registry.calendar import load_calendar
from casework.registry.loading import Outcome, category_codes, category_labels
from workflows.ledgers.case_heads import Heads
from workflows.ledgers.case_lives import Lives
from workflows.ledgers.case_rows import KEY, CaseRow, Categories, differing, read_row
from workflows.ledgers.desk import SENT_TOGETHER, Desk, Line
from workflows.ledgers.lives import Book, Scribe, mark_lookalikes
from workflows.ledgers.names import Names, NamesOnce

_FIELDS = {
    "reporter.name": "name",
    "reporter.phone": "phone",
    "title": "problem",
    "description": "problem",
    "category": "category",
    "region_code": "place",
    "fields.org": "lead",
    "fields.co_orgs": "co",
    "fields.assignee": "person",
    "fields.plan": "progress",
    "fields.reply": "progress",
    "fields.result_class": "result",
    "fields.reason": "progress",
    "fields.solved": "solved",
    "fields.satisfaction": "satisfaction",
    "date": "reported",
}


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one chunk is written with."""

    session: Session
    categories: Categories
    lives: Lives
    heads: Heads
    told: Mapping[UUID, imported.Told]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What the lines of one chunk are held against, and what becomes of them."""

    desk: Desk
    names: Names
    known: Mapping[str, imported.Known]
    book: Book
    made: list[Case] = field(default_factory=list)
    touched: set[UUID] = field(default_factory=set)


class Cases:
    """Rows of difficulties."""

    key_field = "number"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("cases")
        self._county = office.settings.region
        self._names = NamesOnce(self._county)
        self._scribe = Scribe(office, actor, at, _FIELDS)
        self._at = at

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Nothing has to be known beforehand."""

    def key(self, line: Line) -> str:
        """Return the 编号."""
        return str(line.values["number"])

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of difficulties."""
        calendar = load_calendar(session)
        with calendar.keeping_more():
            self._write_with(calendar, session, lines, desk)

    def _write_with(self, calendar: WorkCalendar, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        names = self._names.of(session)
        lives = Lives(self._scribe, self.columns.data["words"], calendar)
        categories = Categories(category_codes(session), category_labels(session))
        numbers = [str(line.values["number"]) for line in lines]
        known = self._known(session, numbers)
        book = Book(session, county=self._county)
        if known or any(map(book.is_ours, numbers)):
            # What is here already is locked when it is written to, and a number of ours may be one given just now.
            desk.baton.take()
            known = self._known(session, numbers)
        heads = Heads(session, lines, county=self._county)
        here = _Desk(session, categories, lives, heads, self._tell(session, [each.id for each in known.values()]))
        chunk = _Chunk(desk, names, known, book)
        for is_known, group in groupby(lines, key=lambda line: str(line.values["number"]) in known):
            # New lives go to the database many at a time; one that is here is asked for, and locked, by itself.
            with nullcontext() if is_known else session.together(tracked=False):
                for line in group:
                    self._write_line(here, chunk, line)
                    if desk.baton.is_held and session.would_send(from_rows=SENT_TOGETHER):
                        imported.settle_waiting(session, at=self._at)
                        book.send()
                desk.baton.take()
                book.number()
                imported.settle_waiting(session, at=self._at)
        book.close()
        linked = mark_lookalikes(session, self._scribe, chunk.made, desk) if chunk.made else set()
        imported.settle_events(session, chunk.touched | linked, at=self._at)

    def _known(self, session: Session, numbers: Sequence[str]) -> Mapping[str, imported.Known]:
        keys = [KEY + number for number in numbers]
        by_keys = imported.by_source_keys(session, keys, county=self._county)
        return {
            **imported.by_numbers(session, numbers, county=self._county),
            **{key.removeprefix(KEY): each for key, each in by_keys.items()},
        }

    def _write_line(self, here: _Desk, chunk: "_Chunk", line: Line) -> None:
        desk, book = chunk.desk, chunk.book
        try:
            row = read_row(
                line.values,
                columns=self.columns,
                names=chunk.names,
                county=self._county,
                today=self._today(),
                calendar=here.lives.calendar,
            )
            before = chunk.known.get(row.number)
            kept = book.keep_number(row.number) if before is None else None
            with here.session.savepoint():
                case, outcome = self._keep(here, line, row, before, number=kept or "")
        except CaseworkError as refusal:
            desk.refuse(line, refusal)
            return
        desk.note(outcome)
        if here.heads.are_several(line, row):
            desk.warn(line, key="name", code="import_head_unclear")
        if outcome != "unchanged" and here.categories.is_unknown(row.category_label):
            desk.warn(line, key="category", code="import_category_other", label=row.category_label)
        if outcome != "unchanged" and row.is_called_back_only:
            desk.warn(line, key="followed", code="import_call_not_kept")
        if outcome == "created" and (idle := row.idle_limit(here.lives.calendar)) is not None:
            desk.warn(line, key=idle, code="import_limit_not_kept")
        if outcome == "created" and row.limit is None and (told := line.values.get("limit")) is not None:
            desk.warn(line, key="limit", code="import_limit_unread", words=told)
        if case is not None and outcome == "created":
            chunk.made.append(case)
            book.index(case)
            if kept is None:
                book.number_later(case, row.reported.year)
        elif case is not None:
            chunk.touched.add(case.id)

    def _today(self) -> date:
        return self._at.astimezone(self._scribe.office.settings.zone).date()

    def _keep(
        self, here: _Desk, line: Line, row: CaseRow, before: imported.Known | None, *, number: str
    ) -> tuple[Case | None, Outcome]:
        if before is None:
            return self._create(here, line, row, number=number), "created"
        told = here.told.get(before.id)
        household = here.heads.household_of(line, row)
        # A household that has become known since is the one through whom a case of a file was raised; of one
        # reported here, an export that comes back knows no more than the office does.
        is_tied = told is None or told.case.household_id is not None or household is None
        is_tied = is_tied or (told is not None and not imported.key_of(told.case).startswith(KEY))
        is_same = before.sha256 == row.source["sha256"]
        is_same = is_same or (told is not None and not self._differing(here, line, row, told))
        if is_same and is_tied:
            return None, "unchanged"
        if told is None:
            raise NotFound("case")
        case = imported.locked(here.session, before.id)
        if not is_same:
            self._update(here, line, row, case)
        if household is not None and not is_tied:
            self._scribe.tie(here.session, case, household)
        return case, "updated"

    def _create(self, here: _Desk, line: Line, row: CaseRow, *, number: str) -> Case:
        session = here.session
        report = row.report(here.categories, columns=self.columns)
        reported = self._scribe.instant(row.reported, here.lives.calendar, opening=True)
        case, clocks = self._scribe.begin(
            session,
            report,
            key=KEY + row.number,
            source=row.source,
            at=reported,
            number=number,
            household_id=here.heads.household_of(line, row),
        )
        here.lives.live(session, case, row, clocks)
        if row.remark is not None:
            self._scribe.remark(session, case, row.remark)
        return case

    def _differing(self, here: _Desk, line: Line, row: CaseRow, told: imported.Told) -> list[str]:
        return differing(here.session, line.values, row, told, here.categories, columns=self.columns)

    def _tell(self, session: Session, ids: Sequence[UUID]) -> Mapping[UUID, imported.Told]:
        """Return cases as an export would tell them; those the importing person may not know of are left out."""
        if not ids:
            return {}
        # What was changed in memory has to be written before it is read.
        session.flush()
        found = imported.tell(session, self._scribe.actor, keys_from=None, batch=len(ids), at=self._at, ids=ids)
        return {told.case.id: told for batch in found for told in batch}

    def _update(self, here: _Desk, line: Line, row: CaseRow, case: Case) -> None:
        """Let the life go on and put right what the row says otherwise; refuse what still differs.

        Raises:
            Invalid: import_case_moved_on on every column that the case cannot follow.
        """
        here.lives.live(here.session, case, row)
        wanted = self._differing(here, line, row, self._tell(here.session, [case.id])[case.id])
        changes = row.changes(wanted, here.categories, columns=self.columns)
        self._scribe.mend(here.session, case, changes, source=row.source, kept_anew=True)
        left = self._differing(here, line, row, self._tell(here.session, [case.id])[case.id])
        if left:
            raise Invalid([FieldError(key, "import_case_moved_on", {"number": case.number}) for key in left])
