"""One row of the ledger of difficulties, as values: read and checked, or drawn from a case as an export has it.

Both sides are compared column by column, so that what was exported and not touched is recognised.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from casework.cases import imported, intake
from casework.cases.imported import Told
from casework.cases.reporters import NAME_LENGTH, Reporter, unseal
from casework.core import personal, texts
from casework.core.calendars import WorkCalendar
from casework.core.columns import canonical
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid
from casework.core.ids import new_id
from casework.core.neutral import fitting, printable
from casework.exchange.column_sets import ColumnSet
from casework.exchange.habits import plain
from casework.exchange.time_limits import limit_of
from casework.exchange.values import word_code
from casework.registry.calendar import load_calendar
from casework.registry.tables import Org
from workflows.ledgers.names import Names

KEY = "case:"
OTHER = "other"
_SENTENCE_ENDS = "\u3002\uff01\uff1f\uff1b"
ENDED = ("closed", "declined")


@dataclass(frozen=True, slots=True)
class Categories:
    """The categories in use: label → code as rows name them, and code → label."""

    codes: Mapping[str, str]
    labels: Mapping[str, str]

    def code(self, label: str | None) -> str:
        """Return the code of a label; a label nobody knows is `other`."""
        return self.codes.get(label or "", OTHER)

    def is_unknown(self, label: str | None) -> bool:
        """Say whether a label is told that nobody knows."""
        return bool(label) and label not in self.codes

    def are_same(self, label: str, code: str) -> bool:
        """Say whether a label names this category; several of a tree may have the same label."""
        return self.code(label) == code or self.labels.get(code) == label


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One row, checked. `source` is what the history keeps of it."""

    number: str
    reported: date
    channel: str
    name: str
    phone: str | None
    region_code: str
    category_label: str | None
    problem: str
    request: str | None
    lead: Org | None
    co: tuple[Org, ...]
    person: str | None
    assigned: date | None
    limit: date | None
    extended: date | None
    progress: str | None
    resolved: date | None
    result_class: str | None
    followed: date | None
    solved: str | None
    satisfaction: str | None
    struck: bool | None
    remark: str | None
    source: Mapping[str, Any]

    @property
    def is_closed(self) -> bool:
        """Whether the row says that nothing is left to do: struck off, or called back and not said otherwise."""
        return bool(self.struck) or (self.struck is None and self.followed is not None)

    @property
    def is_called_back_only(self) -> bool:
        """Whether the row tells of a call to the reporter and says that the case is not struck off all the same."""
        return not self.is_closed and (self.followed is not None or self.satisfaction is not None)

    def idle_limit(self, calendar: WorkCalendar) -> str | None:
        """Return the column that names a day by when it was to be done, where no clock can run to that."""
        begun = calendar.workday_from(self.assigned or self.reported)
        days = {"limit": self.limit, "extended": self.extended}
        idle = (key for key, day in days.items() if day and (self.lead is None or calendar.workday_from(day) < begun))
        return next(idle, None)

    def description(self, columns: ColumnSet) -> str:
        """Return problem and request in one text."""
        if self.request is None:
            return self.problem
        return f"{self.problem}\n\n{columns.data['words']['request']}{self.request}"

    def report(self, categories: Categories, *, columns: ColumnSet) -> intake.Report:
        """Return the row as a report."""
        return intake.Report(
            id=new_id(),
            title=title_of(self.problem, mark=columns.data["words"]["shortened"]),
            description=self.description(columns),
            category=categories.code(self.category_label),
            kind="help",
            urgency="normal",
            region_code=self.region_code,
            channel=self.channel,
            reporter=Reporter(self.name, self.phone, None),
            occurred_on=None,
            answers={},
        )

    def changes(self, differing_keys: Iterable[str], categories: Categories, *, columns: ColumnSet) -> dict[str, Any]:
        """Return what has to be mended in a case that differs in these columns."""
        wanted = set(differing_keys)
        changes: dict[str, Any] = {}
        if wanted & {"problem", "request"}:
            changes["description"] = self.description(columns)
        if "category" in wanted:
            changes["category"] = categories.code(self.category_label)
        if "place" in wanted:
            changes["region_code"] = self.region_code
        if wanted & {"name", "phone"}:
            changes["reporter"] = {"name": self.name, "phone": self.phone}
        return changes


