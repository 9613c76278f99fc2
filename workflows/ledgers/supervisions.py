"""The ledger of supervised matters (domain.md §4.2 no. 5): 督办编号 is the key, a row is a matter and how far it is.

A row nobody knows becomes a matter kept from a file: in progress until its day, or struck off on 销号日期. A row told
otherwise mends a matter that came from a file; what is worked at here no file changes. State and lamp are what an
export says of the day it was made: read back, they change nothing; a state that the matter is not in has a word.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from casework.core import texts
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, FieldError, Invalid
from casework.core.office import Office
from casework.exchange.column_sets import ColumnSet, column_set
from casework.exchange.habits import habits, plain
from casework.exchange.values import word_code
from casework.permissions import Subject
from casework.registry.calendar import load_calendar
from casework.registry.tables import Org
from casework.supervisions import actions, queries
from casework.supervisions.actions import Draft
from casework.supervisions.tables import Supervision
from workflows import engine, records, supervising
from workflows.ledgers.desk import Desk, Line
from workflows.ledgers.names import Names

KEY = "supervisions:"
_BATCH = 500
_OPENING, _NOON = time(9), time(12)
_NEAR = 2
# What a row tells of a matter and an export tells again.
_TOLD = ("initiated", "source", "matter", "org", "leader", "due", "urges", "extension", "result", "struck")
# Of a matter from a file these are put right by a later file; the others have to be the same.
_MENDED: Mapping[str, str] = {"leader": "leader", "result": "progress"}


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, checked by itself."""

    number: str
    initiated: date
    source: str
    matter: str
    org: Org
    co: tuple[Org, ...]
    due: date
    urges: int
    leader: str | None = None
    extension: date | None = None
    result: str | None = None
    struck: date | None = None


