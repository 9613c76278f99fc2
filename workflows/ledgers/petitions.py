"""Citizens' messages: each becomes a case known by its 留言编号; one with an official reply has lived its life already.

The life of an answered message, as far as the file tells it: reported at 留言时间, assigned at the next opening of the
office, coordinated half way, resolved and closed at 答复时间. Class D and "unreachable", because nobody knows from the
file whether the reply solved anything. The answering unit is not named in such files, so a unit that stands for it has
the case. Without a reply the case is `reported` and waits for triage.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any
from uuid import UUID

from casework.cases import imported, intake
from casework.cases.reporters import NAME_LENGTH, Reporter, unseal
from casework.cases.tables import Case
from casework.core import texts
from casework.core.actors import Actor
from casework.core.calendars import WorkCalendar
from casework.core.columns import canonical
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid, invalid
from casework.core.ids import new_id
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.exchange.values import says_nothing
from casework.registry.calendar import load_calendar
from casework.registry.loading import Outcome, category_codes
from workflows.ledgers.desk import SENT_TOGETHER, Desk, Line
from workflows.ledgers.lives import Book, Scribe, Step, mark_lookalikes

KEY = "petition:"
OTHER = "other"
_FIELDS = {
    "reporter.name": "name",
    "title": "title",
    "description": "description",
    "fields.reply": "reply",
    "date": "reported",
}


@dataclass(frozen=True, slots=True)
class Petition:
    """One message, checked."""

    number: str
    name: str
    title: str
    description: str
    reported: datetime
    reply: str | None
    replied: datetime | None
    label: str | None
    kind: str
    votes: Mapping[str, int | None]

    @property
    def key(self) -> str:
        """The key its case is known by."""
        return KEY + self.number


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What the messages of one chunk are held against, and what becomes of them."""

    desk: Desk
    categories: Mapping[str, str]
    known: Mapping[str, imported.Known]
    book: Book
    made: list[Case] = field(default_factory=list)
    touched: set[UUID] = field(default_factory=set)