def title_of(problem: str, *, mark: str) -> str:
    """Return a title made of the first sentence or line of a text."""
    first = problem.strip().split("\n", maxsplit=1)[0]
    for ending in _SENTENCE_ENDS:
        first = first.split(ending, maxsplit=1)[0] or first
    first = " ".join(first.split())
    longest = intake.TITLE_LENGTH // 2
    return first if len(first) <= longest else first[: longest - len(mark)] + mark


def read_row(
    values: Mapping[str, Any], *, columns: ColumnSet, names: Names, county: str, today: date, calendar: WorkCalendar
) -> CaseRow:
    """Check a row and look up what it names.

    Raises:
        Invalid: every mistake, by the keys of the columns.
    """
    faults: list[FieldError] = []

    def tried(read: Callable[[], Any], otherwise: Any = None) -> Any:
        try:
            return read()
        except Invalid as mistake:
            faults.extend(mistake.errors)
            return otherwise

    data, place, lead = columns.data, values.get("place"), values.get("lead")
    # Several units in the cell of the leading one: the first leads, the others help.
    units: list[Org] = tried(lambda: [] if lead is None else names.units(lead, field="lead"), [])
    co = [*units[1:], *tried(lambda: _units(values.get("co") or (), names), ())]
    row: dict[str, Any] = {
        "channel": tried(lambda: word_code(values.get("channel"), data["channels"], "channel"), "import") or "import",
        "result_class": tried(lambda: word_code(values.get("result"), data["results"], "result")),
        **_said(values, columns, tried),
        "region_code": tried(lambda: county if place is None else names.place(place, field="place"), county),
        "lead": units[0] if units else None,
        "co": tuple({each.id: each for each in co if each is not units[0]}.values()) if units else tuple(co),
        "phone": tried(lambda: personal.parse_phone(values["phone"], field="phone") if values.get("phone") else None),
        "name": tried(lambda: _name(values["name"], data["words"]["several"]), ""),
        **{key: values.get(key) for key in ("reported", "assigned", "resolved", "followed")},
    }
    limit = limit_of(values, calendar)
    _check_order({**values, "limit": limit}, faults, columns, today=today)
    if faults:
        raise Invalid(faults)
    return CaseRow(
        number=values["number"],
        category_label=values.get("category"),
        problem=values["problem"],
        request=values.get("request"),
        person=values.get("person"),
        limit=limit,
        extended=values.get("extended"),
        progress=values.get("progress"),
        struck=values.get("struck"),
        remark=_remark(values, columns)[0],
        source=_source(values, limit),
        **row,
    )


def row_of(session: Session, told: Told, names: Names, categories: Categories, *, columns: ColumnSet) -> dict[str, Any]:
    """Return a case as a row of the ledger: key → value as an export writes it."""
    case, data = told.case, columns.data
    problem, request = _parts(case.description, columns)
    words = {
        key: None if code is None else data[table][code][0]
        for key, table, code in (
            ("channel", "channels", case.channel),
            ("solved", "solved", case.solved),
            ("satisfaction", "satisfactions", case.satisfaction),
        )
    }
    kept_place, kept_label = told.kept.get("place"), told.kept.get("category")
    key = imported.key_of(case)
    return {
        **words,
        **_days(session, told, load_calendar(session)),
        "number": key.removeprefix(KEY) if key.startswith(KEY) else case.number,
        "name": unseal(session, case, "name"),
        "phone": unseal(session, case, "phone"),
        "place": kept_place
        if kept_place and names.says(kept_place, case.region_code)
        else names.told(case.region_code),
        "category": kept_label
        if kept_label and categories.are_same(kept_label, case.category)
        else categories.labels.get(case.category),
        "problem": problem,
        "request": request,
        "lead": told.lead,
        "co": data["words"]["several"].join(told.co) or None,
        "person": told.assignee or told.kept.get("person"),
        # Ours, where the ledger told of no answer: what nobody wrote does not go out.
        "progress": None if case.reply == data["words"]["reply_unknown"] else _progress(told),
        "result": case.result_class,
        "struck": data["words"]["yes"] if case.state in ENDED else None,
        "remark": "\n".join(each for each in (told.remark, _solved_line(words["solved"], columns)) if each) or None,
    }