class Supervisions:
    """Rows of supervised matters."""

    key_field = "number"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("supervisions")
        self._office, self._actor, self._at = office, actor, at

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Look up the units once."""
        self._names = Names(session, county=self._office.settings.region)

    def key(self, line: Line) -> str:
        """Return the 督办编号, however its brackets were typed."""
        return queries.slip_as_written(str(line.values["number"]))

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk."""
        county = self._office.settings.region
        # A matter kept before its brackets were minded stands under what was typed then.
        typed = {self.key(line): str(line.values["number"]) for line in lines}
        known = queries.by_slips(session, county, [*typed, *typed.values()])
        for line in lines:
            try:
                row = self._read(line.values)
                with session.savepoint():
                    matter = known.get(row.number) or known.get(typed[row.number])
                    if matter is None:
                        self._check_new(row)
                        matter = self._create(session, row)
                        desk.note("created")
                    else:
                        desk.note("updated" if self._update(session, matter, row) else "unchanged")
            except CaseworkError as refusal:
                desk.refuse(line, refusal)
            else:
                self._warn_of_state(matter, line, desk)

    def _warn_of_state(self, row: Supervision, line: Line, desk: Desk) -> None:
        """Say where a row tells a state that the matter is not in."""
        states = engine.workflow_of(row).workflow.states
        for key in ("state", "light"):
            words = str(line.values.get(key) or "").partition(self.columns.data["progress"]["between"])[0]
            told = next((each for each in states.values() if plain(words) in map(plain, each.label.values())), None)
            if told is not None and told.name != row.state:
                kept = states[row.state].label["zh"]
                desk.warn(line, key=key, code="import_state_not_kept", told=told.label["zh"], kept=kept)

    def _read(self, values: Mapping[str, Any]) -> _Row:
        """Check a row by itself.

        Raises:
            Invalid: every mistake, by the keys of the columns.
        """
        mistakes: list[FieldError] = []
        source = ""
        units: Sequence[Org] = ()
        try:
            source = word_code(values.get("source"), self.columns.data["sources"], "source") or actions.SOURCES[0]
        except Invalid as mistake:
            mistakes += mistake.errors
        try:
            units = self._names.units(values["org"], field="org")
        except Invalid as mistake:
            mistakes += mistake.errors
        if values.get("due") is None:
            mistakes.append(FieldError("due", "import_no_due"))
        struck, today = values.get("struck"), self._today()
        if struck is not None and struck < values["initiated"]:
            mistakes.append(FieldError("struck", "import_struck_early"))
        elif struck is not None and struck > today:
            mistakes.append(FieldError("struck", "date_ahead", {"today": today.isoformat()}))
        if mistakes:
            raise Invalid(mistakes)
        urges = values.get("urges") or 0
        told: dict[str, Any] = {name: values.get(name) for name in ("leader", "extension", "result", "struck")}
        head = (queries.slip_as_written(str(values["number"])), values["initiated"], source, values["matter"])
        return _Row(*head, units[0], tuple(units[1:]), values["due"], urges, **told)

    def _today(self) -> date:
        return self._at.astimezone(self._office.settings.zone).date()

    def _check_new(self, told: _Row) -> None:
        """Refuse days that cannot be so; what is kept already may have been agreed late.

        Raises:
            Invalid: date_ahead, import_before.
        """
        today = self._today()
        mistakes = []
        if told.initiated > today:
            mistakes.append(FieldError("initiated", "date_ahead", {"today": today.isoformat()}))
        elif told.due < told.initiated:
            mistakes.append(FieldError("due", "import_before", {"other": self.columns.column("initiated").heading}))
        elif told.extension is not None and told.extension < told.due:
            mistakes.append(FieldError("extension", "import_before", {"other": self.columns.column("due").heading}))
        if mistakes:
            raise Invalid(mistakes)

    def _create(self, session: Session, told: _Row) -> Supervision:
        draft = Draft(
            title=_first_line(told.matter),
            requirement=told.matter,
            source=told.source,
            source_id=None,
            source_words=None,
            org=told.org,
            co_orgs=told.co,
            due_on=told.extension or told.due,
            level=actions.LEVELS[0],
            leader=told.leader,
            region_code=self._office.settings.region,
        )
        row = actions.make(session, draft, actor=self._actor, today=told.initiated)
        actions.mark_imported(row, initiated_on=told.initiated, urges=told.urges, key=KEY + told.number)
        row.first_due_on, row.extensions = told.due, int(told.extension is not None)
        row.issued_on = told.initiated
        row.progress = told.result
        begun = self._instant(told.initiated, _OPENING)
        facts = {"imported": True, "number": told.number, "org": told.org.code}
        facts |= {"co_orgs": [each.code for each in told.co]} if told.co else {}
        engine.start(session, row, actor=self._actor, at=begun, facts=facts, not_before=self._at, recorded_at=self._at)
        session.flush()
        actions.add_units(session, row, told.co)
        actions.keep_slip(session, row, told.number)
        if told.struck is None:
            self._move(session, row, "keep", begun)
        else:
            self._strike_off(session, row, told.struck)
        supervising.index(session, row)
        session.flush()
        return row

    def _strike_off(self, session: Session, row: Supervision, day: date) -> None:
        row.struck_off_on, row.result = day, row.progress
        self._move(session, row, "keep_struck_off", max(self._instant(day, _NOON), row.state_since))

    def _move(self, session: Session, row: Supervision, trigger: str, at: datetime) -> None:
        subject = Subject(row.region_code, lead_org_id=row.lead_org_id)
        engine.move(
            session,
            row,
            trigger,
            subject=subject,
            actor=SYSTEM,
            at=at,
            not_before=self._at,
            recorded_at=self._at,
        )

    def _update(self, session: Session, row: Supervision, told: _Row) -> bool:
        """Say whether a row changed a matter that is here.

        Raises:
            Invalid: what a file may not change, on every column that differs.
        """
        # A file that names the leading unit alone says nothing of those that help.
        helping = queries.co_orgs_of(session, [row.id])[row.id] if told.co else ()
        here = row_of(row, self._names, self.columns, helping)
        said = {name: getattr(told, name) for name in _TOLD}
        said |= {
            "source": self.columns.data["sources"][told.source][0],
            "org": _units_told(self._names.unit_told(told.org.id), told.co),
        }
        differing = [name for name in _TOLD if _plain(here.get(name)) != _plain(said[name])]
        if not differing:
            return False
        strikes = "struck" in differing and row.is_imported and row.state == "in_progress" and told.struck is not None
        fixed = [name for name in differing if name not in _MENDED and not (name == "struck" and strikes)]
        if not row.is_imported:
            raise Invalid([FieldError(name, "import_matter_kept", {"number": told.number}) for name in differing])
        if fixed:
            code = "import_struck_taken_back" if fixed == ["struck"] else "import_matter_kept"
            raise Invalid([FieldError(name, code, {"number": told.number}) for name in fixed])
        changed = {_MENDED[name]: getattr(told, name) for name in differing if name in _MENDED}
        if row.state == "struck_off" and "progress" in changed:
            changed["result"] = changed["progress"]
        fields = {name: {"from": getattr(row, name), "to": value} for name, value in changed.items()}
        for name, value in changed.items():
            setattr(row, name, value)
        if fields:
            records.note(session, row, actor=self._actor, at=self._at, trigger="mend", event="mended", fields=fields)
        if strikes and told.struck is not None:
            self._strike_off(session, row, told.struck)
        return True

    def _instant(self, day: date, clock: time) -> datetime:
        return min(datetime.combine(day, clock, tzinfo=self._office.settings.zone), self._at)