class Petitions:
    """Rows of messages."""

    key_field = "number"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("petitions")
        self._words: Mapping[str, str] = self.columns.data["words"]
        self._county = office.settings.region
        self._zone = office.settings.zone
        self._scribe = Scribe(office, actor, at, _FIELDS)
        self._at = at
        # Who has answered, where a file names nobody.
        self._unit = ""

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Nothing has to be known beforehand."""

    def key(self, line: Line) -> str:
        """Return the 留言编号."""
        return str(line.values["number"])

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of messages."""
        read: list[tuple[Line, Petition]] = []
        for line in lines:
            try:
                read.append((line, self._petition(line, load_calendar(session))))
            except Invalid as mistakes:
                desk.refuse(line, mistakes)
        categories = category_codes(session)
        known = imported.by_source_keys(session, [petition.key for _, petition in read], county=self._county)
        if any(petition.replied is not None for _, petition in read):
            self._unit = imported.stand_in_unit(
                session, name=self._words["unit_name"], region=self._county, at=self._at
            )
        book = Book(session, county=self._county)
        chunk = _Chunk(desk, categories, known, book)
        for is_known, group in groupby(read, key=lambda each: each[1].key in known):
            # As in the ledger of difficulties: new lives are written many at a time.
            with nullcontext() if is_known else session.together(tracked=False):
                for line, petition in group:
                    self._write_line(session, chunk, line, petition)
                    if session.would_send(from_rows=SENT_TOGETHER):
                        imported.settle_waiting(session, at=self._at)
                        book.send()
                imported.settle_waiting(session, at=self._at)
        book.close()
        linked = mark_lookalikes(session, self._scribe, chunk.made, desk) if chunk.made else set()
        imported.settle_events(session, chunk.touched | linked, at=self._at)

    def _write_line(self, session: Session, chunk: "_Chunk", line: Line, petition: Petition) -> None:
        desk, book, before = chunk.desk, chunk.book, chunk.known.get(petition.key)
        category = chunk.categories.get(petition.label or "", OTHER)
        source = _source(petition, category)
        if before is not None and before.sha256 == source["sha256"]:
            desk.note("unchanged")
            return
        year = petition.reported.astimezone(self._zone).year
        number = book.next_number(year) if before is None else ""
        try:
            with session.savepoint():
                case, outcome = self._keep(
                    session, line, petition, category=category, before=before, source=source, number=number
                )
        except CaseworkError as refusal:
            desk.refuse(line, refusal)
            if number:
                book.take_back(year)
            return
        desk.note(outcome)
        if outcome == "created":
            chunk.made.append(case)
            book.index(case)
        else:
            chunk.touched.add(case.id)

    def _petition(self, line: Line, calendar: WorkCalendar) -> Petition:
        values = line.values
        faults: list[FieldError] = []
        reported = self._instant(values["reported"], time(0))
        if reported > self._at:
            faults.append(FieldError("reported", "date_ahead", {"today": self._today().isoformat()}))
        reply, replied = values.get("reply"), None
        if reply is not None and says_nothing(reply):
            # 无, 暂无 or a stroke in the column of replies is no reply.
            reply = None
        if reply is not None and values.get("replied") is None:
            faults.append(FieldError("replied", "import_reply_without_date"))
        elif reply is not None:
            replied = self._replied(values["replied"], reported, calendar, faults)
        title = values["title"]
        short, description = title, values["description"]
        if len(title) > intake.TITLE_LENGTH:
            mark = self._words["shortened"]
            short, description = title[: intake.TITLE_LENGTH - len(mark)] + mark, f"{title}\n\n{description}"
        for key, text, length in (("description", description, intake.DESCRIPTION_LENGTH), ("title", short, 200)):
            try:
                texts.clean_text(text, field=key, max_length=length)
            except Invalid as mistake:
                faults += mistake.errors
        name = values.get("name") or self._words["anonymous"]
        try:
            texts.clean_text(name, field="name", max_length=NAME_LENGTH, name=True)
        except Invalid as mistake:
            faults += mistake.errors
        if faults:
            raise Invalid(faults)
        votes = {key: values.get(key) for key in ("favour", "against")}
        return Petition(
            values["number"],
            name,
            short,
            description,
            reported,
            reply,
            replied,
            values.get("category"),
            self._kind(title),
            votes,
        )

    def _instant(self, told: tuple[date, time | None], missing: time) -> datetime:
        return datetime.combine(told[0], told[1] or missing, tzinfo=self._zone).astimezone(UTC)

    def _replied(
        self, told: tuple[date, time | None], reported: datetime, calendar: WorkCalendar, faults: list[FieldError]
    ) -> datetime:
        replied = self._instant(told, calendar.closes)
        if told[1] is None and told[0] == reported.astimezone(self._zone).date():
            replied = max(replied, reported)
        if replied > self._at and told[0] == self._today() and told[1] is None:
            replied = self._at
        if replied < reported:
            faults.append(FieldError("replied", "import_before", {"other": self.columns.column("reported").heading}))
        elif replied > self._at:
            faults.append(FieldError("replied", "date_ahead", {"today": self._today().isoformat()}))
        return replied

    def _today(self) -> date:
        return self._at.astimezone(self._zone).date()

    def _kind(self, title: str) -> str:
        rows: Sequence[Mapping[str, Any]] = self.columns.data["kind"]
        return next((row["code"] for row in rows if any(word in title for word in row["words"])), "help")

    def _keep(
        self,
        session: Session,
        line: Line,
        petition: Petition,
        *,
        category: str,
        before: imported.Known | None,
        source: Mapping[str, Any],
        number: str,
    ) -> tuple[Case, Outcome]:
        if before is None:
            return self._create(session, petition, category=category, source=source, number=number), "created"
        case = imported.locked(session, before.id)
        changed = self._update(session, line, case, petition, category=category, before=before, source=source)
        return case, "updated" if changed else "unchanged"

    def _create(
        self, session: Session, petition: Petition, *, category: str, source: Mapping[str, Any], number: str
    ) -> Case:
        report = intake.Report(
            id=new_id(),
            title=petition.title,
            description=petition.description,
            category=category,
            kind=petition.kind,
            urgency="normal",
            region_code=self._county,
            channel="import",
            reporter=Reporter(petition.name, None, None),
            occurred_on=None,
            answers={},
        )
        case, clocks = self._scribe.begin(
            session, report, key=petition.key, source=source, at=petition.reported, number=number
        )
        if petition.replied is not None:
            self._scribe.live(session, case, self._life(session, petition, petition.replied), clocks)
        return case

    def _life(self, session: Session, petition: Petition, replied: datetime) -> list[Step]:
        calendar = load_calendar(session)
        assigned = min(max(calendar.next_opening(petition.reported), petition.reported), replied)
        half = assigned + (replied - assigned) // 2
        # Nobody sits at a desk at three in the night; a reply given out of hours may still come first.
        coordinated = min(max(assigned, calendar.next_opening(half.replace(microsecond=0))), replied)
        result = {"result_class": "D", "reply": petition.reply}
        return [
            Step("assign", assigned, {"org": self._unit}),
            Step("coordinate", coordinated, {"plan": self._words["plan_unknown"]}, by_unit=True),
            Step("resolve", replied, result, by_unit=True),
            Step("close", replied, {"followed_up": "unreachable"}),
        ]

    def _update(
        self,
        session: Session,
        line: Line,
        case: Case,
        petition: Petition,
        *,
        category: str,
        before: imported.Known,
        source: Mapping[str, Any],
    ) -> bool:
        if case.reported_at != petition.reported:
            raise invalid("reported", "import_told_otherwise")
        version = case.version
        if petition.replied is not None:
            self._answer(session, case, petition, petition.replied)
        changes: dict[str, Any] = {}
        for name, value in (("title", petition.title), ("description", petition.description)):
            if getattr(case, name) != value:
                changes[name] = value
        if "category" in line.values and case.category != category:
            changes["category"] = category
        if "name" in line.values and unseal(session, case, "name") != petition.name:
            changes["reporter"] = {"name": petition.name}
        kept_anew = dict(before.kept) != source["kept"]
        mended = self._scribe.mend(session, case, changes, source=source, kept_anew=kept_anew)
        return mended or case.version != version

    def _answer(self, session: Session, case: Case, petition: Petition, replied: datetime) -> None:
        """Let a case take its reply from a later file, unless the office has taken it in hand meanwhile."""
        if case.reply is None and case.state == "reported" and case.returns == 0:
            self._scribe.live(session, case, self._life(session, petition, replied))
        elif case.reply != petition.reply or case.resolved_at != replied:
            raise invalid("reply", "import_case_moved_on", number=case.number)


def _source(petition: Petition, category: str) -> dict[str, Any]:
    kept = {key: value for key, value in {**petition.votes, "label": petition.label}.items() if value is not None}
    told = [
        *(petition.number, petition.name, petition.title, petition.description, petition.reported.isoformat()),
        *(petition.reply, None if petition.replied is None else petition.replied.isoformat(), category, kept),
    ]
    return {"sha256": hashlib.sha256(canonical(told).encode()).hexdigest(), "kept": kept}