def differing(
    session: Session, values: Mapping[str, Any], row: CaseRow, told: Told, categories: Categories, *, columns: ColumnSet
) -> list[str]:
    """Return the columns of a row that say something else than the case; what a row leaves empty says nothing."""
    case = told.case
    problem, request = _parts(case.description, columns)
    calendar = load_calendar(session)
    days = _days(session, told, calendar)
    pairs: Mapping[str, tuple[object, object]] = {
        **{key: (values.get(key), days[key]) for key in ("reported", "assigned", "resolved", "followed")},
        "channel": (row.channel, case.channel),
        "name": (plain(row.name), plain(unseal(session, case, "name") or "")),
        "phone": (row.phone, unseal(session, case, "phone")),
        "place": (row.region_code, case.region_code),
        "category": (True, categories.are_same(row.category_label or "", case.category)),
        "problem": (cell_text(row.problem), cell_text(problem)),
        "request": (cell_text(row.request or ""), cell_text(request or "")),
        "lead": (None if row.lead is None else row.lead.id, case.lead_org_id),
        "co": ({unit.id for unit in row.co}, set(told.co_ids)),
        "progress": (plain(row.progress or ""), plain(_progress(told) or "")),
        "result": (row.result_class, case.result_class),
        "solved": (row.solved, case.solved),
        "satisfaction": (row.satisfaction, case.satisfaction),
        "struck": (bool(row.struck), case.state in ENDED),
    }
    told_of = {**values, "solved": _solved(values, columns)}
    left = [key for key, (one, other) in pairs.items() if told_of.get(key) is not None and one != other]
    return [*left, *_put_off(row, told, calendar)]


def _put_off(row: CaseRow, told: Told, calendar: WorkCalendar) -> list[str]:
    """Return the column that names a later day than the case is due; an earlier one is what was before it moved."""
    named = row.extended or row.limit
    if named is None or told.due_at is None or not told.lead:
        return []
    is_later = calendar.workday_from(named) > told.due_at.astimezone(calendar.zone).date()
    return ["limit" if row.extended is None else "extended"] if is_later else []


def _days(session: Session, told: Told, calendar: WorkCalendar) -> dict[str, date | None]:
    zone, case = session.info["zone"], told.case

    def day(instant: datetime | None) -> date | None:
        return None if instant is None else instant.astimezone(zone).date()

    days = {"limit": day(told.limit_at), "extended": told.extended_to}
    limit, until = (_as_written(told, key, each, calendar) for key, each in days.items())
    return {
        "reported": day(case.reported_at),
        # Back at the desk it is nobody's, and a day without a unit would be refused on the way in.
        "assigned": day(case.assigned_at) if told.lead else None,
        "limit": limit,
        # A limit that was made longer since overtakes the day it was put off to.
        "extended": max(filter(None, (limit, until))) if until else None,
        "resolved": day(case.resolved_at),
        "followed": day(case.closed_at),
    }


def _as_written(told: Told, key: str, day: date | None, calendar: WorkCalendar) -> date | None:
    """Return a day of the clock; where a ledger named one that nobody works on, and which runs to this, that one."""
    if day is None or not told.lead:
        return None
    kept = told.kept.get(key)
    named = None if kept is None else date.fromisoformat(kept)
    return named if named is not None and calendar.workday_from(named) == day else day