def rows_of(session: Session, office: Office, actor: Actor, at: datetime) -> Iterator[Mapping[str, Any]]:
    """Yield the matters of an office as the ledger has them, the oldest first."""
    columns, names = column_set("supervisions"), Names(session, county=office.settings.region)
    serial = 0
    for batch in queries.under(session, actor, batch=_BATCH):
        helping = queries.co_orgs_of(session, [row.id for row in batch])
        for row in batch:
            serial += 1
            yield {
                "serial": str(serial),
                "number": row.slip_number,
                "light": _progress(session, row, at, columns),
                **row_of(row, names, columns, helping[row.id]),
            }


def row_of(row: Supervision, names: Names, columns: ColumnSet, helping: Sequence[Org]) -> dict[str, Any]:
    """Return what a matter says by the keys of the columns."""
    return {
        "initiated": row.initiated_on,
        "source": columns.data["sources"][row.source][0],
        "matter": row.requirement if row.is_imported else row.title,
        "org": _units_told(names.unit_told(row.lead_org_id), helping),
        "leader": row.leader,
        "due": row.first_due_on,
        "urges": row.urges,
        "extension": row.due_on if row.due_on != row.first_due_on else None,
        "result": row.result or row.progress,
        "struck": row.struck_off_on,
    }


def _progress(session: Session, row: Supervision, at: datetime, columns: ColumnSet) -> str:
    """Return 进度(灯号): the state a matter is in, and its lamp."""
    state = engine.workflow_of(row).workflow.states[row.state].label["zh"]
    light: str = columns.data["lights"][_light(session, row, at)]
    return state if state == light else str(columns.data["progress"]["told"]).format(state=state, light=light)


def _light(session: Session, row: Supervision, at: datetime) -> str:
    if row.state == "struck_off":
        return "done"
    if row.due_at is None or row.due_kind != "handle":
        return "on_track"
    if row.due_at < at:
        return "late"
    return "near" if load_calendar(session).working_days_between(at, row.due_at) <= _NEAR else "on_track"


def _units_told(lead: str, helping: Sequence[Org]) -> str:
    """Return the units as one cell has them: the leading one first, those that help in one order."""
    return habits().list_separator.join([lead, *sorted(each.name for each in helping)])


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0]
    return texts.clean_text(line[: supervising.TITLE_LENGTH], field="matter", max_length=supervising.TITLE_LENGTH)


def _plain(value: Any) -> str:
    return "" if value in (None, 0) else str(value).strip()
