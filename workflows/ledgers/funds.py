"""The ledger of project money (domain.md §4.2 no. 6): a row is one sum with the stages it has reached.

A sum is known by project, source and document number. With a 困难件编号 beside it, it is that case's money and keeps
the rules of a case's money; without one it stands for itself (`matter_id` is the sum's own id). A changed amount is
never overwritten: the line is taken back by a mirror line and written anew. The project
of a row is kept beside its money.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from uuid import UUID

from casework.cases import imported
from casework.cases import lines as case_lines
from casework.cases.tables import Case
from casework.core import money
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid, Refused, invalid
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.funds import actions as ledger
from casework.funds import sums
from casework.funds.documents import document_key
from casework.funds.tables import FundLine
from casework.members import queries as members
from casework.registry import queries as registry
from casework.registry.loading import Outcome
from workflows.ledgers.case_rows import KEY
from workflows.ledgers.desk import SENT_TOGETHER, Desk, Line, RefusedAt
from workflows.ledgers.fund_lookalikes import Lookalikes
from workflows.ledgers.fund_projects import Projects
from workflows.ledgers.fund_rows import AMOUNTS, DATED, FundRow, key_of, read_row, says_the_same_words
from workflows.ledgers.lives import Scribe
from workflows.ledgers.names import Names, NamesOnce
from workflows.money import funding

_FIELDS = {
    "amount": "applied",
    "source": "source",
    "document_no": "document",
    "on": "on",
    "project": "project",
    "note": "content",
}


class Funds:
    """Rows of sums."""

    key_field = "project"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("funds")
        self._county = office.settings.region
        self._names = NamesOnce(self._county)
        self._scribe = Scribe(office, actor, at, _FIELDS)
        self._at = at

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Nothing has to be known beforehand."""

    def key(self, line: Line) -> str:
        """Return project, source and document number."""
        return key_of(line.values["project"], line.values["source"], line.values.get("document") or "")

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of sums; those of cases one by one, for a case has rules and clocks of its own."""
        names = self._names.of(session)
        named = {(line.values["project"], self._place(names, line)) for line in lines}
        # Whoever enters one of these sums by hand meanwhile waits, or is found.
        case_lines.hold_all(session, {document_key(told) for line in lines if (told := line.values.get("document"))})
        of_projects = sums.of_projects(session, {project for project, _ in named})
        here = _Chunk(
            session,
            desk,
            names,
            _Known(session, lines, of_projects, key=self.key, county=self._county),
            Lookalikes(of_projects),
            Projects(session, names, self.columns, county=self._county, named=named, actor=self._scribe.actor),
        )
        for is_of_case, group in groupby(lines, key=lambda line: here.known.is_of_case(line, self.key(line))):
            with nullcontext() if is_of_case else session.together(tracked=False):
                for line in group:
                    self._write_line(here, line, is_of_case=is_of_case)
                    session.send(from_rows=SENT_TOGETHER)

    def _place(self, names: Names, line: Line) -> str:
        try:
            return names.place(line.values["place"], field="place") if line.values.get("place") else self._county
        except Invalid:
            return self._county

    def _write_line(self, here: "_Chunk", line: Line, *, is_of_case: bool) -> None:
        session, known = here.session, here.known
        try:
            row, warnings = read_row(
                line.values, columns=self.columns, names=here.names, county=self._county, today=self._today()
            )
            found = known.sums.get(self.key(line))
            with session.savepoint():
                case = self._case(session, row, found) if is_of_case else None
                if case is not None and "place" not in row.words:
                    row = replace(row, region_code=case.region_code)
                outcome, allocation = self._keep(session, row, found, case, known)
                warnings += self._credit(session, line, None if found else allocation, known)
                kept = here.projects.keep(row, money=outcome, at=self._at)
        except CaseworkError as refusal:
            if isinstance(refusal, RefusedAt) and refusal.field not in line.headings:
                # All four amounts stand in one cell.
                refusal.field = "amounts"
            here.desk.refuse(line, self._scribe.translated(refusal) if isinstance(refusal, Invalid) else refusal)
            return
        here.desk.note("updated" if outcome == "unchanged" and kept != "unchanged" else outcome)
        if outcome == "created":
            warnings += here.alike.of(row, on=row.on or self._today())
        for warning in warnings:
            here.desk.warn(line, key=warning.field, code=warning.code, **warning.params)

    def _today(self) -> date:
        return self._at.astimezone(self._scribe.office.settings.zone).date()

    def _case(self, session: Session, row: FundRow, found: sums.Sum | None) -> Case | None:
        """Return the case a row's money is for, locked; a sum that is here already stays where it is.

        Raises:
            Invalid: import_unknown_case.
        """
        if found is not None:
            return imported.locked_if_any(session, found.last.matter_id)
        if row.case is None:
            return None
        known = {
            **imported.by_numbers(session, [row.case], county=self._county),
            **imported.by_source_keys(session, [KEY + row.case], county=self._county),
        }
        if not known:
            raise invalid("case", "import_unknown_case", number=row.case)
        return imported.locked(session, next(iter(known.values())).id)

    def _keep(
        self, session: Session, row: FundRow, found: sums.Sum | None, case: Case | None, known: "_Known"
    ) -> tuple[Outcome, UUID | None]:
        """Write what of a sum is not kept yet or kept otherwise; return the sum it is of beside what was done."""
        lines = {} if found is None else dict(found.lines)
        told_anew = found is not None and not says_the_same_words(row, found, columns=self.columns)
        wrong = [lines[stage] for stage in AMOUNTS if stage in lines and not self._agrees(row, stage, lines)]
        if told_anew and found is not None and found.last not in wrong:
            wrong.append(found.last)
        if case is not None and wrong:
            # A case's sum that has moved on is taken back from its furthest stage on (workflows/money/funding.py).
            first = min(ledger.STAGES.index(line.stage) for line in wrong)
            wrong = [line for line in lines.values() if ledger.STAGES.index(line.stage) >= first]
        missing = [stage for stage in AMOUNTS if stage in row.amounts and stage not in lines]
        allocation = found.allocation_id if found is not None else None
        if not wrong and not missing:
            return "unchanged", allocation
        for line in sorted(wrong, key=lambda each: ledger.STAGES.index(each.stage), reverse=True):
            self._take_back(session, line, case)
            known.forget(line)
        stages, note = {line.stage for line in wrong} | set(missing), row.note(self.columns)
        for stage in (stage for stage in ledger.STAGES if stage in stages):
            amount = row.amounts.get(stage, lines[stage].amount_fen if stage in lines else 0)
            try:
                told = self._told_of(row, stage, lines)
                new = self._add(session, told, case, known, stage=stage, fen=amount, allocation=allocation, note=note)
            except Refused as refused:
                is_of_day = all(each.code in ledger.DAY_RULES for each in refused.refusals)
                raise RefusedAt(refused.refusals, field="on" if is_of_day else stage) from refused
            known.note(new)
            allocation = new.allocation_id
        return "created" if found is None else "updated", allocation

    @staticmethod
    def _agrees(row: FundRow, stage: str, lines: Mapping[str, FundLine]) -> bool:
        line = lines[stage]
        if row.amounts.get(stage, line.amount_fen) != line.amount_fen:
            return False
        return not _is_dated_by_rows(stage, lines) or row.on is None or row.on == line.on_date

    @staticmethod
    def _told_of(row: FundRow, stage: str, lines: Mapping[str, FundLine]) -> FundRow:
        """Return a row as it is written at a stage: a line that is written anew keeps its own paper and day."""
        if stage not in lines:
            return row
        on = row.on if _is_dated_by_rows(stage, lines) else lines[stage].on_date
        return replace(row, on=on or row.on or lines[stage].on_date, document=lines[stage].document_no)

    def _take_back(self, session: Session, line: FundLine, case: Case | None) -> None:
        note = self.columns.data["words"]["reversed"]
        if case is None:
            ledger.reverse(session, line, note=note, actor=self._scribe.actor, at=self._at, on=self._today())
            session.flush()
            return
        funding.reverse_line(
            session,
            case,
            line,
            {"note": note},
            subject=self._scribe.subject(case),
            actor=self._scribe.actor,
            at=self._at,
        )

    def _add(
        self,
        session: Session,
        row: FundRow,
        case: Case | None,
        known: "_Known",
        *,
        stage: str,
        fen: int,
        allocation: UUID | None,
        note: str | None,
    ) -> FundLine:
        on = row.on or self._today()
        if case is not None:
            raw = {
                "stage": stage,
                "amount": money.yuan(fen),
                "source": row.source,
                "document_no": row.document,
                "on": on.isoformat(),
                "project": row.project,
                "note": note,
                "allocation": None if allocation is None else str(allocation),
            }
            subject = self._scribe.subject(case)
            return funding.add_line(session, case, raw, subject=subject, actor=self._scribe.actor, at=self._at)
        new = ledger.NewLine(
            stage=stage,
            amount_fen=fen,
            source=row.source,
            document_no=row.document,
            on=on,
            project=row.project,
            note=note,
            allocation_id=allocation,
            kind=known.kind_of(allocation),
        )
        refusals = ledger.rules_against(session, new, known=known.standing(new))
        if refusals:
            raise Refused(refusals)
        return ledger.add(
            session, new, matter_id=None, region_code=row.region_code, actor=self._scribe.actor, at=self._at
        )

    def _credit(self, session: Session, line: Line, allocation: UUID | None, known: "_Known") -> list[FieldError]:
        """Give those named as 协调人 equal shares of a new sum; who is not registered stays as words."""
        people = line.values.get("coordinator") or []
        holders = {name: known.holder(name) for name in people}
        warnings = [
            FieldError("coordinator", "import_kept_as_words", {"words": name})
            for name, holder in holders.items()
            if holder is None
        ]
        credited = [holder for holder in holders.values() if holder is not None]
        if allocation is None:
            return warnings
        for place, (person_id, member_id) in enumerate(credited):
            ledger.attribute(
                session,
                allocation_id=allocation,
                person_id=person_id,
                member_id=member_id,
                org_id=None,
                share_bp=ledger.FULL_SHARE // len(people),
                role="joint" if place else "lead",
                at=self._at,
            )
        return warnings


def _is_dated_by_rows(stage: str, lines: Mapping[str, FundLine]) -> bool:
    """Say whether the one day of a row is that of a kept line: the first of the dated stages and what was so on the
    same day. A line that was entered on a day of its own keeps it, whatever else of it is written anew."""
    first = next((lines[each] for each in DATED if each in lines), None)
    return stage in DATED and first is not None and lines[stage].on_date == first.on_date


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What the rows of one chunk share."""

    session: Session
    desk: Desk
    names: Names
    known: "_Known"
    alike: Lookalikes
    projects: Projects


