"""What a list of cases may be narrowed by: read from words, checked, and turned into conditions.

Every filter a figure needs is here too, so that each number of a statistic opens exactly the records it counts.
Not here: paging, sorting and search by words (lists.py), and who may see what (visibility.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, bindparam, func, literal_column, not_, or_, select, true

from casework.cases import codes, led, slogan_filter, stood
from casework.cases.outcomes import EVER, contact_is_known, contacted, handled, money_is_late, said_solved
from casework.cases.ratings.exclusions import OUT
from casework.cases.tables import Case, CaseUnit
from casework.cases.under import within
from casework.core import texts
from casework.core.actors import UNIT_ROLES, Actor
from casework.core.columns import Flag
from casework.core.database import Session
from casework.core.errors import FieldError, Invalid, invalid
from casework.core.ids import parse_id
from casework.registry import queries as registry
from casework.registry.tables import Category, Person, Region

STATES = (
    *("reported", "assigned", "coordinated", "resolved", "closed"),
    *("declined", "merged", "suspended"),
)
OUTCOMES = ("on_time", "late")
LONGEST_WORDS = 100
NOBODY = "none"
ME = "me"
# What may be asked for more than once; any one of the values will do.
REPEATABLE = frozenset(["state", "category", "kind", "urgency", "channel", "region", "handled"]) | frozenset(
    ("result_class", "solved", "satisfaction", "own_rating", "level")
)


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant (included) until another (not included); open where None."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter, checked. An empty tuple or None narrows nothing."""

    state: tuple[str, ...] = ()
    # Codes with all that stand under them in the tree.
    category: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    township: str | None = None
    org: UUID | None = None
    lead_org: UUID | tuple[UUID, ...] | None = None
    has_lead: bool | None = None
    assignee: UUID | None = None
    reported_by: UUID | None = None
    open: bool | None = None
    overdue: bool | None = None
    level: tuple[int, ...] = ()
    returns: int | None = None
    funds_late: bool | None = None
    reported: Span = field(default_factory=Span)
    due: Span = field(default_factory=Span)
    handled: tuple[str, ...] = ()
    contacted: bool | None = None
    contact_known: bool | None = None
    assigned: bool | None = None
    result_class: tuple[str, ...] = ()
    followed_up: str | None = None
    solved: tuple[str, ...] = ()
    satisfaction: tuple[str, ...] = ()
    slogan: UUID | None = None
    own_rating: tuple[str, ...] = ()
    excluded: bool | None = None
    # Ever since it was reported (outcomes.EVER).
    given: bool | None = None
    answered: bool | None = None
    ended: bool | None = None
    sent_back: bool | None = None
    extended: bool | None = None
    reworked: bool | None = None
    recurred: bool | None = None
    # The same under one unit that leads or led it.
    unit_ever: tuple[UUID, str] | None = None
    stood: tuple[str, datetime] | None = None
    q: str | None = None

    def conditions(self, *, at: datetime) -> list[ColumnElement[bool]]:
        """Return the conditions on `Case`, all but the words to search for."""
        return [
            condition
            for name, make in _CONDITIONS.items()
            if (value := getattr(self, name)) not in (None, (), _ALWAYS)
            for condition in [make(value, at)]
        ]

    @property
    def stands_still(self) -> bool:
        """Say whether the conditions are the same at every instant, and none asks for words."""
        return self.q is None and self.overdue is None and self.funds_late is None and not self.handled


_ALWAYS = Span()
# Stands where no condition looks at the instant (`Filter.stands_still`).
NO_MOMENT = datetime.min.replace(tzinfo=UTC)
_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
EVERYTHING = Filter()


def read_filter(
    raw: Mapping[str, Sequence[str]], *, session: Session, actor: Actor, states: Sequence[str] = STATES
) -> Filter:
    """Read a filter from words, each name with all its values; `states` are those the workflows know.

    Raises:
        Invalid: every unknown name, repeated single value and wrong value.
    """
    errors: list[FieldError] = []
    values: dict[str, Any] = {}
    reader = _Reader(session, actor, session.info["zone"], states)
    for name, given in raw.items():
        read = _READERS.get(name)
        if read is None:
            errors.append(FieldError(name, "unknown_filter"))
        elif len(given) != 1 and name not in REPEATABLE:
            errors.append(FieldError(name, "once_only"))
        else:
            try:
                read(reader, name, list(dict.fromkeys(given)), values)
            except Invalid as mistake:
                errors += mistake.errors
    if errors:
        raise Invalid(errors)
    for name in ("reported", "due"):
        values[name] = Span(values.pop(f"{name}_from", None), values.pop(f"{name}_to", None))
    return Filter(**values)


