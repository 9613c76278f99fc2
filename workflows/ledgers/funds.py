"""The ledger of project money (domain.md §4.2 no. 6): a row is one sum with the stages it has reached.

A sum is known by project, source and document number. With a 困难件编号 beside it, it is that case's money and keeps
the rules of a case's money; without one it stands for itself (`matter_id` is the sum's own id). A changed amount is
never overwritten: the line is taken back by a mirror line and written anew. The project
of a row is kept beside its money.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from casework.cases import imported
from casework.cases.tables import Case
from casework.core import money
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid, Refused, invalid
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.funds import actions as ledger
from casework.funds import sums
from casework.funds.tables import FundLine
from casework.members import queries as members
from casework.members.tables import Member
from casework.registry import queries as registry
from casework.registry.loading import Outcome
from workflows import funding
from workflows.ledgers.case_rows import KEY
from workflows.ledgers.desk import Desk, Line
from workflows.ledgers.fund_lookalikes import Lookalikes
from workflows.ledgers.fund_projects import Projects
from workflows.ledgers.fund_rows import AMOUNTS, DATED, FundRow, key_of, read_row, says_the_same_words
from workflows.ledgers.lives import Scribe
from workflows.ledgers.names import Names

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
        self._scribe = Scribe(office, actor, at, _FIELDS)
        self._at = at

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Nothing has to be known beforehand."""

    def key(self, line: Line) -> str:
        """Return project, source and document number."""
        return key_of(line.values["project"], line.values["source"], line.values.get("document") or "")

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of sums."""
        names = Names(session, county=self._county)
        documents = {line.values.get("document") or "" for line in lines}
        known = {
            key_of(each.last.project or "", each.last.source, each.last.document_no): each
            for each in sums.of_documents(session, documents)
        }
        named = {line.values["project"] for line in lines}
        alike = Lookalikes(sums.of_projects(session, named))
        projects = Projects(session, names, self.columns, county=self._county, named=named, actor=self._scribe.actor)
        for line in lines:
            try:
                row, warnings = read_row(
                    line.values, columns=self.columns, names=names, county=self._county, today=self._today()
                )
                found = known.get(self.key(line))
                with session.savepoint():
                    case = self._case(session, row, found)
                    if case is not None and "place" not in row.words:
                        row = replace(row, region_code=case.region_code)
                    outcome = self._keep(session, row, found, case)
                    warnings += self._credit(session, row, line, found)
                    kept = projects.keep(row, money=outcome, at=self._at)
            except CaseworkError as refusal:
                desk.refuse(line, self._scribe.translated(refusal) if isinstance(refusal, Invalid) else refusal)
                continue
            desk.note("updated" if outcome == "unchanged" and kept != "unchanged" else outcome)
            if outcome == "created":
                warnings += alike.of(row, on=row.on or self._today())
            for warning in warnings:
                desk.warn(line, key=warning.field, code=warning.code, **warning.params)

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
            **imported.by_numbers(session, [row.case]),
            **imported.by_source_keys(session, [KEY + row.case]),
        }
        if not known:
            raise invalid("case", "import_unknown_case", number=row.case)
        return imported.locked(session, next(iter(known.values())).id)

    def _keep(self, session: Session, row: FundRow, found: sums.Sum | None, case: Case | None) -> Outcome:
        lines = {} if found is None else dict(found.lines)
        told_anew = found is not None and not says_the_same_words(row, found, columns=self.columns)
        wrong = [lines[stage] for stage in AMOUNTS if stage in lines and not self._agrees(row, lines[stage])]
        if told_anew and found is not None and found.last not in wrong:
            wrong.append(found.last)
        if case is not None and wrong:
            # A case's sum that has moved on is taken back from its furthest stage on (workflows/funding.py).
            first = min(ledger.STAGES.index(line.stage) for line in wrong)
            wrong = [line for line in lines.values() if ledger.STAGES.index(line.stage) >= first]
        missing = [stage for stage in AMOUNTS if stage in row.amounts and stage not in lines]
        if not wrong and not missing:
            return "unchanged"
        allocation = found.allocation_id if found is not None else None
        for line in sorted(wrong, key=lambda each: ledger.STAGES.index(each.stage), reverse=True):
            self._take_back(session, line, case)
        stages = {line.stage for line in wrong} | set(missing)
        for stage in (stage for stage in ledger.STAGES if stage in stages):
            amount = row.amounts.get(stage, lines[stage].amount_fen if stage in lines else 0)
            new = self._add(session, row, case, stage=stage, fen=amount, allocation=allocation)
            allocation = new.allocation_id
        return "created" if found is None else "updated"

    @staticmethod
    def _agrees(row: FundRow, line: FundLine) -> bool:
        if row.amounts.get(line.stage, line.amount_fen) != line.amount_fen:
            return False
        return line.stage not in DATED or row.on is None or row.on == line.on_date

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
        self, session: Session, row: FundRow, case: Case | None, *, stage: str, fen: int, allocation: UUID | None
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
                "note": row.note(self.columns),
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
            note=row.note(self.columns),
            allocation_id=allocation,
        )
        refusals = ledger.rules_against(session, new)
        if refusals:
            raise Refused(refusals)
        line = ledger.add(
            session, new, matter_id=None, region_code=row.region_code, actor=self._scribe.actor, at=self._at
        )
        session.flush()
        return line

    def _credit(self, session: Session, row: FundRow, line: Line, found: sums.Sum | None) -> list[FieldError]:
        """Give those named as 协调人 equal shares when the sum is new; who is not registered stays as words."""
        people = line.values.get("coordinator") or []
        serving = members.named(session, people, region_code=self._county)
        holders = {name: self._holder(session, name, serving.get(name, ())) for name in people}
        warnings = [
            FieldError("coordinator", "import_kept_as_words", {"words": name})
            for name, holder in holders.items()
            if holder is None
        ]
        known = [holder for holder in holders.values() if holder is not None]
        if found is None and known:
            [new] = [
                each
                for each in sums.of_documents(session, [row.document])
                if key_of(each.last.project or "", each.last.source, each.last.document_no) == self.key(line)
            ]
            for place, (person_id, member_id) in enumerate(known):
                ledger.attribute(
                    session,
                    allocation_id=new.allocation_id,
                    person_id=person_id,
                    member_id=member_id,
                    org_id=None,
                    share_bp=ledger.FULL_SHARE // len(people),
                    role="joint" if place else "lead",
                    at=self._at,
                )
        return warnings

    @staticmethod
    def _holder(session: Session, name: str, serving: Sequence[Member]) -> tuple[UUID | None, UUID | None] | None:
        """Return the account and the member of a name, of whom there must be one only; None when nobody is known."""
        if len(serving) == 1:
            return serving[0].person_id, serving[0].id
        found = registry.people_named(session, [name])
        return (found[0], None) if found else None