class _Known:
    """What the rows of a chunk are held against: sums, their standing lines, and who coordinates; kept up with them."""

    def __init__(
        self,
        session: Session,
        lines: Sequence[Line],
        of_projects: Sequence[sums.Sum],
        *,
        key: Callable[[Line], str],
        county: str,
    ) -> None:
        self._session = session
        found = sums.of_documents(session, {line.values.get("document") or "" for line in lines})
        wanted = {key(line) for line in lines}
        # A sum may have a paper for each stage, and a paper may be typed with other brackets than before: whole sums
        # are found by any of their papers, those of the project too.
        meant = sums.whole(session, [each for each in (*found, *of_projects) if wanted & _keys_of(each)])
        self.sums = {told: each for each in meant for told in _keys_of(each)}
        self.sums |= {_key_of(each.last): each for each in meant}
        self._cases = imported.those_of(session, {each.last.matter_id for each in meant})
        # Standing lines by document and by sum.
        self._of_documents: dict[str, list[FundLine]] = {}
        self._of_sums = {each.allocation_id: list(each.lines.values()) for each in meant}
        for each in (*meant, *(each for each in found if each.allocation_id not in self._of_sums)):
            for line in each.lines.values():
                self._of_documents.setdefault(document_key(line.document_no), []).append(line)
        people = sorted({name for row in lines for name in row.values.get("coordinator") or ()})
        self._serving = members.named(session, people, region_code=county)
        self._people = registry.people_by_name(session, people)

    def is_of_case(self, line: Line, key: str) -> bool:
        """Say whether the money of a row is, or is to be, that of a case; a sum that is here stays where it is."""
        found = self.sums.get(key)
        return line.values.get("case") is not None if found is None else found.last.matter_id in self._cases

    def standing(self, line: ledger.NewLine) -> Sequence[FundLine]:
        """Return the lines that the rules of the ledger hold a line against."""
        if line.allocation_id is None:
            return self._of_documents.get(document_key(line.document_no), ())
        return self._of_sums.get(line.allocation_id, ())

    def kind_of(self, allocation_id: UUID | None) -> str | None:
        """Return whose money a sum is; None where no line of it is known to stand."""
        rows = () if allocation_id is None else self._of_sums.get(allocation_id, ())
        return next((row.kind for row in rows), None)

    def note(self, line: FundLine) -> None:
        """Take down a line that was written."""
        for rows in self._places(line):
            self._session.if_taken_back(partial(rows.remove, line))
            rows.append(line)

    def forget(self, line: FundLine) -> None:
        """Take down that a line was taken back."""
        for rows in self._places(line):
            if line in rows:
                self._session.if_taken_back(partial(rows.append, line))
                rows.remove(line)

    def holder(self, name: str) -> tuple[UUID | None, UUID | None] | None:
        """Return the account and the member of a name, of whom there must be one only; None when nobody is known."""
        serving = self._serving.get(name, ())
        if len(serving) == 1:
            return serving[0].person_id, serving[0].id
        found = self._people[name]
        return (found[0], None) if found else None

    def _places(self, line: FundLine) -> Sequence[list[FundLine]]:
        return (
            self._of_documents.setdefault(document_key(line.document_no), []),
            self._of_sums.setdefault(line.allocation_id, []),
        )


def _keys_of(found: sums.Sum) -> set[str]:
    return {_key_of(line) for line in found.lines.values()}


def _key_of(line: FundLine) -> str:
    return key_of(line.project or "", line.source, line.document_no)