def names() -> tuple[str, ...]:
    """Return every name a filter knows."""
    return tuple(_READERS)


def open_cases() -> ColumnElement[bool]:
    """Return the condition that a case is open, written so that the partial index of open cases serves it."""
    return Case.is_open == bindparam(None, True, type_=Flag(), literal_execute=True)


def due_before(until: Any) -> ColumnElement[bool]:
    """Return the condition that a clock runs out before an instant, or before what a parameter holds.

    Written with both ends, or SQLite takes the index of places for the narrower one and reads every case of a county.
    """
    return and_(Case.due_at > _LONG_AGO, Case.due_at < until)


def township() -> ColumnElement[str]:
    """Return the township of a case: its first nine digits, or the county where it belongs to none."""
    return func.substr(Case.region_code, 1, 9)


@dataclass(frozen=True, slots=True)
class _Reader:
    session: Session
    actor: Actor
    zone: ZoneInfo
    states: Sequence[str]


Values = dict[str, Any]
Reading = Callable[[_Reader, str, Sequence[str], Values], None]


def _codes(choices: Sequence[str]) -> Reading:
    def read(_reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
        if not given or any(value not in choices for value in given):
            raise invalid(name, "not_a_choice", choices=", ".join(choices))
        values[name] = tuple(given)

    return read


def _states(reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
    _codes(reader.states)(reader, name, given, values)


def _code(choices: Sequence[str]) -> Reading:
    read_many = _codes(choices)

    def read(reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
        read_many(reader, name, given, values)
        values[name] = given[0]

    return read


def _flag(_reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
    if given[0] not in ("true", "false"):
        raise invalid(name, "not_a_choice", choices="true, false")
    values[name] = given[0] == "true"


def _whole(minimum: int, maximum: int) -> Reading:
    def read(_reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
        numbers = tuple(texts.parse_int(value, field=name, minimum=minimum, maximum=maximum) for value in given)
        values[name] = numbers if name in REPEATABLE else numbers[0]

    return read


def _categories(reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
    rows = reader.session.execute(select(Category.code, Category.parent_code)).all()
    known = {code for code, _parent in rows}
    for value in given:
        if value not in known:
            raise invalid(name, "no_such_category", value=value[:64])
    found = set(given)
    while more := {code for code, parent in rows if parent in found} - found:
        found |= more
    values[name] = tuple(sorted(found))


def _regions(reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
    for value in given:
        if not registry.begins_a_place(reader.session, value):
            raise invalid(name, "no_such_region", value=value[:64])
    values[name] = tuple(sorted(given))


def _township(reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
    if not given[0].isascii() or reader.session.get(Region, given[0]) is None or len(given[0]) > 9:
        raise invalid(name, "no_such_region", value=given[0][:64])
    values[name] = given[0]


def _org(reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
    if name == "lead_org" and given[0] == NOBODY:
        values["has_lead"] = False
        return
    if name == "lead_org" and given[0] == ME:
        # Whoever works for no unit handles nothing, rather than everything.
        values[name] = tuple(sorted(reader.actor.org_ids(UNIT_ROLES))) or UUID(int=0)
        return
    values[name] = registry.org_ever(reader.session, given[0], field=name)


def _person(reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
    wanted = reader.actor.person_id if given[0] == ME else parse_id(given[0])
    if wanted is None or (given[0] != ME and reader.session.get(Person, wanted) is None):
        raise invalid(name, "no_such_person")
    values[name] = wanted


def _edge(reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
    text = given[0]
    if "T" in text.upper():
        # A plus sign that nobody escaped arrives as a blank.
        text = text.replace(" ", "+") if "+" not in text else text
        instant = texts.parse_instant(text, field=name)
        # The end named is meant with it; instants are kept to the microsecond.
        values[name] = instant + timedelta(microseconds=1) if name.endswith("_to") else instant
        return
    day = texts.parse_date(text, field=name)
    values[name] = midnight(day + timedelta(days=1) if name.endswith("_to") else day, zone=reader.zone)


def midnight(day: date, *, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day of the office begins."""
    return datetime.combine(day, time(0), tzinfo=zone)


def _words(_reader: _Reader, name: str, given: Sequence[str], values: Values) -> None:
    words = texts.clean_text(given[0], field=name, max_length=LONGEST_WORDS, multiline=False)
    if not texts.search_key(words):
        raise invalid(name, "required")
    values[name] = words


_READERS: Mapping[str, Reading] = {
    "state": _states,
    "category": _categories,
    "kind": _codes(codes.KINDS),
    "urgency": _codes(codes.URGENCIES),
    "channel": _codes(codes.CHANNELS),
    "region": _regions,
    "township": _township,
    "org": _org,
    "lead_org": _org,
    "assignee": _person,
    "reported_by": _person,
    "open": _flag,
    "overdue": _flag,
    "level": _whole(0, 4),
    "returns": _whole(0, 99),
    "funds_late": _flag,
    "reported_from": _edge,
    "reported_to": _edge,
    "due_from": _edge,
    "due_to": _edge,
    "handled": _codes(OUTCOMES),
    "contacted": _flag,
    "contact_known": _flag,
    "assigned": _flag,
    "result_class": _codes(codes.RESULT_CLASSES),
    "followed_up": _code(("reached", "unreachable")),
    "solved": _codes((*codes.SOLVED, codes.NOT_ASKED)),
    "satisfaction": _codes(codes.SATISFACTIONS),
    "slogan": lambda reader, name, given, values: values.update({name: slogan_filter.read(reader.session, given)}),
    "own_rating": _codes(codes.SATISFACTIONS),
    "excluded": _flag,
    **dict.fromkeys(EVER, _flag),
    "unit_ever": lambda reader, name, given, values: values.update({name: led.read(reader.session, given[0], name)}),
    "stood": lambda reader, name, given, values: values.update({name: stood.read(given[0], name, reader.zone)}),
    "q": _words,
}


def _ever(made: Callable[[], ColumnElement[bool]]) -> Callable[[bool, datetime], ColumnElement[bool]]:
    return lambda wanted, _at: made() if wanted else not_(made())


def _in(column: Any) -> Callable[[Any, datetime], ColumnElement[bool]]:
    return lambda values, _at: column.in_(values) if isinstance(values, tuple) else column == values


def _within(column: Any) -> Callable[[Span, datetime], ColumnElement[bool]]:
    def condition(span: Span, _at: datetime) -> ColumnElement[bool]:
        edges = [] if span.start is None else [column >= span.start]
        return and_(*edges, *([] if span.end is None else [column < span.end]))

    return condition


def _takes_part(org_id: UUID, _at: datetime) -> ColumnElement[bool]:
    co_handled = select(CaseUnit.case_id).where(CaseUnit.org_id == org_id, CaseUnit.part == "co")
    return or_(Case.lead_org_id == org_id, Case.id.in_(co_handled))


def _is_overdue(wanted: bool, at: datetime) -> ColumnElement[bool]:
    # Done at the very instant is in time (domain.md §7), so late begins after it.
    late = and_(open_cases(), Case.due_at < at)
    return late if wanted else or_(Case.due_at.is_(None), Case.due_at >= at)


_CONDITIONS: Mapping[str, Callable[[Any, datetime], ColumnElement[bool]]] = {
    "state": _in(Case.state),
    **{name: _in(getattr(Case, name)) for name in ("category", "kind", "urgency", "channel")},
    "region": lambda prefixes, _at: within(prefixes),
    "township": lambda code, _at: township() == code,
    "org": _takes_part,
    "lead_org": _in(Case.lead_org_id),
    "has_lead": lambda wanted, _at: Case.lead_org_id.is_not(None) if wanted else Case.lead_org_id.is_(None),
    "assignee": _in(Case.assignee_id),
    "reported_by": _in(Case.reported_by),
    "open": lambda wanted, _at: open_cases() if wanted else not_(open_cases()),
    "overdue": _is_overdue,
    "level": _in(Case.due_level),
    # The first half as the index of the few that were returned says it.
    "returns": lambda least, _at: and_(Case.returns > literal_column("0"), Case.returns >= least) if least else true(),
    "funds_late": lambda wanted, at: money_is_late(at) if wanted else not_(money_is_late(at)),
    "reported": _within(Case.reported_at),
    "due": _within(Case.due_at),
    "handled": lambda outcomes, at: handled(outcomes, at=at),
    "contacted": lambda wanted, _at: contacted(wanted),
    "contact_known": lambda wanted, _at: contact_is_known() if wanted else not_(contact_is_known()),
    "assigned": lambda wanted, _at: Case.assigned_at.is_not(None) if wanted else Case.assigned_at.is_(None),
    "result_class": _in(Case.result_class),
    "followed_up": _in(Case.followed_up),
    "solved": lambda said, _at: said_solved(said),
    "satisfaction": _in(Case.satisfaction),
    "slogan": slogan_filter.bears,
    "own_rating": _in(Case.own_rating),
    "excluded": lambda wanted, _at: Case.exclusion.in_(OUT) if wanted else Case.exclusion.not_in(OUT),
    **{name: _ever(made) for name, made in EVER.items()},
    "unit_ever": lambda asked, _at: led.under(*asked),
    "stood": lambda asked, _at: stood.was(*asked),
}