def _progress(told: Told) -> str | None:
    case = told.case
    return told.decline_reason if case.state == "declined" else case.reply or case.plan


def _parts(description: str, columns: ColumnSet) -> tuple[str, str | None]:
    problem, mark, request = description.rpartition(f"\n\n{columns.data['words']['request']}")
    return (problem, request) if mark else (description, None)


def cell_text(text: str) -> str:
    """Return a text as it comes back from a cell."""
    return fitting(printable(text), cut_mark="").strip()


def _said(values: Mapping[str, Any], columns: ColumnSet, tried: Callable[[Callable[[], Any]], Any]) -> dict[str, Any]:
    """Read what the reporter said when called back."""
    data = columns.data
    return {
        "solved": tried(lambda: word_code(_solved(values, columns), data["solved"], "solved")),
        "satisfaction": tried(lambda: word_code(values.get("satisfaction"), data["satisfactions"], "satisfaction")),
    }


def _solved(values: Mapping[str, Any], columns: ColumnSet) -> str | None:
    """Return what the reporter says of being solved: in a column of its own, or else in the remark."""
    said: str | None = values.get("solved")
    return said if said is not None else _remark(values, columns)[1]


def _solved_line(word: str | None, columns: ColumnSet) -> str | None:
    return None if word is None else columns.data["words"]["solved"] + word


def _remark(values: Mapping[str, Any], columns: ColumnSet) -> tuple[str | None, str | None]:
    """Return the remark without the line that tells whether the reporter says it is solved, and what that line says."""
    remark: str | None = values.get("remark")
    if remark is None:
        return None, None
    rest, _, last = remark.rpartition("\n")
    for words in columns.data["solved"].values():
        if last.strip() == _solved_line(words[0], columns):
            return rest.strip() or None, words[0]
    return remark, None


def _units(names_told: Sequence[str], names: Names) -> list[Org]:
    found = [names.unit(name, field="co") for name in names_told]
    return list({unit.id: unit for unit in found}.values())


def _name(names_told: Sequence[str], several: str) -> str:
    return texts.clean_text(several.join(names_told), field="name", max_length=NAME_LENGTH, name=True)


def _check_order(values: Mapping[str, Any], faults: list[FieldError], columns: ColumnSet, *, today: date) -> None:
    """Find days that are ahead or stand in the wrong order, and what is missing beside them."""
    last = "reported"
    for key in ("reported", "assigned", "resolved", "followed"):
        day = values.get(key)
        if day is None:
            continue
        if day > today:
            faults.append(FieldError(key, "date_ahead", {"today": today.isoformat()}))
        if day < values[last]:
            faults.append(FieldError(key, "import_before", {"other": columns.column(last).heading}))
        else:
            last = key
    if values["limit"] and values.get("extended") and values["extended"] < values["limit"]:
        faults.append(FieldError("extended", "import_before", {"other": columns.column("limit").heading}))
    needs = (
        ("assigned", "lead"),
        ("resolved", "lead"),
        ("co", "lead"),
        ("followed", "resolved"),
        ("satisfaction", "resolved"),
        # Whoever was reached said how content they are; a closing without that is one that reached nobody.
        ("solved", "satisfaction"),
    )
    for key, needed in needs:
        if values.get(key) is not None and values.get(needed) is None:
            faults.append(FieldError(needed, "import_needed_with", {"other": columns.column(key).heading}))


def _source(values: Mapping[str, Any], limit: date | None) -> dict[str, Any]:
    kept = {key: values[key] for key in ("category", "place", "person") if values.get(key) is not None}
    days = {"limit": limit, "extended": values.get("extended")}
    kept |= {key: day.isoformat() for key, day in days.items() if day is not None}
    told = {key: str(value) for key, value in values.items() if key != "serial" and value is not None}
    return {"sha256": hashlib.sha256(canonical(told).encode()).hexdigest(), "kept": kept}
